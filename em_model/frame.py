"""Coordinates in which points and components are held to full precision, and the Gaussian's features in them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from em_model.errors import ThinComponentError
from em_model.mixture import LOG_2PI, FloatArray

__all__ = ["Frame", "pairs", "whitened"]

_TINY = sys.float_info.min
_NONE = np.empty(0, dtype=np.intp)
_SINGULAR = 1e-11  # squared pivot of a component's own correlations under which its density has no sure digits
_ROUNDED = 1e-14  # smallest eigenvalue of a correlation matrix, relative to the largest, that is more than rounding
_NARROWEST = 1e-12  # standard deviation, in the frame's units, at which points are hardly told apart
_FARTHEST = 1e6  # squared Mahalanobis distance of the centre from a component that costs some 8 of 16 digits
_THINNEST = 1e-6  # squared pivot of a component's own correlations that costs as many
_INFLATED = 1e3  # Σ_ii (Σ⁻¹)_ii up to which a plain inverse is as good as any: no more than 3 digits go
_ALIKE = 1e-5  # |Σ| / Π_i <z_i²> down to which no more than 5 digits go, and no component is far or thin


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Coordinates z = W (x - c) and, in them, the features f(x) = (1, z_i, z_i z_j for the i ≤ j of `pairs`).

    In features the log-density of a component is linear, log π_k + log N(x; μ_k, Σ_k) = c_kᵀ f(x), and the sums
    Σ_n r_nk f(x_n) are all that an M-step needs (Bishop 9.24 to 9.27). Products cancel where a mean is large beside a
    spread, so a frame serves those components well that are neither far from its centre nor thin beside its axes.

    Parameters
    ----------
    centre : array, shape (D,)
        c, in data units.
    whitener : array, shape (D, D)
        W.
    inverse : array, shape (D, D)
        W⁻¹.
    log_scale : float
        log|det W|.
    even : bool
        Whether W is so well conditioned, but for the columns' units, that going there and back costs few digits.
    flat : bool
        Whether the data are so thin in a direction that a component may look sound here and not in data units.
    """

    centre: FloatArray
    whitener: FloatArray
    inverse: FloatArray
    log_scale: float
    even: bool = True
    flat: bool = False

    @classmethod
    def of_data(cls, centre: FloatArray, covariance: FloatArray) -> Frame:
        """Frame in which data have mean 0 and covariance 1; a direction in which all agree is not stretched."""
        scales = np.sqrt(np.diagonal(covariance))
        scales = np.where(scales > 0, scales, 1.0)
        values, vectors = np.linalg.eigh(covariance / np.outer(scales, scales))
        largest = values[-1] if values[-1] > 0 else 1.0
        spreads = np.sqrt(np.where(values > _ROUNDED * largest, values, largest))
        inverse = scales[:, None] * vectors * spreads
        log_scale = -float(np.log(spreads).sum() + np.log(scales).sum())
        even = bool(values[0] > _THINNEST * largest or values[0] <= _ROUNDED * largest)
        flat = bool(values[0] <= 10 * _THINNEST * largest)
        return cls(centre, (vectors / spreads).T / scales, inverse, log_scale, even, flat)

    @classmethod
    def of_component(cls, mean: FloatArray, covariance: FloatArray, component: int) -> Frame:
        """Frame in which a component has mean 0 and covariance 1; ThinComponentError where rounding hides it."""
        scales, factors, sound = whitened(covariance)
        if not sound:
            raise ThinComponentError(component)
        whitener = np.linalg.inv(factors) / scales
        inverse = scales[:, None] * factors
        return cls(mean, whitener, inverse, -float(np.log(np.diagonal(factors)).sum() + np.log(scales).sum()))

    def features(self, block: NDArray[np.generic], out: FloatArray) -> FloatArray:
        """Features of points of shape (n, D), written into ``out`` of shape (F, n)."""
        size = len(self.centre)
        out[0] = 1.0
        centred = out[-size:]  # lies among the products, which come last
        np.subtract(block.T, self.centre[:, None], out=centred)
        coordinates = out[1 : 1 + size]
        np.matmul(self.whitener, centred, out=coordinates)
        row = 1 + size
        for apart in range(size):  # a diagonal at a time: whole blocks go through NumPy faster than rows
            last = size - apart
            np.multiply(coordinates[:last], coordinates[apart:], out=out[row : row + last])
            row += last
        return out

    def coefficients(
        self, weights: FloatArray, means: FloatArray, covariances: FloatArray
    ) -> tuple[FloatArray, NDArray[np.intp]]:
        """Coefficients of the log-densities in the features, and for which components they are not precise.

        Parameters
        ----------
        weights : array, shape (M,)
        means : array, shape (M, D)
        covariances : array, shape (M, D, D)

        Returns
        -------
        array, shape (M, F)
            Zero where they are not precise.
        array of int
            Rows that are not.
        """
        size = len(self.centre)
        where = _places(size)
        means = np.dot(means - self.centre, self.whitener.T)
        precisions, log_determinants, thin = _precisions(self.whitener @ covariances @ self.whitener.T)
        found = np.empty((len(means), 1 + size + len(where.upper)))
        linear = np.matmul(precisions, means[:, :, None], out=found[:, 1 : 1 + size, None])[:, :, 0]
        distances = np.add.reduce(linear * means, axis=1)
        constant = self.log_scale - 0.5 * size * LOG_2PI
        found[:, 0] = np.log(weights) + 0.5 * (log_determinants - distances) + constant
        quadratic = precisions.reshape(len(means), -1).take(where.upper, axis=1)
        np.multiply(where.halves, quadratic, out=found[:, 1 + size :])
        if len(thin) or not np.maximum.reduce(distances) <= _FARTHEST:
            thin = np.union1d(thin, np.flatnonzero(~(distances <= _FARTHEST)))
            found[thin] = 0.0
        return found, thin

    def standard(self, weight: float) -> FloatArray:
        """Coefficients, shape (F,), of the component that has mean 0 and covariance 1 in this frame."""
        size = len(self.centre)
        constant = np.log(weight) + self.log_scale - 0.5 * size * LOG_2PI
        return np.concatenate([[constant], np.zeros(size), -0.5 * np.eye(size)[pairs(size)]])

    def moments(self, sums: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.intp]]:
        """Turn sums Σ_n r_nk f(x_n), shape (M, F), into counts, means and covariances, and say which are not precise.

        Means and covariances are in data units (Bishop 9.24, 9.25, 9.27). A component without any count is given the
        frame's centre and no spread.
        """
        size = len(self.centre)
        where = _places(size)
        counts = sums[:, 0].copy()
        averages = sums / np.maximum(sums[:, :1], _TINY)
        means = averages[:, 1 : 1 + size]
        covariances = averages.take(where.products, axis=1)
        covariances -= means[:, :, None] * means[:, None, :]
        lost = _NONE
        # |Σ| / Π_i <z_i²>, at most 1, falls with every distance and every correlation: where it is not small, none is.
        spheres = np.multiply.reduce(averages.take(where.squares, axis=1), axis=1)
        with np.errstate(divide="ignore"):  # of one that has a pivot of 0, the determinant is 0
            determinants = np.linalg.det(covariances)
        if not (determinants > _ALIKE * spheres).all():
            lost = _lost(means, covariances)
            lost = lost[counts[lost] >= _TINY]
        mapped = self.inverse @ covariances @ self.inverse.T
        return counts, np.dot(means, self.inverse.T) + self.centre, _symmetric(mapped), lost


