"""What the panel of a coordinate slice draws, mapped back to numbers, is the model; what it says of θ is true."""

from __future__ import annotations

import numpy as np
import pytest
from manim import DL, UR
from numpy.testing import assert_allclose
from support import ROOT
from support.experiments import fit_of

from em_film.drawing.boxes import box_of
from em_film.experiment import Dataset, Experiment
from em_film.page.labels import apart, reach
from em_film.page.layout import Rect
from em_film.page.theme import DARK
from em_film.panels.coordinates.run import CoordinateRun, shown_range
from em_film.panels.coordinates.slice import CoordinatePanel, _theta
from em_film.runs.moment import Moment
from em_model import CoordinateSlice, log_likelihood
from scenes.four_panels import _SLICES

_SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
_EXPERIMENT = ROOT / "assets/experiments/three_clusters.toml"


@pytest.fixture(scope="module")
def run() -> CoordinateRun:
    experiment = Experiment.load(_EXPERIMENT)
    data, history = Dataset.of(experiment).data, fit_of(experiment)
    left, right = shown_range(data, history, 0)
    return CoordinateRun(data, history, 2, 0, left=left, right=right)


@pytest.fixture
def panel(run: CoordinateRun) -> CoordinatePanel:
    return CoordinatePanel(DARK, _SLICES[1], component=run.component, axis=run.axis, n_dimensions=2)


def _half_steps(run: CoordinateRun) -> list[Moment]:
    return [run.e_step(2, 0.4), run.look_ahead(2, 1.0), run.m_step(2, 0.3), run.m_step(2, 1.0), run.m_step(6, 0.6)]


def test_drawn_curves_are_the_model_on_the_slice_through_the_present_base(
    run: CoordinateRun, panel: CoordinatePanel
) -> None:
    for moment in _half_steps(run):
        panel.draw(moment)
        drawn = panel.plane(moment.profile.window).to_numbers(panel.red.points[::4, :2])
        line = CoordinateSlice(moment.mixture, run.component, run.axis)
        window = moment.profile.window
        tolerance = 1e-4 * (window.high - window.low)  # a thirtieth of a pixel, where a chord leaves the panel
        assert_allclose(drawn[:, 1], log_likelihood(run.data, line.at(drawn[:, 0])), atol=tolerance)


def test_dots_and_the_value_on_the_axis_stand_at_the_base(run: CoordinateRun, panel: CoordinatePanel) -> None:
    for moment in _half_steps(run):
        panel.draw(moment)
        plane, value = panel.plane(moment.profile.window), float(moment.mixture.means[run.component, run.axis])
        height = moment.profile.window.high - moment.profile.window.low
        on_axis = value, moment.profile.window.low
        for dot, spot in ((panel.red_dot, (value, moment.log_likelihood)), (panel.value, on_axis)):
            assert_allclose(plane.to_numbers(dot.get_center()[:2]), spot, atol=1e-9 * height)


def test_the_hollow_dot_stands_at_the_new_coordinate_and_the_new_log_likelihood(
    run: CoordinateRun, panel: CoordinatePanel
) -> None:
    new = run.history.mixtures.means[2, run.component, run.axis], run.history.log_likelihoods[2]
    for moment in (run.look_ahead(2, 1.0), run.m_step(2, 0.3), run.m_step(2, 0.8)):
        panel.draw(moment)
        assert_allclose(panel.plane(moment.profile.window).to_numbers(panel.ring.get_center()[:2]), new, rtol=1e-9)


def test_nothing_is_known_of_the_new_mixture_during_the_e_step_nor_ahead_once_it_is_reached(
    run: CoordinateRun, panel: CoordinatePanel
) -> None:
    for moment in (run.e_step(2, 0.5), run.e_step(2, 1.0), run.m_step(2, 1.0)):
        panel.draw(moment)
        assert not len(panel.ring.points) or not np.isfinite(panel.ring.points).all()
        assert panel.off_note.get_fill_opacity() == 0.0


def test_a_new_mixture_is_said_to_be_off_the_slice_exactly_where_red_does_not_pass_it(
    run: CoordinateRun, panel: CoordinatePanel
) -> None:
    said = []
    for step in range(1, run.n_steps + 1):
        moment = run.look_ahead(step, 1.0)
        panel.draw(moment)
        ahead = moment.profile.ahead
        assert ahead is not None
        old = CoordinateSlice(run.history.mixtures[step - 1], run.component, run.axis)
        missing = moment.profile.ahead.log_likelihood - float(
            log_likelihood(run.data, old.at(moment.profile.ahead.position))
        )
        on_page = missing / (moment.profile.window.high - moment.profile.window.low) * panel.page.height
        said.append(panel._off.get_fill_opacity() > 0)
        assert said[-1] <= (on_page > 0.13)
    assert said[0]
    assert not said[-1]


def test_the_base_is_named_at_rest_and_has_no_number_on_the_way(run: CoordinateRun, panel: CoordinatePanel) -> None:
    for moment, step in ((run.e_step(3, 0.5), 2), (run.look_ahead(3, 1.0), 2), (run.m_step(3, 1.0), 3)):
        panel.draw(moment)
        assert panel.base.submobjects[0].get_fill_opacity() == 1.0
        number = _theta(step, DARK.ink).part("number").points
        assert_allclose(np.ptp(panel.base.submobjects[0].points, axis=0), np.ptp(number, axis=0), atol=1e-12)
    panel.draw(run.m_step(3, 0.5))
    assert panel.base.submobjects[0].get_fill_opacity() == 0.0


