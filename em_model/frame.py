"""Coordinates in which points and components are held to full precision, and the Gaussian's features in them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from em_model.errors import ThinComponentError
from em_model.mixture import LOG_2PI, FloatArray

__all__ = ["Frame", "whitened"]

_TINY = sys.float_info.min
_SINGULAR = 1e-11  # squared pivot of a component's own correlations under which its density has no sure digits
_ROUNDED = 1e-14  # smallest eigenvalue of a correlation matrix, relative to the largest, that is more than rounding
_NARROWEST = 1e-12  # standard deviation, in the frame's units, at which points are hardly told apart
_FARTHEST = 1e6  # squared Mahalanobis distance of the centre from a component that costs some 8 of 16 digits
_THINNEST = 1e-6  # squared pivot of a component's own correlations that costs as many


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Coordinates z = W (x - c) and, in them, the features f(x) = (1, z_i, z_i z_j for i ≤ j).

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
        for i in range(size):
            np.multiply(coordinates[i], coordinates[i:], out=out[row : row + size - i])
            row += size - i
        return out

    def coefficients(
        self, weights: FloatArray, means: FloatArray, covariances: FloatArray
    ) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Coefficients of the log-densities in the features, and for which components they are precise.

        Parameters
        ----------
        weights : array, shape (M,)
        means : array, shape (M, D)
        covariances : array, shape (M, D, D)

        Returns
        -------
        array, shape (M, F)
            Zero where they are not precise.
        array of bool, shape (M,)
        """
        size = len(self.centre)
        first, second, halves, _ = _indices(size)
        means = (means - self.centre) @ self.whitener.T
        covariances = self.whitener @ covariances @ self.whitener.T
        log_roots, precise = _log_roots(covariances)
        if precise is not None:
            covariances = np.where(precise[:, None, None], covariances, np.eye(size))
        precisions = np.linalg.inv(covariances)
        # Half of it enters the features' products, all of it their linear terms: unlike halves would not cancel.
        precisions += precisions.transpose(0, 2, 1)
        precisions *= 0.5
        found = np.empty((len(means), 1 + size + len(first)))
        linear = np.matmul(precisions, means[:, :, None], out=found[:, 1 : 1 + size, None])[:, :, 0]
        distances = np.add.reduce(linear * means, axis=1)
        found[:, 0] = np.log(weights) - log_roots - 0.5 * distances + (self.log_scale - 0.5 * size * LOG_2PI)
        np.multiply(halves, precisions[:, first, second], out=found[:, 1 + size :])
        near = distances <= _FARTHEST
        precise = near if precise is None else precise & near
        if not np.logical_and.reduce(precise):
            found[~precise] = 0.0
        return found, precise

    def standard(self, weight: float) -> FloatArray:
        """Coefficients, shape (F,), of the component that has mean 0 and covariance 1 in this frame."""
        size = len(self.centre)
        first, second, _, _ = _indices(size)
        constant = np.log(weight) + self.log_scale - 0.5 * size * LOG_2PI
        return np.concatenate([[constant], np.zeros(size), np.where(first == second, -0.5, 0.0)])

    def moments(self, sums: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.bool_]]:
        """Turn sums Σ_n r_nk f(x_n), shape (M, F), into counts, means and covariances, and say which are precise.

        Means and covariances are in data units (Bishop 9.24, 9.25, 9.27). A component without any count is given the
        frame's centre and no spread.
        """
        size = len(self.centre)
        counts = sums[:, 0].copy()
        averages = sums / np.maximum(counts, _TINY)[:, None]
        means = averages[:, 1 : 1 + size]
        covariances = averages.take(_indices(size)[3], axis=1)
        covariances -= means[:, :, None] * means[:, None, :]
        precise = _held(means, covariances)
        if not np.logical_and.reduce(precise):
            precise |= counts < _TINY
        mapped = self.inverse @ covariances @ self.inverse.T
        mapped += mapped.transpose(0, 2, 1)
        mapped *= 0.5
        return counts, means @ self.inverse.T + self.centre, mapped, precise


def _log_roots(covariances: FloatArray) -> tuple[FloatArray, NDArray[np.bool_] | None]:
    """Of covariances (M, D, D) in a frame: log √|Σ|, and which are wide and round enough, or None where all are."""
    try:
        pivots = np.linalg.cholesky(covariances).diagonal(axis1=1, axis2=2)
    except np.linalg.LinAlgError:
        pass
    else:
        variances = covariances.diagonal(axis1=1, axis2=2)
        least = np.minimum.reduce(variances, axis=None)
        if least > _NARROWEST**2 and np.minimum.reduce(np.square(pivots) / variances, axis=None) >= _THINNEST:
            return np.add.reduce(np.log(pivots), axis=1), None
    scales, factors, sound = whitened(covariances)
    pivots = factors.diagonal(axis1=1, axis2=2)
    precise = sound & (scales.min(axis=1) > _NARROWEST) & (np.square(pivots.min(axis=1)) >= _THINNEST)
    return np.log(pivots * scales).sum(axis=1), precise


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


def _held(means: FloatArray, covariances: FloatArray) -> NDArray[np.bool_]:
    """Whether covariances (M, D, D), found as differences from products of means, have lost nothing to rounding."""
    variances = covariances.diagonal(axis1=1, axis2=2)
    least = float(np.minimum.reduce(variances, axis=None))
    farthest = np.maximum.reduce(np.square(means), axis=None) * means.shape[1]
    if least > 0 and farthest < 1e-3 * _FARTHEST * least and least ** means.shape[1] > _TINY:
        determinants = np.linalg.det(covariances) / np.multiply.reduce(variances, axis=1)
        if np.minimum.reduce(determinants) > 1e-3:  # in ordinary cases two sufficient signs of it, which cost less
            return np.ones(len(means), dtype=bool)
    scales, factors, sound = whitened(covariances)
    distances = np.square(np.linalg.solve(factors, (means / scales)[..., None])).sum(axis=(-1, -2))
    thin = np.square(factors.diagonal(axis1=-2, axis2=-1).min(axis=-1)) < _THINNEST
    return np.asarray(sound & ~thin & (distances <= _FARTHEST))


@lru_cache(maxsize=8)
def _indices(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray, NDArray[np.intp]]:
    """Rows and columns of the products z_i z_j, the factors of their precisions, and where each product stands."""
    first, second = np.triu_indices(size)
    products = np.empty((size, size), dtype=np.intp)
    products[first, second] = products[second, first] = 1 + size + np.arange(len(first))
    return first, second, np.where(first == second, -0.5, -1.0), products
