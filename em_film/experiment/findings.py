"""What can be seen of the data before any fit: columns that cannot be fitted, and what will give trouble."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from em_film.wording import counted, one_line
from em_model.data import Data
from em_model.mixture import FloatArray

__all__ = ["SAME", "findings", "hopeless"]

SAME = 1e-9  # part of a combination of columns' variance under which they are one and the same
_LINE = 0.999  # correlation from which points lie nearly on a line
_REPEATED = 0.2  # share of the points from which one value is said to be repeated
_FAR = 12.0  # quartile ranges from the median from which a point lies far out
_MOST_LOOKED_AT = 200_000  # points by which a column is judged; the extremes are those of all


def hopeless(data: Data, names: Sequence[str]) -> str:
    """Return why no mixture can be fitted to such columns, as "problem; remedy"; nothing where one can.

    Parameters
    ----------
    data : Data, N points in D dimensions
    names : sequence of str
        Names of the columns, D of them.
    """
    names = [one_line(name) for name in names]
    for axis, name in enumerate(names):
        if data.covariance[axis, axis] == 0:
            value = float(data.points[0, axis])
            return f"{name} holds one value, {value:g}; leave this column out"
    values, vectors = np.linalg.eigh(_correlation(data))
    if len(names) > 1 and values[0] < SAME:
        together = np.flatnonzero(np.abs(vectors[:, 0]) > 0.05)
        if len(together) == 2:
            first, second = (names[axis] for axis in together)
            part = f"up to {max(float(np.sqrt(max(values[0], 0.0))), 1e-16):.0e} of their spread"
            return f"{first} and {second} are one and the same quantity, {part}; keep one of the two"
        listed = ", ".join(names[axis] for axis in together[:-1])
        return f"{listed} and {names[together[-1]]} follow from each other; leave one of them out"
    return ""


def findings(data: Data, names: Sequence[str]) -> Iterator[str]:
    """Yield what of the data will give a fit or a picture trouble, each as "what is so; what would help"."""
    names = [one_line(name) for name in names]
    stride = max(1, data.n_points // _MOST_LOOKED_AT)
    points = np.asarray(data.points[::stride], dtype=np.float64)
    yield from _lines(points[_near(points)], names)
    for axis, name in enumerate(names):
        yield from _repeated(points[:, axis], name, stride)
    yield from _far(data, points, names)


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


def _repeated(values: FloatArray, name: str, stride: int) -> Iterator[str]:
    distinct, counts = np.unique(values, return_counts=True)
    most = int(counts.argmax())
    if counts[most] >= max(3, _REPEATED * len(values)):
        about = "about " if stride > 1 else ""
        yield (
            f"{name} is {distinct[most]:g} in {about}{counts[most] * stride} of the points, on which a component can "
            "shrink; leave them out, or fit another column"
        )


def _far(data: Data, points: FloatArray, names: Sequence[str]) -> Iterator[str]:
    low, middle, high = np.quantile(points, [0.25, 0.5, 0.75], axis=0)
    reach = np.where(high > low, high - low, np.inf)
    count, farthest, axis, value = 0, 0.0, 0, 0.0
    for _, block in data.blocks():
        away = np.abs(block - middle) / reach
        count += int((away > _FAR).any(axis=1).sum())
        row, column = divmod(int(away.argmax()), len(names))
        if away[row, column] > farthest:
            farthest, axis, value = float(away[row, column]), column, float(block[row, column])
    if count:
        lie, them = ("lies", "it") if count == 1 else ("lie", "them")
        being = "being" if count == 1 else "up to"
        yield (
            f"{counted(count, 'point', words=False)} {lie} far out, {names[axis]} {being} {value:g} where half of all "
            f"are within {low[axis]:.4g} and {high[axis]:.4g}; leave {them} out of the data"
        )


def _correlation(data: Data) -> FloatArray:
    spread = np.sqrt(np.diagonal(data.covariance))
    spread = np.where(spread > 0, spread, 1.0)
    correlation: FloatArray = data.covariance / np.outer(spread, spread)
    return correlation