def test_the_gap_is_written_alike_in_every_slice() -> None:
    experiment = Experiment.load(ROOT / "assets/experiments/iris.toml")
    data, history = Dataset.of(experiment).data, fit_of(experiment)
    written: list[list[str]] = []
    for component, page in zip((0, 1), _SLICES, strict=True):
        left, right = shown_range(data, history, 2)
        run = CoordinateRun(data, history, component, 2, left=left, right=right)
        panel = CoordinatePanel(DARK, page, component=component, axis=2, n_dimensions=4, gap_places=run.decimals)
        written.append([])
        for step in (1, 2, 3):
            for moment in (run.e_step(step, 1.0), run.m_step(step, 1.0)):
                panel.draw(moment)
                written[-1].append(panel._gap_value.text)
    assert written[0] == written[1]


def test_the_name_of_the_gap_never_lies_over_that_of_red() -> None:
    experiment = Experiment.load(ROOT / "assets/experiments/old_faithful.toml")
    data, history = Dataset.of(experiment).data, fit_of(experiment)
    seen = 0
    for component, page in zip((0, 1), _SLICES, strict=True):
        left, right = shown_range(data, history, 0)
        run = CoordinateRun(data, history, component, 0, left=left, right=right)
        panel = CoordinatePanel(DARK, page, component=component, axis=0, n_dimensions=2, gap_places=run.decimals)
        for moment in [kind(step, share) for step in (1, 2) for kind in (run.rise, run.m_step) for share in _SHARES]:
            panel.draw(moment)
            if panel._gap_word.get_fill_opacity() < 0.05 or panel.red_name.get_fill_opacity() < 0.05:
                continue
            seen += 1
            gap, red = panel.gap_name, panel.red_name
            beside = gap.get_left()[0] > red.get_right()[0] or gap.get_right()[0] < red.get_left()[0]
            assert beside or gap.get_bottom()[1] > red.get_top()[1] or gap.get_top()[1] < red.get_bottom()[1]
    assert seen > 4


@pytest.mark.parametrize("name", ["iris", "three_clusters", "five_clusters"])
def test_blue_has_its_name_when_an_e_step_has_ended_clear_of_both_curves_and_of_red_s(name: str) -> None:
    experiment = Experiment.load(ROOT / f"assets/experiments/{name}.toml")
    data, history = Dataset.of(experiment).data, fit_of(experiment)
    axis = experiment.slices[0][1]
    left, right = shown_range(data, history, axis)
    for component, page in zip((0, 1), _SLICES, strict=True):
        run = CoordinateRun(data, history, component, axis, left=left, right=right)
        panel = CoordinatePanel(DARK, page, component=component, axis=axis, n_dimensions=data.n_dimensions)
        for step in range(1, history.n_steps + 1):
            panel.draw(run.e_step(step, 1.0))
            assert panel.blue_name.get_fill_opacity() == 1.0
            (low, foot, _), (high, top, _) = (panel.blue_name.get_corner(corner) for corner in (DL, UR))
            for path in panel._paths:
                lowest, highest = reach(path, low, high)
                assert highest < foot or lowest > top
            assert apart(Rect(low, foot, high, top), box_of(panel.red_name)) > 0


@pytest.mark.parametrize("name", ["poor_start", "three_clusters", "five_clusters"])
def test_blue_and_the_gap_have_their_names_when_an_m_step_has_ended(name: str) -> None:
    experiment = Experiment.load(ROOT / f"assets/experiments/{name}.toml")
    data, history = Dataset.of(experiment).data, fit_of(experiment)
    left, right = shown_range(data, history, 0)
    named = 0
    for component, page in zip((0, 1), _SLICES, strict=True):
        run = CoordinateRun(data, history, component, 0, left=left, right=right)
        panel = CoordinatePanel(DARK, page, component=component, axis=0, n_dimensions=2, gap_places=run.decimals)
        for step in range(1, 8):
            panel.draw(run.m_step(step, 1.0))
            assert panel.blue_name.get_fill_opacity() == 1.0, step
            if panel._gap_word.get_fill_opacity() > 0:
                named += 1
                assert apart(box_of(panel.gap_name), box_of(panel.blue_name)) > -0.05, step
    assert named > 4


def test_the_hollow_dot_lies_over_no_name_and_has_its_own_where_it_stands_by_itself() -> None:
    experiment = Experiment.load(ROOT / "assets/experiments/five_clusters.toml")
    data, history = Dataset.of(experiment).data, fit_of(experiment)
    left, right = shown_range(data, history, 0)
    alone = 0
    for component, page in zip((0, 1), _SLICES, strict=True):
        run = CoordinateRun(data, history, component, 0, left=left, right=right)
        panel = CoordinatePanel(DARK, page, component=component, axis=0, n_dimensions=2, gap_places=run.decimals)
        for moment in [run.m_step(step, share) for step in range(1, 6) for share in (0.0, *_SHARES[:-1])]:
            panel.draw(moment)
            ring, name = box_of(panel.ring), panel._off_name
            for other in (panel.gap_name, panel.red_name, panel.blue_name, name):
                if other.get_fill_opacity() > 0.05:
                    assert apart(ring, box_of(other)) > -0.05
            if (
                np.linalg.norm(panel.ring.get_center() - panel.red_dot.get_center()) > 0.32
                and not name.get_fill_opacity()
            ):
                alone += 1
    assert not alone
