"""The film of one unknown mean: its moments, what its panels draw, and its layout for experiments of several kinds."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.audit import ROOT
from support.experiments import fit_of
from support.watching import Watched, dry, outside, overlaps, played

from em_film.drawing.boxes import box_of
from em_film.drawing.type import Size, formula
from em_film.experiment import Dataset, Experiment, fitting
from em_film.page.layout import BARS, DENSITY, LIKELIHOOD, Rect
from em_film.page.theme import DARK
from em_film.panels.one_unknown.bars import BarPanel
from em_film.panels.one_unknown.chain import Chain
from em_film.panels.one_unknown.density import DensityPanel
from em_film.panels.one_unknown.landmarks import Landmarks
from em_film.panels.one_unknown.model_text import number_source
from em_film.panels.one_unknown.problem import OneUnknown
from em_film.panels.one_unknown.room import Room
from em_film.panels.one_unknown.run import Ground, SingleRun
from em_film.panels.one_unknown.sweep import PlumbLine, Sweep
from em_film.panels.slice import SlicePanel
from em_film.runs.moment import Moment
from em_model import EMError, Extremum, log_likelihood, lower_bound, statistics
from scenes.one_parameter import OneParameter

_SHARES = (0.0, 0.3, 0.7, 1.0)
_DEFAULT = (ROOT / "assets/experiments/one_parameter.toml").read_text()


@pytest.fixture(scope="module")
def runs() -> list[SingleRun]:
    experiment = Experiment.load(ROOT / "assets/experiments/one_parameter.toml")
    other = fitting.fit_other_start(experiment, Dataset.of(experiment))
    assert other is not None
    histories = [fit_of(experiment), other]
    ground = Ground(Dataset.of(experiment).data, histories, 1)
    return [SingleRun(ground, history) for history in histories]


def _moments(runs: list[SingleRun]) -> list[Moment]:
    kinds = [(run.e_step, run.m_step) for run in runs]
    return [kind(step, share) for pair in kinds for step in (1, 2, 5) for kind in pair for share in _SHARES]


def _density_panel(run: SingleRun) -> DensityPanel:
    return DensityPanel(run, DARK, np.arange(run.data.n_points), DENSITY, 1, left=run.left, right=run.right)


def test_red_is_one_curve_for_the_whole_film_and_is_the_log_likelihood(runs: list[SingleRun]) -> None:
    moments = [*_moments(runs), runs[0].explore(1.0), runs[0].go_back(0.3, 0.5)]
    assert {id(moment.profile.red) for moment in moments} == {id(runs[0].ground.red)}
    assert len({moment.profile.window for moment in moments}) == 1
    assert_array_equal(
        moments[0].profile.red, log_likelihood(runs[0].data, runs[0].ground.line.at(moments[0].profile.positions))
    )


def test_blue_is_never_above_red_and_touches_it_after_every_e_step(runs: list[SingleRun]) -> None:
    assert min(float((moment.profile.red - moment.profile.blue).min()) for moment in _moments(runs)) > -1e-9
    for run in runs:
        for step in range(1, run.n_steps + 1):
            assert abs(run.e_step(step, 1.0).gap) < 1e-9
            assert run.e_step(step, 0.5).gap > 0


def test_blue_is_the_bound_of_the_posterior_that_colours_the_points(runs: list[SingleRun]) -> None:
    for moment in _moments(runs):
        found = statistics(runs[0].data, moment.posterior)
        assert_allclose(
            moment.profile.blue, lower_bound(found, moment.profile.line.at(moment.profile.positions)), rtol=1e-10
        )
        assert_allclose(moment.lower_bound, float(lower_bound(found, moment.mixture)), rtol=1e-10)


def test_blue_is_an_exact_parabola_whose_top_the_m_step_reaches(runs: list[SingleRun]) -> None:
    for run in runs:
        for step in (1, 3):
            moment = run.m_step(step, 1.0)
            count = moment.posterior[:, 1].sum()
            parabola = moment.lower_bound - 0.5 * count * (moment.profile.positions - moment.profile.here) ** 2
            assert_allclose(moment.profile.blue, parabola, rtol=1e-11)


def test_the_mean_moves_evenly_along_the_one_line(runs: list[SingleRun]) -> None:
    old, half, new = (runs[0].m_step(2, share) for share in (0.0, 0.5, 1.0))
    assert_allclose(half.profile.here, (old.profile.here + new.profile.here) / 2)
    assert_allclose(half.mixture.means, [[0.0], [half.profile.here]])
    assert_allclose(half.log_likelihood, float(log_likelihood(runs[0].data, half.mixture)))


def test_the_window_shows_red_whole_and_where_the_first_bounds_rise_from(runs: list[SingleRun]) -> None:
    window = runs[0].ground.window
    first = min(run.e_step(1, 0.0).lower_bound for run in runs)
    assert window.low < min(first, runs[0].ground.red.min())
    assert window.high > runs[0].ground.red.max()


def test_the_density_drawn_is_the_mixture_s_and_stays_in_its_panel(runs: list[SingleRun]) -> None:
    panel = _density_panel(runs[0])
    for moment in (runs[0].explore(0.0), runs[0].m_step(1, 0.4)):
        panel.draw(moment)
        drawn = panel.whole.points[::4, :2]
        assert drawn[:, 1].max() <= DENSITY.top
        x, density = panel.plane.to_numbers(drawn).T
        assert_allclose(density, np.exp(moment.mixture.log_density(x[:, None])), atol=2e-5)


def test_handle_plumb_line_and_dot_stand_over_each_other_at_the_mean(runs: list[SingleRun]) -> None:
    above, below = _density_panel(runs[0]), SlicePanel(DARK, LIKELIHOOD, note="", symbol="mu")
    plumb = PlumbLine(above, below, DARK)
    for moment in (runs[0].explore(-2.0), runs[0].e_step(2, 0.4), runs[1].m_step(4, 0.6)):
        for panel in (above, below, plumb):
            panel.draw(moment)
        handle, dot = above.handle.get_center(), below.red_dot.get_center()
        assert_allclose(above.plane.to_numbers(handle[:2]), [moment.mixture.means[1, 0], 0.0], atol=1e-9)
        assert_allclose(
            below.plane(moment.profile.window).to_numbers(dot[:2]), [moment.profile.here, moment.log_likelihood]
        )
        assert_allclose(plumb.line[0].points[0, :2], handle[:2])
        assert_allclose(plumb.line[0].points[:, 0], dot[0])
        assert 0 <= plumb.line[0].points[:, 1].min() - dot[1] < 0.07
        assert handle[0] == pytest.approx(dot[0])


def test_points_of_the_rug_stand_over_the_value_they_have(runs: list[SingleRun]) -> None:
    panel, below = _density_panel(runs[0]), SlicePanel(DARK, LIKELIHOOD)
    places = panel.scatter.points[:, :2]
    assert_allclose(panel.plane.to_numbers(places)[:, 0], runs[0].data.points[:, 0])
    assert_allclose(below.plane(runs[0].ground.window).to_numbers(places)[:, 0], runs[0].data.points[:, 0])
    assert places[:, 1].min() > DENSITY.bottom
    assert places[:, 1].max() < panel.plane.to_scene([0.0, 0.0])[1]


def test_the_sweep_draws_red_as_far_as_the_handle_has_come(runs: list[SingleRun]) -> None:
    panel = SlicePanel(DARK, LIKELIHOOD, note="", symbol="mu")
    for position in (-3.0, 0.2, 4.0):
        moment = runs[0].explore(position)
        Sweep(panel).draw(moment)
        numbers = panel.plane(moment.profile.window).to_numbers(panel.red.points[3::4, :2])
        assert 0 <= position - numbers[-1, 0] <= np.diff(moment.profile.positions).max()
        assert_allclose(
            numbers[:, 1], np.interp(numbers[:, 0], moment.profile.positions, moment.profile.red), atol=1e-6
        )


def test_bars_are_as_high_as_the_log_likelihood_the_bound_and_the_gap(runs: list[SingleRun]) -> None:
    window = runs[0].ground.window
    panel = BarPanel(DARK, BARS, 1.5, window, 1)
    nats = (window.high - window.low) / BARS.height
    for moment in _moments(runs):
        panel.draw(moment)
        red, blue, gap = panel.bars.submobjects[1:4]
        assert_allclose(window.low + nats * float(red.height), moment.log_likelihood)
        assert_allclose(window.low + nats * float(blue.height), moment.lower_bound)
        assert_allclose(nats * float(gap.height), moment.gap, atol=1e-6)
        if moment.gap > 0.01:
            assert float(gap.get_top()[1]) == pytest.approx(float(red.get_top()[1]))


def test_numbers_shown_together_add_up_as_shown(runs: list[SingleRun]) -> None:
    panel = BarPanel(DARK, BARS, 1.5, runs[0].ground.window, 1)
    apart = 0
    for moment in _moments(runs):
        panel.draw(moment)
        top, bound, gap = (Decimal(number.text.replace("−", "-")) for number in panel.numbers.submobjects)
        assert bound + gap == top
        assert float(top) == round(moment.log_likelihood, 1)
        assert abs(float(gap) - moment.gap) < 0.101
        apart += f"{moment.gap:.1f}" != str(gap)
    assert apart  # rounded each by itself they would not


def test_long_numbers_are_written_whole_stay_clear_of_their_names_and_add_up(runs: list[SingleRun]) -> None:
    panel = BarPanel(DARK, BARS, 1.5, runs[0].ground.window, 1)
    far: Any = SimpleNamespace(log_likelihood=-527.8, lower_bound=-1_687_608_026.4)
    panel.draw(far)
    top, bound, gap = (Decimal(number.text.replace("−", "-")) for number in panel.numbers.submobjects)
    assert (top, bound, gap) == (-528, -1_687_608_026, 1_687_607_498)
    names = [term for term in panel.terms.submobjects if term.width > 0.3]
    for name, number in zip(names, panel.numbers.submobjects, strict=True):
        assert box_of(number).left > box_of(name).right + 0.1


def test_numbers_far_from_one_are_written_plainly_or_in_a_power_of_ten() -> None:
    written = {-5000.0: "-5000", 0.25: "0.25", 12345.6: "12346", 1e-5: "1 dot 10^(-5)", 2.5e7: "2.5 dot 10^(7)"}
    assert {value: number_source(value) for value in written} == written


def test_a_bound_far_below_the_panel_is_shown_as_a_broken_bar(runs: list[SingleRun]) -> None:
    window = runs[0].ground.window
    panel = BarPanel(DARK, BARS, 1.5, replace(window, low=window.low + 0.5 * (window.high - window.low)), 1)
    for moment, broken in ((runs[0].e_step(1, 0.0), True), (runs[0].m_step(9, 1.0), False)):
        panel.draw(moment)
        assert [bool(len(cut.points)) for cut in panel.bars.submobjects[4:6]] == [broken, broken]


def _landmarks(run: SingleRun) -> Landmarks:
    ground = run.ground
    plane = SlicePanel(DARK, LIKELIHOOD).plane(ground.window)
    return Landmarks(DARK, plane, 1, plane.to_scene(np.stack([ground.positions, ground.red], axis=1)))


def test_hills_are_named_where_they_are(runs: list[SingleRun]) -> None:
    landmarks, found = _landmarks(runs[0]), runs[0].ground.extrema()
    assert len(found.maxima) == 2
    for hill, run in zip(found.maxima, reversed(runs), strict=True):
        assert hill.position == pytest.approx(float(run.history.final.means[1, 0]), abs=1e-2)
        label = landmarks.hill(hill).submobjects[0]
        x, y = landmarks.plane.to_scene([hill.position, hill.log_likelihood])
        assert abs(label.get_center()[0] - x) < 1.2
        assert 0 < label.get_bottom()[1] - y < 0.3


def test_the_arrow_points_uphill_along_the_slope_of_red(runs: list[SingleRun]) -> None:
    for run in runs:
        landmarks, here, step = _landmarks(run), run.mean(0), 1e-5
        central = np.diff(log_likelihood(run.data, run.ground.line.at(np.array([here - step, here + step]))))[0]
        assert run.slope(0) == pytest.approx(central / (2 * step), rel=1e-6)
        arrow = landmarks.uphill(Extremum(here, float(run.history.log_likelihoods[0])), run.slope(0))
        foot, end = landmarks.plane.to_numbers(arrow.submobjects[0].points[[0, -1], :2])
        assert_allclose(foot, [here, run.history.log_likelihoods[0]])
        assert (end - foot)[1] / (end - foot)[0] == pytest.approx(run.slope(0))
        assert end[1] > foot[1]
    top = runs[0].ground.extrema().maxima[-1]
    arrow = landmarks.uphill(top, 1e6)  # as steep as beside a narrow hill
    assert arrow.submobjects[0].points[-1, 1] < LIKELIHOOD.top + 0.1


def test_the_chain_writes_four_numbers_of_which_none_is_higher_than_the_one_before(runs: list[SingleRun]) -> None:
    before, after = runs[0].m_step(1, 0.0), runs[0].m_step(1, 1.0)
    plane = _landmarks(runs[0]).plane
    chain = Chain(DARK, Rect(BARS.left, 0.0, BARS.right, 1.5), before, after, 1, plane)
    values = [after.lower_bound, before.lower_bound, before.log_likelihood]
    assert after.log_likelihood > values[0] > values[1]
    assert values[1] == pytest.approx(values[2])
    for row, value, colour in zip(chain.lines, values, [DARK.blue, DARK.blue, DARK.red], strict=True):
        term, number = row.submobjects[:2]
        assert {part.get_fill_color().to_hex() for part in (term, number)} == {colour}
        written = formula(f"{value:.1f}", color=colour, size=Size.NOTE)
        assert_allclose(number.points - number.get_center(), written.points - written.get_center(), atol=1e-9)
    over, climb, ring = (piece.submobjects[0] for piece in chain.pieces)
    there = after.profile.here
    assert_allclose(plane.to_numbers(over.points[[0, -1], :2]), [[there, values[0]], [there, after.log_likelihood]])
    rising = climb.submobjects[1].points[[0, -1], :2]
    assert_allclose(plane.to_numbers(rising), [[there, before.log_likelihood], [there, values[0]]])
    assert_allclose(plane.to_numbers(ring.get_center()[:2]), [before.profile.here, before.log_likelihood])


def test_where_nothing_has_room_blue_s_name_stands_over_the_panel_clear_of_every_upright_and_of_the_title() -> None:
    page, title = Rect(0.0, 0.0, 6.0, 3.0), Rect(0.0, 3.1, 2.0, 3.5)
    room = Room(page, 1.0, 0.4)
    for uprights in ([5.0, 5.5], [0.5, 3.0], [2.5], []):
        x, y = room.above(uprights, title)
        assert y - 0.2 > page.top
        assert x - 0.5 > title.right
        assert x + 0.5 <= page.right
        assert not any(min(uprights) < edge < max(uprights) for edge in (x - 0.5, x + 0.5) if uprights)
        assert not any(abs(x - upright) < 0.5 for upright in uprights)


def test_labels_of_hills_close_together_lie_neither_over_each_other_nor_over_red() -> None:
    experiment = Experiment.parse(_FAR.encode(), "far.toml")
    problem = OneUnknown(experiment, Dataset.of(experiment))
    landmarks, boxes = _landmarks(problem.runs[0]), list[Rect]()
    x, heights = landmarks.red.T
    for run in problem.runs:
        box = box_of(landmarks.hill(Extremum(run.mean(-1), float(run.history.log_likelihoods[-1])), boxes))
        inside = (x > box.left - 0.05) & (x < box.right + 0.05)
        assert inside.any()
        assert not ((heights[inside] > box.bottom) & (heights[inside] < box.top)).any()
        apart = [max(box.bottom - b.top, b.bottom - box.top, box.left - b.right, b.left - box.right) for b in boxes]
        assert all(distance > 0.05 for distance in apart)
        boxes.append(box)
    assert len(boxes) == 2


def test_blue_s_name_finds_room_in_the_panel_or_none_is_said_to_be_there() -> None:
    page, x = Rect(0.0, 0.0, 6.0, 3.0), np.linspace(0.0, 6.0, 121)
    blue = np.stack([x, 2.0 - (x - 3.0) ** 2], axis=1)
    red = np.stack([x, np.full_like(x, 2.2)], axis=1)
    room = Room(page, 1.0, 0.4)
    spot = room.beside([blue], [red], [3.0])
    assert spot is not None
    assert room.beside([blue], [red], [3.0], stay=spot) == spot
    other = room.beside([blue], [red], [3.0], boxes=[Rect(spot[0] - 0.1, 0.0, spot[0] + 0.1, 3.0)], stay=spot)
    assert other is not None
    assert other != spot
    for x0, y0 in (spot, other):
        box = Rect(x0 - 0.5, y0 - 0.2, x0 + 0.5, y0 + 0.2)
        assert page.holds((box.left, box.bottom))
        assert page.holds((box.right, box.top))
        assert box.top < 2.2
        inside = (blue[:, 0] > box.left) & (blue[:, 0] < box.right)
        assert not ((blue[inside, 1] > box.bottom) & (blue[inside, 1] < box.top)).any()
    assert room.beside([blue], [red], list(np.arange(0.0, 6.0, 0.4))) is None


def _mixture(means: list[float], *, start: float, other: float | None, spread: float = 1.0, points: int = 120) -> str:
    """Clusters at these means; the first is known where it is, and the others as many as the mixture has more."""
    tables = [
        f"[[data.cluster]]\nweight = {1 / len(means):.9f}\nmean = {mean}\ncovariance = {spread**2}\n" for mean in means
    ]
    known = "known = { weights = true, covariances = true, means = [1] }\nmax_steps = 40\n"
    second = "" if other is None else f"other_start = [{means[0]}, {other}]\n"
    begin = f"[start]\nmeans = [{means[0]}, {start}]\ncovariances = {spread**2}\n"
    return f"seed = 3\n[data]\npoints = {points}\n{''.join(tables)}{begin}[fit]\n{known}[film]\n{second}"


_SIX = """\
seed = 1
[data]
points = 400
[[data.cluster]]
weight = 1
mean = 0
covariance = 9
[start]
means = [-6, -4, -2, 2, 4, 6.5]
covariances = "identity"
[fit]
tolerance = 1e-13
known = { weights = true, covariances = true, means = [1, 2, 4, 5, 6] }
"""
_THREE = """\
seed = 1
[data]
points = 90
[[data.cluster]]
weight = 0.3
mean = -8
covariance = 1
[[data.cluster]]
weight = 0.3
mean = 0
covariance = 1
[[data.cluster]]
weight = 0.4
mean = 8
covariance = 1
[start]
means = [0, -3]
covariances = [[[100]], [[1]]]
[fit]
known = { weights = true, covariances = true, means = [1] }
[film]
other_start = [0, 5]
"""
_FAR = """\
seed = 33
[data]
points = 270
[[data.cluster]]
weight = 0.11
mean = -3.2
covariance = 1.0
[[data.cluster]]
weight = 0.225
mean = 0.0
covariance = 1.0
[[data.cluster]]
weight = 0.165
mean = 3.0
covariance = 1.0
[[data.cluster]]
weight = 0.5
mean = -500.0
covariance = 1.0
[start]
means = [0.0, 0.6, -500.0]
covariances = "identity"
weights = [0.25, 0.25, 0.5]
[fit]
known = { weights = true, covariances = true, means = [1, 3] }
[film]
detailed_steps = 2
other_start = [0.0, -0.2, -500.0]
"""
_HOLLOW = """\
[data]
csv = "symmetric.csv"
[start]
means = [0, 0]
covariances = "identity"
[fit]
known = { weights = true, covariances = true, means = [1] }
"""
_EXPERIMENTS = {
    "default": _DEFAULT,
    "one hill": _mixture([0.0, 4.0], start=2.0, other=6.0),
    "three hills": _THREE,
    "begun in the hollow": _HOLLOW,
    "four hundred steps": _DEFAULT.replace("[fit]", "[fit]\ntolerance = 0\nmax_steps = 400"),
    "stopped": _DEFAULT.replace("[fit]", "[fit]\nmax_steps = 2"),
    "six Gaussians": _SIX,
    "far from the origin": _mixture([1e6, 1e6 + 3, 1e6 - 3], start=1e6 + 0.5, other=1e6 - 0.5),
    "two hills close together beside a far cluster": _FAR,
    "one hill under the top of the panel": _mixture([0.0, 4.0], start=1.0, other=-2.0, points=50000),
    "twenty points": _mixture([-2.0, 2.5], start=0.3, other=None, points=20),
    "fifty thousand points": _DEFAULT.replace("points = 135", "points = 50000"),
    "started far outside": _mixture([0.0, 3.0], start=20.0, other=-15.0),
}


_TOLD = {
    "default": [
        "135 points on a line, and two Gaussians.",
        "Uphill, but how far? The slope does not say.",
        "Share each point out, half and half.",
        "By 64.5 nats, blue by 36.5: the new gap is 28.0.",
        "A hill: μ = 2.89, after nine steps.",
        "From −0.20 it ends on another hill, lower by 38.4 nats.",
        "EM climbs; where it starts decides which hill.",
    ],
    "one hill": ["A hill:", "it ends on the same hill", "There is one hill here, and EM climbs it."],
    "one hill under the top of the panel": ["There is one hill here, and EM climbs it."],
    "three hills": ["half and half", "it ends on another hill, higher by"],
    "begun in the hollow": ["The ground is level.", "Level ground, but no hill:"],
    "four hundred steps": ["A hill: μ = 2.89, after", "EM climbs; where it starts decides which hill."],
    "stopped": [
        "Stopped after two steps, still on the way:",
        "it has come to μ = ",
        "EM climbs; there are two hills here.",
    ],
    "six Gaussians": ["and six Gaussians.", "Share each point out, by the weights.", "after 22 steps"],
    "far from the origin": ["From 999999.50 it ends on another hill, lower by"],
    "started far outside": ["The ground is level.", "it ends on the same hill: μ = 3.18"],
    "two hills close together beside a far cluster": ["by the weights, 0.25 : 0.25 : 0.5", "another hill, lower by"],
    "twenty points": ["20 points on a line", "There is one hill here"],
    "fifty thousand points": ["50000 points on a line", "EM climbs; where it starts decides which hill."],
}


class _Film(Watched, OneParameter):
    def play(self, *args: object, **kwargs: object) -> None:
        super().play(*args, **kwargs)
        if self.stage.landed:
            self.note_state()


@pytest.mark.parametrize("name", _EXPERIMENTS)
def test_nothing_lies_over_type_and_what_is_said_is_what_was_found(name: str, tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(_EXPERIMENTS[name])
    (tmp_path / "symmetric.csv").write_text("x\n-4\n-3\n-2\n2\n3\n4\n")
    film = played(_Film, path)
    assert not outside(film.states)
    assert not overlaps(film.states)
    assert not film.crossings
    assert not film.cut
    assert film.time_shown < 96
    said = "\n".join(caption.content for caption in film.renderer.file_writer.subcaptions)
    for words in _TOLD[name]:
        assert words in said


_TWO_DIMENSIONS = "[data]\n[[data.cluster]]\nweight = 1\nmean = [0, 0]\ncovariance = [[1, 0], [0, 1]]\n"


@pytest.mark.parametrize(
    ("content", "key", "remedy"),
    [
        (_TWO_DIMENSIONS, "data.cluster", "give each mean as one number"),
        (_DEFAULT.replace("weights = true, ", ""), "fit.known.weights", "set weights = true"),
        (_DEFAULT.replace("covariances = true, ", ""), "fit.known.covariances", "set covariances = true"),
        (_DEFAULT.replace(", means = [1] }", " }"), "fit.known.means", "name all components but one"),
        (_DEFAULT.split("[start]")[0] + "[start]\nmeans = [0]\n", "fit.components", "give two or more"),
    ],
)
def test_an_experiment_with_more_than_one_mean_unknown_is_refused_in_one_line(
    content: str, key: str, remedy: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(content)
    with dry(path), pytest.raises(EMError) as refused:
        OneParameter()
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{path}: {key}: ")
    assert remedy in line