def _precisions(covariances: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.intp]]:
    """Of covariances (M, D, D) in a frame: Σ⁻¹, log |Σ⁻¹|, and which are too narrow or thin for them.

    Σ⁻¹ is symmetric to the last bit: half of it enters the features' products, all of it their linear terms, and unlike
    halves would not cancel. The determinant is that of the Σ⁻¹ returned, so that rounding leaves a Gaussian, if of
    another Σ: at the top of a climb ℓ then differs in second order only.
    """
    try:
        inverses = np.asarray(np.linalg.inv(covariances), dtype=np.float64)
    except np.linalg.LinAlgError:
        pass
    else:
        # In ordinary cases one look at Σ_ii (Σ⁻¹)_ii suffices: no pivot of the correlations has a square less than the
        # inverse of the largest one. What rounding has made singular has huge numbers there, of either sign; what is
        # added makes that of the narrow huge as well.
        inflations = np.abs(inverses) * (covariances + _INFLATED * _NARROWEST**2)
        if np.maximum.reduce(inflations, axis=None) < _INFLATED:
            precisions = _symmetric(inverses)
            return precisions, np.linalg.slogdet(precisions)[1], _NONE
    scales, factors, sound = whitened(covariances)
    pivots = factors.diagonal(axis1=1, axis2=2)
    thin = ~(sound & (scales.min(axis=1) > _NARROWEST) & (np.square(pivots.min(axis=1)) >= _THINNEST))
    roots = np.where(thin[:, None, None], np.eye(covariances.shape[-1]), scales[:, :, None] * factors)
    inverses = np.linalg.inv(roots)
    return inverses.transpose(0, 2, 1) @ inverses, -2 * np.log(pivots * scales).sum(axis=1), np.flatnonzero(thin)


