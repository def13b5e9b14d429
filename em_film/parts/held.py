"""What a worker does: it reads a group of parts, keeps them, and does the same work on each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from em_film.parts.part import Part
from em_model import Data, Moments
from em_model.mixture import FloatArray

__all__ = ["groups_of", "held", "in_frame", "moments_of", "on_each", "rows_taken", "sizes_of"]

Result = TypeVar("Result")


def groups_of(parts: Sequence[Part], count: int) -> list[list[Part]]:
    """Share parts out into up to so many groups that follow each other and are about equal work."""
    total = sum(part.size for part in parts) or 1
    groups: list[list[Part]] = [[] for _ in range(count)]
    done = 0
    for part in parts:
        middle = done + part.size / 2
        groups[min(int(count * middle / total), count - 1)].append(part)
        done += part.size
    return [group for group in groups if group]


class Group:
    """Parts that a worker keeps, and which say how much memory they take, so that Dask knows what moving them costs.

    Parameters
    ----------
    parts : sequence of Data
    """

    def __init__(self, parts: Sequence[Data]) -> None:
        self.parts = list(parts)

    def __sizeof__(self) -> int:
        return sum(part.points.nbytes for part in self.parts)

    def __reduce__(self) -> tuple[Callable[..., Group], tuple[object, ...]]:
        return _moved, ([part.points for part in self.parts], [part.moments for part in self.parts])


def _moved(blocks: Sequence[FloatArray], moments: Sequence[Moments]) -> Group:
    """Return a group where it has been moved to, its points copied: as they arrive they may lie at odd addresses.

    There numpy sums in another order, and the last bits would be others.
    """
    return Group([Data(np.array(block), whole=whole) for block, whole in zip(blocks, moments, strict=True)])


def held(parts: Sequence[Part]) -> Group:
    """Read the parts that hold points."""
    return Group([Data(points) for points in (part.read() for part in parts) if len(points)])


def moments_of(group: Group) -> list[Moments]:
    """Moments of each part of a group."""
    return [part.moments for part in group.parts]


def in_frame(group: Group, whole: Moments) -> Group:
    """Return the same points as parts of a whole."""
    return Group([Data(part.points, whole=whole) for part in group.parts])


def on_each(group: Group, work: Callable[[Data], Result]) -> list[Result]:
    """Do the work on each part of a group."""
    return [work(part) for part in group.parts]


def sizes_of(group: Group) -> list[int]:
    """Points of each part of a group."""
    return [part.n_points for part in group.parts]


def rows_taken(group: Group, rows: Sequence[NDArray[np.intp]]) -> list[FloatArray]:
    """Return some rows of each part of a group."""
    return [np.asarray(part.points[chosen], dtype=np.float64) for part, chosen in zip(group.parts, rows, strict=True)]
