"""The moments of a run: every in-between frame is a real model, and blue never rises above red."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from support import ROOT
from support.experiments import fit_of

from em_film.experiment import Dataset, Experiment
from em_film.page.theme import DARK
from em_film.page.ticks import Tick
from em_film.page.window import Window
from em_film.panels.slice import SlicePanel
from em_film.runs.moment import Moment
from em_film.runs.steps import StepRun
from em_model import Data, History, Mixture, fit, log_likelihood, lower_bound, responsibilities, statistics

_EXPERIMENTS = ROOT / "assets/experiments"
_SHARES = (0.0, 0.13, 0.5, 0.87, 1.0)


@pytest.fixture(scope="module", params=["three_clusters", "old_faithful"])
def run(request: pytest.FixtureRequest) -> StepRun:
    experiment = Experiment.load(_EXPERIMENTS / f"{request.param}.toml")
    return StepRun(Dataset.of(experiment).data, fit_of(experiment))


def _moments(run: StepRun) -> list[Moment]:
    steps = range(1, min(5, run.n_steps))
    kinds = (run.e_step, run.m_step, run.turn)
    told = [kind(step, share) for step in steps for kind in kinds for share in _SHARES]
    return told + [run.arrival(share) for share in _SHARES]


def test_blue_is_never_above_red_at_any_moment(run: StepRun) -> None:
    worst = min(float((moment.profile.red - moment.profile.blue).min()) for moment in _moments(run))
    assert worst > -1e-9 * abs(run.history.log_likelihoods[0])


def test_both_curves_are_the_model_evaluated_on_the_line(run: StepRun) -> None:
    for moment in _moments(run):
        mixtures = moment.profile.line.at(moment.profile.positions)
        posterior = statistics(run.data, moment.posterior)
        assert_allclose(moment.profile.red, log_likelihood(run.data, mixtures), rtol=1e-12)
        assert_allclose(moment.profile.blue, lower_bound(posterior, mixtures), rtol=1e-8)


def test_a_gap_is_written_in_one_way_for_as_long_as_it_stands_open(run: StepRun) -> None:
    for step in range(1, run.n_steps):
        while_open = run.m_step(step, 1.0), run.turn(step, 0.5), run.turn(step, 1.0), run.e_step(step + 1, 0.0)
        assert {moment.gap_places for moment in while_open} == {run.gap_places(step)}


def test_the_parameters_stand_on_the_line_where_the_moment_says(run: StepRun) -> None:
    for moment in _moments(run):
        on_line = moment.profile.line.at(moment.profile.here)
        assert_allclose(on_line.means, moment.mixture.means, rtol=1e-6, atol=1e-8)
        assert moment.log_likelihood == pytest.approx(float(log_likelihood(run.data, moment.mixture)), rel=1e-9)


def test_blue_touches_red_at_the_old_parameters_after_the_e_step(run: StepRun) -> None:
    for step in range(1, run.n_steps + 1):
        moment = run.e_step(step, 1.0)
        assert abs(moment.gap) < 1e-9 * abs(moment.log_likelihood)
        assert moment.profile.touch == 0.0


def test_the_bound_rises_all_through_the_e_step(run: StepRun) -> None:
    for step in (1, 2, 3):
        heights = [run.e_step(step, share).lower_bound for share in np.linspace(0, 1, 21)]
        assert min(np.diff(heights)) > 0


def test_blue_has_its_top_where_the_m_step_ends(run: StepRun) -> None:
    for step in (1, 2, 3):
        moment = run.m_step(step, 1.0)
        assert moment.lower_bound >= moment.profile.blue.max() - 1e-9 * abs(moment.lower_bound)


def test_the_turn_leads_from_one_step_to_the_next_without_a_jump(run: StepRun) -> None:
    for step in (1, 2, 3):
        first, last = run.turn(step, 0.0), run.turn(step, 1.0)
        before, after = run.m_step(step, 1.0), run.e_step(step + 1, 0.0)
        assert first.profile.window == before.profile.window
        assert_allclose(first.profile.red, before.profile.red)
        assert_allclose(
            [last.profile.window.low, last.profile.window.high], [after.profile.window.low, after.profile.window.high]
        )
        assert_allclose(last.profile.red, after.profile.red, rtol=1e-12)
        assert_allclose(last.profile.blue, after.profile.blue, rtol=1e-8)


def test_both_dots_stay_while_the_line_turns_once_the_window_has_moved_on(run: StepRun) -> None:
    panel = SlicePanel(DARK)
    for step in (1, 2, 3):
        assert run.turn(step, 0.0, 0.0).profile.window == run.m_step(step, 1.0).profile.window
        after = run.e_step(step + 1, 0.0)
        panel.draw(after)
        last = [panel.red_dot.get_center(), panel.blue_dot.get_center()]
        for share in (0.0, 0.3, 0.7, 1.0):
            moment = run.turn(step, share, 1.0)
            panel.draw(moment)
            spots = [panel.red_dot.get_center(), panel.blue_dot.get_center()]
            assert_allclose(np.array(spots)[:, 1], np.array(last)[:, 1], atol=1e-6)
            wide = moment.profile.window.right - moment.profile.window.left
            if np.isclose(wide, after.profile.window.right - after.profile.window.left):  # no end of the line is near
                assert_allclose(spots, last, atol=1e-6)


def test_the_film_ends_where_blue_touches_red_at_its_own_top_on_the_line_from_the_start(run: StepRun) -> None:
    assert run.arrival(0.0).profile.window == run.m_step(run.n_steps, 1.0).profile.window
    moment = run.arrival(1.0)
    assert abs(moment.gap) < 1e-9 * abs(moment.log_likelihood)
    assert moment.profile.touch == moment.profile.here
    assert moment.profile.positions[moment.profile.blue.argmax()] == pytest.approx(moment.profile.here, abs=0.02)
    assert moment.profile.positions[moment.profile.red.argmax()] == pytest.approx(moment.profile.here, abs=0.02)
    (start,) = [mark for mark in moment.profile.marks if mark.step == 0]
    assert_allclose(moment.profile.line.at(start.position).means, run.history.start.means, atol=1e-9)


def test_points_are_grey_until_the_first_e_step_has_begun(run: StepRun) -> None:
    assert run.e_step(1, 0.0).certainty == 0.0
    assert run.e_step(1, 1.0).certainty == 1.0
    assert_allclose(run.e_step(2, 1.0).posterior, responsibilities(run.data, run.history.mixtures[1]))


def test_the_window_holds_the_touch_and_both_dots(run: StepRun) -> None:
    for step in range(1, run.n_steps + 1):
        moment = run.m_step(step, 1.0)
        touch = run.history.log_likelihoods[step - 1]
        assert moment.profile.window.low < touch < moment.profile.window.high
        assert (
            moment.profile.window.low < moment.lower_bound <= moment.log_likelihood + 1e-9 < moment.profile.window.high
        )


def test_every_window_at_rest_marks_four_or_five_round_numbers(run: StepRun) -> None:
    for step in range(1, run.n_steps + 1):
        assert len(run.m_step(step, 0.0).profile.window.ticks) in (4, 5)


def test_a_gliding_window_changes_its_height_by_an_even_factor_and_keeps_its_pivot() -> None:
    start, end = Window(0.0, 1.0, 0.0, 100.0), Window(0.0, 1.0, 40.0, 41.0)
    half = start.glided(end, 0.5, (40.5, 40.5))
    assert half.high - half.low == pytest.approx(10.0)
    share = (40.5 - half.low) / (half.high - half.low)
    assert share == pytest.approx((0.405 + 0.5) / 2)


def test_ticks_that_both_windows_mark_stay_while_others_take_turns() -> None:
    start = Window(0.0, 1.0, 0.0, 100.0, (Tick(0.0, 0), Tick(50.0, 0)))
    end = Window(0.0, 1.0, 0.0, 60.0, (Tick(20.0, 0), Tick(50.0, 0)))
    early, late = (start.between(end, share, 0.0, 80.0).ticks for share in (0.25, 0.75))
    assert early == (Tick(0.0, 0, 0.5), Tick(50.0, 0, 1.0))
    assert late == (Tick(20.0, 0, 0.5), Tick(50.0, 0, 1.0))


def test_ticks_are_gone_before_they_crowd() -> None:
    narrow, wide = Window.at_rest(0.0, 1.0, 0.0, 1.0), Window.at_rest(0.0, 1.0, -5e4, 5e4)
    for share in np.linspace(0.0, 1.0, 41):
        window = narrow.glided(wide, float(share), (0.5, 0.5))
        seen = sorted(tick.value for tick in window.ticks if tick.opacity > 0)
        apart = np.diff(seen) / (window.high - window.low)
        assert (apart > 0.06).all()
    assert all(tick.opacity == 1.0 for tick in wide.glided(narrow, 1.0, (0.5, 0.5)).ticks)


def test_both_dots_and_the_bound_between_them_are_in_the_window_at_every_moment(run: StepRun) -> None:
    for moment in [*_moments(run), *(run.rise(step, share) for step in (1, 2, 3) for share in _SHARES)]:
        window = moment.profile.window
        slack = 1e-9 * (window.high - window.low)
        assert window.low - slack <= moment.lower_bound <= moment.log_likelihood + slack <= window.high
        assert window.left <= moment.profile.here <= window.right


def test_no_curve_ends_before_the_picture_does(run: StepRun) -> None:
    for moment in _moments(run):
        profile = moment.profile
        low, high = profile.line.domain
        assert low < profile.window.left
        assert profile.window.right < high
        assert profile.positions[[0, -1]] == pytest.approx([profile.window.left, profile.window.right])


def test_the_bound_rises_evenly_as_it_is_seen(run: StepRun) -> None:
    for step in (1, 2, 3):
        half = run.m_start(step).profile.window
        height = (half.high - half.low) / 2
        gaps = np.array([run.rise(step, share).gap for share in np.linspace(0, 1, 11)])
        way = np.log(height + gaps)
        assert_allclose(np.diff(way), (way[-1] - way[0]) / 10, rtol=0.15)


def test_a_step_that_gains_nothing_is_seen_on_the_scale_of_the_one_before() -> None:
    data, history = _one_gaussian()
    run = StepRun(data, history)
    first, second = run.m_step(1, 1.0).profile.window, run.m_step(2, 1.0).profile.window
    assert not run.rises(2)
    assert (first.low, first.high) == (second.low, second.high)


def test_long_numbers_of_nats_count_from_the_iterate_before() -> None:
    window = Window.at_rest(0.0, 1.0, -2855.4589, -2855.4571, origin=(3, -2855.4585))
    assert window.since == 3
    for tick in window.ticks:
        assert len(tick.text) <= 7
        assert tick.written == pytest.approx(tick.value + 2855.4585, abs=1e-9)
    assert Window.at_rest(0.0, 1.0, -2900.0, -2800.0, origin=(3, -2855.4585)).since is None


def _one_gaussian() -> tuple[Data, History]:
    points = np.random.default_rng(1).normal(size=(50, 2))
    start = Mixture([1.0], [[2.0, 1.0]], [np.eye(2)])
    return Data(points), fit(points, start, max_steps=3, tolerance=0.0)


@pytest.mark.parametrize("name", ["three_clusters", "old_faithful", "iris", "five_clusters"])
def test_the_last_picture_holds_both_ends_of_the_fit_and_red_ends_in_no_wall(name: str) -> None:
    experiment = Experiment.load(_EXPERIMENTS / f"{name}.toml")
    run = StepRun(Dataset.of(experiment).data, fit_of(experiment))
    profile = run.arrival(1.0).profile
    window = profile.window
    assert all(window.left < mark.position < window.right for mark in profile.marks if mark.opacity)
    assert 0 in {mark.step for mark in profile.marks if mark.opacity}
    column = 0.01 * (window.right - window.left)
    for end, within in ((profile.positions[0], column), (profile.positions[-1], -column)):
        ends = np.interp([end, end + within], profile.positions, profile.red)
        assert max(ends) < window.low or abs(ends[1] - ends[0]) < 0.2 * (window.high - window.low)
