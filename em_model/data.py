"""The points a mixture is fitted to: checked once, then read chunk by chunk in coordinates that keep precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from em_model.errors import DataError
from em_model.frame import Frame
from em_model.mixture import FloatArray
from em_model.parts.moments import Moments
from em_model.scratch import LINE, scratch

__all__ = ["Data", "as_data"]

_CACHE_BYTES = 768 * 1024  # what one chunk may take, so that a pass stays in the core's own cache
_LEAST = 192  # points in a chunk, however many numbers each takes: under it the calls themselves take long
_FEW = 256  # points among which distinct ones are looked for at once: the first few nearly always are enough

Result = TypeVar("Result")


class Data:
    """N points in D dimensions, in memory or memory-mapped.

    Products x_i x_j cancel where the mean is large beside the spread, so sums are taken in the coordinates of a
    `Frame` in which all points together have mean 0 and covariance 1, and mapped back.

    Parameters
    ----------
    points : array, shape (N, D)
        Real numbers of any kind; never copied as a whole, never changed.
    whole : Moments, optional
        Those of the whole, where the points are a part of it: centre, covariance and frame are then the whole's, so
        that the sums of parts add.

    weights : array, shape (N,), optional
        How many points of the whole each of these stands for, where they are a sample of it.

    Attributes
    ----------
    n_rows : int
        Number of points at hand, which is N but for a sample that is weighed.
    n_dimensions : int
        D.
    n_features : int
        Number of Gaussian features 1, z_i, z_i z_j (i ≤ j).
    moments : Moments
        Of all points.
    centre : array, shape (D,)
        Mean of all points, in data units.
    covariance : array, shape (D, D)
        Covariance of all points (divisor N), in data units squared.
    frame : Frame
        Coordinates in which all points have mean 0 and covariance 1.
    features : array, shape (n_features, n_rows), or None
        Those of all points in that frame, where they are so few that one chunk holds them.

    Raises
    ------
    DataError
        If the array is not (N, D) with N, D ≥ 1, or holds something that is not a finite number.

    Examples
    --------
    >>> data = Data([[1.0, 10.0], [3.0, 10.0], [5.0, 16.0]])
    >>> print(data.n_points, data.n_dimensions, data.centre)
    3 2 [ 3. 12.]
    """

    __slots__ = (
        "centre",
        "covariance",
        "features",
        "frame",
        "moments",
        "n_dimensions",
        "n_features",
        "n_rows",
        "points",
        "weights",
    )

    def __init__(self, points: ArrayLike, *, whole: Moments | None = None, weights: FloatArray | None = None) -> None:
        self.points = _as_matrix(points)
        self.n_rows, self.n_dimensions = (int(length) for length in self.points.shape)
        self.n_features = (self.n_dimensions + 1) * (self.n_dimensions + 2) // 2
        self.weights = _as_weights(weights, self.n_rows, whole)
        self.moments = Moments.of_blocks(self.blocks, self.n_dimensions) if whole is None else whole
        self.centre, self.covariance = self.moments.mean, self.moments.covariance
        self.frame = Frame.of_data(self.centre, self.covariance)
        self.features: FloatArray | None = None
        if self.n_rows <= self.chunk_rows(1):
            self.features = self.frame.features(self.points, np.empty((self.n_features, self.n_rows)))

    @property
    def n_points(self) -> int:
        """Number of points, N; of a sample that is weighed those that it stands for."""
        return self.n_rows if self.weights is None else self.moments.count

    def chunk_rows(self, n_rows: int) -> int:
        """Points per chunk when ``n_rows`` numbers per point are computed from the features."""
        return max(_LEAST, _CACHE_BYTES // (8 * (self.n_features + n_rows)) // LINE * LINE)

    def chunks(self, size: int) -> Iterator[tuple[slice, FloatArray]]:
        """Yield the rows and the features (n_features, n) of every chunk of so many points.

        The features are those of `frame`; they hold until the next chunk is asked for.
        """
        if self.features is not None:
            for first in range(0, self.n_rows, size):
                rows = slice(first, min(first + size, self.n_rows))
                yield rows, self.features[:, rows]
            return
        width = -(-size // LINE) * LINE
        with scratch(self.n_features * width) as memory:
            workspace = memory.reshape(self.n_features, width)
            for first in range(0, self.n_rows, size):
                rows = slice(first, min(first + size, self.n_rows))
                yield rows, self.frame.features(self.points[rows], workspace[:, : rows.stop - first])

    def blocks(self, size: int | None = None) -> Iterator[tuple[slice, FloatArray]]:
        """Yield the rows and the points (n, D) of every block, in data units; ``size`` is the number of points."""
        size = size or max(1024, _CACHE_BYTES // (8 * self.n_dimensions))
        for first in range(0, self.n_rows, size):
            rows = slice(first, min(first + size, self.n_rows))
            yield rows, np.asarray(self.points[rows], dtype=np.float64)

    def distinct(self, count: int) -> FloatArray:
        """Return the first ``count`` points found that differ from each other, shape (n, D), fewer if there are."""
        seen = np.empty((0, self.n_dimensions))
        for _, block in self.blocks(_FEW):
            seen = np.unique(np.concatenate([seen, np.unique(block, axis=0)[:count]]), axis=0)[:count]
            if len(seen) >= count:
                break
        return seen

    def sample(self, most: int) -> NDArray[np.generic]:
        """Points that stand for all, shape (n, D) with n ≤ ``most``: all, or evenly spread ones."""
        return self.points[:: -(-self.n_rows // most)]

    def each(self, work: Callable[[Data], Result]) -> tuple[Result]:
        """Return the result of the work on each part of the data: here on all of them, which are one."""
        return (work(self),)


def as_data(points: Data | ArrayLike) -> Data:
    """Return the points as checked Data; what is Data already passes through.

    Examples
    --------
    >>> data = as_data([[1.0], [3.0]])
    >>> print(as_data(data) is data)
    True
    """
    return points if isinstance(points, Data) else Data(points)


def _as_weights(weights: ArrayLike | None, n_rows: int, whole: Moments | None) -> FloatArray | None:
    if weights is None:
        return None
    found = np.asarray(weights, dtype=np.float64)
    if whole is None or found.shape != (n_rows,) or not (found >= 0).all():
        raise DataError("weights go with the moments of a whole; give one for each point, 0 or more")
    return found


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
    if array.shape[0] == 0:
        raise DataError("the data hold no point; give at least one")
    return array
