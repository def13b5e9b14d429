"""Unconstrained coordinates, the gradient in them, and what it has to do with the M-step."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.cases import largest_difference, random_mixture

from em_model import Coordinates, Data, Known, Mixture, MixtureError, e_step, fit, gradient, log_likelihood, m_step
from em_model.mixture import FloatArray

HELD = {
    "all free": Known(),
    "only means": Known(weights=True, covariances=True),
    "one mean": Known(weights=True, covariances=True, means=(0,)),
    "no means": Known(means=(0, 1)),
    "no weights": Known(weights=True),
}


def central_differences(data: Data, coordinates: Coordinates, vector: FloatArray, width: float = 1e-5) -> FloatArray:
    steps = width * np.eye(len(vector))
    above = log_likelihood(data, coordinates.mixture(vector + steps))
    below = log_likelihood(data, coordinates.mixture(vector - steps))
    return (above - below) / (2 * width)


@pytest.mark.parametrize("n_dimensions", [1, 2, 3])
@pytest.mark.parametrize("n_components", [1, 2, 3, 4])
def test_gradient_is_that_of_central_differences(
    rng: np.random.Generator, n_components: int, n_dimensions: int
) -> None:
    mixture = random_mixture(rng, n_components, n_dimensions)
    data = Data(3 * rng.standard_normal((80, n_dimensions)))
    coordinates = Coordinates(mixture)
    exact = gradient(data, mixture)
    found = central_differences(data, coordinates, coordinates.of(mixture))
    assert_allclose(exact, found, rtol=0, atol=1e-7 * np.abs(exact).max())


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_gradient_has_a_number_for_all_that_is_free_and_none_for_what_is_known(
    rng: np.random.Generator, held: Known
) -> None:
    mixture = random_mixture(rng, 3, 2)
    data = Data(3 * rng.standard_normal((80, 2)))
    coordinates = Coordinates(mixture, held)
    exact = gradient(data, mixture, held)
    assert exact.shape == (coordinates.size,) == coordinates.of(mixture).shape
    assert_allclose(exact, central_differences(data, coordinates, coordinates.of(mixture)), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_coordinates_and_mixture_are_two_names_of_one_thing(rng: np.random.Generator, held: Known) -> None:
    mixture = random_mixture(rng, 3, 2)
    coordinates = Coordinates(mixture, held)
    assert largest_difference(coordinates.mixture(coordinates.of(mixture)), mixture) < 1e-12
    elsewhere = coordinates.of(mixture) + rng.standard_normal((5, 4, coordinates.size))
    mixtures = coordinates.mixture(elsewhere)
    Mixture(mixtures.weights, mixtures.means, mixtures.covariances)  # passes every check of a mixture
    again = coordinates.of(mixtures)
    shift = (again - elsewhere)[..., :1] if not held.weights else 0.0  # logits are known up to a constant
    logits = 0 if held.weights else 3
    assert_allclose(again[..., :logits] - shift, elsewhere[..., :logits], rtol=0, atol=1e-9)
    assert_allclose(again[..., logits:], elsewhere[..., logits:], rtol=1e-8, atol=1e-8)
    for kept, name in ((held.weights, "weights"), (held.covariances, "covariances")):
        if kept:
            assert (getattr(mixtures, name) == getattr(mixture, name)).all()
    assert (mixtures.means[..., list(held.means), :] == mixture.means[list(held.means)]).all()


def test_m_step_of_a_mean_is_a_covariance_over_its_count_times_the_gradient(
    rng: np.random.Generator, points: FloatArray
) -> None:
    """Xu and Jordan 1996, theorem 1: μ_new = μ + (Σ_k / N_k) ∂ℓ/∂μ_k."""
    for _ in range(5):
        mixture = random_mixture(rng, 3, 2)
        known = Known(weights=True, covariances=True)
        statistics, _ = e_step(points, mixture)
        slopes = gradient(points, mixture, known).reshape(3, 2)
        step = np.einsum("kij,kj->ki", mixture.covariances, slopes) / statistics.counts[:, None]
        assert_allclose(m_step(statistics, mixture).means, mixture.means + step, rtol=1e-10, atol=1e-10)


def test_m_step_of_the_weights_is_the_gradient_by_their_logits_per_point(
    rng: np.random.Generator, points: FloatArray
) -> None:
    """Xu and Jordan's (diag π - π πᵀ)/N times ∂ℓ/∂π is ∂ℓ/∂a / N, a the logits."""
    mixture = random_mixture(rng, 3, 2)
    slopes = gradient(points, mixture)[:3]
    moved = m_step(e_step(points, mixture)[0], mixture).weights
    assert_allclose(moved, mixture.weights + slopes / len(points), rtol=0, atol=1e-12)


