"""Slides and handout: a page for every section, with its film, its picture at rest and what is said."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from io import BytesIO
from pathlib import Path

import av
import pytest
from PIL import Image
from pptx import Presentation
from support.decks import HOSTILE, Made, apart
from support.running import SMALL, Run

from em_film.page.ticks import number_text
from em_film.publish.deck.formulas import formula_of
from em_film.publish.deck.slides import numbers_of, slides_of
from em_film.publish.session import session

_NAMES = ["points & <such>", "it moves", "end"]


def test_a_slide_for_every_section_with_its_film_its_rest_and_its_notes(made: Made) -> None:
    slides = list(Presentation(str(made.path("pptx"))).slides)
    assert len(slides) == len(made.timeline.sections)
    for number, (slide, section) in enumerate(zip(slides, made.timeline.sections, strict=True), 1):
        (movie,) = slide.shapes
        assert movie.name == section.name
        assert apart(Image.open(BytesIO(movie.poster_frame.blob)), made.rest(number)) == 0
        assert movie._element.nvPicPr.cNvPr.get("descr").startswith(section.name)
        assert slide.notes_slide.notes_text_frame.text.startswith(section.name)
        (media,) = {rel.target_part for rel in slide.part.rels.values() if rel.reltype.endswith("/media")}
        with av.open(BytesIO(media.blob)) as film:
            assert sum(1 for _ in film.decode(video=0)) == section.end - section.first
    assert "Gone: the disc has moved" in slides[2].notes_slide.notes_text_frame.text


def test_a_page_for_every_section_with_text_bookmarks_and_alternative_text(made: Made) -> None:
    content = made.path("pdf").read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", content)) == len(made.timeline.sections)
    bookmarks = re.findall(rb"/Title\(([^)]*)\)/Dest", content)
    assert bookmarks == [section.name.encode() for section in made.timeline.sections]
    assert content.count(b"/Alt") >= 3
    assert b"/ToUnicode" in content


@pytest.mark.parametrize("half_step", ["E-step 2", "M-step 1", "Assign 2", "Average 1"])
def test_every_half_step_has_a_formula_that_can_be_set(half_step: str) -> None:
    formula = formula_of(half_step)
    assert formula
    assert formula.svg().startswith("<svg")
    assert formula_of("title") is None


def test_with_a_prior_the_m_step_is_told_to_climb_what_it_climbs(tmp_path: Path) -> None:
    path = tmp_path / "held.toml"
    path.write_text(SMALL.replace("[fit]", '[fit]\nprior = "weak"'))
    with session("four_panels", experiment=path, theme=None, settings={"quality": "low_quality"}) as stage:
        scene, renderer = stage.rehearsal()
        scene.render()
        slides = {slide.name: slide for slide in slides_of(scene, renderer.timeline, [])}
    formula = slides["M-step 1"].formula
    assert formula
    assert formula.text.startswith("θnew = arg max over θ of L(q, θ) + log p(θ)")
    assert formula.svg().startswith("<svg")


@pytest.mark.parametrize("kinds", ["pdf", "pptx,html"])
def test_only_the_kinds_that_are_asked_for_are_made(kinds: str, tmp_path: Path, small: Path, run: Run) -> None:
    result = run("deck", "tiny_film", small, "--format", kinds, "-q", "l", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {f".{kind}" for kind in kinds.split(",")}


@pytest.mark.parametrize("kinds", ["odp", "", "pdf,,html"])
def test_a_kind_that_there_is_not_is_refused(kinds: str, tmp_path: Path, small: Path, run: Run) -> None:
    result = run("deck", "tiny_film", small, "--format", kinds, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "choose from html, pptx, pdf" in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_deck_that_breaks_leaves_what_was_there(
    tmp_path: Path, small: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tiny_film-small.html").write_text("the former deck")
    monkeypatch.setenv("TINY_TROUBLE", "break")
    monkeypatch.setenv("EM_FILM_CACHE", str(tmp_path / "cold"))
    assert run("deck", "tiny_film", small, "-q", "l", "--out", tmp_path).exit_code == 1
    assert (tmp_path / "tiny_film-small.html").read_text() == "the former deck"
    assert not list(tmp_path.glob("*.pptx"))


def test_the_numbers_are_right_to_their_last_digit_and_add_up_as_written(small: Path) -> None:
    with session("em_step", experiment=small, theme=None, settings={"quality": "low_quality"}) as stage:
        run, _ = stage.prepared
        parted = replace(run.m_step(1, 1.0), likelihood=lambda mixture: -865.584, bound=lambda told, mixture: -870.286)
        for moment in (run.e_step(1, 1.0), run.m_step(1, 1.0), run.m_step(2, 1.0), parted):
            told = dict(numbers_of(moment))
            written = [
                told[name].removesuffix(" nats")
                for name in ("log-likelihood ℓ(θ)", "lower bound L(q, θ)", "gap KL(q ‖ posterior)")
            ]
            places = len(written[0].partition(".")[2])
            values = (moment.log_likelihood, moment.lower_bound, moment.gap)
            assert written == [number_text(value, places) for value in values]
            ell, bound, gap = (float(text.replace("−", "-")) for text in written)
            assert ell - bound == pytest.approx(gap, abs=1e-9)
        assert numbers_of(run.e_step(1, 0.0))[0][0] == "log-likelihood ℓ(θ)"
    assert numbers_of(None) == ()


def test_a_slide_says_its_title_its_sentences_and_the_numbers_of_the_model_that_stands_there(small: Path) -> None:
    with session("em_step", experiment=small, theme=None, settings={"quality": "low_quality"}) as stage:
        scene, renderer = stage.rehearsal(rests=lambda name: False)
        scene.render()
        slides = {slide.name: slide for slide in slides_of(scene, renderer.timeline, renderer.file_writer.subcaptions)}
    assert slides["title"].alt == "title. Expectation–Maximisation. Small."
    assert ". Those Gaussians are blue's top. Red is nowhere below blue, so" in slides["M-step 1"].alt
    assert slides["turn 1"].numbers == slides["M-step 1"].numbers != ()


def test_a_title_is_a_title_in_every_file(made: Made) -> None:
    assert Presentation(str(made.path("pptx"))).core_properties.title == HOSTILE
    assert f">{escape(HOSTILE)}</rdf:li></rdf:Alt></dc:title>".encode() in made.path("pdf").read_bytes()
