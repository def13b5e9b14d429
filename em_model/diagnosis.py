"""What data have in them that a fit will stumble over, found before it: columns by index, from 0, and numbers."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from em_model.data import Data
from em_model.errors import DataError, EMError
from em_model.known import Known
from em_model.mixture import FloatArray, Mixture
from em_model.parts.source import Source, require_distinct
from em_model.prior import Prior
from em_model.shapes import SHAPES, Shape

__all__ = [
    "Collinear",
    "FarPoints",
    "RepeatedValue",
    "collinear",
    "constant_columns",
    "far_points",
    "repeated_value",
    "require_sense",
    "require_spread",
    "unresolved_columns",
]

_EPSILON = sys.float_info.epsilon
_DEPENDENT = 1e-9  # least eigenvalue of the correlations with which both curves keep six digits or more
_UNRESOLVED = 1e-10  # standard deviation, in units of a column's mean, beside which a mean has too few digits
_INVOLVED = 0.1  # share of the largest loading from which a column takes part
_SAMPLE = 100_000  # points by which quartiles and repeated values are judged
_SHORT = 0.8  # share of the steps from point to point that stay inside a cluster
_TINY = sys.float_info.min
_FAR = 50.0  # interquartile ranges from the median


@dataclass(frozen=True, slots=True)
class Collinear:
    """Columns of which each follows from the others.

    Attributes
    ----------
    columns : tuple of int
        Which, from 0.
    apart : float
        By how much they do not, in standard deviations: of a combination of the standardised columns, of length 1.
    everywhere : bool
        Whether it is so among neighbours too; or else only because some points, or clusters, lie far out on a slanting
        line.
    """

    columns: tuple[int, ...]
    apart: float
    everywhere: bool


@dataclass(frozen=True, slots=True)
class RepeatedValue:
    """The value that stands most often in a column.

    Attributes
    ----------
    value : float
        In data units.
    count : int
        How often, among ``of`` points.
    of : int
        Points looked at: all, or an evenly spread sample of a hundred thousand.
    """

    value: float
    count: int
    of: int


@dataclass(frozen=True, slots=True, eq=False)
class FarPoints:
    """Points far from all the rest in a column.

    Attributes
    ----------
    rows : array of int, shape (n,)
        Which, from 0, farthest first.
    distances : array, shape (n,)
        From the column's median, in interquartile ranges.
    """

    rows: NDArray[np.intp]
    distances: FloatArray


def constant_columns(data: Source) -> tuple[int, ...]:
    """Columns that hold one value, up to rounding.

    Examples
    --------
    >>> from em_model import Data
    >>> constant_columns(Data([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]]))
    (1,)
    """
    spreads = np.sqrt(np.diagonal(data.covariance))
    return tuple(int(i) for i in np.flatnonzero(spreads <= 4 * _EPSILON * np.abs(data.centre)))


def unresolved_columns(data: Source) -> tuple[int, ...]:
    """Columns that vary so little beside their size that double precision holds no mean of theirs exactly enough.

    Examples
    --------
    >>> from em_model import Data
    >>> unresolved_columns(Data([[1e15 + 1, 5.0], [1e15 + 3, 6.0], [1e15 + 4, 5.0]]))
    (0,)
    """
    spreads = np.sqrt(np.diagonal(data.covariance))
    return tuple(int(i) for i in np.flatnonzero(spreads <= _UNRESOLVED * np.abs(data.centre)))


def collinear(data: Source) -> Collinear | None:
    """Find columns that are one quantity, such as a length in two units; None where there are none.

    Constant columns are left out.

    Examples
    --------
    >>> import numpy as np
    >>> from em_model import Data
    >>> inches = np.array([1.0, 2.0, 4.0, 7.0])
    >>> found = collinear(Data(np.stack([inches, 2.54 * inches], axis=1)))
    >>> print(found.columns)
    (0, 1)
    """
    varied = [i for i in range(data.n_dimensions) if i not in constant_columns(data)]
    if len(varied) < 2:
        return None
    values, vectors = _axes(data.covariance[np.ix_(varied, varied)])
    if values[0] > _DEPENDENT:
        return None
    loadings = np.abs(vectors[:, 0])
    columns = tuple(varied[i] for i in np.flatnonzero(loadings >= _INVOLVED * loadings.max()))
    everywhere = bool(_axes(_between_neighbours(data, varied))[0][0] <= _DEPENDENT)
    return Collinear(columns, float(np.sqrt(max(values[0], 0.0))), everywhere)


def _axes(covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues, ascending, and eigenvectors of the correlations."""
    spreads = np.sqrt(np.maximum(np.diagonal(covariance), _TINY))
    values, vectors = np.linalg.eigh(covariance / spreads[:, None] / spreads)
    return values, vectors


