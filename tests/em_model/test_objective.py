"""The facts about the two curves: blue never above red, touching it after the E-step, as a tangent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import softmax
from support.cases import (
    ROUNDING,
    fits,
    natural_direction,
    oracle_entropy,
    oracle_expected,
    oracle_log_likelihood,
    oracle_posterior,
    random_covariances,
    random_mixture,
    random_posterior,
)

from em_model import (
    DataError,
    Mixture,
    MixtureError,
    Statistics,
    e_step,
    entropy,
    expected_log_likelihood,
    gap,
    kl_divergence,
    log_likelihood,
    lower_bound,
    m_step,
    responsibilities,
    statistics,
)
from em_model.mixture import FloatArray

Case = tuple[FloatArray, Mixture, np.random.Generator]


def slope(heights: FloatArray, width: float) -> float:
    """Central difference of fourth order from heights at -2, -1, 1, 2 widths."""
    return float((heights[0] - 8 * heights[1] + 8 * heights[2] - heights[3]) / (12 * width))


@given(fits(largest_d=6))
def test_log_likelihood_is_that_of_scipy(case: Case) -> None:
    points, mixture, _ = case
    assert_allclose(log_likelihood(points, mixture), oracle_log_likelihood(points, mixture), rtol=1e-8)


@given(fits())
def test_expected_log_likelihood_is_its_double_sum(case: Case) -> None:
    points, mixture, rng = case
    posterior = random_posterior(rng, len(points), mixture.n_components)
    expected = oracle_expected(points, posterior, mixture)
    assert_allclose(expected_log_likelihood(statistics(points, posterior), mixture), expected, rtol=1e-8)


@given(fits())
def test_bound_is_expected_log_likelihood_plus_entropy(case: Case) -> None:
    points, mixture, rng = case
    posterior = random_posterior(rng, len(points), mixture.n_components)
    bound = oracle_expected(points, posterior, mixture) + oracle_entropy(posterior)
    assert_allclose(lower_bound(statistics(points, posterior), mixture), bound, rtol=1e-8)


@given(fits(largest_d=6))
def test_bound_never_exceeds_the_log_likelihood(case: Case) -> None:
    points, mixture, rng = case
    for posterior in (
        random_posterior(rng, len(points), mixture.n_components),
        responsibilities(points, random_mixture(rng, mixture.n_components, points.shape[1])),
        responsibilities(points, mixture),
    ):
        between = float(gap(points, statistics(points, posterior), mixture))
        assert between >= -1e-9 * abs(float(log_likelihood(points, mixture)))


@given(fits())
def test_gap_is_the_kl_divergence(case: Case) -> None:
    points, mixture, rng = case
    posterior = random_posterior(rng, len(points), mixture.n_components)
    between = float(gap(points, statistics(points, posterior), mixture))
    divergence = kl_divergence(points, posterior, mixture)
    assert divergence >= -1e-9
    scale = max(abs(float(log_likelihood(points, mixture))), abs(between), 1)
    assert_allclose(between, divergence, atol=1e-9 * scale)


def test_kl_divergence_is_summed_point_by_point(
    points: FloatArray, clusters: Mixture, rng: np.random.Generator
) -> None:
    posterior = random_posterior(rng, 1000, 3)
    true = oracle_posterior(points, clusters)
    present = posterior > 0
    expected = (posterior[present] * np.log(posterior[present] / true[present])).sum()
    assert_allclose(kl_divergence(points, posterior, clusters), expected, rtol=1e-9)
    assert_allclose(kl_divergence(points, true, clusters), 0, atol=1e-9)


def test_kl_divergence_is_finite_where_responsibilities_underflow() -> None:
    points = np.array([[0.0], [1.0], [-1.0]])
    far = Mixture([0.5, 0.5], [[0.0], [60.0]], np.ones((2, 1, 1)))
    assert responsibilities(points, far)[:, 1].max() == 0
    posterior = np.full((3, 2), 0.5)
    # log(p_1 / p_2) = ((x - 60)² - x²) / 2 = 1800 - 60 x: with p_1 = 1 each point adds log ½ + (1800 - 60 x) / 2.
    expected = 3 * (np.log(0.5) + 900)
    assert_allclose(kl_divergence(points, posterior, far), expected, rtol=1e-12)
    assert_allclose(gap(points, statistics(points, posterior), far), expected, rtol=1e-12)


@given(fits(largest_d=6))
def test_blue_touches_red_after_the_e_step(case: Case) -> None:
    points, mixture, _ = case
    found, height = e_step(points, mixture)
    assert_allclose(lower_bound(found, mixture), height, rtol=1e-9)
    assert_allclose(log_likelihood(points, mixture), height, rtol=ROUNDING)


@given(fits(largest_k=3, largest_d=3))
def test_gradients_agree_after_the_e_step_in_natural_coordinates(case: Case) -> None:
    points, mixture, rng = case
    found, height = e_step(points, mixture)
    thinnest = np.linalg.eigvalsh(mixture.natural().precisions).min()
    direction = natural_direction(rng, mixture)
    reach = np.abs(direction.precisions).max() * points.shape[1]
    width = 1e-4 * min(1.0, thinnest / reach)
    line = (mixture.natural() + direction.scaled(width * np.array([-2, -1, 1, 2]))).mixture()
    red, blue = slope(log_likelihood(points, line), width), slope(lower_bound(found, line), width)
    assert_allclose(blue, red, rtol=1e-5, atol=1e-11 * abs(height) / width)


@given(fits(largest_k=3, largest_d=3))
def test_gradients_agree_after_the_e_step_in_weights_means_and_covariances(case: Case) -> None:
    points, mixture, rng = case
    found, height = e_step(points, mixture)
    steps = 1e-4 * np.array([-2.0, -1, 1, 2])
    tilt, shift = rng.standard_normal(mixture.weights.shape), rng.standard_normal(mixture.means.shape)
    growth = mixture.covariances @ mixture.covariances / np.linalg.norm(mixture.covariances)
    line = Mixture(
        softmax(np.log(mixture.weights) + steps[:, None] * tilt, axis=1),
        mixture.means + 0.3 * steps[:, None, None] * shift,
        mixture.covariances + steps[:, None, None, None] * growth,
    )
    red, blue = slope(log_likelihood(points, line), 1e-4), slope(lower_bound(found, line), 1e-4)
    assert_allclose(blue, red, rtol=1e-5, atol=1e-7 * abs(height))


def test_gradients_differ_away_from_the_touch(points: FloatArray, clusters: Mixture, start_of_three: Mixture) -> None:
    found, _ = e_step(points, start_of_three)
    steps = 1e-3 * np.array([-2.0, -1, 1, 2])
    means = clusters.means + steps[:, None, None] * np.eye(3, 2)
    line = Mixture(np.tile(clusters.weights, (4, 1)), means, np.stack([clusters.covariances] * 4))
    red, blue = slope(log_likelihood(points, line), 1e-3), slope(lower_bound(found, line), 1e-3)
    assert abs(red - blue) > 10


@given(fits())
def test_without_its_entropy_blue_hangs_below_red_by_the_entropy(case: Case) -> None:
    points, mixture, _ = case
    found, height = e_step(points, mixture)
    assert_allclose(height - expected_log_likelihood(found, mixture), found.entropy, atol=1e-9 * abs(height))


def test_without_its_entropy_blue_never_touches(points: FloatArray, start_of_three: Mixture) -> None:
    found, height = e_step(points, start_of_three)
    new = m_step(found, start_of_three)
    line = (
        start_of_three.natural() + (new.natural() - start_of_three.natural()).scaled(np.linspace(0, 1, 50))
    ).mixture()
    below = log_likelihood(points, line) - expected_log_likelihood(found, line)
    assert below.min() >= found.entropy * (1 - 1e-12)
    assert found.entropy > 0.01 * abs(height)


@given(fits(), st.floats(0, 1))
def test_bound_of_a_mixed_posterior_is_a_bound_everywhere(case: Case, share: float) -> None:
    points, old, rng = case
    other = random_mixture(rng, old.n_components, old.n_dimensions)
    r_old, r_new = (responsibilities(points, m) for m in (old, other))
    mixed = entropy((1 - share) * r_old + share * r_new)
    blend = statistics(points, r_old).mixed(statistics(points, r_new), share, mixed)
    for mixture in (old, other, random_mixture(rng, old.n_components, old.n_dimensions)):
        between = float(gap(points, blend, mixture))
        assert between >= -1e-9 * abs(float(log_likelihood(points, mixture)))


def test_blue_rises_all_through_the_e_step_until_it_touches(points: FloatArray, start_of_three: Mixture) -> None:
    old = start_of_three
    new = m_step(e_step(points, old)[0], old)
    r_old, r_new = (responsibilities(points, m) for m in (old, new))
    ends = [statistics(points, r) for r in (r_old, r_new)]
    shares = np.linspace(0, 1, 41)
    blends = [ends[0].mixed(ends[1], t, entropy((1 - t) * r_old + t * r_new)) for t in shares]
    heights = np.array([float(lower_bound(blend, new)) for blend in blends])
    assert np.diff(heights).min() > 0
    assert_allclose(heights[-1], log_likelihood(points, new), rtol=1e-12)
    assert heights[-1] - heights[0] > 1


@pytest.mark.parametrize("shape", [(7,), (2, 3), (1,)])
def test_batch_of_mixtures_has_the_heights_of_its_mixtures(
    shape: tuple[int, ...], points: FloatArray, rng: np.random.Generator
) -> None:
    size = int(np.prod(shape))
    weights = rng.dirichlet(np.ones(3), shape)
    means = rng.standard_normal((*shape, 3, 2))
    covariances = random_covariances(rng, 3 * size, 2).reshape(*shape, 3, 2, 2)
    batch = Mixture(weights, means, covariances)
    found, _ = e_step(points, Mixture(weights.reshape(-1, 3)[0], means.reshape(-1, 3, 2)[0],
                                      covariances.reshape(-1, 3, 2, 2)[0]))  # fmt: skip
    for curve in (log_likelihood(points, batch), lower_bound(found, batch), gap(points, found, batch)):
        assert curve.shape == shape
    for index in np.ndindex(shape):
        one = batch[index]
        assert_allclose(log_likelihood(points, batch)[index], log_likelihood(points, one), rtol=1e-12)
        assert_allclose(lower_bound(found, batch)[index], lower_bound(found, one), rtol=1e-12)


def test_posterior_that_fits_neither_data_nor_mixture_has_no_divergence(points: FloatArray, clusters: Mixture) -> None:
    with pytest.raises(DataError, match="needs one row for each of 1000 points"):
        kl_divergence(points, [[0.5, 0.2, 0.3]], clusters)
    with pytest.raises(MixtureError, match=r"the posterior has shape \(1000, 1\), the mixture's means \(3, 2\)"):
        kl_divergence(points, np.ones((1000, 1)), clusters)


def test_bound_of_given_statistics_worked_by_hand() -> None:
    # N_k = 2, mean 1, variance 3, H = 5 under N(0, 2): 2 [-½ log 2π - ½ log 2 - (3 + 1²) / (2 · 2)] + 5.
    found = Statistics(np.array([2.0]), np.array([[1.0]]), np.array([[[3.0]]]), 5.0)
    bound = lower_bound(found, Mixture([1.0], [[0.0]], [[[2.0]]]))
    assert_allclose(bound, -np.log(4 * np.pi) - 2 + 5, rtol=1e-14)
