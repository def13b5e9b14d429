from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from support.cases import (
    fits,
    oracle_entropy,
    oracle_log_likelihood,
    oracle_posterior,
    random_covariances,
    random_mixture,
    random_posterior,
)

from em_model import DataError, Mixture, MixtureError, Statistics, e_step, entropy, responsibilities, statistics
from em_model.mixture import FloatArray

NO_DISTRIBUTION = "a row of the posterior is no distribution; rows must be non-negative and sum to 1"


def assert_same(one: Statistics, other: Statistics, tolerance: float = 1e-10) -> None:
    size = np.abs(other.covariances).max()
    assert_allclose(one.counts, other.counts, rtol=tolerance, atol=tolerance)
    assert_allclose(one.means, other.means, rtol=tolerance, atol=tolerance * np.sqrt(size))
    assert_allclose(one.covariances, other.covariances, rtol=tolerance, atol=tolerance * size)
    assert_allclose(one.entropy, other.entropy, rtol=tolerance, atol=1e-9)


def plain_statistics(points: FloatArray, posterior: FloatArray) -> Statistics:
    """Bishop 9.24, 9.25, 9.27 as they stand in the book, point by point."""
    counts = posterior.sum(axis=0)
    means = np.einsum("nk,nd->kd", posterior, points) / counts[:, None]
    deviations = points[:, None] - means
    covariances = np.einsum("nk,nkd,nke->kde", posterior, deviations, deviations) / counts[:, None, None]
    return Statistics(counts, means, covariances, oracle_entropy(posterior))


@given(fits(largest_d=6))
def test_responsibilities_are_bayes_theorem(case: tuple[FloatArray, Mixture, np.random.Generator]) -> None:
    points, mixture, _ = case
    posterior = responsibilities(points, mixture)
    assert posterior.shape == (len(points), mixture.n_components)
    assert_allclose(posterior, oracle_posterior(points, mixture), rtol=1e-6, atol=1e-10)
    assert_allclose(posterior.sum(axis=1), 1, rtol=1e-14)


@given(fits(largest_d=6))
def test_statistics_are_those_of_the_book(case: tuple[FloatArray, Mixture, np.random.Generator]) -> None:
    points, mixture, rng = case
    posterior = random_posterior(rng, len(points), mixture.n_components)
    posterior = 0.99 * posterior + 0.01 / mixture.n_components
    assert_same(statistics(points, posterior), plain_statistics(points, posterior), 1e-9)


@given(fits(largest_d=6))
def test_e_step_finds_statistics_entropy_and_log_likelihood_at_once(
    case: tuple[FloatArray, Mixture, np.random.Generator],
) -> None:
    points, mixture, _ = case
    found, log_likelihood = e_step(points, mixture)
    posterior = responsibilities(points, mixture)
    expected = statistics(points, posterior)
    assert_allclose(log_likelihood, oracle_log_likelihood(points, mixture), rtol=1e-8)
    assert_allclose(found.counts, expected.counts, rtol=1e-9, atol=1e-12)
    assert_allclose(found.entropy, oracle_entropy(posterior), rtol=1e-9, atol=1e-11 * max(1, abs(log_likelihood)))
    if expected.counts.min() > 1e-6:
        assert_same(found, expected, 1e-8)


def test_entropy_of_the_e_step_is_that_of_its_posterior(points: FloatArray, start_of_three: Mixture) -> None:
    found, _ = e_step(points, start_of_three)
    posterior = responsibilities(points, start_of_three)
    assert found.entropy > 50  # soft enough for the difference to tell
    assert_allclose(found.entropy, oracle_entropy(posterior), rtol=1e-12)
    assert_allclose(entropy(posterior), oracle_entropy(posterior), rtol=1e-14)


def test_entropy_of_certainty_is_zero_and_of_ignorance_log_k() -> None:
    assert entropy([[1.0, 0.0], [0.0, 1.0]]) == 0
    assert_allclose(entropy(np.full((7, 4), 0.25)), 7 * np.log(4))


@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 5), st.floats(0, 1))
def test_statistics_of_a_mixed_posterior_are_mixed_statistics(
    seed: int, n_components: int, n_dimensions: int, share: float
) -> None:
    rng = np.random.default_rng(seed)
    points = random_mixture(rng, n_components, n_dimensions).sample(50, rng)[0]
    posterior, other = (random_posterior(rng, 50, n_components) for _ in range(2))
    posterior, other = (0.999 * r + 0.001 / n_components for r in (posterior, other))
    blend = (1 - share) * posterior + share * other
    mixed = statistics(points, posterior).mixed(statistics(points, other), share, entropy(blend))
    assert_same(mixed, statistics(points, blend), 1e-9)


