"""What panels draw, mapped back to numbers, is the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from support import ROOT
from support.experiments import clusters, fit_of

from em_film.drawing.number import Number
from em_film.experiment import Dataset, Experiment
from em_film.page.layout import DATA, SLICE, TRACE, Rect
from em_film.page.theme import DARK, blend
from em_film.page.ticks import MINUS
from em_film.panels.data import DataPanel
from em_film.panels.header import Header
from em_film.panels.left_to_gain import LeftToGain
from em_film.panels.slice import SlicePanel
from em_film.panels.trace import TracePanel
from em_film.runs.moment import Moment
from em_film.runs.steps import StepRun
from em_model.mixture import FloatArray

_EXPERIMENTS = ROOT / "assets/experiments"


@pytest.fixture(scope="module")
def run() -> StepRun:
    experiment = Experiment.load(_EXPERIMENTS / "three_clusters.toml")
    return StepRun(Dataset.of(experiment).data, fit_of(experiment))


def _some(run: StepRun) -> list[Moment]:
    return [run.e_step(2, 0.6), run.e_step(2, 1.0), run.m_step(2, 0.4), run.m_step(2, 1.0), run.turn(2, 0.5)]


def test_drawn_curves_are_the_evaluated_ones_and_stay_in_their_panel(run: StepRun) -> None:
    panel = SlicePanel(DARK)
    for moment in _some(run):
        panel.draw(moment)
        plane = panel.plane(moment.profile.window)
        for curve, values in ((panel.red, moment.profile.red), (panel.blue, moment.profile.blue)):
            drawn = curve.points[::4, :2]
            assert drawn[:, 0].min() >= SLICE.left - 1e-9
            assert drawn[:, 0].max() <= SLICE.right + 1e-9
            assert drawn[:, 1].min() >= SLICE.bottom - 1e-9
            assert drawn[:, 1].max() <= SLICE.top + 1e-9
            numbers = plane.to_numbers(drawn)
            expected = np.interp(numbers[:, 0], moment.profile.positions, values)
            assert_allclose(
                numbers[:, 1], expected, atol=1e-6 * (moment.profile.window.high - moment.profile.window.low)
            )


def test_dots_stand_at_the_parameters_on_both_curves(run: StepRun) -> None:
    panel = SlicePanel(DARK)
    moment = run.m_step(2, 0.7)
    panel.draw(moment)
    plane = panel.plane(moment.profile.window)
    for dot, value in ((panel.red_dot, moment.log_likelihood), (panel.blue_dot, moment.lower_bound)):
        assert_allclose(plane.to_numbers(dot.get_center()[:2]), [0.7, value], rtol=1e-9)


def test_the_name_of_an_earlier_mark_is_whole_or_gone(run: StepRun) -> None:
    panel = SlicePanel(DARK)
    panel.draw(run.m_step(2, 1.0))
    earlier, later = [name for name in panel._mark_names if name.has_points()][:2]
    opacities = []
    for apart in np.arange(-0.2, 0.4, 0.013):
        earlier.set_fill(opacity=1.0)
        later.shift([earlier.get_right()[0] + apart - later.get_left()[0], 0.0, 0.0])
        panel._part_the_names()
        opacities.append(float(earlier.get_fill_opacity()))
    assert set(opacities) == {0.0, 1.0}
    assert opacities == sorted(opacities)


def test_where_the_fit_began_stands_as_a_dot_on_red_once_the_line_leads_over_the_whole_of_it(run: StepRun) -> None:
    panel, whole = SlicePanel(DARK), run.arrival(1.0)
    panel.draw(whole)
    here = panel.past_dot.get_center()[:2]
    position, height = panel.plane(whole.profile.window).to_numbers(here)
    assert_allclose(height, run.history.objectives[0], rtol=1e-4)
    assert position == pytest.approx(whole.profile.marks[-1].position, abs=1e-6)
    assert whole.profile.marks[-1].step == 0
    panel.draw(run.m_step(1, 1.0))
    assert len(panel.past_dot.points) == 0


def test_what_is_left_to_gain_is_what_the_fit_still_climbs(run: StepRun) -> None:
    ends = run.history.objectives
    left = LeftToGain(float(ends[-1]), DARK)
    for step in (1, run.n_steps):
        left.draw(run.m_step(step, 1.0))
        number = next(part for part in left.line if isinstance(part, Number))
        assert float(number.text) == pytest.approx(ends[-1] - ends[step], abs=5.1e-4)


def test_the_header_counts_steps_as_the_trace_does(run: StepRun) -> None:
    header = Header(run, DARK)
    moments = (run.e_step(1, 0.0), run.e_step(1, 1.0), run.m_step(1, 0.5), run.m_step(1, 1.0), run.e_step(2, 0.3))
    shown = []
    for moment in moments:
        header.draw(moment)
        shown.append(next(part.text for part in header.line.submobjects if isinstance(part, Number)))
    assert shown == ["0", "0", "0", "1", "1"]


def test_the_gap_is_written_as_the_divergence_it_is(run: StepRun) -> None:
    panel = SlicePanel(DARK)
    moment = run.m_step(2, 1.0)
    panel.draw(moment)
    assert panel.gap_name.submobjects[1].text == f"{moment.gap:.1f}"


def test_contours_are_one_and_two_standard_deviations_of_the_components(run: StepRun) -> None:
    panel = DataPanel(run, DARK, np.arange(run.data.n_points))
    moment = run.m_step(3, 0.5)
    panel.draw(moment)
    for k, curves in enumerate(panel.contours):
        precision = np.linalg.inv(moment.mixture.covariances[k])
        for curve, deviations in zip(curves, (1.0, 2.0), strict=True):
            offsets = panel.plane.to_numbers(curve.points[::4, :2]) - moment.mixture.means[k]
            distances = np.sqrt(np.einsum("ni,ij,nj->n", offsets, precision, offsets))
            assert len(distances) >= 8
            assert np.median(distances) == pytest.approx(deviations, rel=1e-9)


def test_points_wear_the_blend_of_their_responsibilities(run: StepRun) -> None:
    panel = DataPanel(run, DARK, np.arange(run.data.n_points))
    moment = run.e_step(3, 0.3)
    panel.draw(moment)
    assert_allclose(panel.scatter.rgbas[:, :3], blend(moment.posterior, DARK.cluster_rgb(3)))


def test_points_lie_inside_their_panel(run: StepRun) -> None:
    places = DataPanel(run, DARK, np.arange(run.data.n_points)).scatter.points[:, :2]
    assert (places > [DATA.left, DATA.bottom]).all()
    assert (places < [DATA.right, DATA.top]).all()


def _trace_numbers(panel: TracePanel, points: FloatArray) -> FloatArray:
    """Counts of steps and nats at scene coordinates, shape (T, 2)."""
    heights, places = panel.scale
    return np.stack([panel.across.to_numbers(points)[:, 0], np.interp(points[:, 1], places, heights)], axis=1)


def test_the_trace_stands_at_the_log_likelihoods_and_ends_at_the_present_one(run: StepRun) -> None:
    panel = TracePanel(run, DARK)
    moment = run.m_step(3, 0.25)
    panel.draw(moment)
    numbers = _trace_numbers(panel, panel.line.points[3::4, :2])
    assert_allclose(numbers[-1], [2.25, moment.log_likelihood])
    assert_allclose(numbers[:-1], np.stack([[1.0, 2.0], run.history.log_likelihoods[1:3]], axis=1))
    assert panel.line.points[:, 1].max() <= TRACE.top


def test_the_trace_up_to_a_step_fills_the_place_it_is_given(run: StepRun) -> None:
    page, steps = Rect(-3.0, -1.0, 1.0, 2.0), 2
    panel = TracePanel(run, DARK, page, steps=steps)
    assert run.n_steps > steps
    panel.draw(run.m_step(steps, 1.0))
    first, last = panel.line.points[[0, -1], :2]
    assert (first[0], last[0]) == pytest.approx((page.left, page.right))
    assert_allclose(_trace_numbers(panel, np.array([first, last]))[:, 1], run.history.log_likelihoods[[0, steps]])
    assert page.holds(first + 1e-9)
    assert page.top - 0.3 * page.height < last[1] < page.top


def test_a_trace_whose_first_step_gains_nearly_all_shows_its_start_under_a_break(tmp_path: Path) -> None:
    (tmp_path / "far.toml").write_text(_FAR)
    experiment = Experiment.load(tmp_path / "far.toml")
    far = StepRun(Dataset.of(experiment).data, fit_of(experiment))
    values = far.history.objectives
    assert values[1] - values[0] > 4 * (values[-1] - values[1])
    panel = TracePanel(far, DARK)
    assert panel.broken
    panel.draw(far.m_step(far.n_steps, 1.0))
    numbers = _trace_numbers(panel, panel.line.points[[0, *range(3, len(panel.line.points), 4)], :2])
    assert_allclose(numbers[:, 1], values)
    assert panel.dots[0].get_center()[1] < panel.scale[1][1] < panel.dots[1].get_center()[1]
    written = [float(number.text.replace(MINUS, "-")) for number in _numbers(panel) if number.get_fill_opacity() > 0]
    assert any(abs(number - values[0]) <= 0.5 for number in written)


def _numbers(panel: TracePanel) -> list[Number]:
    return [part for part in panel.frame.get_family() if isinstance(part, Number)]


_FAR = f"""
seed = 3
[data]
points = 200
{clusters([[0.0, 0.0], [3.0, 0.0]])}
[start]
means = [[-9.0, 9.0], [9.0, 9.0]]
covariances = "identity"
"""


def test_the_data_panel_shows_the_range_it_is_given(run: StepRun) -> None:
    wanted = Rect(-20.0, -30.0, 20.0, 30.0)
    panel = DataPanel(run, DARK, np.arange(50), Rect(0.0, 0.0, 4.0, 3.0), numbers=wanted)
    drawn = panel.plane.to_numbers(panel.scatter.points[:, :2])
    assert panel.plane.numbers == wanted
    assert_allclose(drawn, run.data.points[:50], atol=1e-9)
    panel.draw(run.m_step(1, 1.0))
    assert_allclose(
        panel.plane.to_numbers(panel.means[0].get_center()[:2]), run.history.mixtures[1].means[0], atol=1e-6
    )
