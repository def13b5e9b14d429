"""Data and starts for the benchmarks of EM, and the three that fit them."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.stats import multivariate_normal
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

import em_model

__all__ = ["CONTENDERS", "Contender", "Parameters", "apart", "problem"]

FloatArray = npt.NDArray[np.float64]
Parameters = tuple[FloatArray, FloatArray, FloatArray]
Contender = Callable[[FloatArray, em_model.Mixture, int], Parameters]


def problem(n_components: int, n_dimensions: int, n_points: int) -> tuple[FloatArray, em_model.Mixture]:
    """Return points of overlapping unit clusters, and a start with means near theirs, as wide as all the data.

    Spark MLlib adds 2.2e-16 to every component's share of a density, so from a start that is narrow beside the data it
    takes another step than EM's.
    """
    rng = np.random.default_rng(4)
    centres = 3 * rng.standard_normal((n_components, n_dimensions))
    points = np.empty((n_points, n_dimensions))
    for first in range(0, n_points, 100_000):  # piece by piece, so that drawing sets no peak of memory
        block = points[first : first + 100_000]
        rng.standard_normal(out=block)
        block += centres[rng.integers(n_components, size=len(block))]
    means = centres + rng.standard_normal(centres.shape)
    return points, em_model.start(points[:1000], n_components, means=means, covariances="data", rng=rng)


def by_em_model(points: FloatArray, start: em_model.Mixture, steps: int) -> Parameters:
    mixture = em_model.fit(points, start, max_steps=steps, tolerance=0).mixtures[-1]
    return mixture.weights, mixture.means, mixture.covariances


def by_scikit_learn(points: FloatArray, start: em_model.Mixture, steps: int) -> Parameters:
    model = GaussianMixture(
        start.n_components,
        covariance_type="full",
        tol=0,
        reg_covar=0,
        max_iter=steps,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=np.linalg.inv(start.covariances),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a set number of steps is what is asked for
        model.fit(points)
    return model.weights_, model.means_, model.covariances_


def by_plain_loop(points: FloatArray, start: em_model.Mixture, steps: int) -> Parameters:
    weights, means, covariances = start.weights.copy(), start.means.copy(), start.covariances.copy()
    components = range(start.n_components)
    for _ in range(steps):
        posterior = np.stack(
            [weights[k] * multivariate_normal(means[k], covariances[k]).pdf(points) for k in components], axis=1
        )
        posterior /= posterior.sum(axis=1, keepdims=True)
        counts = posterior.sum(axis=0)
        weights = counts / len(points)
        for k in components:
            means[k] = posterior[:, k] @ points / counts[k]
            deviations = points - means[k]
            covariances[k] = (posterior[:, k, None] * deviations).T @ deviations / counts[k]
    return weights, means, covariances


CONTENDERS: dict[str, Contender] = {
    "em_model": by_em_model,
    "scikit-learn": by_scikit_learn,
    "plain loop": by_plain_loop,
}


def apart(one: Parameters, other: Parameters) -> float:
    """Largest difference between parameters, relative to the largest number of their kind."""
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in zip(one, other, strict=True))
