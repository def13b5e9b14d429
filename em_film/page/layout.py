"""Where things stand on the page, in scene units (14.22 by 8, origin in the middle)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BARS",
    "CAPTION_LINE",
    "DATA",
    "DENSITY",
    "DETAIL_LINE",
    "EDGE",
    "LIKELIHOOD",
    "MAP",
    "SLICE",
    "TRACE",
    "Plane",
    "Rect",
    "jitter",
]

Floats = NDArray[np.float64]


class Rect(NamedTuple):
    """A rectangle in scene units."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """Horizontal extent."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Vertical extent."""
        return self.top - self.bottom

    def holds(self, spot: Sequence[float] | Floats) -> bool:
        """Whether a place (x, y) lies inside, or on the edge."""
        return bool(self.left <= spot[0] <= self.right and self.bottom <= spot[1] <= self.top)


@dataclass(frozen=True, slots=True)
class Plane:
    """An affine map from a rectangle of numbers onto a rectangle of the page.

    Parameters
    ----------
    numbers : Rect
        In the units of what is drawn.
    page : Rect
        In scene units.
    """

    numbers: Rect
    page: Rect

    @property
    def scale(self) -> Floats:
        """Scene units per unit of each number, shape (2,)."""
        return np.array([self.page.width / self.numbers.width, self.page.height / self.numbers.height])

    def to_scene(self, values: ArrayLike) -> Floats:
        """Scene coordinates (..., 2) of numbers (..., 2)."""
        origin = np.array([self.numbers.left, self.numbers.bottom])
        corner = np.array([self.page.left, self.page.bottom])
        scene: Floats = (np.asarray(values, dtype=float) - origin) * self.scale + corner
        return scene

    def to_numbers(self, points: ArrayLike) -> Floats:
        """Numbers (..., 2) at scene coordinates (..., 2)."""
        origin = np.array([self.numbers.left, self.numbers.bottom])
        corner = np.array([self.page.left, self.page.bottom])
        numbers: Floats = (np.asarray(points, dtype=float) - corner) / self.scale + origin
        return numbers


def jitter(count: int) -> Floats:
    """Return numbers from 0 to 1, shape (count,), spread evenly and in no order: multiples of the golden ratio."""
    scattered: Floats = np.arange(1, count + 1) * ((np.sqrt(5) - 1) / 2) % 1.0
    return scattered


EDGE = 6.65
CAPTION_LINE = 3.3
DETAIL_LINE = 2.78
DATA = Rect(-5.95, -2.85, -0.75, 2.02)
MAP = Rect(-EDGE, -3.7, -0.75, 2.3)
SLICE = Rect(0.85, -0.95, EDGE, 2.02)
TRACE = Rect(0.85, -3.2, EDGE, -2.2)

# The film of one unknown mean: the density stands over the likelihood, so that a mean is at one place in both.
DENSITY = Rect(-5.4, 0.75, 2.35, 2.0)
LIKELIHOOD = Rect(-5.4, -2.75, 2.35, 0.0)
BARS = Rect(3.05, -2.75, EDGE, 0.0)
