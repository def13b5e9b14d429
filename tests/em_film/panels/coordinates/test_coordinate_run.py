"""The moments of a run on coordinate slices: the mathematics of the picture of one coordinate of one mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from support import ROOT
from support.experiments import fit_of

from em_film.experiment import Dataset, Experiment, fitting
from em_film.panels.coordinates.run import CoordinateRun, shown_range
from em_film.runs.fitted import fitted
from em_film.runs.moment import Moment
from em_model import EMError, fit, log_likelihood

_EXPERIMENT = ROOT / "assets/experiments/three_clusters.toml"
_SHARES = (0.0, 0.3, 0.7, 1.0)


@pytest.fixture(scope="module", params=[0, 2])
def run(request: pytest.FixtureRequest) -> CoordinateRun:
    experiment = Experiment.load(_EXPERIMENT)
    return CoordinateRun(Dataset.of(experiment).data, fit_of(experiment), request.param, 0, left=-2.0, right=7.0)


def _moments(run: CoordinateRun) -> list[Moment]:
    return [kind(step, share) for step in (1, 2, 5) for kind in (run.e_step, run.m_step) for share in _SHARES]


def _at(moment: Moment, values: np.ndarray) -> float:
    return float(values[np.flatnonzero(moment.profile.positions == moment.profile.here)[0]])


def test_blue_is_never_above_red(run: CoordinateRun) -> None:
    assert min(float((moment.profile.red - moment.profile.blue).min()) for moment in _moments(run)) > -1e-7


def test_the_parameters_stand_on_both_curves(run: CoordinateRun) -> None:
    for moment in _moments(run):
        assert_allclose(_at(moment, moment.profile.red), moment.log_likelihood, rtol=1e-11)
        assert_allclose(_at(moment, moment.profile.blue), moment.lower_bound, rtol=1e-11)


def test_blue_touches_red_at_the_old_value_after_the_e_step(run: CoordinateRun) -> None:
    for step in (1, 2, 5):
        moment = run.e_step(step, 1.0)
        assert abs(moment.gap) < 1e-8 * abs(moment.log_likelihood)
        assert moment.profile.here == moment.profile.marks[0].position


def test_once_the_base_has_moved_blues_top_is_at_the_new_value(run: CoordinateRun) -> None:
    for step in (1, 2, 5):
        moment = run.m_step(step, 1.0)
        assert moment.profile.here == moment.profile.marks[1].position
        assert moment.profile.positions[moment.profile.blue.argmax()] == moment.profile.here


def test_blue_is_a_parabola_of_the_curvature_that_the_count_and_precision_give(run: CoordinateRun) -> None:
    moment = run.e_step(2, 1.0)
    grid = moment.profile.positions[moment.profile.positions != moment.profile.here]
    parabola = np.polyfit(grid, moment.profile.blue[moment.profile.positions != moment.profile.here], 2)
    precision = np.linalg.inv(moment.mixture.covariances[run.component])[run.axis, run.axis]
    count = moment.posterior[:, run.component].sum()
    assert_allclose(2 * parabola[0], -count * precision, rtol=1e-8)


def test_the_window_shows_the_bound_and_the_top_of_red_and_glides_to_the_next_one(run: CoordinateRun) -> None:
    before, after = run.m_step(2, 1.0), run.e_step(3, 0.0)
    assert_allclose(
        [before.profile.window.low, before.profile.window.high], [after.profile.window.low, after.profile.window.high]
    )
    assert after.profile.window.low < after.lower_bound
    assert after.profile.red.max() < after.profile.window.high


def test_both_dots_are_in_the_window_in_every_half_step(run: CoordinateRun) -> None:
    for step in (1, 2, 5, run.n_steps):
        for moment_at in (run.e_step, run.m_step):
            for share in np.linspace(0.0, 1.0, 9):
                moment = moment_at(step, float(share))
                window = moment.profile.window
                assert window.low < moment.lower_bound <= moment.log_likelihood + 1e-9 < window.high
                assert window.left < moment.profile.here < window.right


def test_the_window_shows_the_top_of_red_and_the_new_mixture_all_the_way_of_an_m_step(run: CoordinateRun) -> None:
    for step in (1, 2, 5, run.n_steps):
        for share in np.linspace(0.0, 1.0, 9):
            window, red = run.m_step(step, float(share)).profile.window, run.m_step(step, float(share)).profile.red
            assert max(red.max(), run.history.log_likelihoods[step]) < window.high


def test_the_mark_ahead_is_where_the_step_leads_and_off_the_slice_through_the_old_mixture(run: CoordinateRun) -> None:
    moment = run.look_ahead(2, 1.0)
    new = run.history.mixtures[2]
    assert moment.profile.ahead is not None
    assert moment.profile.ahead.position == new.means[run.component, run.axis]
    assert_allclose(moment.profile.ahead.log_likelihood, log_likelihood(run.data, new))
    assert (
        moment.profile.ahead.log_likelihood
        > np.interp(moment.profile.ahead.position, moment.profile.positions, moment.profile.red) + 1.0
    )
    assert run.e_step(2, 1.0).profile.ahead is None
    assert run.m_step(2, 1.0).profile.ahead is None


def test_where_all_else_is_known_the_new_mixture_lies_on_the_slice_and_nothing_is_marked() -> None:
    experiment = Experiment.load(_EXPERIMENT.parent / "one_parameter.toml")
    data, history = Dataset.of(experiment).data, fit_of(experiment)
    (component,) = set(range(history.start.n_components)) - {k - 1 for k in experiment.fit.known.means}
    run = CoordinateRun(data, history, component, 0, left=-6.0, right=6.0)
    assert all(run.look_ahead(step, 1.0).profile.ahead is None for step in range(1, run.n_steps + 1))


def test_the_range_shown_is_round_and_holds_all_that_the_fit_makes_of_the_coordinate() -> None:
    ranges = {"three_clusters": (-2.0, 7.0), "old_faithful": (-1.6, 1.6)}
    for name, expected in ranges.items():
        experiment = Experiment.load(_EXPERIMENT.parent / f"{name}.toml")
        data, history = Dataset.of(experiment).data, fit_of(experiment)
        assert_allclose(shown_range(data, history, 0), expected)
        means = history.mixtures.means[..., 0]
        assert expected[0] < means.min()
        assert means.max() < expected[1]


def test_a_fit_that_begins_at_its_end_has_a_window_as_wide_as_red_is_seen_in_it() -> None:
    experiment = Experiment.load(_EXPERIMENT)
    data = Dataset.of(experiment).data
    there = fit(data, fit_of(experiment).final, max_steps=40, tolerance=1e-13)
    run = CoordinateRun(data, there, 0, 0, left=-2.0, right=7.0)
    for step in range(1, there.n_steps + 1):
        profile = run.m_step(step, 1.0).profile
        assert profile.window.left < profile.here < profile.window.right
        assert (profile.red > profile.window.low).mean() > 0.2


def test_a_start_far_outside_the_data_is_still_in_the_range() -> None:
    clusters = "".join(f"[[data.cluster]]\nweight = 0.5\nmean = {m}\ncovariance = 1.0\n" for m in (0.0, 4.0))
    content = f'[data]\npoints = 50\n{clusters}[start]\nmeans = [-9.0, 5.0]\ncovariances = "data"\n'
    experiment = Experiment.parse(content.encode(), "far.toml")
    left, right = shown_range(Dataset.of(experiment).data, fit_of(experiment), 0)
    assert left < -9.0
    assert right > 5.0


def test_a_saved_fit_without_a_step_cannot_be_shown(tmp_path: Path) -> None:
    experiment = Experiment.load(_EXPERIMENT)
    dataset = Dataset.of(experiment)
    fit(dataset.data, fitting.start(experiment, dataset), max_steps=0).save(tmp_path / "none.npz")
    content = _EXPERIMENT.read_text().replace("[fit]\n", '[fit]\nhistory = "none.npz"\n')
    with pytest.raises(EMError, match=r"fit\.history: the fit took no step"):
        fitted(Experiment.parse(content.encode(), tmp_path / "shown.toml"), dataset)
