"""One real render of the film of one unknown mean, decoded and examined."""

from __future__ import annotations

import numpy as np
import pytest
from support.audit import ROOT, PanelAudit, Picture, Rendered, changing_frames, render
from support.experiments import fit_of

from em_film.experiment import Dataset, Experiment
from em_film.page.layout import LIKELIHOOD
from em_film.page.theme import DARK
from em_film.panels.one_unknown.run import Ground

_DEFAULT = ROOT / "assets/experiments/one_parameter.toml"
_SHORT = _DEFAULT.read_text().replace("[fit]", "[fit]\nmax_steps = 3").replace("points = 135", "points = 60")
_PANEL = PanelAudit(LIKELIHOOD)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render("one_parameter", tmp_path_factory.mktemp("film"), _SHORT)


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return Experiment.parse(_SHORT.encode(), "short.toml")


def test_sections_are_named_by_what_is_told(rendered: Rendered) -> None:
    names = [section["name"] for section in rendered.sections]
    opening = ["title", "data", "sweep", "slope", "shares", "E-step 1", "parabola", "M-step 1"]
    rest = ["E-step 2", "M-step 2", "on to convergence", "landing", "another start", "moral", "why it works"]
    assert names == opening + rest
    assert rendered.length == pytest.approx(sum(float(section["duration"]) for section in rendered.sections), abs=0.2)


def test_captions_follow_each_other_and_can_be_read(rendered: Rendered) -> None:
    rendered.require_readable_captions()


def test_blue_is_not_above_red_in_any_column_of_any_frame(rendered: Rendered) -> None:
    compared = 0
    for moment, picture in changing_frames(rendered.film):
        under = _PANEL.blue_under_red(picture)
        compared += len(under)
        assert (under >= -3).all(), f"blue above red at {moment:.2f} s"
    assert compared > 10_000


def test_blue_touches_red_after_the_e_step_and_stands_apart_before_it(
    rendered: Rendered, experiment: Experiment
) -> None:
    ground = Ground(Dataset.of(experiment).data, [fit_of(experiment)], 1)
    window = ground.window
    mean = float(fit_of(experiment).mixtures.means[1, 1, 0])
    x = LIKELIHOOD.left + (mean - window.left) / (window.right - window.left) * LIKELIHOOD.width
    after, before = rendered.last_before([*rendered.ends_of("E-step 2"), *rendered.ends_of("M-step 1")])
    assert _PANEL.touches_at(after, x)
    assert not _PANEL.touches_at(before, x)


def test_red_never_moves(rendered: Rendered) -> None:
    start, end = rendered.ends_of("slope")[0], rendered.ends_of("why")[0]
    whole = _tops(rendered.last_before([start])[0])
    compared = 0
    for moment, picture in changing_frames(rendered.film):
        if start < moment < end:
            apart = np.abs(_tops(picture) - whole)
            # Where dots, names and blue stand over it another pixel is the highest; elsewhere it is where it was.
            compared += int(np.isfinite(apart).sum())
            assert np.nanmedian(apart) == 0, f"{moment:.2f} s"
            assert np.nanmean(apart > 2) < 0.35, f"{moment:.2f} s"
    assert compared > 10_000


def _tops(picture: Picture) -> np.ndarray:
    return _PANEL.tops(picture, DARK.red)
