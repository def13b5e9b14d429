"""One real render of the film of the likelihood without a top, decoded and examined."""

from __future__ import annotations

import numpy as np
import pytest
from support.audit import ROOT, PanelAudit, Rendered, changing_frames, render

from em_film.experiment import Dataset, Experiment
from em_film.page.layout import EDGE, Rect
from em_film.page.theme import DARK
from em_film.panels.singularity.problem import Singularity
from em_film.panels.singularity.run import SpreadRun

_DEFAULT = (ROOT / "assets/experiments/singularity.toml").read_text(encoding="utf-8")
_PAGE = Rect(1.0, -2.5, EDGE, 2.02)
_PANEL = PanelAudit(_PAGE)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render("singularity", tmp_path_factory.mktemp("film"), _DEFAULT)


@pytest.fixture(scope="module")
def falling() -> SpreadRun:
    experiment = Experiment.parse(_DEFAULT.encode(), "singularity.toml")
    problem = Singularity(experiment, Dataset.of(experiment))
    return SpreadRun(problem, problem.falling)


def test_sections_are_named_by_what_is_told_and_the_film_lasts_as_long_as_a_story(rendered: Rendered) -> None:
    names = [section["name"] for section in rendered.sections]
    opening = ["title", "data", "narrower", "for ever", "near the point", "E-step 1", "M-step 1"]
    rest = ["narrower and narrower", "E-step 4", "collapse", "wider starts", "prior", "same start", "arrival", "check"]
    assert names == opening + rest
    assert rendered.length == pytest.approx(sum(float(section["duration"]) for section in rendered.sections), abs=0.2)
    assert 60 <= rendered.length <= 80


def test_captions_follow_each_other_and_can_be_read(rendered: Rendered) -> None:
    rendered.require_readable_captions()


def test_blue_is_not_above_red_in_any_column_of_any_frame(rendered: Rendered) -> None:
    compared = 0
    for moment, picture in changing_frames(rendered.film):
        under = _PANEL.blue_under_red(picture)
        compared += len(under)
        assert (under >= -3).all(), f"blue above red at {moment:.2f} s"
    assert compared > 5_000


def test_blue_touches_red_after_the_first_e_step_and_does_not_after_the_m_step(
    rendered: Rendered, falling: SpreadRun
) -> None:
    after, later = rendered.last_before([*rendered.ends_of("E-step 1"), *rendered.ends_of("M-step 1")])
    places = []
    for step in (0, 1):
        window = falling.window(step)
        places.append(_PAGE.left + (falling.here(step) - window.left) / (window.right - window.left) * _PAGE.width)
    assert _PANEL.touches_at(after, places[0])
    assert not _PANEL.touches_at(later, places[1])


def test_red_rises_to_the_left_until_the_prior_bends_it_down(rendered: Rendered) -> None:
    for_ever, prior = rendered.last_before([*rendered.ends_of("for ever"), *rendered.ends_of("prior")])
    rows = _PANEL.tops(for_ever, DARK.red)
    seen = rows[np.isfinite(rows)]
    assert (np.diff(seen[12 : 4 * len(seen) // 5]) >= -1).all()  # right of the dot at its end
    assert seen[0] < seen[-1] - 50
    rows = _PANEL.tops(prior, DARK.red)
    seen = rows[np.isfinite(rows)]
    assert seen.argmin() > 10
    assert seen[0] > seen.min() + 30