def _between_neighbours(data: Source, columns: list[int]) -> FloatArray:
    """Covariance of the steps from point to point along the data's longest axis, the longest steps left out.

    Clusters that lie far apart on a slanting line make columns look like one quantity; the steps inside them do not.
    """
    points = _sample(data, columns) - data.centre[columns]
    points = points / np.sqrt(np.diagonal(data.covariance))[columns]
    longest = _axes(data.covariance[np.ix_(columns, columns)])[1][:, -1]
    steps = np.diff(points[np.argsort(points @ longest, kind="stable")], axis=0)
    lengths = np.square(steps).sum(axis=1)
    steps = steps[lengths <= np.quantile(lengths, _SHORT)]
    found: FloatArray = steps.T @ steps / max(len(steps), 1)
    return found


def repeated_value(data: Data, column: int) -> RepeatedValue:
    """Return the value that stands most often in a column (from 0).

    Examples
    --------
    >>> from em_model import Data
    >>> repeated_value(Data([[1.0], [7.0], [7.0], [3.0]]), 0)
    RepeatedValue(value=7.0, count=2, of=4)
    """
    seen = _sample(data, column)
    values, counts = np.unique(seen, return_counts=True)
    most = int(counts.argmax())
    return RepeatedValue(float(values[most]), int(counts[most]), len(seen))


def far_points(data: Data, column: int, distance: float = _FAR) -> FarPoints:
    """Points farther from a column's median than so many interquartile ranges; none where that range is 0.

    Examples
    --------
    >>> from em_model import Data
    >>> found = far_points(Data([[1.0], [2.0], [3.0], [4.0], [5.0], [1e6]]), 0)
    >>> print(found.rows, found.distances.round())
    [5] [399999.]
    """
    lower, median, upper = np.quantile(_sample(data, column), [0.25, 0.5, 0.75])
    rows, distances = [np.empty(0, dtype=np.intp)], [np.empty(0)]
    if upper > lower:
        for part, block in data.blocks():
            away = np.abs(block[:, column] - median) / (upper - lower)
            found = np.flatnonzero(away > distance)
            rows.append(part.start + found)
            distances.append(away[found])
    order = np.argsort(-np.concatenate(distances), kind="stable")
    return FarPoints(np.concatenate(rows)[order], np.concatenate(distances)[order])


def require_sense(
    data: Source,
    start: Mixture,
    max_steps: float,
    tolerance: float,
    known: Known,
    shape: Shape = "full",
    prior: Prior | None = None,
) -> None:
    """Raise EMError unless these are arguments that `fit`, or any other climb from a start, can be run with."""
    if start.batch_shape:
        raise EMError(f"the start is a batch of mixtures, shape {start.batch_shape}; give a single one")
    if max_steps < 0 or max_steps != int(max_steps):
        raise EMError(f"max_steps is {max_steps}; it must be a whole number, 0 or more")
    if not 0 <= tolerance < np.inf:
        raise EMError(f"tolerance is {tolerance}; it must be 0 or a small positive number of nats per point")
    for component in known.means:
        if not 0 <= component < start.n_components:
            raise EMError(f"known mean of component index {component}; it must be from 0 to {start.n_components - 1}")
    if shape not in SHAPES:
        raise EMError(f"covariance shape {shape!r} is unknown; choose one of {', '.join(SHAPES)}")
    if prior is not None:
        prior.require_fit(start)
        if known.covariances:
            raise EMError("the covariances are known, so a prior on them changes nothing; leave one of the two out")
    require_distinct(data, start.n_components)
    if not known.covariances and prior is None:
        require_spread(data, shape)


def require_spread(data: Source, shape: Shape) -> None:
    """Raise DataError where columns of the data leave a covariance of this shape without a maximum."""
    constant = constant_columns(data)
    if len(constant) == data.n_dimensions or (constant and shape != "spherical"):
        held = _named(constant)
        raise DataError(f"{held} of the data hold{'s' * (len(constant) == 1)} one value only; leave it out")
    if unresolved := [i for i in unresolved_columns(data) if i not in constant]:
        raise DataError(
            f"{_named(tuple(unresolved))} of the data varies by less than 1e-10 of its size, which double precision "
            "does not hold; subtract its mean"
        )
    if shape in ("full", "tied"):
        if data.n_points <= data.n_dimensions:
            raise DataError(
                f"{data.n_points} points in {data.n_dimensions} dimensions; more points than dimensions are needed, "
                "or diagonal covariances"
            )
        found = collinear(data)
        if found is not None and not found.everywhere:
            raise DataError(
                f"some points lie so far out along a line in {_named(found.columns)} that double precision does not "
                "hold the others beside them; fit the parts apart, or leave the far points out"
            )
        if found is not None:
            raise DataError(
                f"{_named(found.columns)} of the data are one quantity up to {found.apart:.0e} standard deviations; "
                "leave one of them out, or ask for diagonal covariances"
            )


def _named(columns: tuple[int, ...]) -> str:
    numbers = [str(column + 1) for column in columns]
    if len(numbers) == 1:
        return f"column {numbers[0]}"
    return f"columns {', '.join(numbers[:-1])} and {numbers[-1]}"


def _sample(data: Source, column: int | list[int]) -> FloatArray:
    return np.asarray(data.sample(_SAMPLE)[:, column], dtype=np.float64)
