"""Where EM begins."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from em_model.data import Data, as_data
from em_model.errors import EMError
from em_model.mixture import FloatArray, Mixture, as_numbers
from em_model.parts.source import Source, as_source, require_distinct, seen
from em_model.shapes import Shape, shaped

__all__ = ["as_generator", "k_means_plus_plus", "sampled_means", "start"]


def sampled_means(points: Data | ArrayLike, n_components: int, rng: np.random.Generator | int) -> FloatArray:
    """Choose distinct points at random as means.

    Parameters
    ----------
    points : Data or array, shape (N, D)
    n_components : int
        How many, K.
    rng : numpy.random.Generator or int

    Returns
    -------
    array, shape (K, D)

    Raises
    ------
    DataError
        If there are fewer distinct points than K.

    Examples
    --------
    >>> print(sampled_means([[1.0], [2.0], [9.0]], 3, rng=0).shape)
    (3, 1)
    """
    n_components, rng = _as_count(n_components), as_generator(rng)
    data = _with_distinct(points, n_components)
    chosen = np.empty((0, data.n_dimensions))
    while len(chosen) < n_components:
        candidate = _row(data, int(rng.integers(data.n_rows)))
        if not (chosen == candidate).all(axis=1).any():
            chosen = np.concatenate([chosen, candidate])
    return chosen


def k_means_plus_plus(
    points: Data | ArrayLike, n_components: int, rng: np.random.Generator | int, *, by_spread: bool = False
) -> FloatArray:
    """Choose points as means, each with probability in proportion to its squared distance from those chosen before.

    Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding" (2007). Distances are Euclidean, in data
    units, or with ``by_spread`` in units of each column's standard deviation, so that no column outweighs the rest;
    parameters, shapes and errors as in `sampled_means`.

    Examples
    --------
    >>> means = k_means_plus_plus([[0.0], [0.1], [9.0], [9.1]], 2, rng=0)
    >>> print(abs(means[0] - means[1]).round())
    [9.]
    """
    n_components, rng = _as_count(n_components), as_generator(rng)
    data = _with_distinct(points, n_components)
    scales = np.sqrt(np.diagonal(data.covariance)) if by_spread else np.ones(data.n_dimensions)
    scales = np.where(scales > 0, scales, 1.0)
    chosen = _row(data, int(rng.integers(data.n_rows)))
    nearest = np.full(data.n_rows, np.inf)
    _shorten(nearest, data, chosen[0], scales)
    while len(chosen) < n_components:
        cumulative = np.cumsum(nearest)
        index = int(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"))
        candidate = _row(data, min(index, data.n_rows - 1))
        chosen = np.concatenate([chosen, candidate])
        _shorten(nearest, data, candidate[0], scales)
    return chosen


_MEANS: dict[str, Callable[[Data, int, np.random.Generator], FloatArray]] = {
    "sample": sampled_means,
    "k-means++": partial(k_means_plus_plus, by_spread=True),
}


def start(
    points: Source | ArrayLike,
    n_components: int,
    *,
    means: Literal["sample", "k-means++"] | ArrayLike = "sample",
    covariances: Literal["identity", "data"] | ArrayLike = "identity",
    weights: ArrayLike | None = None,
    shape: Shape = "full",
    rng: np.random.Generator | int,
) -> Mixture:
    """Build the mixture where EM begins.

    Parameters
    ----------
    points : Data, any other Source, or array, shape (N, D)
        Of data in parts, means are drawn from a sample.
    n_components : int
        Number of components, K.
    means : "sample", "k-means++" or array, shape (K, D)
        How means are chosen, or the means.
    covariances : "identity", "data" or array, shape (D, D) or (K, D, D)
        Unit covariances, the covariance of all points, one for all, or one for each.
    weights : array, shape (K,), optional
        Mixing coefficients; equal when left out.
    shape : "full", "tied", "diag" or "spherical"
        What covariances that are named are given the shape of; those that are given have to have it.
    rng : numpy.random.Generator or int
        The same state, or seed, gives the same start.

    Raises
    ------
    EMError
        If a name is unknown or K is not positive.
    DataError
        If there are fewer distinct points than components.
    MixtureError
        If what is given makes no mixture.

    Examples
    --------
    >>> mixture = start([[0.0], [0.1], [9.0], [9.1]], 2, means="k-means++", covariances="data", rng=0)
    >>> print(mixture.weights, mixture.covariances.ravel().round(2))
    [0.5 0.5] [20.25 20.25]
    """
    data = seen(as_source(points))
    n_components, rng = _as_count(n_components), as_generator(rng)
    if isinstance(means, str):
        if means not in _MEANS:
            raise EMError(f"start means {means!r}; choose one of {', '.join(_MEANS)}, or give the means")
        means = _MEANS[means](data, n_components, rng)
    if isinstance(covariances, str):
        covariances = shaped(_named_covariance(data, covariances)[None], shape)[0]
    matrices = as_numbers("covariances", covariances, least_axes=2)
    if matrices.ndim == 2:
        matrices = np.broadcast_to(matrices, (n_components, *matrices.shape))
    if weights is None:
        weights = np.full(n_components, 1 / n_components)
    mixture = Mixture(as_numbers("weights", weights, least_axes=1), as_numbers("means", means, least_axes=2), matrices)
    if mixture.n_components != n_components or mixture.n_dimensions != data.n_dimensions:
        wanted = (n_components, data.n_dimensions)
        raise EMError(f"the start's means have shape {mixture.means.shape}; {wanted} is needed")
    return mixture


def _as_count(n_components: float) -> int:
    number = isinstance(n_components, int | float | np.integer | np.floating)
    if not number or not float(n_components).is_integer():
        raise EMError(f"{n_components!r} components; give a whole number")
    if n_components < 1:
        raise EMError(f"{n_components} components; a mixture needs 1 or more")
    return int(n_components)


def as_generator(rng: np.random.Generator | int) -> np.random.Generator:
    """Return a generator, or that of a seed; EMError where it is neither."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise EMError(f"rng is {rng!r}; give a numpy.random.Generator or a whole number, 0 or more") from None


def _named_covariance(data: Data, name: str) -> FloatArray:
    if name == "identity":
        return np.eye(data.n_dimensions)
    if name == "data":
        return data.covariance
    raise EMError(f"start covariances {name!r}; choose identity or data, or give the matrices")


def _with_distinct(points: Data | ArrayLike, count: int) -> Data:
    data = as_data(points)
    require_distinct(data, count)
    return data


def _row(data: Data, index: int) -> FloatArray:
    return np.asarray(data.points[index : index + 1], dtype=np.float64)


def _shorten(nearest: FloatArray, data: Data, point: FloatArray, scales: FloatArray) -> None:
    for rows, block in data.blocks():
        np.minimum(nearest[rows], np.square((block - point) / scales).sum(axis=1), out=nearest[rows])
