"""Gradient ascent and L-BFGS beside EM: one start, one rule to end by, passes counted."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.cases import largest_difference

import em_model.ascent.search
from em_model import METHODS, Ascent, Data, EMError, Known, Mixture, ascend, fit, gradient, log_likelihood
from em_model.ascent.methods import Method, ascents
from em_model.densities import Densities
from em_model.em import e_steps
from em_model.mixture import FloatArray
from em_model.statistics import Statistics

MEANS = Known(weights=True, covariances=True)
CLIMBING: tuple[Method, ...] = ("EM", "line search", "L-BFGS")  # ℓ never falls; a fixed step may overshoot


@pytest.fixture(scope="module")
def easy() -> tuple[Data, Mixture]:
    """Two round clusters far enough apart, and a start near them."""
    truth = Mixture([0.4, 0.6], [[-2.0, 0.0], [2.0, 1.0]], [np.eye(2), 0.7 * np.eye(2)])
    points = truth.sample(300, np.random.default_rng(1))[0]
    return Data(points), Mixture([0.5, 0.5], [[-1.0, 0.0], [1.0, 0.0]], [np.eye(2), np.eye(2)])


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for every time the data are read."""
    seen: list[int] = []
    whole = Densities.chunks

    def chunks(self: Densities, part: Data) -> object:
        seen.append(part.n_rows)
        return whole(self, part)

    monkeypatch.setattr(Densities, "chunks", chunks)
    return seen


@pytest.mark.parametrize("method", METHODS)
def test_every_method_ends_on_the_summit_that_em_finds(easy: tuple[Data, Mixture], method: Method) -> None:
    data, start = easy
    summit = fit(data, start, max_steps=5000, tolerance=1e-14)
    found = ascend(data, start, method, step=0.5, max_passes=20_000, tolerance=1e-12)
    assert found.outcome == "converged"
    assert_allclose(found.log_likelihoods[-1], summit.log_likelihoods[-1], rtol=0, atol=1e-5)
    assert largest_difference(found.final, summit.final) < 1e-3


@pytest.mark.parametrize("method", METHODS)
def test_passes_are_the_times_the_data_were_read(
    easy: tuple[Data, Mixture], readings: list[int], method: Method
) -> None:
    data, start = easy
    found = ascend(data, start, method, step=40.0 if method == "line search" else 0.3, max_passes=19, tolerance=0)
    # A trial so far away that its sums are taken about its own mean reads them once more.
    assert len(readings) == 19 + (method == "line search")
    assert found.outcome == "pass limit"
    assert found.passes[0] == 1
    assert found.passes[-1] <= 19
    assert (np.diff(found.passes) >= 1).all()
    if method in ("EM", "fixed step"):
        assert_array_equal(found.passes, np.arange(1, 20))
    if method == "line search":  # so long a first step has to be halved at least once
        assert found.passes[1] > 2


@pytest.mark.parametrize("method", METHODS)
def test_a_path_is_the_mixtures_it_went_through_and_their_log_likelihoods(
    easy: tuple[Data, Mixture], method: Method
) -> None:
    data, start = easy
    found = ascend(data, start, method, step=0.3, max_passes=40, tolerance=0)
    assert len(found.passes) == len(found.log_likelihoods) == found.n_steps + 1 == len(found.mixtures.weights)
    assert largest_difference(found.mixtures[0], start) < 1e-12
    assert_allclose(found.log_likelihoods, log_likelihood(data, found.mixtures), rtol=1e-11)
    if method in CLIMBING:
        assert np.diff(found.log_likelihoods).min() > -1e-9


@pytest.mark.parametrize("method", METHODS)
def test_a_climb_ends_at_the_first_step_that_rises_less_than_the_tolerance_per_point_and_pass(
    easy: tuple[Data, Mixture], method: Method
) -> None:
    data, start = easy
    found = ascend(data, start, method, step=0.3, tolerance=1e-5)
    assert found.outcome == "converged"
    rises = np.abs(np.diff(found.log_likelihoods)) / np.diff(found.passes) / data.n_points
    assert rises[-1] < 1e-5
    assert (rises[:-1] >= 1e-5).all()


