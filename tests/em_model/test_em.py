from __future__ import annotations

from fractions import Fraction
from itertools import chain, combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax
from sklearn.mixture import GaussianMixture
from support.cases import ROUNDING, fits, largest_difference, random_covariances, random_mixture, random_posterior

from em_model import (
    CollapseError,
    EMError,
    History,
    Known,
    Mixture,
    MixtureError,
    Statistics,
    e_step,
    fit,
    lower_bound,
    m_step,
    responsibilities,
    statistics,
)
from em_model.mixture import FloatArray

Case = tuple[FloatArray, Mixture, np.random.Generator]


def every_known(n_components: int) -> list[Known]:
    held = chain.from_iterable(combinations(range(n_components), size) for size in range(n_components + 1))
    return [Known(weights, covariances, means) for means in held for weights in (False, True)
            for covariances in (False, True)]  # fmt: skip


def perturbed(mixture: Mixture, known: Known, size: float, rng: np.random.Generator) -> Mixture:
    """Another mixture, off in every free parameter at random, by about the size."""
    n_components, n_dimensions = mixture.means.shape
    weights, means, covariances = mixture.weights, mixture.means.copy(), mixture.covariances
    if not known.weights:
        weights = softmax(np.log(weights) + size * rng.standard_normal(n_components))
    free = [k for k in range(n_components) if k not in known.means]
    spread = np.sqrt(np.linalg.eigvalsh(covariances)[free, :1])
    means[free] += size * spread * rng.standard_normal((len(free), n_dimensions))
    if not known.covariances:
        skew = np.eye(n_dimensions) + size * rng.standard_normal(covariances.shape)
        covariances = skew @ covariances @ np.swapaxes(skew, 1, 2)
    return Mixture(weights, means, covariances)


def rises(history: History) -> FloatArray:
    """Changes of F from half-step to half-step, in units of |ℓ|."""
    heights = np.array([half.lower_bound for half in history.half_steps])
    return np.diff(heights) / np.maximum(np.abs(heights[1:]), 1)


def fitted(points: FloatArray, start: Mixture, known: Known, max_steps: int = 8) -> History:
    try:
        return fit(points, start, max_steps=max_steps, tolerance=0, known=known)
    except CollapseError as error:
        return error.history


def test_two_steps_by_hand() -> None:
    # Points 0, 1, 3 and θ⁽⁰⁾ so chosen that the densities stand in simple ratios: equal weights, unit variances,
    # means 0 and 2 give log r_2 / r_1 = (x² - (x - 2)²) / 2 = 2x - 2, so r_2 / r_1 = e^(2x - 2) = e^-2, 1, e^4.
    points = np.array([[0.0], [1.0], [3.0]])
    start = Mixture([0.5, 0.5], [[0.0], [2.0]], [[[1.0]], [[1.0]]])
    second = np.array([1 / (1 + np.e**2), 1 / 2, 1 / (1 + np.e**-4)])
    assert_allclose(responsibilities(points, start)[:, 1], second, rtol=1e-14)
    count = second.sum()
    mean = (second[1] + 3 * second[2]) / count
    variance = (second[1] + 9 * second[2]) / count - mean**2
    found, _ = e_step(points, start)
    new = m_step(found, start)
    assert_allclose(
        [new.weights[1], new.means[1, 0], new.covariances[1, 0, 0]], [count / 3, mean, variance], rtol=1e-12
    )
    history = fit(points, start, max_steps=1, tolerance=0)
    assert_allclose(history.final.means, new.means, rtol=1e-14)


