from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chisquare, multivariate_normal
from support.cases import oracle_log_joint, random_mixture

from em_model import Mixture, MixtureError, Natural

WEIGHTS, MEANS, COVARIANCES = [0.25, 0.75], [[0.0, 1.0], [2.0, 3.0]], [np.eye(2), 2 * np.eye(2)]


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 6))
def test_log_densities_are_those_of_scipy(seed: int, n_components: int, n_dimensions: int) -> None:
    rng = np.random.default_rng(seed)
    mixture = random_mixture(rng, n_components, n_dimensions)
    points = 5 * rng.standard_normal((20, n_dimensions))
    joint = oracle_log_joint(points, mixture)
    assert_allclose(mixture.log_joint(points), joint, rtol=1e-8, atol=1e-9)
    assert_allclose(mixture.log_density(points), np.logaddexp.reduce(joint, axis=1), rtol=1e-8, atol=1e-9)


def test_density_far_from_every_component_is_no_minus_infinity() -> None:
    mixture = Mixture([0.5, 0.5], [[0.0], [1.0]], [[[1.0]], [[1.0]]])
    # Of x = 1e6 + 1 the nearer mean is 1; the other's share, e^(-1e6), vanishes.
    expected = np.log(0.5) - 0.5 * np.log(2 * np.pi) - 0.5e12
    assert_allclose(mixture.log_density([[1e6 + 1]]), expected, rtol=1e-14)


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 6))
def test_natural_coordinates_lead_there_and_back(seed: int, n_components: int, n_dimensions: int) -> None:
    mixture = random_mixture(np.random.default_rng(seed), n_components, n_dimensions)
    back = mixture.natural().mixture()
    for name in ("weights", "means", "covariances"):
        assert_allclose(getattr(back, name), getattr(mixture, name), rtol=1e-7, atol=1e-7)


def test_natural_coordinates_are_log_weight_precision_times_mean_and_precision() -> None:
    natural = Mixture([0.25, 0.75], [[1.0, 2.0], [0.0, 0.0]], [[[2.0, 1.0], [1.0, 1.0]], np.eye(2)]).natural()
    # The inverse of [[2, 1], [1, 1]] is [[1, -1], [-1, 2]]; times (1, 2) that is (-1, 3).
    assert_allclose(natural.log_weights, np.log([0.25, 0.75]))
    assert_allclose(natural.precisions[0], [[1, -1], [-1, 2]], atol=1e-14)
    assert_allclose(natural.precision_means[0], [-1, 3], atol=1e-14)


def test_weights_come_back_renormalised_and_without_overflow() -> None:
    natural = Natural(np.log([0.2, 0.6]) + 2000, np.zeros((2, 1)), np.ones((2, 1, 1)))
    assert_allclose(natural.mixture().weights, [0.25, 0.75], rtol=1e-12)


def test_natural_coordinates_without_a_positive_definite_precision_are_no_mixture() -> None:
    precisions = np.stack([np.eye(2), np.diag([1.0, -1e-3])])
    with pytest.raises(MixtureError, match=r"^the precision of component 2 is not positive definite$"):
        Natural(np.log([0.5, 0.5]), np.zeros((2, 2)), precisions).mixture()


