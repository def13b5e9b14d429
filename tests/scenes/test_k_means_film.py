"""One real render of the film of k-means as a limit, decoded and examined."""

from __future__ import annotations

import numpy as np
import pytest
from support.audit import ROOT, PanelAudit, Rendered, changing_frames, render

from em_film.page.layout import DATA, EDGE, Rect
from em_film.page.theme import DARK

_DEFAULT = (ROOT / "assets/experiments/three_clusters.toml").read_text(encoding="utf-8")
_PAGE = Rect(1.1, DATA.bottom, EDGE, DATA.top)
_PANEL = PanelAudit(_PAGE)
_OLD_MEANS = _PAGE.left + 1.2 / 4.0 * _PAGE.width  # t = 0


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render("k_means", tmp_path_factory.mktemp("film"), _DEFAULT)


def test_sections_are_named_by_what_is_told_and_the_film_lasts_as_long_as_a_story(rendered: Rendered) -> None:
    names = [section["name"] for section in rendered.sections]
    opening = ["title", "data", "red", "E-step", "to the limit", "limit", "distortion"]
    assert names == [
        *opening,
        "Average 1",
        "Assign 2",
        "Average 2",
        "rest",
        "all points",
        "disagreement",
        "doubt",
        "lost",
    ]
    assert 60 <= rendered.length <= 80


def test_captions_follow_each_other_and_can_be_read(rendered: Rendered) -> None:
    rendered.require_readable_captions()


def test_blue_is_not_above_red_in_any_column_of_any_frame_and_touches_all_the_way_to_the_limit(
    rendered: Rendered,
) -> None:
    compared = touched = 0
    begin, end = rendered.ends_of("E-step")[0], rendered.ends_of("limit")[0]
    last = sum(float(section["duration"]) for section in rendered.sections[:11])
    for moment, picture in changing_frames(rendered.film):
        if moment >= last:
            break
        under = _PANEL.blue_under_red(picture)
        compared += len(under)
        assert (under >= -3).all(), f"blue above red at {moment:.2f} s"
        if begin < moment < end - 0.3:
            assert _PANEL.touches_at(picture, _OLD_MEANS), f"no touch at {moment:.2f} s"
            touched += 1
    assert compared > 2_000
    assert touched > 40


def test_red_is_drawn_to_the_end_of_the_first_step(rendered: Rendered) -> None:
    (picture,) = rendered.last_before(rendered.ends_of("Average 1"))
    assert np.isfinite(_PANEL.tops(picture, DARK.red)).sum() > 100
