"""The moments of a run on coordinate slices: the mathematics of the picture of one coordinate of one mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from em_model import Data
from em_model.experiment import Experiment
from scenes.stage.coordinate_run import CoordinateRun
from scenes.stage.moment import Moment

_EXPERIMENT = Path(__file__).resolve().parents[2] / "assets/experiments/three_clusters.toml"
_SHARES = (0.0, 0.3, 0.7, 1.0)


@pytest.fixture(scope="module", params=[0, 2])
def run(request: pytest.FixtureRequest) -> CoordinateRun:
    experiment = Experiment.load(_EXPERIMENT)
    return CoordinateRun(Data(experiment.points()), experiment.run(), request.param, 0, left=-2.0, right=7.0)


def _moments(run: CoordinateRun) -> list[Moment]:
    return [kind(step, share) for step in (1, 2, 5) for kind in (run.e_step, run.m_step) for share in _SHARES]


def _at(moment: Moment, values: np.ndarray) -> float:
    return float(values[np.flatnonzero(moment.positions == moment.here)[0]])


def test_blue_is_never_above_red(run: CoordinateRun) -> None:
    assert min(float((moment.red - moment.blue).min()) for moment in _moments(run)) > -1e-7


def test_the_parameters_stand_on_both_curves(run: CoordinateRun) -> None:
    for moment in _moments(run):
        assert_allclose(_at(moment, moment.red), moment.log_likelihood, rtol=1e-11)
        assert_allclose(_at(moment, moment.blue), moment.lower_bound, rtol=1e-11)


def test_blue_touches_red_at_the_old_value_after_the_e_step(run: CoordinateRun) -> None:
    for step in (1, 2, 5):
        moment = run.e_step(step, 1.0)
        assert abs(moment.gap) < 1e-8 * abs(moment.log_likelihood)
        assert moment.here == moment.marks[0].position


def test_once_the_base_has_moved_blues_top_is_at_the_new_value(run: CoordinateRun) -> None:
    for step in (1, 2, 5):
        moment = run.m_step(step, 1.0)
        assert moment.here == moment.marks[1].position
        assert moment.positions[moment.blue.argmax()] == moment.here


def test_blue_is_a_parabola_of_the_curvature_that_the_count_and_precision_give(run: CoordinateRun) -> None:
    moment = run.e_step(2, 1.0)
    grid = moment.positions[moment.positions != moment.here]
    parabola = np.polyfit(grid, moment.blue[moment.positions != moment.here], 2)
    precision = np.linalg.inv(moment.mixture.covariances[run.component])[run.axis, run.axis]
    count = moment.posterior[:, run.component].sum()
    assert_allclose(2 * parabola[0], -count * precision, rtol=1e-8)


def test_the_window_shows_red_whole_and_glides_to_the_next_one(run: CoordinateRun) -> None:
    before, after = run.m_step(2, 1.0), run.e_step(3, 0.0)
    assert_allclose([before.window.low, before.window.high], [after.window.low, after.window.high])
    assert after.window.low < after.red.min()
    assert after.red.max() < after.window.high