def test_em_takes_the_steps_of_fit(easy: tuple[Data, Mixture]) -> None:
    data, start = easy
    history, found = fit(data, start), ascend(data, start, "EM")
    assert_array_equal(found.log_likelihoods, history.log_likelihoods)
    assert_array_equal(found.mixtures.means, history.mixtures.means)
    assert_array_equal(found.passes, 1 + np.arange(history.n_steps + 1))
    assert_array_equal(Ascent.of(history).log_likelihoods, history.log_likelihoods)


def test_a_fixed_step_is_its_length_times_the_gradient_per_point(easy: tuple[Data, Mixture]) -> None:
    data, start = easy
    found = ascend(data, start, "fixed step", step=0.4, max_passes=6, tolerance=0, known=MEANS)
    for i in range(5):
        slope = gradient(data, found.mixtures[i], MEANS).reshape(2, 2) / data.n_points
        assert_allclose(found.mixtures[i + 1].means, found.mixtures[i].means + 0.4 * slope, rtol=0, atol=1e-12)


def test_for_one_gaussian_em_is_the_fixed_step_of_its_variance(rng: np.random.Generator) -> None:
    data = Data(2 + rng.standard_normal((50, 1)))
    start, known = Mixture([1.0], [[-3.0]], [[[2.5]]]), Known(weights=True, covariances=True)
    em = ascend(data, start, "EM", max_passes=2, tolerance=0, known=known)
    fixed = ascend(data, start, "fixed step", step=2.5, max_passes=2, tolerance=0, known=known)
    assert_allclose(fixed.final.means, em.final.means, rtol=1e-12)
    assert_allclose(em.final.means, [[data.points.mean()]], rtol=1e-12)


def test_a_fixed_step_that_is_too_long_overshoots_and_the_fall_is_kept(easy: tuple[Data, Mixture]) -> None:
    data, start = easy
    found = ascend(data, start, "fixed step", step=6.0, max_passes=60, tolerance=1e-7, known=MEANS)
    assert np.diff(found.log_likelihoods).min() < -1
    assert found.outcome == "pass limit"


def test_line_search_halves_a_step_that_is_too_long_and_rises_as_armijo_asks(easy: tuple[Data, Mixture]) -> None:
    data, start = easy
    found = ascend(data, start, "line search", step=50.0, max_passes=200, tolerance=0, known=MEANS)
    for i in range(min(10, found.n_steps)):
        slope = gradient(data, found.mixtures[i], MEANS) / data.n_points
        moved = (found.mixtures.means[i + 1] - found.mixtures.means[i]).ravel()
        length = float(moved @ slope / (slope @ slope))
        assert np.log2(length / 50) == pytest.approx(round(np.log2(length / 50)), abs=1e-6)
        assert_allclose(moved, length * slope, rtol=1e-6, atol=1e-9)
        rise = found.log_likelihoods[i + 1] - found.log_likelihoods[i]
        assert rise > 1e-4 * length * data.n_points * float(slope @ slope)


@pytest.mark.parametrize("method", METHODS)
def test_known_parameters_never_move(easy: tuple[Data, Mixture], method: Method) -> None:
    data, start = easy
    found = ascend(data, start, method, max_passes=25, known=Known(weights=True, covariances=True, means=(0,)))
    assert_array_equal(found.mixtures.weights, np.tile(start.weights, (found.n_steps + 1, 1)))
    assert_array_equal(found.mixtures.covariances - start.covariances, 0)
    assert_array_equal(found.mixtures.means[:, 0] - start.means[0], 0)
    assert found.mixtures.means[-1, 1, 0] > start.means[1, 0]


