"""The Gaussian mixture: its parameters, its densities and its natural coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, pi
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from em_model.errors import MixtureError

__all__ = ["LOG_2PI", "FloatArray", "Mixture", "Natural", "as_numbers", "require_covariances", "stacked"]

FloatArray = NDArray[np.float64]
LOG_2PI = log(2 * pi)

_SYMMETRY = 1e-9  # largest asymmetry of a covariance, relative to its diagonal
_SUM = 1e-9  # largest distance of the weights' sum from 1


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Parameters θ of a Gaussian mixture (Bishop 9.7), or of a whole batch of them.

    Leading axes ``...`` are a batch: a mixture along a slice is one object with a batch axis of grid points.
    Arrays are copied, checked and made read-only.

    Parameters
    ----------
    weights : array, shape (..., K)
        Mixing coefficients π_k > 0, each row summing to 1 (Bishop 9.8, 9.9).
    means : array, shape (..., K, D)
        Means μ_k in data units.
    covariances : array, shape (..., K, D, D)
        Covariances Σ_k, symmetric and positive definite, in data units squared.

    Raises
    ------
    MixtureError
        If shapes disagree, a number is not finite, weights are not positive or do not sum to 1,
        or a covariance is not symmetric or not positive definite.

    Examples
    --------
    >>> mixture = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> print(mixture.n_components, mixture.n_dimensions)
    2 1
    >>> print(mixture.log_density([[0.0]]).round(4))
    [-1.4189]
    """

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray

    def __post_init__(self) -> None:
        weights = as_numbers("weights", self.weights, least_axes=1)
        means = as_numbers("means", self.means, least_axes=2)
        covariances = as_numbers("covariances", self.covariances, least_axes=3)
        *batch, n_components, n_dimensions = means.shape
        if n_components == 0 or n_dimensions == 0:
            raise MixtureError(f"means have shape {means.shape}; they need at least one component and one dimension")
        _require_shape("weights", weights, (*batch, n_components))
        _require_shape("covariances", covariances, (*batch, n_components, n_dimensions, n_dimensions))
        weights = _as_weights(weights, np.asarray(self.weights).dtype)
        covariances = require_covariances(covariances, single=np.asarray(self.covariances).dtype.itemsize < 8)
        self._set(weights, means, covariances)

    def __repr__(self) -> str:
        batch = f", a batch of {' × '.join(map(str, self.batch_shape))}" if self.batch_shape else ""
        return f"<Mixture: K = {self.n_components}, D = {self.n_dimensions}{batch}>"

    def _repr_html_(self) -> str | None:
        """Return the parameters as a table, for a notebook; nothing for a batch."""
        if self.batch_shape:
            return None
        rows = zip(self.weights, self.means, self.covariances, strict=True)
        cells = [[str(k), _short(weight), _short(mean), _short(cov)] for k, (weight, mean, cov) in enumerate(rows, 1)]
        head = "".join(f'<th scope="col">{name}</th>' for name in ("k", "weight π", "mean μ", "covariance Σ"))
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in cells)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    @classmethod
    def trusted(cls, weights: FloatArray, means: FloatArray, covariances: FloatArray) -> Mixture:
        """Make a mixture of arrays that are one by construction, without copying or checking them.

        For code that has just computed them, as the M-step has; whoever takes numbers from elsewhere calls `Mixture`.
        """
        mixture = object.__new__(cls)
        mixture._set(weights, means, covariances)
        return mixture

    def _set(self, weights: FloatArray, means: FloatArray, covariances: FloatArray) -> None:
        for name, value in (("weights", weights), ("means", means), ("covariances", covariances)):
            view = value.view()  # so that an array the caller still holds stays as writeable as it was
            view.setflags(write=False)
            object.__setattr__(self, name, view)

    @property
    def n_components(self) -> int:
        """Number of components, K."""
        return int(self.means.shape[-2])

    @property
    def n_dimensions(self) -> int:
        """Number of dimensions, D."""
        return int(self.means.shape[-1])

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Leading axes; ``()`` for a single mixture."""
        return self.means.shape[:-2]

    def __getitem__(self, index: int | slice | tuple[int | slice, ...] | NDArray[np.intp]) -> Mixture:
        """Mixture(s) at an index of the batch axes."""
        if not self.batch_shape:
            raise IndexError("a single mixture has no batch axis to index")
        return Mixture.trusted(self.weights[index], self.means[index], self.covariances[index])

    def log_joint(self, points: ArrayLike) -> FloatArray:
        """Log of each component's share of the density, log π_k + log N(x; μ_k, Σ_k) (the terms of Bishop 9.7).

        Parameters
        ----------
        points : array, shape (N, D)
            Points in data units.

        Returns
        -------
        array, shape (N, K)
            Logarithms of densities per unit of data volume.

        Raises
        ------
        MixtureError
            If this is a batch, or the points have another dimension.
        """
        self.require_single("log_joint")
        points = np.asarray(points, dtype=float)
        if points.ndim != 2 or points.shape[1] != self.n_dimensions:
            raise MixtureError(f"points have shape {points.shape}; this mixture needs (N, {self.n_dimensions})")
        factors = np.linalg.cholesky(self.covariances)
        deviations = np.swapaxes(points[None] - self.means[:, None], 1, 2)
        whitened = np.linalg.solve(factors, deviations)
        log_determinants = 2 * np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
        constants = np.log(self.weights) - 0.5 * (self.n_dimensions * LOG_2PI + log_determinants)
        joint: FloatArray = (constants[:, None] - 0.5 * np.square(whitened).sum(axis=1)).T
        return joint

    def log_density(self, points: ArrayLike) -> FloatArray:
        """Log-density log p(x) (Bishop 9.7) at points of shape (N, D); returns shape (N,)."""
        density: FloatArray = logsumexp(self.log_joint(points), axis=1)
        return density

    def sample(self, n_points: int, rng: np.random.Generator) -> tuple[FloatArray, NDArray[np.intp]]:
        """Draw points, each with the component it came from (Bishop 9.10, 9.11: ancestral sampling).

        Parameters
        ----------
        n_points : int
            How many points to draw.
        rng : numpy.random.Generator
            Source of randomness; the same state gives the same points.

        Returns
        -------
        points : array, shape (n_points, D)
        labels : array of int, shape (n_points,)

        Raises
        ------
        MixtureError
            If this is a batch, or the number of points is negative.
        """
        self.require_single("sample")
        if n_points < 0:
            raise MixtureError(f"cannot draw {n_points} points; ask for 0 or more")
        labels = rng.choice(self.n_components, size=n_points, p=self.weights)
        noise = rng.standard_normal((n_points, self.n_dimensions))
        factors = np.linalg.cholesky(self.covariances)
        points = self.means[labels] + np.einsum("nij,nj->ni", factors[labels], noise)
        return points, labels

    def natural(self) -> Natural:
        """Coordinates (log π, Λμ, Λ), in which the lower bound is concave along straight lines."""
        precisions = _symmetric(np.linalg.inv(self.covariances))
        precision_means = np.einsum("...ij,...j->...i", precisions, self.means)
        return Natural(np.log(self.weights), precision_means, precisions)

    def require_single(self, method: str) -> None:
        """Raise MixtureError if this is a batch; the method is what the message names."""
        if self.batch_shape:
            raise MixtureError(
                f"{method} needs a single mixture, not a batch of shape {self.batch_shape}; index it first"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Natural:
    """A mixture in natural coordinates, or a direction in their space; leading axes ``...`` are a batch.

    Parameters
    ----------
    log_weights : array, shape (..., K)
        log π_k, up to a constant common to all components.
    precision_means : array, shape (..., K, D)
        Λ_k μ_k, with Λ_k = Σ_k⁻¹.
    precisions : array, shape (..., K, D, D)
        Λ_k.
    """

    log_weights: FloatArray
    precision_means: FloatArray
    precisions: FloatArray

    def mixture(self) -> Mixture:
        """Return the mixture at these coordinates, with weights renormalised.

        Raises
        ------
        MixtureError
            If a precision Λ_k is not positive definite or a weight underflows: the line has left the space of mixtures.
        """
        _require_positive_definite(self.precisions, "the precision of component {}")
        covariances = _symmetric(np.linalg.inv(self.precisions))
        # Solved, not multiplied by the covariance: a mean has to be exact in its component's own thin directions.
        means = np.asarray(np.linalg.solve(self.precisions, self.precision_means[..., None])[..., 0], dtype=np.float64)
        log_weights = self.log_weights - self.log_weights.max(axis=-1, keepdims=True)
        weights = np.exp(log_weights)
        weights /= weights.sum(axis=-1, keepdims=True)
        if not weights.all():
            raise MixtureError(
                f"the weight of component {_first_component(weights == 0) + 1} is too small to be told from 0"
            )
        return Mixture.trusted(weights, means, covariances)

    def __add__(self, other: Natural) -> Natural:
        return Natural(
            self.log_weights + other.log_weights,
            self.precision_means + other.precision_means,
            self.precisions + other.precisions,
        )

    def __sub__(self, other: Natural) -> Natural:
        return self + other.scaled(-1.0)

    def scaled(self, factor: ArrayLike) -> Natural:
        """Multiply by a number, or by an array of them, whose axes become batch axes."""
        factor = np.asarray(factor, dtype=float)
        return Natural(
            factor[..., None] * self.log_weights,
            factor[..., None, None] * self.precision_means,
            factor[..., None, None, None] * self.precisions,
        )


def stacked(mixtures: Sequence[Mixture]) -> Mixture:
    """Return single mixtures of one shape as a batch."""
    return Mixture.trusted(
        np.stack([mixture.weights for mixture in mixtures]),
        np.stack([mixture.means for mixture in mixtures]),
        np.stack([mixture.covariances for mixture in mixtures]),
    )


def as_numbers(name: str, values: ArrayLike, *, least_axes: int) -> FloatArray:
    """Copy values into an array of finite numbers with enough axes; MixtureError names what they are otherwise."""
    try:
        raw = np.asarray(values)
    except ValueError:  # rows of unlike length
        raw = np.empty(0, dtype=object)
    if raw.dtype.kind not in "fiu":
        raise MixtureError(f"{name} must be an array of real numbers with {least_axes} or more axes")
    array = np.array(raw, dtype=np.float64)
    if array.ndim < least_axes:
        raise MixtureError(f"{name} have shape {array.shape}; they need {least_axes} or more axes")
    if not np.isfinite(array).all():
        raise MixtureError(f"{name} must be finite numbers, without NaN or infinity")
    return array


def require_covariances(matrices: FloatArray, name: str | None = None, *, single: bool = False) -> FloatArray:
    """Return matrices of shape (..., K, D, D) made symmetric to the last bit; MixtureError where one is no covariance.

    The name is what the message calls them, where they are not a mixture's own; ``single`` bears the asymmetry of
    numbers that were given in single precision.
    """
    asymmetric = 1e-6 if single else _SYMMETRY
    size = np.abs(matrices).max(axis=(-1, -2), initial=0.0)
    asymmetry = np.abs(matrices - np.swapaxes(matrices, -1, -2)).max(axis=(-1, -2), initial=0.0)
    if (asymmetry > asymmetric * size).any():
        component = _first_component(asymmetry > asymmetric * size)
        raise MixtureError(f"{name or f'the covariance of component {component + 1}'} is not symmetric")
    matrices = _symmetric(matrices)
    _require_positive_definite(matrices, name or "the covariance of component {}")
    return matrices


def _short(numbers: ArrayLike) -> str:
    text = np.array2string(np.asarray(numbers), precision=4, suppress_small=True, threshold=40, separator=", ")
    return text.replace("\n", "<br>")


def _require_shape(name: str, array: FloatArray, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise MixtureError(f"{name} have shape {array.shape}; the means ask for {shape}")


def _as_weights(weights: FloatArray, given: np.dtype[Any]) -> FloatArray:
    """Check weights; what was given in less than double precision is made to sum to 1 in it."""
    if (weights <= 0).any():
        raise MixtureError(f"weights must be positive; the smallest is {weights.min():g}")
    sums = weights.sum(axis=-1)
    worst = float(sums.flat[np.abs(sums - 1).argmax()])
    rounded = given.kind == "f" and given.itemsize < 8
    if abs(worst - 1) > (weights.shape[-1] * np.finfo(given).eps if rounded else _SUM):
        raise MixtureError(f"weights must sum to 1; they sum to {worst:.10g}")
    return weights / sums[..., None] if rounded else weights


def _symmetric(matrices: NDArray[np.floating[Any]]) -> FloatArray:
    return np.asarray(0.5 * (matrices + np.swapaxes(matrices, -1, -2)), dtype=np.float64)


def _require_positive_definite(matrices: FloatArray, name: str) -> None:
    """Raise MixtureError where a matrix is not; "{}" in the name becomes the number of its component."""
    try:
        np.linalg.cholesky(matrices)
    except np.linalg.LinAlgError:
        component = _first_component(np.linalg.eigvalsh(matrices)[..., 0] <= 0)
        raise MixtureError(f"{name.format(component + 1)} is not positive definite") from None


def _first_component(wrong: NDArray[np.bool_]) -> int:
    return int(np.nonzero(wrong)[-1][0]) if wrong.any() else 0