def test_m_step_worked_in_fractions() -> None:
    # r_1 = 1, ½, 0 on x = 0, 2, 6: N_1 = 3/2, μ_1 = 1/(3/2) = 2/3, Σ_1 = (½·4)/(3/2) - 4/9 = 4/3 - 4/9 = 8/9.
    # r_2 = 0, ½, 1:               N_2 = 3/2, μ_2 = 7/(3/2) = 14/3, Σ_2 = (2 + 36)/(3/2) - 196/9 = 76/3 - 196/9 = 32/9.
    points = np.array([[0.0], [2.0], [6.0]])
    found = statistics(points, [[1, 0], [0.5, 0.5], [0, 1]])
    new = m_step(found, Mixture([0.5, 0.5], [[0.0], [1.0]], np.ones((2, 1, 1))))
    assert_allclose(found.counts, [1.5, 1.5], rtol=1e-14)
    assert_allclose(found.entropy, np.log(2), rtol=1e-14)
    assert_allclose(new.weights, [0.5, 0.5], rtol=1e-14)
    assert_allclose(new.means[:, 0], [float(Fraction(2, 3)), float(Fraction(14, 3))], rtol=1e-13)
    assert_allclose(new.covariances[:, 0, 0], [float(Fraction(8, 9)), float(Fraction(32, 9))], rtol=1e-13)
    # L = Σ_k N_k [log ½ - ½ log 2πΣ_k - ½] + log 2, since the squares sum to N_k Σ_k.
    bound = 1.5 * sum(np.log(0.5) - 0.5 * np.log(2 * np.pi * s) - 0.5 for s in (8 / 9, 32 / 9)) + np.log(2)
    assert_allclose(lower_bound(found, new), bound, rtol=1e-13)


