"""Boxes around what is drawn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from manim import Mobject, VMobject
from numpy.typing import NDArray

from em_film.page.layout import Rect

__all__ = ["anchors_of", "box_of", "ends_of", "family_of"]


def box_of(mobject: VMobject) -> Rect:
    """Return the box around a mobject, in scene units; Manim's corners, which labels ask for in every frame."""
    anchors = anchors_of(mobject)
    if not len(anchors):
        return Rect(0.0, 0.0, 0.0, 0.0)
    (left, bottom, _), (right, top, _) = ends_of(anchors)
    return Rect(left, bottom, right, top)


def anchors_of(mobject: VMobject) -> NDArray[np.float64]:
    """Return the ends of all curves of a mobject and its parts, shape (M, 3), in scene units."""
    return np.concatenate([part.points[end::4] for part in family_of(mobject) for end in (0, 3)])


def family_of(mobject: Mobject) -> Iterator[Mobject]:
    """Yield a mobject and all its parts, sooner than Manim does, which looks for parts that come twice."""
    yield mobject
    for part in mobject.submobjects:
        yield from family_of(part)


def ends_of(points: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """Return the lowest and the highest coordinates of points, shape (M, D) with M > 0, along each axis."""
    rows = np.ascontiguousarray(points.T)  # NumPy goes along rows several times as fast as down columns
    return rows.min(axis=1).tolist(), rows.max(axis=1).tolist()
