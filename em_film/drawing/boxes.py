"""Boxes around what is drawn."""

from __future__ import annotations

import numpy as np
from manim import DL, UR, Mobject
from numpy.typing import NDArray

from em_film.page.layout import Rect

__all__ = ["box_of", "ends_of"]


def box_of(mobject: Mobject) -> Rect:
    """Return the box around a mobject, in scene units."""
    (left, bottom), (right, top) = mobject.get_corner(DL)[:2].tolist(), mobject.get_corner(UR)[:2].tolist()
    return Rect(left, bottom, right, top)


def ends_of(points: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """Return the lowest and the highest coordinates of points, shape (M, D) with M > 0, along each axis."""
    rows = np.ascontiguousarray(points.T)  # NumPy goes along rows several times as fast as down columns
    return rows.min(axis=1).tolist(), rows.max(axis=1).tolist()