def test_m_step_of_a_covariance_is_two_over_its_count_times_its_gradient_between_covariances(
    rng: np.random.Generator, points: FloatArray
) -> None:
    """Xu and Jordan 1996, theorem 1, for known means: Σ_new = Σ + (2 / N_k) Σ (∂ℓ/∂Σ) Σ, by central differences."""
    mixture = random_mixture(rng, 2, 2)
    known = Known(weights=True, means=(0, 1))
    statistics, _ = e_step(points, mixture)
    moved = m_step(statistics, mixture, known).covariances
    for k in range(2):
        slope = np.zeros((2, 2))
        for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
            width = 1e-5
            ell = []
            for sign in (1, -1):
                covariances = mixture.covariances.copy()
                covariances[k, i, j] += sign * width / 2
                covariances[k, j, i] += sign * width / 2
                ell.append(float(log_likelihood(points, Mixture(mixture.weights, mixture.means, covariances))))
            slope[i, j] = (ell[0] - ell[1]) / (2 * width)
        old = mixture.covariances[k]
        step = 2 / statistics.counts[k] * old @ slope @ old
        assert_allclose(moved[k], old + step, rtol=1e-5, atol=1e-6 * np.abs(moved[k]).max())


def test_gradient_vanishes_where_em_has_converged(points: FloatArray, start_of_three: Mixture) -> None:
    final = fit(points, start_of_three, max_steps=5000, tolerance=1e-15).final
    steepest = np.abs(gradient(points, start_of_three)).max()
    assert np.abs(gradient(points, final)).max() < 1e-4 * steepest


def test_gradient_of_exchanged_components_is_the_gradient_exchanged(
    rng: np.random.Generator, points: FloatArray
) -> None:
    mixture, order = random_mixture(rng, 3, 2), [2, 0, 1]
    other = Mixture(mixture.weights[order], mixture.means[order], mixture.covariances[order])
    slopes, exchanged = gradient(points, mixture), gradient(points, other)
    for first, size in ((0, 1), (3, 2), (9, 3)):
        block = slice(first, first + 3 * size)
        assert_allclose(exchanged[block].reshape(3, size), slopes[block].reshape(3, size)[order], rtol=1e-9, atol=1e-9)


def test_gradient_adds_up_over_the_data_and_does_not_mind_where_they_lie(
    rng: np.random.Generator, points: FloatArray
) -> None:
    mixture = random_mixture(rng, 3, 2)
    whole = gradient(points, mixture)
    assert_allclose(gradient(points[:300], mixture) + gradient(points[300:], mixture), whole, rtol=1e-9, atol=1e-8)
    far = np.array([1e6, -1e6])
    moved = Mixture(mixture.weights, mixture.means + far, mixture.covariances)
    assert_allclose(gradient(points + far, moved), whole, rtol=1e-6, atol=1e-6 * np.abs(whole).max())


def test_gradient_of_a_batch_is_that_of_its_members(rng: np.random.Generator, points: FloatArray) -> None:
    start = random_mixture(rng, 3, 2)
    history = fit(points, start, max_steps=4, tolerance=0)
    batch = Coordinates(start).gradient(history.statistics, history.mixtures)
    for i in range(5):
        assert_allclose(batch[i], gradient(points, history.mixtures[i]), rtol=1e-9, atol=1e-9)


def test_coordinates_beyond_double_precision_are_refused_in_one_line(rng: np.random.Generator) -> None:
    coordinates = Coordinates(random_mixture(rng, 2, 2))
    for index, value in ((0, 1e4), (2, np.inf), (6, 1e3), (6, -1e3), (0, np.nan), (7, np.nan)):
        vector = coordinates.of(coordinates.base)
        vector[index] = value
        with pytest.raises(MixtureError, match="double precision"):
            coordinates.mixture(vector)
    with pytest.raises(MixtureError, match="last axis must hold 12"):
        coordinates.mixture(np.zeros(5))


def test_a_known_parameter_is_read_from_the_base(rng: np.random.Generator) -> None:
    base, other = random_mixture(rng, 2, 1), random_mixture(rng, 2, 1)
    coordinates = Coordinates(base, Known(weights=True, covariances=True, means=(0,)))
    mixture = coordinates.mixture(coordinates.of(other))
    assert_array_equal(mixture.weights, base.weights)
    assert_array_equal(mixture.covariances, base.covariances)
    assert_array_equal(mixture.means, [base.means[0], other.means[1]])