def test_mixing_takes_the_whole_of_either_end(points: FloatArray, start_of_three: Mixture, clusters: Mixture) -> None:
    one, other = (e_step(points, m)[0] for m in (start_of_three, clusters))
    for share, end in ((0.0, one), (1.0, other)):
        mixed = one.mixed(other, share, float(end.entropy))
        assert_same(mixed, end, 1e-14)


def test_mixing_with_a_component_without_points_gives_no_nan() -> None:
    points = np.arange(6.0)[:, None]
    empty = statistics(points, np.tile([1.0, 0.0], (6, 1)))
    full = statistics(points, np.full((6, 2), 0.5))
    for share in (0.0, 0.5, 1.0):
        mixed = empty.mixed(full, share, 0.0)
        assert np.isfinite(mixed.means).all()
        assert np.isfinite(mixed.covariances).all()
    assert_same(empty.mixed(full, 1.0, float(full.entropy)), full, 1e-12)


def test_statistics_of_chunks_add(points: FloatArray, rng: np.random.Generator) -> None:
    posterior = random_posterior(rng, 1000, 3)
    first, second = statistics(points[:400], posterior[:400]), statistics(points[400:], posterior[400:])
    whole = statistics(points, posterior)
    assert_allclose(first.counts + second.counts, whole.counts, rtol=1e-12)
    totals = [s.counts[:, None] * s.means for s in (first, second, whole)]
    assert_allclose(totals[0] + totals[1], totals[2], rtol=1e-10)
    assert_allclose(first.entropy + second.entropy, whole.entropy, rtol=1e-12)


def test_batch_of_statistics_is_indexed(rng: np.random.Generator) -> None:
    batch = Statistics(rng.random((4, 2)), rng.random((4, 2, 3)), random_covariances(rng, 8, 3).reshape(4, 2, 3, 3),
                       np.arange(4.0))  # fmt: skip
    assert batch[2].entropy == 2.0
    assert isinstance(batch[2].entropy, float)
    assert_array_equal(batch[1:3].means, batch.means[1:3])
    assert_array_equal(batch[1:3].entropy, [1, 2])


def test_responsibilities_that_underflow_are_zero_and_the_rest_stands() -> None:
    mixture = Mixture([0.5, 0.5], [[0.0], [1000.0]], [[[1.0]], [[1.0]]])
    points = np.array([[0.0], [1.0], [999.0], [1000.0]])
    assert_array_equal(responsibilities(points, mixture), [[1, 0], [1, 0], [0, 1], [0, 1]])
    found, log_likelihood = e_step(points, mixture)
    # Each of four points is its own component's: two at their mean and two one standard deviation away.
    assert_allclose(log_likelihood, 4 * np.log(0.5) - 2 * np.log(2 * np.pi) - 1, rtol=1e-9)
    assert_array_equal(found.counts, [2, 2])
    assert_allclose(found.entropy, 0, atol=1e-8)


@pytest.mark.parametrize(
    ("posterior", "message"),
    [
        (np.full((999, 2), 0.5), "the posterior has shape (999, 2); it needs one row for each of 1000 points"),
        (np.full(1000, 1.0), "the posterior has shape (1000,); it needs one row for each of 1000 points"),
        (np.full((1000, 2), 0.6), NO_DISTRIBUTION),
        (np.tile([1.5, -0.5], (1000, 1)), NO_DISTRIBUTION),
        (np.full((1000, 2), np.nan), NO_DISTRIBUTION),
    ],
)  # fmt: skip
def test_what_is_no_posterior_is_refused_in_one_line(posterior: FloatArray, message: str, points: FloatArray) -> None:
    with pytest.raises(DataError) as caught:
        statistics(points, posterior)
    assert str(caught.value) == message


def test_batch_of_mixtures_has_no_single_posterior(points: FloatArray, start_of_three: Mixture) -> None:
    start = start_of_three
    batch = Mixture(start.weights[None], start.means[None], start.covariances[None])
    for take in (e_step, responsibilities):
        with pytest.raises(MixtureError, match="needs a single mixture, not a batch of shape"):
            take(points, batch)