def test_same_seed_draws_the_same_points(clusters: Mixture) -> None:
    one, other = (clusters.sample(50, np.random.default_rng(3)) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        assert_array_equal(a, b)


def test_samples_have_the_mixtures_moments_and_shares(clusters: Mixture) -> None:
    n_points = 40_000
    points, labels = clusters.sample(n_points, np.random.default_rng(1))
    assert chisquare(np.bincount(labels), n_points * clusters.weights).pvalue > 1e-3
    for component in range(3):
        own = points[labels == component]
        mean, covariance = clusters.means[component], clusters.covariances[component]
        distance = (own.mean(axis=0) - mean) @ np.linalg.solve(covariance, own.mean(axis=0) - mean) * len(own)
        assert distance < 15  # χ² with 2 degrees of freedom: exceeded once in 1800
        assert_allclose(np.cov(own.T), covariance, atol=0.05)


def test_batch_holds_what_its_mixtures_hold(rng: np.random.Generator) -> None:
    mixtures = [random_mixture(rng, 3, 2) for _ in range(4)]
    batch = Mixture(*(np.stack([getattr(m, name) for m in mixtures]) for name in ("weights", "means", "covariances")))
    assert (batch.batch_shape, batch.n_components, batch.n_dimensions) == ((4,), 3, 2)
    for i, mixture in enumerate(mixtures):
        assert batch[i].batch_shape == ()
        assert_array_equal(batch[i].means, mixture.means)
        assert_array_equal(batch.natural().precisions[i], mixture.natural().precisions)
    assert batch[1:3].batch_shape == (2,)


def test_mixture_cannot_be_changed() -> None:
    means = np.array(MEANS)
    mixture = Mixture(np.array(WEIGHTS), means, np.array(COVARIANCES))
    means[0] = 99
    assert_array_equal(mixture.means, MEANS)
    for array in (mixture.weights, mixture.means, mixture.covariances):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        mixture.weights = means  # type: ignore[misc]


def test_asymmetry_of_rounding_is_mended() -> None:
    covariance = np.array([[1.0, 0.3 + 1e-13], [0.3, 1.0]])
    mended = Mixture([1.0], [[0.0, 0.0]], [covariance]).covariances[0]
    assert mended[0, 1] == mended[1, 0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": [0.5, 0.4]}, "weights must sum to 1; they sum to 0.9"),
        ({"weights": [0.5, 0.5 + 1e-8]}, "weights must sum to 1; they sum to 1.00000001"),
        ({"weights": [0.0, 1.0]}, "weights must be positive; the smallest is 0"),
        ({"weights": [-0.5, 1.5]}, "weights must be positive; the smallest is -0.5"),
        ({"weights": [np.nan, 1.0]}, "weights must be finite numbers, without NaN or infinity"),
        ({"weights": 1.0}, "weights have shape (); they need 1 or more axes"),
        ({"weights": [0.2, 0.3, 0.5]}, "weights have shape (3,); the means ask for (2,)"),
        ({"weights": ["a", "b"]}, "weights must be an array of real numbers with 1 or more axes"),
        ({"weights": ["0.5", "0.5"]}, "weights must be an array of real numbers with 1 or more axes"),
        ({"weights": np.array([0.5, 0.5j])}, "weights must be an array of real numbers with 1 or more axes"),
        ({"weights": None}, "weights must be an array of real numbers with 1 or more axes"),
        ({"means": [0.0, 1.0]}, "means have shape (2,); they need 2 or more axes"),
        ({"means": [[0.0, 1.0], [2.0]]}, "means must be an array of real numbers with 2 or more axes"),
        ({"means": [[0.0, np.inf], [2.0, 3.0]]}, "means must be finite numbers, without NaN or infinity"),
        (
            {"means": np.empty((2, 0))},
            "means have shape (2, 0); they need at least one component and one dimension",
        ),
        ({"means": [[0.0], [1.0]]}, "covariances have shape (2, 2, 2); the means ask for (2, 1, 1)"),
        ({"covariances": np.eye(2)}, "covariances have shape (2, 2); they need 3 or more axes"),
        ({"covariances": [np.eye(2)]}, "covariances have shape (1, 2, 2); the means ask for (2, 2, 2)"),
        ({"covariances": [np.eye(2), [[1, 0.5], [0.4, 1]]]}, "the covariance of component 2 is not symmetric"),
        ({"covariances": [np.eye(2), [[1, 2], [2, 1]]]}, "the covariance of component 2 is not positive definite"),
        ({"covariances": [np.zeros((2, 2)), np.eye(2)]}, "the covariance of component 1 is not positive definite"),
        ({"covariances": np.full((2, 2, 2), np.nan)}, "covariances must be finite numbers, without NaN or infinity"),
    ],
)  # fmt: skip
def test_what_is_no_mixture_is_refused_in_one_line(change: dict[str, Any], message: str) -> None:
    with pytest.raises(MixtureError) as caught:
        Mixture(**({"weights": WEIGHTS, "means": MEANS, "covariances": COVARIANCES} | change))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda batch: batch.sample(3, np.random.default_rng()), "sample needs a single mixture, not a batch of shape"),
        (lambda batch: batch.log_joint([[0.0, 0.0]]), "log_joint needs a single mixture, not a batch of shape"),
        (lambda batch: batch[0].log_joint([[0.0]]), r"points have shape \(1, 1\); this mixture needs \(N, 2\)"),
        (lambda batch: batch[0].log_joint([0.0, 0.0]), r"points have shape \(2,\); this mixture needs \(N, 2\)"),
        (lambda batch: batch[0].sample(-1, np.random.default_rng()), "cannot draw -1 points; ask for 0 or more"),
    ],
)
def test_what_a_mixture_cannot_do_is_refused_in_one_line(call: Any, message: str) -> None:
    batch = Mixture([WEIGHTS], [MEANS], [COVARIANCES])
    with pytest.raises(MixtureError, match=message):
        call(batch)


def test_single_mixture_cannot_be_indexed() -> None:
    with pytest.raises(IndexError, match="no batch axis"):
        Mixture(WEIGHTS, MEANS, COVARIANCES)[0]


def test_one_component_is_one_gaussian(rng: np.random.Generator) -> None:
    mixture = random_mixture(rng, 1, 3)
    points = rng.standard_normal((10, 3))
    one = multivariate_normal(mixture.means[0], mixture.covariances[0])
    assert_allclose(mixture.log_density(points), one.logpdf(points), rtol=1e-10)


@pytest.mark.parametrize("thinness", [1e-3, 1e-5])
def test_mean_of_a_thin_component_comes_back_exact_in_its_thin_direction(
    thinness: float, rng: np.random.Generator
) -> None:
    rotation = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    covariance = rotation @ np.diag([1.0, 1.0, thinness**2]) @ rotation.T
    mixture = Mixture([1.0], [[5.0, -4.0, 3.0]], [covariance])
    off = rotation.T @ (mixture.natural().mixture().means[0] - mixture.means[0])
    assert abs(off[2]) < 1e-8 * thinness
    assert np.abs(off[:2]).max() < 1e-15 / thinness**2
