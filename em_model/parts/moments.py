"""Count, mean and scatter of points: what of each part of the data is known before any fit, and how it merges."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from em_model.errors import DataError
from em_model.mixture import FloatArray

__all__ = ["Moments"]

Blocks = Callable[[], Iterable[tuple[slice, FloatArray]]]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """How many points there are, where their mean lies, and how they scatter about it.

    Moments of parts add to those of the whole, precisely too where their means lie far apart or far from 0: Chan, Golub
    and LeVeque, "Algorithms for computing the sample variance" (1983).

    Parameters
    ----------
    count : int
        Number of points, N.
    mean : array, shape (D,)
        In data units.
    scatter : array, shape (D, D)
        Σ_n (x_n - mean)(x_n - mean)ᵀ, in data units squared.

    Examples
    --------
    >>> from em_model import Data
    >>> both = Data([[1.0], [3.0]]).moments + Data([[5.0]]).moments
    >>> print(both.count, both.mean, both.covariance)
    3 [3.] [[2.66666667]]
    """

    count: int
    mean: FloatArray
    scatter: FloatArray

    @classmethod
    def of_blocks(cls, blocks: Blocks, n_dimensions: int) -> Moments:
        """Moments of points that are gone through twice, block by block of shape (n, D), each with its rows.

        Raises
        ------
        DataError
            If something is not a finite number, or the sums leave double precision.
        """
        count, origin = 0, None
        total = np.zeros(n_dimensions)
        scatter = np.zeros((n_dimensions, n_dimensions))
        with np.errstate(over="ignore", invalid="ignore"):
            for rows, block in blocks():
                finite = np.isfinite(block)
                if not finite.all():
                    row = rows.start + int(finite.all(axis=1).argmin())
                    raise DataError(f"row {row} of the data (counted from 0) is not finite; remove NaN and infinity")
                origin = block[0].copy() if origin is None else origin
                total += (block - origin).sum(axis=0)
                count += len(block)
            if origin is None:
                return cls(0, total, scatter)
            centre = origin + total / count
            for _, block in blocks():
                deviations = block - centre
                scatter += deviations.T @ deviations
        if not np.isfinite(scatter / count).all():
            raise DataError("the data are too large for double precision; scale them down")
        return cls(count, centre, scatter)

    @property
    def covariance(self) -> FloatArray:
        """Covariance of the points (divisor N), shape (D, D)."""
        return self.scatter / self.count

    def __add__(self, other: Moments) -> Moments:
        """Moments of both parts together."""
        if not (self.count and other.count):
            return self if self.count else other
        count = self.count + other.count
        apart = other.mean - self.mean
        mean = self.mean + apart * (other.count / count)
        between = np.outer(apart, apart) * (self.count * (other.count / count))
        return Moments(count, mean, self.scatter + other.scatter + between)
