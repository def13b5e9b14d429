"""Random mixtures, plain-formula oracles and hypothesis strategies that the tests of em_model share."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from em_model import Mixture, Natural
from em_model.mixture import FloatArray

ROUNDING = 1e-11  # of |ℓ|, what a sum of thousands of rounded logarithms may be off by


def random_covariances(rng: np.random.Generator, n_components: int, n_dimensions: int) -> FloatArray:
    """Symmetric positive definite matrices with standard deviations from about 0.3 to 3."""
    roots = rng.standard_normal((n_components, n_dimensions, n_dimensions))
    return roots @ np.swapaxes(roots, 1, 2) + 0.1 * np.eye(n_dimensions)


def random_mixture(rng: np.random.Generator, n_components: int, n_dimensions: int, apart: float = 3.0) -> Mixture:
    weights = 0.05 + rng.random(n_components)
    means = apart * rng.standard_normal((n_components, n_dimensions))
    return Mixture(weights / weights.sum(), means, random_covariances(rng, n_components, n_dimensions))


def random_posterior(rng: np.random.Generator, n_points: int, n_components: int) -> FloatArray:
    """Rows anywhere on the simplex, from nearly even to nearly hard."""
    logits = rng.choice([0.1, 1.0, 10.0, 100.0]) * rng.standard_normal((n_points, n_components))
    return np.exp(logits - logsumexp(logits, axis=1, keepdims=True))


def oracle_log_joint(points: FloatArray, mixture: Mixture) -> FloatArray:
    """log π_k + log N(x_n; μ_k, Σ_k), one scipy distribution at a time."""
    return np.stack(
        [
            np.log(weight) + np.atleast_1d(multivariate_normal(mean, covariance).logpdf(points))
            for weight, mean, covariance in zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
        ],
        axis=1,
    )


def oracle_log_likelihood(points: FloatArray, mixture: Mixture) -> float:
    return float(logsumexp(oracle_log_joint(points, mixture), axis=1).sum())


def oracle_posterior(points: FloatArray, mixture: Mixture) -> FloatArray:
    joint = oracle_log_joint(points, mixture)
    return np.exp(joint - logsumexp(joint, axis=1, keepdims=True))


def oracle_entropy(posterior: FloatArray) -> float:
    present = posterior[posterior > 0]
    return -float((present * np.log(present)).sum())


def oracle_expected(points: FloatArray, posterior: FloatArray, mixture: Mixture) -> float:
    return float((posterior * oracle_log_joint(points, mixture)).sum())


def to_vector(natural: Natural) -> FloatArray:
    return np.concatenate([natural.log_weights.ravel(), natural.precision_means.ravel(), natural.precisions.ravel()])


def natural_direction(rng: np.random.Generator, mixture: Mixture) -> Natural:
    """A random direction in natural coordinates, of the size of the coordinates themselves."""
    changes = rng.standard_normal(mixture.covariances.shape)
    natural = mixture.natural()
    scale = np.abs(natural.precisions).max()
    return Natural(
        rng.standard_normal(mixture.weights.shape),
        np.abs(natural.precision_means).max() * rng.standard_normal(mixture.means.shape),
        0.5 * scale * (changes + np.swapaxes(changes, 1, 2)),
    )


def largest_difference(one: Mixture, other: Mixture) -> float:
    """Largest difference of any parameter, relative to the largest of its kind (of means, or to the widest spread)."""
    width = np.sqrt(np.abs(other.covariances).max())
    return max(
        float(np.abs(one.weights - other.weights).max()),
        float(np.abs(one.means - other.means).max() / max(width, np.abs(other.means).max())),
        float(np.abs(one.covariances - other.covariances).max() / width**2),
    )


@st.composite
def fits(
    draw: st.DrawFn, largest_k: int = 4, largest_d: int = 4, largest_n: int = 80
) -> tuple[FloatArray, Mixture, np.random.Generator]:
    """Draw points and a start for them, never so few that a component must collapse at once."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_components = draw(st.integers(1, largest_k))
    n_dimensions = draw(st.integers(1, largest_d))
    n_points = draw(st.integers(n_components * (n_dimensions + 2), largest_n))
    apart = draw(st.sampled_from([0.0, 1.0, 4.0, 20.0]))
    points, _ = random_mixture(rng, n_components, n_dimensions, apart).sample(n_points, rng)
    return points, random_mixture(rng, n_components, n_dimensions, apart), rng
