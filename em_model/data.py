"""The points a mixture is fitted to: checked once, then read chunk by chunk in coordinates that keep precision."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from em_model.errors import DataError, MixtureError
from em_model.mixture import LOG_2PI, FloatArray, Mixture

__all__ = ["Data", "ThinComponentError", "as_data"]

_CACHE_BYTES = 768 * 1024  # what one chunk may take, so that a pass stays in the core's own cache
_FEW = 256  # points among which distinct ones are looked for at once: the first few nearly always are enough
_TINY = sys.float_info.min
_ROUNDED = 1e-14  # smallest eigenvalue of a correlation matrix, relative to the largest, that is more than rounding
_THINNEST = 1e-12  # smallest variance, in units of the data's, that double precision tells from zero


class ThinComponentError(MixtureError):
    """A component is so narrow beside the spread of the data that double precision takes it for a point.

    Attributes
    ----------
    component : int
        Index of the component, from 0.
    """

    def __init__(self, component: int) -> None:
        super().__init__(
            f"component {component + 1} is too narrow beside the spread of the data to be told from a point"
        )
        self.component = component


class Data:
    """N points in D dimensions, in memory or memory-mapped.

    Products x_i x_j cancel where the mean is large beside the spread, so everything is computed in whitened
    coordinates z = W (x - c), with c the mean and W Wᵀ-inverse the covariance of all points, and mapped back.

    Parameters
    ----------
    points : array, shape (N, D)
        Real numbers of any kind; never copied as a whole, never changed.

    Attributes
    ----------
    centre : array, shape (D,)
        Mean of all points, in data units.
    covariance : array, shape (D, D)
        Covariance of all points (divisor N), in data units squared.

    Raises
    ------
    DataError
        If the array is not (N, D) with N > D ≥ 1, or holds something that is not a finite number.
    """

    __slots__ = (
        "_features",
        "_halves",
        "_inverse_whitener",
        "_log_unit",
        "_pairs",
        "_products",
        "_whitener",
        "centre",
        "covariance",
        "points",
    )

    def __init__(self, points: ArrayLike) -> None:
        self.points = _as_matrix(points)
        self.centre, self.covariance = self._moments()
        self._whitener, self._inverse_whitener, log_scale = _whitening(self.covariance)
        self._log_unit = log_scale - 0.5 * self.n_dimensions * LOG_2PI  # log N(0; 0, I) of whitened points
        self._index_features()
        self._features: FloatArray | None = None
        if self.n_points <= self.chunk_rows(1):
            self._features = self._fill(np.empty((self.n_features, self.n_points)), self.points)

    @property
    def n_points(self) -> int:
        """Number of points, N."""
        return int(self.points.shape[0])

    @property
    def n_dimensions(self) -> int:
        """Number of dimensions, D."""
        return int(self.points.shape[1])

    @property
    def n_features(self) -> int:
        """Number of Gaussian features 1, z_i, z_i z_j (i ≤ j)."""
        return (self.n_dimensions + 1) * (self.n_dimensions + 2) // 2

    def chunk_rows(self, n_rows: int) -> int:
        """Points per chunk when ``n_rows`` numbers per point are computed from the features."""
        return max(64, _CACHE_BYTES // (8 * (self.n_features + n_rows)))

    def chunks(self, n_rows: int) -> Iterator[tuple[slice, FloatArray]]:
        """Yield the rows and the features (n_features, n) of every chunk, which hold until the next is asked for."""
        size = min(self.chunk_rows(n_rows), self.n_points)
        # One piece of memory for all chunks: it stays in the cache, and the system need not clear it again and again.
        workspace = np.empty((self.n_features, size)) if self._features is None else self._features
        for first in range(0, self.n_points, size):
            rows = slice(first, min(first + size, self.n_points))
            if self._features is not None:
                yield rows, self._features[:, rows]
            else:
                yield rows, self._fill(workspace[:, : rows.stop - first], self.points[rows])

    def blocks(self, size: int | None = None) -> Iterator[tuple[slice, FloatArray]]:
        """Yield the rows and the points (n, D) of every block, in data units; ``size`` is the number of points."""
        size = size or max(1024, _CACHE_BYTES // (8 * self.n_dimensions))
        for first in range(0, self.n_points, size):
            rows = slice(first, min(first + size, self.n_points))
            yield rows, np.asarray(self.points[rows], dtype=np.float64)

    def coefficients(self, mixture: Mixture) -> FloatArray:
        """Coefficients c_k with log π_k + log N(x; μ_k, Σ_k) = c_kᵀ f(x), shape (..., K, n_features).

        Raises
        ------
        MixtureError
            If the mixture has another dimension.
        ThinComponentError
            If a component is too narrow beside the data for double precision.
        """
        if mixture.n_dimensions != self.n_dimensions:
            raise MixtureError(
                f"the mixture has {mixture.n_dimensions} dimensions, the data {self.n_dimensions}; they must agree"
            )
        means = (mixture.means - self.centre) @ self._whitener.T
        covariances = self._whitener @ mixture.covariances @ self._whitener.T
        log_pivots = _log_pivots(covariances)
        precisions = np.linalg.inv(covariances)
        # Half of it enters the features' products, all of it their linear terms: unlike halves would not cancel.
        precisions = 0.5 * (precisions + precisions.swapaxes(-1, -2))
        linear = (precisions @ means[..., None])[..., 0]
        constants = np.log(mixture.weights) + self._log_unit - (log_pivots + 0.5 * linear * means).sum(axis=-1)
        quadratic = self._halves * precisions[..., *self._pairs]
        return np.concatenate([constants[..., None], linear, quadratic], axis=-1)

    def moments(self, sums: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Turn feature sums Σ_n r_nk f(x_n), shape (K, n_features), into counts, means and covariances in data units.

        A component without any count is given the data's mean and no spread.
        """
        counts = sums[:, 0].copy()
        averages = sums / np.maximum(counts, _TINY)[:, None]
        means = averages[:, 1 : 1 + self.n_dimensions]
        covariances = averages[:, self._products] - means[:, :, None] * means[:, None, :]
        back = self._inverse_whitener
        mapped = back @ covariances @ back.T
        return counts, means @ back.T + self.centre, 0.5 * (mapped + mapped.swapaxes(1, 2))

    def require_distinct(self, count: int) -> None:
        """Raise DataError unless at least ``count`` points differ from each other."""
        seen = np.empty((0, self.n_dimensions))
        for _, block in self.blocks(_FEW):
            seen = np.unique(np.concatenate([seen, np.unique(block, axis=0)[:count]]), axis=0)[:count]
            if len(seen) >= count:
                return
        raise DataError(f"only {len(seen)} distinct points for {count} components; bring more or ask for fewer")

    def _index_features(self) -> None:
        first, second = self._pairs = np.triu_indices(self.n_dimensions)
        self._halves = np.where(first == second, -0.5, -1.0)
        self._products = np.empty((self.n_dimensions, self.n_dimensions), dtype=np.intp)
        self._products[first, second] = self._products[second, first] = 1 + self.n_dimensions + np.arange(len(first))

    def _fill(self, features: FloatArray, block: NDArray[np.generic]) -> FloatArray:
        size = self.n_dimensions
        features[0] = 1.0
        centred = features[-size:]  # lies among the products, which come last
        np.subtract(np.asarray(block, dtype=np.float64).T, self.centre[:, None], out=centred)
        coordinates = features[1 : 1 + size]
        np.matmul(self._whitener, centred, out=coordinates)
        row = 1 + size
        for i in range(size):
            np.multiply(coordinates[i], coordinates[i:], out=features[row : row + size - i])
            row += size - i
        return features

    def _moments(self) -> tuple[FloatArray, FloatArray]:
        origin = np.asarray(self.points[0], dtype=np.float64)
        total = np.zeros(self.n_dimensions)
        scatter = np.zeros((self.n_dimensions, self.n_dimensions))
        with np.errstate(over="ignore", invalid="ignore"):
            for rows, block in self.blocks():
                finite = np.isfinite(block)
                if not finite.all():
                    row = rows.start + int(finite.all(axis=1).argmin())
                    raise DataError(f"row {row} of the data (counted from 0) is not finite; remove NaN and infinity")
                total += (block - origin).sum(axis=0)
            centre = origin + total / self.n_points
            for _, block in self.blocks():
                deviations = block - centre
                scatter += deviations.T @ deviations
        covariance = scatter / self.n_points
        if not np.isfinite(covariance).all():
            raise DataError("the data are too large for double precision; scale them down")
        return centre, covariance


