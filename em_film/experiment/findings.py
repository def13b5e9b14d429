"""What can be said of the data before any fit: columns that cannot be fitted, and what will give trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from em_film.wording import counted, one_line
from em_model.data import Data
from em_model.diagnosis import collinear, constant_columns, far_points, repeated_value
from em_model.mixture import FloatArray
from em_model.shapes import Shape

__all__ = ["findings", "hopeless"]

Read = Callable[[int, float], float]

_LINE = 0.999  # correlation from which points lie nearly on a line
_REPEATED = 0.2  # share of the points from which one value is said to be repeated
_FAR = 12.0  # quartile ranges from the median from which a point lies far out
_MOST_LOOKED_AT = 200_000  # points by which correlations are judged


def _as_fitted(axis: int, value: float) -> float:
    """Return the number itself: what is fitted is what was read."""
    return value


def hopeless(data: Data, names: Sequence[str], shape: Shape = "full") -> str:
    """Return why no mixture can be fitted to such columns, as "problem; remedy"; nothing where one can.

    Parameters
    ----------
    data : Data, N points in D dimensions
    names : sequence of str
        Names of the columns, D of them.
    shape : "full", "tied", "diag" or "spherical"
        Of the covariances.
    """
    names = [one_line(name) for name in names]
    for axis in constant_columns(data):
        return f"{names[axis]} holds one value, {float(data.points[0, axis]):g}; leave this column out"
    found = collinear(data) if shape in ("full", "tied") else None
    if found is None:
        return ""
    together = [names[axis] for axis in found.columns]
    part = f"up to {max(found.apart, 1e-16):.0e} of their spread"
    if len(together) == 2:
        return f"{together[0]} and {together[1]} are one and the same quantity, {part}; keep one of the two"
    return f"{', '.join(together[:-1])} and {together[-1]} follow from each other, {part}; leave one of them out"


def findings(data: Data, names: Sequence[str], prior: bool = False, read: Read = _as_fitted) -> Iterator[str]:
    """Yield what of the data will give a fit or a picture trouble, each as "what is so; what would help".

    Parameters
    ----------
    data : Data, N points in D dimensions
    names : sequence of str
        Names of the columns, D of them.
    prior : bool
        Whether there is a prior on the covariances, so that none can be the remedy.
    read : callable
        Returns what a number of a column was when it was read, before it was standardised.
    """
    names = [one_line(name) for name in names]
    stride = max(1, data.n_points // _MOST_LOOKED_AT)
    points = np.asarray(data.points[::stride], dtype=np.float64)
    yield from _lines(points[_near(points)], names)
    for axis, name in enumerate(names):
        found = repeated_value(data, axis)
        if found.count >= max(3, _REPEATED * found.of):
            remedy = "leave them out" if prior else 'leave them out, or set fit.prior = "weak"'
            value = f"{read(axis, found.value):.6g}"
            yield f"{name} is {value} in {found.count} of {found.of} points, on which a component can shrink; {remedy}"
    yield from _far(data, names, read)


def _near(points: FloatArray) -> NDArray[np.bool_]:
    """Tell which points lie far out in no column."""
    low, middle, high = np.quantile(points, [0.25, 0.5, 0.75], axis=0)
    return np.asarray((np.abs(points - middle) <= np.where(high > low, _FAR * (high - low), np.inf)).all(axis=1))


def _lines(points: FloatArray, names: Sequence[str]) -> Iterator[str]:
    spread = points.std(axis=0)
    for i, j in combinations(range(len(names)), 2):
        if not (spread[i] and spread[j]):
            continue
        first, second = (points[:, axis] - points[:, axis].mean() for axis in (i, j))
        correlation = float(first @ second) / (len(points) * float(spread[i] * spread[j]))
        if abs(correlation) > _LINE:
            yield (
                f"{names[i]} and {names[j]} lie nearly on one line (correlation {correlation:.6f}), so that "
                "components are as thin; keep one of the two"
            )


def _far(data: Data, names: Sequence[str], read: Read) -> Iterator[str]:
    found = [far_points(data, axis, _FAR) for axis in range(len(names))]
    count = len(np.unique(np.concatenate([far.rows for far in found])))
    if not count:
        return
    axis = max(range(len(names)), key=lambda place: found[place].distances.max(initial=0.0))
    values = np.asarray(data.points[found[axis].rows, axis], dtype=np.float64)
    quartiles = np.quantile(np.asarray(data.points[:, axis], dtype=np.float64), [0.25, 0.75])
    value = f"{read(axis, float(values[0])):.6g}"
    low, high = (f"{read(axis, float(quartile)):.4g}" for quartile in quartiles)
    lie, being, them = ("lies", "being", "it") if count == 1 else ("lie", "up to", "them")
    alike = len(values) > 1 and bool((values == values[0]).all())
    yield (
        f"{counted(count, 'point', words=False)} {lie} far out, {names[axis]} {'being' if alike else being} {value} "
        f"where half of all are within {low} and {high}; leave {them} out of the data"
        f"{', if it stands for a missing value' if alike else ''}"
    )
