"""What EM asks of its data, wherever they lie; and points in parts, each read when its turn comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from em_model.data import Data
from em_model.errors import DataError
from em_model.frame import Frame
from em_model.mixture import FloatArray
from em_model.parts.moments import Moments

__all__ = ["Parts", "Source", "Whole", "as_source", "merged", "require_distinct", "seen"]

Result = TypeVar("Result")

_SEEN = 100_000  # points by which starts are drawn where the data are in parts


class Source(Protocol):
    """Data that EM can be run on: their moments, and a way to do the same work on each part of them.

    `Data` is one, of a single part. Whoever keeps parts elsewhere (in files, on other machines) writes `each`, which
    sends the work there and yields what comes back *in the parts' order*: so the result does not depend, to the last
    bit, on who did which part, nor when.

    Examples
    --------
    >>> source: Source = Data([[1.0], [2.0], [6.0]])
    >>> print(source.n_points, source.centre, *source.each(lambda part: part.points.sum()))
    3 [3.] 9.0
    """

    @property
    def moments(self) -> Moments:
        """Moments of all points."""

    @property
    def n_points(self) -> int:
        """Number of points, N."""

    @property
    def n_dimensions(self) -> int:
        """Number of dimensions, D."""

    @property
    def centre(self) -> FloatArray:
        """Mean of all points, shape (D,)."""

    @property
    def covariance(self) -> FloatArray:
        """Covariance of all points (divisor N), shape (D, D)."""

    @property
    def frame(self) -> Frame:
        """Coordinates in which all points have mean 0 and covariance 1."""

    def sample(self, most: int) -> NDArray[np.generic]:
        """Points that stand for all, shape (n, D) with n ≤ ``most``."""

    def each(self, work: Callable[[Data], Result]) -> Iterable[Result]:
        """Yield the result of the work on each part that holds points, in the parts' order."""


class Whole:
    """What is known of points in parts once their moments are added up.

    Parameters
    ----------
    moments : Moments
        Of all points.
    """

    def __init__(self, moments: Moments) -> None:
        self.moments = moments
        self.frame = Frame.of_data(self.centre, self.covariance)

    @property
    def n_points(self) -> int:
        """Number of points, N."""
        return self.moments.count

    @property
    def n_dimensions(self) -> int:
        """Number of dimensions, D."""
        return len(self.moments.mean)

    @property
    def centre(self) -> FloatArray:
        """Mean of all points, shape (D,)."""
        return self.moments.mean

    @property
    def covariance(self) -> FloatArray:
        """Covariance of all points (divisor N), shape (D, D)."""
        return self.moments.covariance


class Parts(Whole):
    """Points in parts, each read when its turn comes and let go after it.

    Parameters
    ----------
    readers : sequence of callables
        Each returns its part as an array of shape (n, D), the same at every call; n may be 0.

    Raises
    ------
    DataError
        If no part holds a point, columns disagree, or something is not a finite number; it says in which part,
        counted from 0.

    Examples
    --------
    >>> from em_model import Mixture, fit
    >>> blocks = [[[-2.0], [-1.0]], [[0.0], [2.0]], [[2.5], [3.5]]]
    >>> parts = Parts([lambda block=block: block for block in blocks])
    >>> start = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> print(fit(parts, start).final.means.ravel().round(2))
    [-1.    2.67]
    """

    def __init__(self, readers: Sequence[Callable[[], ArrayLike]]) -> None:
        self._readers = list(readers)
        super().__init__(merged(self._moments_of(number, block) for number, block in enumerate(self.read())))

    def read(self) -> Iterator[NDArray[np.generic]]:
        """Yield the points of each part, shape (n, D)."""
        for reader in self._readers:
            yield np.asarray(reader())

    def each(self, work: Callable[[Data], Result]) -> Iterator[Result]:
        """Yield the result of the work on each part that holds points, in their order."""
        for block in self.read():
            if len(block):
                yield work(Data(block, whole=self.moments))

    def sample(self, most: int) -> NDArray[np.generic]:
        """Evenly spread points, shape (n, D) with n ≤ ``most``, gathered in one pass."""
        step = -(-self.n_points // most)
        found, first = [], 0
        for block in self.read():
            found.append(np.array(block[-first % step :: step]))
            first += len(block)
        return np.concatenate([block for block in found if len(block)])

    def _moments_of(self, number: int, block: NDArray[np.generic]) -> Moments:
        try:
            return Data(block).moments if len(block) else Moments(0, np.zeros(0), np.zeros((0, 0)))
        except DataError as error:
            raise DataError(f"part {number} (counted from 0): {error}") from None


def as_source(points: Source | ArrayLike) -> Source:
    """Return what EM can be run on: a Source passes through, an array becomes Data."""
    if isinstance(points, Data) or hasattr(points, "each"):
        return points  # type: ignore[return-value]
    return Data(points)


def merged(moments: Iterable[Moments]) -> Moments:
    """Moments of all parts, added in their order.

    Raises
    ------
    DataError
        If there is no point, parts have unlike numbers of columns, or sums leave double precision.

    Examples
    --------
    >>> whole = merged(Data(block).moments for block in ([[1.0]], [[2.0], [6.0]]))
    >>> print(whole.count, whole.mean)
    3 [3.]
    """
    whole: Moments | None = None
    for part in moments:
        if part.count:
            if whole is not None and len(part.mean) != len(whole.mean):
                raise DataError(f"one part has {len(whole.mean)} columns, another {len(part.mean)}; they must agree")
            whole = part if whole is None else whole + part
    if whole is None:
        raise DataError("the data hold no point; give at least one")
    if not np.isfinite(whole.covariance).all():
        raise DataError("the data are too large for double precision; scale them down")
    return whole


def require_distinct(source: Source, count: int) -> None:
    """Raise DataError unless at least ``count`` points differ from each other."""
    seen = np.empty((0, source.n_dimensions))
    for some in source.each(partial(_distinct, count)):
        seen = np.unique(np.concatenate([seen, some]), axis=0)[:count]
        if len(seen) >= count:
            return
    raise DataError(f"only {len(seen)} distinct points for {count} components; bring more or ask for fewer")


def seen(source: Source) -> Data:
    """Return points at hand that stand for all: the data themselves, or a sample of data in parts, in their frame."""
    return source if isinstance(source, Data) else Data(source.sample(_SEEN), whole=source.moments)


def _distinct(count: int, part: Data) -> FloatArray:
    return part.distinct(count)