def as_data(points: Data | ArrayLike) -> Data:
    """Return the points as checked Data; what is Data already passes through."""
    return points if isinstance(points, Data) else Data(points)


def _as_matrix(points: ArrayLike) -> NDArray[np.generic]:
    try:
        array = np.asanyarray(points)
    except ValueError:
        raise DataError("the data are no array; every row needs the same number of columns") from None
    if array.dtype.kind not in "fiu":
        raise DataError(f"the data are of type {array.dtype}; they must be real numbers")
    if isinstance(array, np.ma.MaskedArray):
        raise DataError("the data are a masked array; remove the masked rows")
    array = np.asarray(array)  # a memory map stays one; other subclasses of ndarray compute in their own ways
    if array.ndim != 2 or array.shape[1] == 0:
        raise DataError(f"the data have shape {array.shape}; they must be (N, D), one row for each point")
    if array.shape[0] <= array.shape[1]:
        raise DataError(
            f"{array.shape[0]} points in {array.shape[1]} dimensions; more points than dimensions are needed"
        )
    return array


def _log_pivots(covariances: FloatArray) -> FloatArray:
    """Logarithms of the diagonals of the Cholesky factors, shape (..., K, D), which sum to ½ log|Σ_k|."""
    try:
        pivots = np.linalg.cholesky(covariances).diagonal(axis1=-2, axis2=-1)
    except np.linalg.LinAlgError:
        thinnest = np.linalg.eigvalsh(covariances)[..., 0]
        raise ThinComponentError(int(np.unravel_index(thinnest.argmin(), thinnest.shape)[-1])) from None
    if np.square(pivots.min()) < _THINNEST:
        raise ThinComponentError(int(np.unravel_index(pivots.argmin(), pivots.shape)[-2]))
    log_pivots: FloatArray = np.log(pivots)
    return log_pivots


def _whitening(covariance: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Return W, its inverse and log|det W|; a direction in which all points agree is not stretched."""
    scales = np.sqrt(np.diagonal(covariance))
    scales = np.where(scales > 0, scales, 1.0)
    values, vectors = np.linalg.eigh(covariance / np.outer(scales, scales))
    largest = values[-1] if values[-1] > 0 else 1.0
    spreads = np.sqrt(np.where(values > _ROUNDED * largest, values, largest))
    whitener = (vectors / spreads).T / scales
    inverse = scales[:, None] * vectors * spreads
    return whitener, inverse, float(-np.log(spreads).sum() - np.log(scales).sum())