def whitened(covariances: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Judge covariances of shape (..., D, D) by their own measure.

    Returns
    -------
    scales : array, shape (..., D)
        Standard deviations.
    factors : array, shape (..., D, D)
        Cholesky factors of the correlations; the identity where there are none.
    sound : array of bool, shape (...)
        Whether the correlations have factors in double precision.
    """
    variances = covariances.diagonal(axis1=-2, axis2=-1)
    if variances.min(initial=1.0) > 0 and variances.max(initial=1.0) < np.inf:
        scales, correlations = np.sqrt(variances), covariances
        sound = np.ones(variances.shape[:-1], dtype=bool)
    else:
        sound = np.asarray(((variances > 0) & np.isfinite(variances)).all(axis=-1))
        scales = np.sqrt(np.where(sound[..., None], variances, 1.0))
        correlations = np.where(sound[..., None, None], covariances, np.eye(covariances.shape[-1]))
    correlations = correlations / (scales[..., :, None] * scales[..., None, :])
    try:
        factors = np.linalg.cholesky(correlations)
    except np.linalg.LinAlgError:
        sound = sound & (np.linalg.eigvalsh(correlations)[..., 0] > _SINGULAR)
        factors = np.linalg.cholesky(np.where(sound[..., None, None], correlations, np.eye(covariances.shape[-1])))
    pivots = factors.diagonal(axis1=-2, axis2=-1).min(axis=-1)
    return scales, factors, np.asarray(sound & (np.square(pivots) > _SINGULAR))


def _lost(means: FloatArray, covariances: FloatArray) -> NDArray[np.intp]:
    """Which covariances (M, D, D), found as differences from products of means, have lost digits to rounding."""
    scales, factors, sound = whitened(covariances)
    distances = np.square(np.linalg.solve(factors, (means / scales)[..., None])).sum(axis=(-1, -2))
    thin = np.square(factors.diagonal(axis1=-2, axis2=-1).min(axis=-1)) < _THINNEST
    return np.flatnonzero(~(sound & ~thin & (distances <= _FARTHEST)))


def _symmetric(matrices: FloatArray) -> FloatArray:
    """Matrices (M, D, D) that are symmetric but for rounding, made so to the last bit."""
    return matrices.reshape(len(matrices), -1).take(_places(matrices.shape[-1]).mirrored, axis=1)


class _Places(NamedTuple):
    """Where features stand: in a matrix (D, D), flat, and among the F of them.

    Parameters
    ----------
    upper, halves : arrays, shape (F - 1 - D,)
        Where the matrix has what goes with z_i z_j for i ≤ j, and the factor of its precision.
    mirrored : array, shape (D, D)
        Where the matrix has each of its numbers or, above the diagonal, the one across it.
    products : array, shape (D, D)
        Where the features have z_i z_j.
    squares : array, shape (D,)
        Where they have z_i².
    """

    upper: NDArray[np.intp]
    halves: FloatArray
    mirrored: NDArray[np.intp]
    products: NDArray[np.intp]
    squares: NDArray[np.intp]


def pairs(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return i and j ≤ D of the features z_i z_j in their order, which is by diagonals: all with i = j come first.

    Examples
    --------
    >>> print(*pairs(2))
    [0 1 0] [0 1 1]
    """
    first, second = np.triu_indices(size)
    order = np.argsort(second - first, kind="stable")
    return first[order], second[order]


@lru_cache(maxsize=8)
def _places(size: int) -> _Places:
    first, second = pairs(size)
    upper = first * size + second
    mirrored, products = np.empty((2, size, size), dtype=np.intp)
    mirrored[first, second] = mirrored[second, first] = upper
    products[first, second] = products[second, first] = 1 + size + np.arange(len(first))
    halves = np.where(first == second, -0.5, -1.0)
    return _Places(upper, halves, mirrored, products, products.diagonal().copy())