@pytest.mark.parametrize("method", METHODS)
def test_a_path_moves_with_the_data_and_does_not_mind_the_order_of_points_or_components(
    easy: tuple[Data, Mixture], method: Method
) -> None:
    data, start = easy
    found = ascend(data, start, method, step=0.3, max_passes=12, tolerance=0)
    far = np.array([40.0, -3.0])
    moved = Mixture(start.weights, start.means + far, start.covariances)
    elsewhere = ascend(data.points + far, moved, method, step=0.3, max_passes=12, tolerance=0)
    assert_allclose(elsewhere.mixtures.means - far, found.mixtures.means, rtol=0, atol=1e-6)
    swapped = Mixture(start.weights[::-1], start.means[::-1], start.covariances[::-1])
    shuffled = ascend(data.points[::-1].copy(), swapped, method, step=0.3, max_passes=12, tolerance=0)
    assert_allclose(shuffled.mixtures.means[:, ::-1], found.mixtures.means, rtol=0, atol=1e-6)
    assert_array_equal(shuffled.passes, found.passes)


def test_em_follows_any_change_of_units_and_gradient_ascent_does_not(easy: tuple[Data, Mixture]) -> None:
    data, start = easy
    scale = np.diag([1.0, 10.0])
    scaled = Mixture(start.weights, start.means @ scale, scale @ start.covariances @ scale)
    gaps = {}
    for method in ("EM", "fixed step"):
        found = ascend(data, start, method, step=0.003, max_passes=8, tolerance=0)
        other = ascend(data.points @ scale, scaled, method, step=0.003, max_passes=8, tolerance=0)
        gaps[method] = np.abs(other.mixtures.means @ np.linalg.inv(scale) - found.mixtures.means).max()
    assert gaps["EM"] < 1e-10
    assert gaps["fixed step"] > 0.001


def test_where_a_component_shrinks_onto_a_point_no_method_claims_a_summit() -> None:
    """Two points alike and one component about them: ℓ has no maximum (Bishop 9.2.1)."""
    points = np.concatenate([np.linspace(-1, 1, 30), [5.0, 5.0]])[:, None]
    start = Mixture([0.9, 0.1], [[0.0], [5.0]], [[[0.3]], [[0.05]]])
    for method in METHODS:
        found = ascend(points, start, method, step=5.0, max_passes=3000, tolerance=1e-9)
        assert found.outcome in {"collapsed", "stalled", "pass limit"}, method
        assert np.isfinite(found.log_likelihoods).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("known", [Known(), Known(means=(1,))])
def test_climbs_from_many_starts_are_those_from_each(method: Method, known: Known) -> None:
    """Some collapse on the two points that are alike, others end elsewhere, each with means of its own held."""
    points = np.concatenate([np.linspace(-1, 1, 30), [5.0, 5.0]])[:, None]
    starts = [
        Mixture([0.9, 0.1], [[0.0], [mean]], [[[0.3]], [[variance]]])
        for mean, variance in ((5.0, 0.05), (0.5, 1.0), (4.0, 2.0), (5.0, 1e-3), (-0.5, 0.2))
    ]
    settings = {"step": 5.0, "max_passes": 25, "tolerance": 1e-7, "known": known}
    found = ascents(points, starts, method, **settings)  # type: ignore[arg-type]
    for climb, begin in zip(found, starts, strict=True):
        alone = ascend(points, begin, method, **settings)  # type: ignore[arg-type]
        assert (climb.outcome, list(climb.passes)) == (alone.outcome, list(alone.passes))
        assert_allclose(climb.log_likelihoods, alone.log_likelihoods, rtol=1e-6)  # what overshoots multiplies rounding
        assert_allclose(climb.final.means, alone.final.means, atol=1e-6)
    if method == "fixed step":
        assert len({climb.outcome for climb in found}) > 1, "the test needs climbs that end in unlike ways"


