"""The film of k-means as a limit: its runs, its moments, what its panels draw, what is said."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans
from support import ROOT
from support.watching import Watched, dry, outside, overlaps, played

from em_film.experiment import Dataset, Experiment
from em_film.experiment.dataset import drawn
from em_film.page.layout import Rect
from em_film.page.theme import DARK
from em_film.panels.k_means.edges import edge
from em_film.panels.k_means.panels import MeansPanel, ScaledSlice
from em_film.panels.k_means.problem import HardLimit
from em_film.panels.k_means.run import MeansRun
from em_film.panels.k_means.told import Told
from em_film.publish.deck.slides import numbers_of
from em_film.runs.moment import Moment
from em_film.runs.steps import StepRun
from em_model import Data, EMError, log_likelihood, lower_bound, responsibilities, statistics
from em_model.k_means.lloyd import Centres, k_means
from scenes.k_means import KMeans as Film

_DEFAULT = (ROOT / "assets/experiments/three_clusters.toml").read_text(encoding="utf-8")
_SHARES = (0.0, 0.3, 0.7, 1.0)
_PAGE = Rect(1.1, -2.85, 6.65, 2.02)


@pytest.fixture(scope="module")
def problem() -> HardLimit:
    experiment = Experiment.parse(_DEFAULT.encode(), "three_clusters.toml")
    return HardLimit(experiment, Dataset.of(experiment))


@pytest.fixture(scope="module")
def run(problem: HardLimit) -> MeansRun:
    return MeansRun(problem.few, problem.steps, problem.variance)


def _moments(run: MeansRun) -> list[Moment]:
    steps = range(1, run.n_steps + 1)
    kinds = [run.opened, run.soften, run.hardened]
    kinds += [lambda share, i=i, kind=kind: kind(i, share) for i in steps for kind in (run.assigned, run.averaged)]
    kinds += [lambda share, i=i: run.turned(i, share) for i in steps if i < run.n_steps]
    return [kind(share) for kind in kinds for share in _SHARES]


def test_blue_is_never_above_red_at_any_epsilon_and_in_any_half_step(run: MeansRun) -> None:
    for moment in _moments(run):
        slack = 1e-9 * (1 + np.abs(moment.profile.red))
        assert (moment.profile.red - moment.profile.blue > -slack).all()


def test_blue_touches_red_at_the_present_means_at_every_epsilon_and_after_every_assignment(run: MeansRun) -> None:
    touching = [run.soften(1.0), *(run.hardened(share) for share in np.linspace(0, 1, 9))]
    touching += [run.assigned(step, 1.0) for step in range(1, run.n_steps + 1)]
    for moment in touching:
        assert moment.profile.touch == 0.0
        assert_allclose(moment.lower_bound, moment.log_likelihood, atol=1e-9)
    assert run.soften(0.5).gap > 0.1


def test_blue_is_a_parabola_with_its_top_at_the_new_means_at_every_epsilon(run: MeansRun) -> None:
    for share in (0.0, 0.5, 0.9, 1.0):
        profile = run.hardened(share).profile
        fitted = np.polynomial.Polynomial.fit(profile.positions, profile.blue, 2)
        assert_allclose(fitted(profile.positions), profile.blue, atol=1e-8)
        assert_allclose(profile.positions[profile.blue.argmax()], 1.0)


def test_every_epsilon_is_a_model_whose_log_likelihood_and_bound_times_epsilon_are_drawn(run: MeansRun) -> None:
    for share in (0.0, 0.4, 0.8):
        moment = run.hardened(share)
        variance = moment.mixture.covariances[0, 0, 0]
        profile = moment.profile
        assert_allclose(moment.posterior, responsibilities(run.data, moment.mixture), atol=1e-12)
        mixtures = profile.line.at(profile.positions)
        found = statistics(run.data, moment.posterior)
        zero = log_likelihood(run.data, moment.mixture)
        assert_allclose(profile.red, variance * (log_likelihood(run.data, mixtures) - zero), atol=1e-7)
        assert_allclose(profile.blue, variance * (lower_bound(found, mixtures) - zero), atol=1e-7)


def test_at_the_limit_red_is_minus_half_the_distortion_and_ends_where_scikit_learn_does(run: MeansRun) -> None:
    moment = run.averaged(run.n_steps, 1.0)
    theirs = KMeans(3, init=run.steps.means[0], n_init=1, tol=0.0).fit(run.data.points)
    assert_allclose(-2 * moment.log_likelihood, theirs.inertia_)
    assert_allclose(moment.mixture.means, theirs.cluster_centers_)
    assert (np.diff(run.steps.distortions) < 0).all()
    assert run.steps.converged


def test_curves_and_window_are_the_same_before_and_after_a_turn(run: MeansRun) -> None:
    for step in range(1, run.n_steps):
        pairs = ((run.averaged(step, 1.0), run.turned(step, 1e-9)), (run.turned(step, 1.0), run.assigned(step + 1, 0)))
        for before, after in pairs:
            assert_allclose(before.mixture.means, after.mixture.means)
            places = np.linspace(-1.0, 2.5, 29)
            red = [np.interp(places, seen.profile.positions, seen.profile.red) for seen in (before, after)]
            assert_allclose(red[0], red[1], rtol=1e-3, atol=1e-3)
            assert_allclose(before.profile.window.low, after.profile.window.low, rtol=1e-6)


def test_both_dots_and_the_touch_are_in_the_window_after_every_half_step(run: MeansRun) -> None:
    for step in range(1, run.n_steps + 1):
        for moment in (run.assigned(step, 1.0), run.averaged(step, 1.0)):
            window = moment.profile.window
            assert window.low < moment.lower_bound <= moment.log_likelihood + 1e-9 < window.high


@pytest.mark.parametrize("name", ["three_clusters", "five_clusters", "one_dimension"])
def test_both_dots_are_in_the_window_in_every_half_step_and_the_widest_gaussians_on_the_page(name: str) -> None:
    path = ROOT / f"assets/experiments/{name}.toml"
    experiment = Experiment.load(path)
    problem = HardLimit(experiment, Dataset.of(experiment))
    run = MeansRun(problem.few, problem.steps, problem.variance)
    for moment in _moments(run)[len(_SHARES) :]:  # what comes first opens the window
        profile = moment.profile
        assert profile.window.low < moment.lower_bound <= moment.log_likelihood + 1e-9 < profile.window.high
    if problem.few.n_dimensions == 2:
        steps = StepRun(problem.few, problem.history)
        panel = MeansPanel(steps, DARK, np.arange(problem.few.n_rows), _PAGE, widest=problem.variance)
        reach = 2 * np.sqrt(problem.variance)
        for mean in problem.steps.means[0]:
            for corner in (mean - reach, mean + reach):
                assert _PAGE.holds(panel.plane.to_scene(corner))


def test_points_on_which_they_disagree_and_shares_as_drawn_are_counted(problem: HardLimit) -> None:
    theirs = KMeans(3, init=problem.start, n_init=1, tol=0.0, max_iter=1000).fit(problem.data.points)
    assert_allclose(problem.whole.distortions[-1], theirs.inertia_)
    nearest = np.square(problem.data.points[:, None] - problem.whole.means[-1]).sum(axis=2).argmin(axis=1)
    assert_array_equal(problem.by_k_means, nearest)
    posterior = responsibilities(problem.data, problem.history.final)
    assert int((~problem.agreed).sum()) == int((nearest != posterior.argmax(axis=1)).sum())
    labels = drawn(problem.experiment)[1]
    means = np.array([cluster.mean for cluster in problem.experiment.data.cluster])
    order = np.square(problem.history.final.means[:, None] - means).sum(axis=2).argmin(axis=1)
    assert sorted(order) == [0, 1, 2]
    assert problem.as_drawn is not None
    assert_allclose(problem.as_drawn[1], (order[problem.by_mixture] == labels).mean())
    assert problem.as_drawn[0] < problem.as_drawn[1]


def test_an_average_lowers_the_distortion_of_the_points_as_assigned_and_an_assignment_lowers_it_further(
    run: MeansRun,
) -> None:
    for step in range(1, run.n_steps + 1):
        posterior, means = run.assigned(step, 1.0).posterior, run.steps.means[step]
        squares = np.square(run.data.points[:, None] - means).sum(axis=2)
        assert_allclose(run.kept(step), (posterior * squares).sum())
        assert_allclose(-2 * run.averaged(step, 1.0).lower_bound, run.kept(step))
        assert run.distortion(step) <= run.kept(step) + 1e-9 < run.distortion(step - 1)


def test_what_is_said_of_the_distortion_goes_on_from_half_step_to_half_step(run: MeansRun, problem: HardLimit) -> None:
    told = Told(problem, run)
    said = [told.averaging(1)[1], told.assigning(2)[1], told.averaging(2)[0], told.going_on(3)]
    falls = [re.findall(r"from (\S+) to ([\d.]*\d)", sentence)[0] for sentence in said]
    assert all(before[1] == after[0] for before, after in pairwise(falls))
    assert (falls[0][0], falls[-1][1]) == (told.written(0), told.written(-1))


def test_a_higher_hill_is_spoken_of_only_where_red_is_seen_above_where_k_means_ends(run: MeansRun) -> None:
    profile = run.averaged(run.n_steps, 1.0).profile
    assert run.higher_hill()
    assert profile.window.high > profile.red.max() > -0.5 * run.distortion(-1) + 0.05
    alone = Data([[-5.1], [-4.9], [4.9], [5.1]])
    steps = k_means(alone, np.array([[-4.0], [4.0]]))
    assert not MeansRun(alone, steps, 1.0).higher_hill()


def test_an_edge_is_as_near_to_two_means_and_to_no_third_one_nearer() -> None:
    means = np.array([[0.0, 0.0], [2.0, 1.0], [0.5, 3.0]])
    page = Rect(-4.0, -4.0, 5.0, 6.0)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        for place in edge(means, i, j, page):
            far = np.linalg.norm(means - place, axis=1)
            assert_allclose(far[i], far[j])
            assert far[i] <= far.min() + 1e-9
    assert len(edge(np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]]), 0, 2, page)) == 0
    assert len(edge(np.array([[1.0, 1.0], [1.0, 1.0]]), 0, 1, page)) == 0


def test_drawn_curves_and_means_are_the_models(run: MeansRun, problem: HardLimit) -> None:
    panel, slice_panel = (
        MeansPanel(StepRun(problem.few, problem.history), DARK, np.arange(12), Rect(-5.95, -2.85, -0.75, 2.02)),
        ScaledSlice(DARK, _PAGE, limit=True),
    )
    moment = run.averaged(1, 0.5)
    panel.draw(moment)
    slice_panel.draw(moment)
    for disc, mean in zip(panel.means, moment.mixture.means, strict=True):
        assert_allclose(panel.plane.to_numbers(disc.get_center()[:2]), mean, atol=1e-9)
    window = moment.profile.window
    drawn_points = slice_panel.plane(window).to_numbers(slice_panel.red.points[::4, :2])
    expected = np.interp(drawn_points[:, 0], moment.profile.positions, moment.profile.red)
    assert_allclose(drawn_points[:, 1], expected, atol=1e-6 * (window.high - window.low) + 1e-9)


def test_large_numbers_are_counted_in_a_power_of_ten_and_the_curves_are_the_same(run: MeansRun) -> None:
    larger = Centres(1e5 * run.steps.means, 1e10 * run.steps.distortions, True)
    large = MeansRun(Data(1e5 * run.data.points), larger, 1e10 * run.variance)
    assert (run.power, large.power) == (0, 10)
    for seen, same in zip(_moments(large), _moments(run), strict=True):
        assert_allclose(seen.profile.red, same.profile.red, atol=1e-6)
        assert_allclose(seen.profile.blue, same.profile.blue, atol=1e-6)


class _Film(Watched, Film):
    pass


_FEW = "x,y\n" + "\n".join(f"{x},{y}" for x, y in [(0, 0), (0.3, 1), (1, 0.2), (4, 4), (4.4, 5), (5, 4.1), (2.4, 2)])
_LARGE = "x,y\n" + "\n".join(f"{x}e5,{y}e5" for x, y in (line.split(",") for line in _FEW.splitlines()[1:]))
_EXPERIMENTS = {
    "default": _DEFAULT,
    "one dimension": (ROOT / "assets/experiments/one_dimension.toml").read_text(encoding="utf-8"),
    "five clusters": (ROOT / "assets/experiments/five_clusters.toml").read_text(encoding="utf-8"),
    "Old Faithful": '[data]\ncsv = "old_faithful.csv"\n[fit]\ncomponents = 2\n',
    "four columns": '[data]\ncsv = "iris.csv"\n[fit]\ncomponents = 3\nprior = "weak"\n',
    "seven points": '[data]\ncsv = "few.csv"\n[fit]\ncomponents = 2\nprior = "weak"\n',
    "spherical": _DEFAULT.replace("covariances = [[3.0, 0.75], [0.75, 1.5]]", "").replace(
        "[fit]", '[fit]\ncovariances = "spherical"'
    ),
}
_EXPERIMENTS["large numbers"] = '[data]\ncsv = "large.csv"\n[fit]\ncomponents = 2\nprior = "weak"\n'
_SAID = {
    "large numbers": ["J / 10"],
    "default": [
        "12 of 1000 points, three Gaussians of equal weight.",
        "Red has kinks, blue is a parabola still.",
        "Average: each mean to the middle of its points\nJ falls from 62.0 to 10.5.",
        "Assign: each point to its nearest mean\nOne point changes hands: J falls from 10.5 to 8.3.",
        "No point changes hands: converged after three steps.\nRed has a higher hill, not reached from here.",
        "The last step: J falls from 7.7 to 7.0.",
        "All 1000 points, from the same means.\nThe mixture has shapes and weights, too; colours match",
        "They disagree on 98 of 1000 points.\nCorrect: k-means 87.2 %, the mixture 96.0 %.",
        "The mixture is under 90 % sure of 112 points, k-means of none.",
        "Lost: shape, weights and doubt.",
    ],
    "spherical": ["The mixture has widths and weights, too", "Lost: weights and doubt."],
    "seven points": ["7 points, two Gaussians of equal weight.", "The same points, from the same means."],
}


@pytest.mark.parametrize("name", _EXPERIMENTS)
def test_nothing_lies_over_type_and_what_is_said_is_what_was_found(name: str, tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(_EXPERIMENTS[name], encoding="utf-8")
    (tmp_path / "few.csv").write_text(_FEW, encoding="utf-8")
    (tmp_path / "large.csv").write_text(_LARGE, encoding="utf-8")
    for table in ("old_faithful.csv", "iris.csv"):
        (tmp_path / table).write_bytes((ROOT / "assets/data" / table).read_bytes())
    film = played(_Film, path)
    assert not outside(film.states)
    assert not overlaps(film.states)
    assert not film.crossings
    assert not film.cut
    said = "\n".join(caption.content for caption in film.renderer.file_writer.subcaptions)
    for words in _SAID.get(name, []):
        assert words in said


_RESTING = "x\n" + "\n".join(map(str, [0, 1, 5, 6]))


@pytest.mark.parametrize(
    ("content", "key", "remedy"),
    [
        (_DEFAULT.split("[start]")[0] + "[fit]\ncomponents = 1\n", "fit.components", "give two or more"),
        (_DEFAULT.replace("[fit]", "[fit]\nknown = { means = [1] }"), "fit.known.means", "remove it"),
        ('[data]\ncsv = "resting.csv"\n[start]\nmeans = [0.5, 5.5]\n', "start.means", "begin elsewhere"),
    ],
)
def test_an_experiment_in_which_nothing_is_assigned_is_refused_in_one_line(
    content: str, key: str, remedy: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(content, encoding="utf-8")
    (tmp_path / "resting.csv").write_text(_RESTING, encoding="utf-8")
    with dry(path), pytest.raises(EMError) as refused:
        Film()
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{path}: {key}: ")
    assert remedy in line


def test_decks_are_told_epsilon_on_the_way_and_the_distortion_at_the_limit(run: MeansRun, problem: HardLimit) -> None:
    (epsilon,) = numbers_of(run.soften(1.0))
    assert epsilon[0] == "ε"
    assert float(epsilon[1]) == pytest.approx(problem.variance, abs=0.006)
    told = Told(problem, run)
    for step in range(1, run.n_steps + 1):
        assert numbers_of(run.assigned(step, 1.0))[1] == ("distortion J", told.written(step - 1))
    assert numbers_of(run.averaged(run.n_steps, 1.0)) == (("steps taken", "3"), ("distortion J", told.written(-1)))


def test_on_a_line_all_means_of_the_start_stand_in_the_panel_and_no_height_is_named_where_none_is_drawn() -> None:
    text = "seed = 3\n[data]\npoints = 400\n" + "".join(
        f"[[data.cluster]]\nweight = 0.125\nmean = {4 * k}\ncovariance = {0.3 + 0.1 * k:.1f}\n" for k in range(8)
    )
    experiment = Experiment.parse(text.encode(), "line.toml")
    problem = HardLimit(experiment, Dataset.of(experiment))
    run, rows = StepRun(problem.few, problem.history), np.arange(problem.few.n_rows)
    panel = MeansPanel(run, DARK, rows, _PAGE, widest=problem.variance)
    assert all(_PAGE.holds(spot) for spot in panel.plane.to_scene([[float(mean), 0.0] for mean in problem.start[:, 0]]))
    assert panel.upward() is not None
    assert MeansPanel(run, DARK, rows, _PAGE).upward() is None


def test_on_a_line_edges_stand_half_way_between_neighbours_and_the_title_of_heights_goes_with_the_densities() -> None:
    text = "seed = 3\n[data]\npoints = 60\n" + "".join(
        f"[[data.cluster]]\nweight = {weight}\nmean = {mean}\ncovariance = 0.5\n"
        for weight, mean in ((0.25, 0.0), (0.25, 9.0), (0.5, 4.0))
    )
    experiment = Experiment.parse(text.encode(), "line.toml")
    problem = HardLimit(experiment, Dataset.of(experiment))
    panel = MeansPanel(
        StepRun(problem.few, problem.history), DARK, np.arange(problem.few.n_rows), _PAGE, widest=problem.variance
    )
    run = MeansRun(problem.few, problem.steps, problem.variance)
    title = panel._upward
    assert title is not None
    for share, seen in ((0.0, 1.0), (1.0, 0.0)):
        panel.draw(run.hardened(share))
        assert title.get_fill_opacity() == seen
    means = np.sort(problem.steps.means[0][:, 0])
    drawn = [curve.points[[0, -1], :2] for curve in panel.edges if len(curve.points)]
    found = sorted(float(panel.plane.to_numbers(ends)[0, 0]) for ends in drawn)
    assert_allclose(found, (means[1:] + means[:-1]) / 2)
    assert all(set(ends[:, 1].round(9)) == {_PAGE.bottom, _PAGE.top} for ends in drawn)
