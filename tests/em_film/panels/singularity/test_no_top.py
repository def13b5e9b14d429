"""The film of the likelihood without a maximum: its fits, its moments, what its panels draw, what is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from manim import DL, UR
from numpy.testing import assert_allclose
from scipy.special import logsumexp
from scipy.stats import norm
from support import ROOT
from support.watching import Watched, dry, outside, overlaps, played

from em_film.command.command import command
from em_film.drawing.boxes import box_of
from em_film.experiment import Dataset, Experiment
from em_film.page.labels import apart, reach
from em_film.page.layout import Rect
from em_film.page.theme import DARK
from em_film.panels.singularity.captions import level_line
from em_film.panels.singularity.data import Imagined, LinePanel, imagined_points
from em_film.panels.singularity.line import SpreadLine, spread
from em_film.panels.singularity.problem import Singularity
from em_film.panels.singularity.run import SpreadRun
from em_film.panels.singularity.told import Told, written
from em_film.panels.slice import SlicePanel
from em_film.runs.moment import Moment
from em_model import EMError, Mixture, Prior, lower_bound, statistics
from scenes.singularity import NoTop

_DEFAULT = (ROOT / "assets/experiments/singularity.toml").read_text(encoding="utf-8")
_ONE_DIMENSION = (ROOT / "assets/experiments/one_dimension.toml").read_text(encoding="utf-8")
_SHARES = (0.0, 0.3, 0.7, 1.0)
_PAGE = Rect(1.0, -2.5, 6.65, 2.02)


def _problem(content: str) -> Singularity:
    experiment = Experiment.parse(content.encode(), "singularity.toml")
    return Singularity(experiment, Dataset.of(experiment))


@pytest.fixture(scope="module")
def problem() -> Singularity:
    return _problem(_DEFAULT)


@pytest.fixture(scope="module")
def runs(problem: Singularity) -> list[SpreadRun]:
    return [SpreadRun(problem, history) for history in (problem.falling, problem.mended, *problem.wider)]


def _moments(run: SpreadRun) -> list[Moment]:
    steps = range(1, run.n_steps + 1)
    return [kind(step, share) for step in steps for kind in (run.e_step, run.m_step) for share in _SHARES]


def _log_likelihood(points: np.ndarray, mixture: Mixture) -> float:
    deviations = np.sqrt(mixture.covariances[:, 0, 0])
    joint = np.log(mixture.weights) + norm.logpdf(points, mixture.means[:, 0], deviations)
    return float(logsumexp(joint, axis=1).sum())


def _log_prior(prior: Prior, mixture: Mixture) -> float:
    variances = mixture.covariances[:, 0, 0]
    return float(-0.5 * prior.points * (np.log(variances) + prior.spread[0, 0] / variances).sum())


def test_the_start_falls_onto_the_rightmost_point_and_the_prior_holds_the_same_start(problem: Singularity) -> None:
    points = problem.data.points[:, 0]
    assert problem.seat == points.max()
    assert problem.copies == 1
    deviations = np.sqrt(problem.falling.mixtures.covariances[:, 0, 0, 0])
    assert (np.diff(deviations) < 0).all()
    assert deviations[-1] < 1e-5
    assert_allclose(problem.falling.mixtures.means[-1, 0], problem.seat)
    assert problem.mended.outcome == "converged"
    assert_allclose(problem.mended.start.covariances, problem.falling.start.covariances)
    assert_allclose(problem.mended.start.means, problem.falling.start.means)
    assert np.sqrt(problem.mended.final.covariances).min() > 0.5


def test_red_on_the_line_is_the_log_likelihood_and_gains_a_nat_for_each_unit_of_log_sigma(problem: Singularity) -> None:
    points = problem.data.points
    for position in (1.0, -1.0, -5.0, -15.0):
        assert_allclose(problem.height(position), _log_likelihood(points, problem.line.at(position)), rtol=1e-10)
    steep = [problem.height(u) for u in np.arange(-8.0, problem.narrowest, -1.0)]
    assert_allclose(np.diff(steep), 1.0, atol=1e-3)


def test_two_points_that_are_one_and_the_same_gain_twice_as_much(tmp_path: Path) -> None:
    (tmp_path / "twice.csv").write_text("x\n" + "\n".join(map(str, [-2, -1.5, -1, -0.4, 0, 0.3, 1, 1.4, 7, 7])))
    path = tmp_path / "twice.toml"
    path.write_text(
        '[data]\ncsv = "twice.csv"\n[start]\nmeans = [7, 0]\ncovariances = [[[0.2]], [[1.0]]]\n', encoding="utf-8"
    )
    experiment = Experiment.load(path)
    problem = Singularity(experiment, Dataset.of(experiment))
    assert problem.copies == 2
    assert_allclose(problem.height(-12.0) - problem.height(-11.0), 2.0, atol=1e-6)
    assert "2 points that are one and the same" in Told(experiment, problem).data()


def test_red_has_a_hill_and_passes_that_of_wider_starts_where_it_is_said_to(problem: Singularity) -> None:
    top, height = problem.hill() or (0.0, 0.0)
    for beside in (-0.3, 0.3):
        assert problem.height(top + beside) < height
    best = max(float(history.log_likelihoods[-1]) for history in problem.wider)
    spike = SpreadLine(problem.falling.final, 0, problem.seat)
    passed = problem.passes(best, problem.falling.final)
    assert passed > problem.narrowest
    heights = [_log_likelihood(problem.data.points, spike.at(passed + beside)) for beside in (-0.2, 0.2)]
    assert heights[0] > best > heights[1]


_MANY = """
seed = 3
[data]
points = 2000
[[data.cluster]]
weight = 1
mean = 0
covariance = 1
[fit]
components = 2
"""


@pytest.mark.parametrize("content", [_DEFAULT, _MANY])
def test_where_the_spike_passes_the_hill_is_seen_and_the_number_of_the_hill_stands_clear(content: str) -> None:
    problem = _problem(content)
    told = Told(Experiment.parse(content.encode(), "singularity.toml"), problem)
    seen = SpreadRun(problem, problem.falling).beyond()
    panel = SlicePanel(DARK, _PAGE, note="", symbol="sigma")
    panel.draw(seen)
    window, best = seen.profile.window, told.best()
    assert window.low < best < window.high
    assert seen.profile.red.max() - best > 0.05 * (window.high - window.low)
    assert window.left < told.passed() < window.right
    number = level_line(panel, seen, best, told.decimals).submobjects[1]
    (left, bottom, _), (right, top, _) = number.get_corner(DL), number.get_corner(UR)
    assert apart(Rect(left, bottom, right, top), box_of(panel.red_name)) > 0
    low, high = reach(panel.red.points[::4, :2], left, right)
    assert high < bottom or low > top


def test_the_ringed_point_can_be_seen_among_many(problem: Singularity) -> None:
    panel = LinePanel(SpreadRun(problem, problem.falling), DARK, np.arange(36), _PAGE)
    (seat,) = panel.seats
    point, ring = seat.submobjects
    assert_allclose(point.get_center(), ring.get_center())
    assert 0.07 < point.width < ring.width


def test_blue_is_never_above_red_and_touches_it_at_the_present_sigma_after_every_e_step(runs: list[SpreadRun]) -> None:
    for run in runs:
        for moment in _moments(run):
            slack = 1e-9 * (1 + np.abs(moment.profile.red))
            assert (moment.profile.red - moment.profile.blue > -slack).all()
        for step in range(1, run.n_steps + 1):
            profile = run.e_step(step, 1.0).profile
            at = int(np.abs(profile.positions - profile.here).argmin())
            assert profile.positions[at] == profile.here
            assert_allclose(profile.blue[at], profile.red[at], atol=1e-8)


def test_the_m_step_goes_to_the_top_of_blue(runs: list[SpreadRun]) -> None:
    for run in runs:
        for step in range(1, run.n_steps + 1):
            profile = run.m_step(step, 1.0).profile
            assert_allclose(profile.here, run.here(step))
            at = int(profile.blue.argmax())
            assert abs(profile.positions[at] - profile.here) < 1e-9


def test_the_curves_are_the_model_with_and_without_the_prior(runs: list[SpreadRun], problem: Singularity) -> None:
    points = problem.data.points
    for run, prior in zip(runs[:2], (None, problem.prior), strict=True):
        for moment in (run.e_step(1, 0.4), run.m_step(2, 0.6)):
            found = statistics(problem.data, moment.posterior)
            for i in (len(moment.profile.positions) // 2, -1):
                mixture = moment.profile.line.at(moment.profile.positions[i])
                more = 0.0 if prior is None else _log_prior(prior, mixture)
                assert_allclose(moment.profile.red[i], _log_likelihood(points, mixture) + more, rtol=1e-9)
                assert_allclose(moment.profile.blue[i], float(lower_bound(found, mixture)) + more, rtol=1e-9)


def test_after_the_last_e_step_blue_has_no_top(runs: list[SpreadRun], problem: Singularity) -> None:
    falling = runs[0]
    profile = falling.e_step(falling.n_steps + 1, 1.0).profile
    deep = profile.positions < -3
    assert_allclose(np.gradient(profile.blue[deep], profile.positions[deep]), -1.0, atol=1e-5)
    assert Told(Experiment.parse(_DEFAULT.encode(), "singularity.toml"), problem).no_top().endswith("has no top")


def test_while_the_prior_is_weighed_in_every_frame_has_one_of_a_share_of_its_points(
    runs: list[SpreadRun], problem: Singularity
) -> None:
    falling, mended = runs[:2]
    points = problem.data.points
    for share in _SHARES:
        moment = mended.weighed(share, falling.window(0))
        profile = moment.profile
        for i in (150, -1):
            mixture = profile.line.at(profile.positions[i])
            expected = _log_likelihood(points, mixture) + share * _log_prior(problem.prior, mixture)
            assert_allclose(profile.red[i], expected, rtol=1e-9)
        expected = _log_likelihood(points, moment.mixture) + share * _log_prior(problem.prior, moment.mixture)
        assert_allclose(moment.log_likelihood, expected)
    assert np.diff(mended.weighed(1.0, falling.window(0)).profile.red)[0] > 0


def test_the_axis_follows_the_spike_and_the_dot_is_never_out_of_the_picture(runs: list[SpreadRun]) -> None:
    falling, mended = runs[:2]
    seen = [falling.followed(share) for share in np.linspace(0, 1, 9)]
    seen += [falling.brought_back(share) for share in np.linspace(0, 1, 9)]
    seen += [run.m_step(step, share) for run in (falling, mended) for step in (1, 2, 3) for share in _SHARES]
    for moment in seen:
        window = moment.profile.window
        assert window.left - 1e-9 <= moment.profile.here <= window.right
        assert window.low <= moment.log_likelihood <= window.high + 0.05 * (window.high - window.low)
    assert seen[8].profile.window.left < -20


def test_what_is_drawn_is_what_was_computed(runs: list[SpreadRun]) -> None:
    panel = SlicePanel(DARK, _PAGE, note="", symbol="sigma")
    for moment in (runs[0].slid(-2.0), runs[0].m_step(3, 0.5), runs[1].e_step(2, 1.0)):
        panel.draw(moment)
        plane = panel.plane(moment.profile.window)
        assert_allclose(plane.to_numbers(panel.red_dot.get_center()[:2]), [moment.profile.here, moment.log_likelihood])
        drawn = plane.to_numbers(panel.red.points[::4, :2])
        inside = (drawn[:, 1] > moment.profile.window.low + 1e-6) & (drawn[:, 1] < moment.profile.window.high - 1e-6)
        red = np.interp(drawn[inside, 0], moment.profile.positions, moment.profile.red)
        assert_allclose(drawn[inside, 1], red, atol=1e-6)


def test_imagined_points_have_the_mean_of_their_gaussian_and_the_spread_of_the_prior(runs: list[SpreadRun]) -> None:
    mended = runs[1]
    panel = LinePanel(mended, DARK, np.arange(mended.data.n_rows), Rect(-6.45, -2.5, -0.75, 2.02))
    imagined = Imagined(mended.problem.prior, panel)
    moment = mended.m_step(4, 0.5)
    imagined.draw(moment)
    for mean, rings in zip(moment.mixture.means[:, 0], imagined.rings, strict=True):
        drawn = panel.plane.to_numbers([ring.get_center()[:2] for ring in rings])[:, 0]
        assert len(drawn) == mended.problem.prior.points == 5
        assert_allclose(drawn.mean(), mean)
        assert_allclose(np.square(drawn - mean).mean(), mended.problem.prior.spread[0, 0])
    assert len(imagined_points(Prior(0.5, [[1.0]]))) == 2


@pytest.mark.parametrize("content", [_DEFAULT, _ONE_DIMENSION, _DEFAULT.replace("5.0, 0.0", "3.0, 0.0")])
def test_all_imagined_points_are_seen_about_the_means_from_the_start_to_the_end(content: str) -> None:
    problem = _problem(content)
    run = SpreadRun(problem, problem.mended)
    panel = LinePanel(run, DARK, np.arange(run.data.n_rows), Rect(-6.45, -2.5, -0.75, 2.02))
    imagined = Imagined(problem.prior, panel)
    for step in range(1, run.n_steps + 1):
        imagined.draw(run.m_step(step, 1.0))
        assert all(np.isfinite(ring.get_center()).all() for rings in imagined.rings for ring in rings)


def test_a_spike_stands_at_its_mean_however_narrow_it_is(runs: list[SpreadRun]) -> None:
    falling = runs[0]
    panel = LinePanel(falling, DARK, np.arange(falling.data.n_rows), Rect(-6.45, -2.5, -0.75, 2.02))
    for share in (0.3, 0.6, 1.0):
        moment = falling.followed(share)
        panel.draw(moment)
        k = falling.component
        drawn = panel.plane.to_numbers(panel.contours[k][0].points[:, :2])
        assert drawn[:, 1].max() > 0.9 * panel.plane.numbers.top
        risen = drawn[drawn[:, 1] > 1e-3 * panel.plane.numbers.top, 0]
        assert np.abs(risen - moment.mixture.means[k, 0]).max() < 0.01


def test_what_the_prior_costs_is_what_em_gains_without_it(problem: Singularity) -> None:
    assert problem.relaxed is not None
    told = Told(Experiment.parse(_DEFAULT.encode(), "singularity.toml"), problem)
    loss = problem.relaxed.log_likelihoods[-1] - problem.mended.log_likelihoods[-1]
    assert 0 < loss < 0.1
    before, after = (np.exp(spread(fit.final, 1)) for fit in (problem.mended, problem.relaxed))
    held, free = (f"{fit.log_likelihoods[-1]:.2f}".replace("-", "−") for fit in (problem.mended, problem.relaxed))
    assert told.arrival() == (
        f"EM arrives; the prior costs {loss:.2f} nats.",
        f"ℓ {held}, not {free}; the other σ {before:.2f}, not {after:.2f} (dashed).",
    )


def test_the_check_says_without_the_prior_what_the_film_shows_and_passes_with_it(
    problem: Singularity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("singularity.toml")
    path.write_text(_DEFAULT.replace('prior = "weak"', ""), encoding="utf-8")
    found = CliRunner().invoke(command, ["check", str(path)])
    assert found.exit_code == 2
    assert found.stderr.strip() == problem.complaint
    path.write_text(_DEFAULT, encoding="utf-8")
    found = CliRunner().invoke(command, ["check", str(path)])
    assert found.exit_code == 0
    ended = Told(Experiment.load(path), problem).checked()[-1].removeprefix("Then: ").rstrip(".")
    assert ended in found.stdout


def test_a_start_that_does_not_fall_by_itself_is_made_to_on_the_loneliest_point() -> None:
    problem = _problem(_ONE_DIMENSION)
    points = np.sort(problem.data.points[:, 0])
    gaps = np.diff(points)
    alone = np.minimum(np.append(gaps, np.inf), np.append(np.inf, gaps))
    assert problem.seat == points[alone.argmax()]
    assert problem.falling.start.n_components == 3
    assert len(problem.wider) == 2


@pytest.mark.parametrize(
    ("deviation", "text"),
    [(0.2298, "0.23"), (3.04, "3.04"), (9.96e-7, "1·10⁻⁶"), (23456.0, "23456"), (0.0051, "0.0051")],
)
def test_standard_deviations_are_written_in_two_or_three_digits(deviation: float, text: str) -> None:
    assert written(deviation) == text


_CLOSE = "x\n" + "\n".join(str(value) for value in [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 3.0])
_EXPERIMENTS = {
    "default": _DEFAULT,
    "three Gaussians": _ONE_DIMENSION,
    "a prior of one's own": _DEFAULT.replace('"weak"', "{ points = 2.5, spread = [[0.4]] }"),
    "seven points": '[data]\ncsv = "close.csv"\n[fit]\ncomponents = 2\n',
    "Old Faithful": '[data]\ncsv = "old_faithful.csv"\ncolumns = ["waiting"]\n[fit]\ncomponents = 2\n',
    "far from the origin": _DEFAULT.replace("mean = -2.0", "mean = 99998.0")
    .replace("mean = 3.0", "mean = 100003.0")
    .replace("[5.0, 0.0]", "[100005.0, 100000.0]"),
    "stopped": _DEFAULT.replace("[fit]", "[fit]\nmax_steps = 5"),
}
_SAID = {
    "default": [
        "36 points, two Gaussians, one mean on a data point (circled).",
        "Red: first its neighbours lose, then its own point gains more.",
        "Ten times narrower: 2.3 nats more, for ever.\nThe point gains −log σ; the other Gaussian covers",
        "M-step: to blue's top: σ from 0.30 to 0.23\nBoth curves change: all else moves, too.",
        "this likelihood has no maximum",
        "Two wider starts end on a hill at ℓ = −67.6.",
        "below log σ = −22.0 the spike is higher",
        "Narrower and narrower.\nIts neighbours' shares vanish, and with them its width.",
        "A prior p: each Gaussian imagines 5 more points",
        "EM arrives; the prior costs 0.08 nats.",
    ],
    "a prior of one's own": ["imagines 2.5 more points"],
    "three Gaussians": ["three Gaussians", "the other Gaussians cover the rest"],
    "stopped": ["After five steps it still climbs.", "nats of ℓ + log p are still to be had."],
}


class _Film(Watched, NoTop):
    pass


@pytest.mark.parametrize("name", _EXPERIMENTS)
def test_nothing_lies_over_type_and_what_is_said_is_what_was_found(name: str, tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(_EXPERIMENTS[name], encoding="utf-8")
    (tmp_path / "close.csv").write_text(_CLOSE, encoding="utf-8")
    (tmp_path / "old_faithful.csv").write_bytes((ROOT / "assets/data/old_faithful.csv").read_bytes())
    film = played(_Film, path)
    assert not outside(film.states)
    assert not overlaps(film.states)
    assert not film.crossings
    assert not film.cut
    said = "\n".join(caption.content for caption in film.renderer.file_writer.subcaptions)
    for words in _SAID.get(name, []):
        assert words in said


_TWO = "[data]\n[[data.cluster]]\nweight = 1\nmean = [0, 0]\ncovariance = [[1, 0], [0, 1]]\n[fit]\ncomponents = 2\n"
_BARE = _DEFAULT.replace('prior = "weak"', "")


@pytest.mark.parametrize(
    ("content", "key", "remedy"),
    [
        (_TWO, "data.cluster", "give each mean as one number"),
        (_DEFAULT.split("[start]")[0] + "[fit]\ncomponents = 1\n", "fit.components", "give two or more"),
        (_BARE.replace("[fit]", "[fit]\nknown = { covariances = true }"), "fit.known.covariances", "remove it"),
        (_BARE.replace("[fit]", "[fit]\nknown = { means = [1, 2] }"), "fit.known.means", "leave one out"),
        (
            _BARE.split("[start]")[0] + '[fit]\ncomponents = 2\ncovariances = "tied"\n',
            "fit.covariances",
            'set "full"',
        ),
    ],
)
def test_an_experiment_in_which_nothing_can_fall_is_refused_in_one_line(
    content: str, key: str, remedy: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(content, encoding="utf-8")
    with dry(path), pytest.raises(EMError) as refused:
        NoTop()
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{path}: {key}: ")
    assert remedy in line


def test_wider_starts_are_said_to_be_on_a_hill_and_the_fit_to_arrive_only_where_they_gain_nothing_that_is_written() -> (
    None
):
    experiment = Experiment.load(ROOT / "assets/experiments/singularity.toml")
    problem = Singularity(experiment, Dataset.of(experiment))
    told = Told(experiment, problem)
    problem.wider_left, problem.left = 3.1, 0.06  # as on a plateau of many points, where a step gains little of it
    assert told.wider() == "Two wider starts lead up to ℓ = −67.6."
    assert told.arrival()[1] == "0.060 nats of ℓ + log p are still to be had."


def test_the_name_of_blue_stays_inside_the_panel_where_blue_runs_low_and_red_high_above_it() -> None:
    experiment = Experiment.load(ROOT / "assets/experiments/one_dimension.toml")
    problem = Singularity(experiment, Dataset.of(experiment))
    run, panel = SpreadRun(problem, problem.falling), SlicePanel(DARK, _PAGE, note="", symbol="sigma")
    for share in (0.8, 1.0):
        panel.draw(run.rise(1, share))
        assert panel.blue_name.get_fill_opacity() == 1.0
        assert float(panel.blue_name.get_top()[1]) < _PAGE.top
