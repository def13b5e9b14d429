"""The deck in a browser, from its file and with the network off: it stops where the film rests, by every hand."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from srt import Subtitle
from support.browser import Deck, open_deck
from support.decks import HOSTILE, Made, apart

from em_film.page.theme import DARK, rgb
from em_film.publish.deck.html import write_html
from em_film.publish.deck.slides import Slide

_SAME = 2.0  # of 255, the mean difference that the encoder leaves


@pytest.fixture
def deck(made: Made) -> Iterator[Deck]:
    with open_deck(made.path("html")) as deck:
        yield deck
        assert deck.trouble == []


def _require_rest(deck: Deck, made: Made, section: int) -> None:
    deck.wait_for_rest(section)
    shown = Image.open(BytesIO(deck.picture()))
    assert apart(shown, made.rest(section)) < _SAME
    others = [number for number in (1, 2, 3) if number != section]
    assert all(apart(shown, made.rest(number)) > apart(shown, made.rest(section)) for number in others)


def test_it_opens_on_a_picture_at_rest_and_not_on_an_empty_one(deck: Deck, made: Made) -> None:
    _require_rest(deck, made, 1)
    assert deck.state == ("rest", 1)


@pytest.mark.parametrize("key", ["Space", "ArrowRight", "PageDown"])
def test_a_key_goes_on_to_the_frame_at_which_the_next_section_rests(deck: Deck, made: Made, key: str) -> None:
    for section in (2, 3):
        deck.press(key)
        assert deck.state == ("playing", section)
        _require_rest(deck, made, section)
    deck.press(key)  # after the last there is nothing
    _require_rest(deck, made, 3)


def test_going_on_in_mid_play_begins_the_next_section(deck: Deck, made: Made) -> None:
    deck.press("Space", "Space")
    assert deck.state == ("playing", 3)
    first = made.timeline.sections[2].first / made.timeline.rate
    assert first <= deck.seconds < first + 0.5
    _require_rest(deck, made, 3)


@pytest.mark.parametrize("key", ["ArrowLeft", "PageUp"])
def test_back_is_the_rest_before_and_going_on_from_there_plays_forward_from_there(
    deck: Deck, made: Made, key: str
) -> None:
    deck.press("End")
    _require_rest(deck, made, 3)
    deck.press(key)
    assert deck.state == ("rest", 2)
    _require_rest(deck, made, 2)
    rest = made.timeline.sections[1].rest / made.timeline.rate
    deck.page.evaluate(
        """window.seen = []; document.getElementById("film").requestVideoFrameCallback(function note(_, frame) {
            window.seen.push(frame.mediaTime); this.requestVideoFrameCallback?.(note.bind(this));
        }.bind(document.getElementById("film")))"""
    )
    deck.press("Space")
    _require_rest(deck, made, 3)
    seen = deck.page.evaluate("window.seen")
    assert seen[0] < rest + 0.3
    assert max(seen) < made.timeline.sections[2].rest / made.timeline.rate + 0.3
    assert seen[: len(seen) - 1] == sorted(seen[: len(seen) - 1])
    deck.press("Home", key)
    _require_rest(deck, made, 1)


def test_a_number_the_bar_and_the_overview_lead_to_a_section(deck: Deck, made: Made) -> None:
    deck.press("3", "Enter")
    _require_rest(deck, made, 3)
    deck.page.click("#sections li:nth-child(2) button")
    _require_rest(deck, made, 2)
    deck.press("o")
    deck.page.click("#overview li:nth-child(1) button")
    _require_rest(deck, made, 1)
    names = deck.page.locator("#sections button").all_inner_texts()
    assert names == [section.name for section in made.timeline.sections]
    deck.press("Space")  # the button that was clicked does not keep the key
    assert deck.state == ("playing", 2)


def test_a_loop_plays_its_section_again_until_it_is_left(deck: Deck, made: Made) -> None:
    deck.press("2")
    deck.wait_for_rest(2)
    deck.press("l")
    for _ in range(2):
        deck.page.wait_for_function("() => document.documentElement.dataset.state === 'playing'")
        deck.wait_for_rest(2)
    deck.press("l")
    deck.page.wait_for_timeout(1500)
    _require_rest(deck, made, 2)


def test_captions_are_shown_when_asked_for_and_say_what_the_film_says(deck: Deck) -> None:
    caption = deck.page.locator("#caption")
    assert caption.is_hidden()
    deck.press("3", "c")
    deck.wait_for_rest(3)
    deck.page.wait_for_function("() => document.getElementById('caption').textContent === 'Gone: the disc has moved'")
    deck.press("c")
    assert caption.is_hidden()


def test_speed_is_the_films(deck: Deck) -> None:
    deck.press("+", "+")
    assert deck.page.evaluate("document.getElementById('film').playbackRate") == 1.5
    deck.press("-", "-", "-")
    assert deck.page.evaluate("document.getElementById('film').playbackRate") == 0.75


def test_the_notes_say_what_the_section_says_and_their_keys_lead_the_film(deck: Deck, made: Made) -> None:
    with deck.page.context.expect_page() as opened:
        deck.press("n")
    notes = opened.value
    assert notes.locator("h1").inner_text() == "points & <such>"
    assert "Some points, a < b & c." in notes.locator("main").inner_text()
    notes.keyboard.press("End")
    _require_rest(deck, made, 3)
    assert "Gone: the disc has moved" in notes.locator("main").inner_text()
    notes.close()
    deck.press("Home")  # a closed window is no trouble
    _require_rest(deck, made, 1)


def test_clicks_taps_and_swipes_go_on_and_back(made: Made) -> None:
    with open_deck(made.path("html"), has_touch=True, viewport={"width": 390, "height": 844}) as deck:
        deck.page.touchscreen.tap(300, 300)
        _require_rest(deck, made, 2)
        deck.page.touchscreen.tap(20, 300)
        _require_rest(deck, made, 1)
        deck.page.mouse.move(300, 300)
        deck.page.mouse.down()
        deck.page.mouse.move(150, 300)
        deck.page.mouse.up()
        _require_rest(deck, made, 2)
        assert deck.trouble == []


def test_where_motion_is_not_wanted_sections_change_at_once(made: Made) -> None:
    with open_deck(made.path("html"), reduced_motion="reduce") as deck:
        deck.press("Space")
        assert deck.state == ("rest", 2)
        _require_rest(deck, made, 2)
        deck.press("m", "Space")
        assert deck.state == ("playing", 3)


def test_a_title_stays_text_whatever_is_in_it(deck: Deck) -> None:
    assert deck.page.title() == HOSTILE
    assert deck.page.locator("b").count() == 0


@pytest.mark.parametrize("key", ["", "o", "h"])
def test_axe_finds_nothing_serious(deck: Deck, key: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    if key:
        deck.press(key)
    found = Axe().run(deck.page).response["violations"]
    assert [problem["id"] for problem in found if problem["impact"] in {"serious", "critical"}] == []
    deck.trouble.clear()  # axe's own


def test_the_file_holds_the_film_once(made: Made) -> None:
    page = made.path("html").read_text(encoding="utf-8")
    film = max(page.split('<script type="text/plain" id="base64">')[1].split("<")[0].splitlines(), key=len)
    assert len(page) - len(film) < 60_000


def test_what_is_said_stays_text_whatever_is_in_it(made: Made, tmp_path: Path) -> None:
    said = 'a "b" </script><!-- <b>\u2028\u2029 {{title}} \\'
    rest = made.timeline.sections[0].rest
    slide = Slide(said, 0, rest, (said,), None, ((said, said),))
    film = tmp_path / "film.mp4"
    page = made.path("html").read_text(encoding="utf-8").split('id="base64">')[1].split("<")[0]
    film.write_bytes(b64decode(page))
    pictures = {rest: made.rest(1)}
    write_html(
        tmp_path / "deck.html",
        film,
        title=said,
        theme=DARK,
        rate=15,
        slides=[slide],
        captions=[Subtitle(1, timedelta(0), timedelta(seconds=60), said)],
        pictures=pictures,
    )
    with open_deck(tmp_path / "deck.html") as deck:
        deck.press("c")
        deck.page.wait_for_function("() => !document.getElementById('caption').hidden")
        assert deck.page.locator("#caption").evaluate("place => place.textContent") == said
        assert deck.page.locator("#sections button").get_attribute("title") == said
        assert deck.trouble == []


def test_the_bar_shows_by_colour_what_has_been_played_and_by_name_what_there_is(deck: Deck) -> None:
    deck.press("2")
    deck.wait_for_rest(2)
    deck.page.wait_for_timeout(100)
    blue = [round(255 * part) for part in rgb(DARK.blue)]
    played = []
    for button in deck.page.locator("#sections button").all():
        painted = np.asarray(Image.open(BytesIO(button.screenshot())).convert("RGB")).astype(int)
        played.append(float((np.abs(painted[-2] - blue).max(axis=1) < 8).mean()))
        assert button.evaluate("button => button.scrollWidth <= button.clientWidth")
    assert played == [pytest.approx(1, abs=0.05), pytest.approx(1, abs=0.05), 0]


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768), (844, 390), (390, 844)])
def test_captions_cover_neither_the_film_nor_the_bar(made: Made, size: tuple[int, int]) -> None:
    with open_deck(made.path("html"), viewport={"width": size[0], "height": size[1]}) as deck:
        deck.press("c", "3")
        deck.wait_for_rest(3)
        film, caption, bar = (deck.page.locator(f"#{name}").bounding_box() for name in ("film", "caption", "bar"))
        assert film
        assert caption
        assert bar
        assert film["y"] + film["height"] <= caption["y"]
        assert caption["y"] + caption["height"] <= bar["y"]
        assert bar["y"] + bar["height"] <= size[1]
        assert deck.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_browser_that_cannot_read_a_blob_plays_the_film_all_the_same(made: Made) -> None:
    broken = "URL.createObjectURL = () => 'blob:null/00000000-0000-0000-0000-000000000000';"
    with open_deck(made.path("html"), first=broken) as deck:
        assert deck.page.evaluate("document.getElementById('film').src").startswith("data:video/mp4")
        _require_rest(deck, made, 1)
        deck.press("Space")
        _require_rest(deck, made, 2)
        assert deck.page.locator("#message").is_hidden()


@pytest.mark.parametrize("key", ["o", "h"])
def test_what_lies_over_the_film_opens_at_its_beginning_and_a_tap_beside_it_closes_it(made: Made, key: str) -> None:
    with open_deck(made.path("html"), has_touch=True, viewport={"width": 844, "height": 390}) as deck:
        deck.press(key)
        assert deck.page.locator("dialog[open]").evaluate("dialog => dialog.scrollTop") == 0
        deck.page.touchscreen.tap(3, 3)
        assert deck.page.locator("dialog[open]").count() == 0
        assert deck.state == ("rest", 1)


def test_in_full_screen_the_bar_goes_by_itself_and_comes_with_the_pointer_beside_the_caption(deck: Deck) -> None:
    deck.press("3", "c", "f")
    deck.wait_for_rest(3)
    deck.page.wait_for_function("() => document.fullscreenElement !== null")
    bar, caption = deck.page.locator("#bar"), deck.page.locator("#caption")
    deck.page.wait_for_function("() => getComputedStyle(document.getElementById('bar')).opacity === '0'", timeout=6000)
    deck.page.mouse.move(200, 200)
    deck.page.wait_for_function("() => getComputedStyle(document.getElementById('bar')).opacity === '1'")
    over, under = caption.bounding_box(), bar.bounding_box()
    assert over
    assert under
    assert over["y"] + over["height"] <= under["y"]
    deck.press("b")
    assert caption.evaluate("place => getComputedStyle(place).visibility") == "hidden"