@pytest.mark.parametrize("method", ["fixed step", "line search"])
def test_many_starts_climb_in_the_passes_of_the_longest_climb(
    easy: tuple[Data, Mixture], readings: list[int], method: Method
) -> None:
    data, start = easy
    starts = [Mixture(start.weights, start.means + apart, start.covariances) for apart in (0.0, 0.5, 1.0)]
    readings.clear()
    found = ascents(data, starts, method, step=0.3, max_passes=19, tolerance=0)
    assert max(climb.passes[-1] for climb in found) <= len(readings) <= 19


@pytest.mark.parametrize("method", ["line search", "L-BFGS"])
def test_without_a_tolerance_a_climb_ends_when_nothing_rises_any_more(
    easy: tuple[Data, Mixture], method: Method
) -> None:
    data, start = easy
    found = ascend(data, start, method, max_passes=20_000, tolerance=0, known=MEANS)
    assert found.outcome == "stalled"
    assert np.abs(gradient(data, found.final, MEANS)).max() < 1e-2


def test_step_at_tells_how_far_a_climb_had_come_after_so_many_passes(easy: tuple[Data, Mixture]) -> None:
    data, start = easy
    found = ascend(data, start, "line search", step=50.0, max_passes=30, tolerance=0)
    assert found.step_at(0) == found.step_at(1) == 0
    for i in range(1, found.n_steps + 1):
        assert found.step_at(found.passes[i]) == i
        assert found.step_at(found.passes[i] - 0.5) == i - 1
    assert found.step_at(10_000) == found.n_steps


def test_one_pass_yields_the_gradient_as_well(easy: tuple[Data, Mixture], monkeypatch: pytest.MonkeyPatch) -> None:
    """No method reads the data but by an E-step, whose statistics give ℓ, the M-step and the gradient."""
    data, start = easy
    calls: list[float] = []

    def counted(data: Data, mixtures: Mixture) -> tuple[Statistics, FloatArray]:
        statistics, found = e_steps(data, mixtures)
        calls.extend(found)
        return statistics, found

    monkeypatch.setattr(em_model.ascent.search, "e_steps", counted)
    found = ascend(data, start, "L-BFGS", max_passes=500, tolerance=1e-9)
    assert found.passes[-1] == len(calls)
    assert set(found.log_likelihoods) <= set(calls)


@pytest.mark.parametrize("method", METHODS)
def test_a_start_on_a_single_point_is_refused_in_one_line(method: Method) -> None:
    points = np.linspace(-1, 1, 30)[:, None]
    with pytest.raises(EMError, match="too narrow"):
        ascend(points, Mixture([0.5, 0.5], [[0.0], [1.0]], [[[1e-30]], [[1.0]]]), method)


def test_senseless_arguments_are_refused_in_one_line(easy: tuple[Data, Mixture]) -> None:
    data, start = easy
    with pytest.raises(EMError, match="choose one of EM, fixed step, line search, L-BFGS"):
        ascend(data, start, "Newton")  # type: ignore[arg-type]
    for wrong, told in (
        ({"step": 0.0}, "step is 0.0"),
        ({"max_passes": 0}, "max_passes is 0"),
        ({"tolerance": -1.0}, "tolerance"),
    ):
        with pytest.raises(EMError, match=told):
            ascend(data, start, "fixed step", **wrong)  # type: ignore[arg-type]
    with pytest.raises(EMError, match="known mean"):
        ascend(data, start, "L-BFGS", known=Known(means=(7,)))


def test_a_path_of_points_and_data_are_the_same(easy: tuple[Data, Mixture]) -> None:
    data, start = easy
    points: FloatArray = np.asarray(data.points)
    one, other = ascend(points, start, "L-BFGS", max_passes=9), ascend(data, start, "L-BFGS", max_passes=9)
    assert_array_equal(one.log_likelihoods, other.log_likelihoods)