@pytest.mark.parametrize("n_dimensions", [1, 2, 3, 6])
def test_m_step_is_the_books(n_dimensions: int, rng: np.random.Generator) -> None:
    points = random_mixture(rng, 3, n_dimensions).sample(80, rng)[0]
    posterior = random_posterior(rng, 80, 3)
    new = m_step(statistics(points, posterior), random_mixture(rng, 3, n_dimensions))
    for k in range(3):
        assert_allclose(new.weights[k], posterior[:, k].mean(), rtol=1e-12)
        assert_allclose(new.means[k], np.average(points, axis=0, weights=posterior[:, k]), rtol=1e-10, atol=1e-12)
        weighted = np.cov(points.T, aweights=posterior[:, k], bias=True)
        assert_allclose(new.covariances[k], weighted.reshape(n_dimensions, -1), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("known", every_known(3), ids=str)
@pytest.mark.parametrize("n_dimensions", [1, 3])
def test_m_step_is_the_maximum_over_what_is_free(known: Known, n_dimensions: int) -> None:
    rng = np.random.default_rng(9)
    for _ in range(4):
        points = random_mixture(rng, 3, n_dimensions).sample(60, rng)[0]
        current = random_mixture(rng, 3, n_dimensions)
        found = statistics(points, 0.95 * random_posterior(rng, 60, 3) + 0.05 / 3)
        new = m_step(found, current, known)
        top = float(lower_bound(found, new))
        assert top >= float(lower_bound(found, current)) - 1e-9
        for size in np.repeat([1e-4, 1e-2, 0.1, 1.0], 15):
            other = perturbed(new, known, size, rng)
            assert float(lower_bound(found, other)) <= top + 1e-13 * abs(top)


@pytest.mark.parametrize("known", every_known(2), ids=str)
def test_what_is_known_stays_and_what_is_free_moves(known: Known, points: FloatArray) -> None:
    start = Mixture([0.3, 0.7], [[0.0, 0.0], [4.0, 4.0]], np.stack([np.eye(2), 2 * np.eye(2)]))
    final = fit(points, start, max_steps=3, tolerance=0, known=known).final
    assert np.array_equal(final.weights, start.weights) == known.weights
    assert np.array_equal(final.covariances, start.covariances) == known.covariances
    for component in range(2):
        held = np.array_equal(final.means[component], start.means[component])
        assert held == (component in known.means)


@given(fits(largest_d=4), st.data())
@settings(max_examples=300)
def test_no_half_step_lowers_the_bound(case: Case, data: st.DataObject) -> None:
    points, start, _ = case
    known = data.draw(st.sampled_from(every_known(start.n_components)))
    history = fitted(points, start, known)
    assert rises(history).min(initial=0) >= -1e-10
    assert (np.diff(history.log_likelihoods) / np.abs(history.log_likelihoods[1:])).min(initial=0) >= -1e-10


def test_no_half_step_of_thousands_of_fits_lowers_the_bound() -> None:
    rng = np.random.default_rng(1998)
    lowest, half_steps = 0.0, 0
    for _ in range(2000):
        n_components, n_dimensions = rng.integers(1, 4), rng.integers(1, 4)
        truth = random_mixture(rng, n_components, n_dimensions, rng.choice([0.3, 2.0, 10.0]))
        start = random_mixture(rng, n_components, n_dimensions, rng.choice([0.3, 2.0, 10.0]))
        known = Known(
            bool(rng.integers(2)), bool(rng.integers(2)), tuple(np.flatnonzero(rng.random(n_components) < 0.3))
        )
        history = fitted(truth.sample(int(rng.integers(20, 60)), rng)[0], start, known, max_steps=5)
        lowest = min(lowest, rises(history).min(initial=0))
        half_steps += len(history.half_steps) - 1
    assert lowest >= -1e-10
    assert half_steps > 15_000


def test_log_likelihood_rises_by_at_least_as_much_as_the_bound(history: History) -> None:
    for e_half, m_half in zip(history.half_steps[0::2], history.half_steps[1::2], strict=False):
        rise = m_half.log_likelihood - e_half.log_likelihood
        assert rise >= m_half.lower_bound - e_half.lower_bound - ROUNDING * abs(m_half.log_likelihood)


@pytest.mark.parametrize(("n_components", "n_dimensions"), [(1, 1), (1, 4), (2, 1), (3, 2), (4, 3), (3, 6)])
@pytest.mark.parametrize("n_steps", [1, 2, 10])
def test_fit_is_that_of_scikit_learn(n_components: int, n_dimensions: int, n_steps: int) -> None:
    rng = np.random.default_rng(17 + n_components)
    points = random_mixture(rng, n_components, n_dimensions, apart=2.0).sample(600, rng)[0]
    start = random_mixture(rng, n_components, n_dimensions, apart=2.0)
    peer = GaussianMixture(
        n_components,
        tol=0,
        reg_covar=0,
        max_iter=n_steps,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=np.linalg.inv(start.covariances),
    )
    with pytest.warns(match="did not converge"):
        peer.fit(points)
    history = fit(points, start, max_steps=n_steps, tolerance=0)
    theirs = Mixture(peer.weights_, peer.means_, peer.covariances_)
    assert largest_difference(history.final, theirs) < 1e-9
    assert_allclose(history.log_likelihoods[-1], 600 * peer.score(points), rtol=1e-11)
    assert_allclose(responsibilities(points, history.final), peer.predict_proba(points), rtol=1e-6, atol=1e-9)


def test_nothing_is_regularised(rng: np.random.Generator) -> None:
    # A component about 1e-4 wide keeps its width: a reg_covar of 1e-6 would change it a hundredfold.
    narrow = 1e-4 * rng.standard_normal((50, 2))
    points = np.concatenate([narrow, 1 + rng.standard_normal((200, 2))])
    start = Mixture([0.2, 0.8], [[0.0, 0], [1, 1]], np.stack([1e-8 * np.eye(2), np.eye(2)]))
    history = fit(points, start, max_steps=5, tolerance=0)
    posterior = responsibilities(points, history.mixtures[4])
    for k in range(2):
        weighted = np.cov(points.T, aweights=posterior[:, k], bias=True)
        size = np.abs(weighted).max()
        assert_allclose(history.final.covariances[k], weighted, rtol=1e-7, atol=1e-7 * size)
    assert np.linalg.eigvalsh(history.final.covariances[0]).max() < 3e-8


def test_two_steps_at_once_are_two_single_steps(points: FloatArray, start_of_three: Mixture) -> None:
    at_once = fit(points, start_of_three, max_steps=2, tolerance=0)
    first = fit(points, start_of_three, max_steps=1, tolerance=0)
    second = fit(points, first.final, max_steps=1, tolerance=0)
    assert_array_equal(at_once.final.covariances, second.final.covariances)
    assert_array_equal(at_once.log_likelihoods[1:], second.log_likelihoods)


def test_converged_fit_is_a_fixed_point(points: FloatArray, start_of_three: Mixture) -> None:
    history = fit(points, start_of_three, max_steps=2000, tolerance=1e-12)
    assert history.outcome == "converged"
    after = m_step(e_step(points, history.final)[0], history.final)
    assert largest_difference(after, history.final) < 1e-3
    risings = np.diff(history.log_likelihoods)
    assert risings[-1] < 1e-12 * 1000 <= risings[:-1].min()


def test_fit_stops_at_the_step_limit(points: FloatArray, start_of_three: Mixture) -> None:
    for limit in (0, 1, 7):
        history = fit(points, start_of_three, max_steps=limit, tolerance=0)
        assert (history.outcome, history.n_steps) == ("step limit", limit)


def test_tolerance_is_a_rise_per_point(points: FloatArray, start_of_three: Mixture) -> None:
    once = fit(points, start_of_three, tolerance=1e-5)
    twice = fit(np.concatenate([points, points]), start_of_three, tolerance=1e-5)
    assert once.n_steps == twice.n_steps
    assert once.outcome == "converged"


@pytest.mark.parametrize("n_dimensions", range(1, 7))
def test_one_component_is_fitted_in_one_step(n_dimensions: int, rng: np.random.Generator) -> None:
    points = random_mixture(rng, 2, n_dimensions).sample(100, rng)[0]
    history = fit(points, random_mixture(rng, 1, n_dimensions))
    assert history.outcome == "converged"
    assert history.n_steps == 2
    assert_allclose(history.final.weights, [1.0])
    assert_allclose(history.final.means[0], points.mean(axis=0), rtol=1e-10)
    assert_allclose(history.final.covariances[0], np.cov(points.T, bias=True).reshape([n_dimensions] * 2), rtol=1e-9)
    assert history.statistics.entropy[0] == pytest.approx(0, abs=1e-9)  # type: ignore[index]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_steps": -1}, "max_steps is -1; it must be a whole number, 0 or more"),
        ({"tolerance": -1e-9}, "tolerance is -1e-09; it must be 0 or a small positive number of nats per point"),
        ({"tolerance": np.nan}, "tolerance is nan; it must be 0 or a small positive number of nats per point"),
        ({"tolerance": np.inf}, "tolerance is inf; it must be 0 or a small positive number of nats per point"),
        ({"known": Known(means=(3,))}, "known mean of component index 3; it must be from 0 to 2"),
        ({"known": Known(means=(-1,))}, "known mean of component index -1; it must be from 0 to 2"),
    ],
)
def test_arguments_out_of_range_are_refused(
    change: dict[str, Any], message: str, points: FloatArray, start_of_three: Mixture
) -> None:
    with pytest.raises(EMError) as caught:
        fit(points, start_of_three, **change)
    assert str(caught.value) == message


def test_start_must_fit_the_data(points: FloatArray, history: History) -> None:
    with pytest.raises(EMError, match=r"^the start is a batch of mixtures, shape \(13,\); give a single one$"):
        fit(points, history.mixtures)
    with pytest.raises(MixtureError, match="the mixture has 1 dimensions, the data 2"):
        fit(points, Mixture([1.0], [[0.0]], [[[1.0]]]))


def test_m_step_leaves_the_statistics_as_they_were(rng: np.random.Generator) -> None:
    found = Statistics(np.ones(2), rng.random((2, 3)), random_covariances(rng, 2, 3), 0.0)
    before = found.means.copy()
    new = m_step(found, random_mixture(rng, 2, 3), Known(means=(1,)))
    assert_array_equal(found.means, before)
    m_step(found, random_mixture(rng, 2, 3))
    for array in (found.counts, found.means, found.covariances):
        assert array.flags.writeable
    assert not new.weights.flags.writeable
