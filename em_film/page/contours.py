"""Level lines of a function on a grid, as paths on the page."""

from __future__ import annotations

import numpy as np
from contourpy import LineType, contour_generator
from numpy.typing import ArrayLike, NDArray

from em_film.page.layout import Plane

__all__ = ["ContourMap", "spaced_levels"]

Floats = NDArray[np.float64]


class ContourMap:
    """A function of two numbers, sampled on a grid, that tells where it has a given height.

    Parameters
    ----------
    across, up : array, shape (A,) and (B,), or both (B, A)
        Positions of the samples; the grid may be bent.
    heights : array, shape (B, A)
        The samples.
    plane : Plane
        Where they stand on the page.
    """

    def __init__(self, across: ArrayLike, up: ArrayLike, heights: ArrayLike, plane: Plane) -> None:
        self.heights = np.asarray(heights, dtype=np.float64)
        self.plane = plane
        self._lines = contour_generator(across, up, self.heights, line_type=LineType.Separate)

    def level(self, height: float) -> Floats:
        """Points of all lines of one height, shape (T, 2), in scene coordinates, a row of NaN between two lines."""
        pieces = [np.zeros((0, 2))]
        for line in self._lines.lines(height):
            pieces += [self.plane.to_scene(np.asarray(line, dtype=np.float64)), np.full((1, 2), np.nan)]
        return np.concatenate(pieces)


def spaced_levels(lowest: float, highest: float, count: int) -> Floats:
    """Heights from one to the other, the closer together the higher, so that flat summits still show their shape."""
    shares = np.arange(count, dtype=np.float64) / count
    levels: Floats = highest - (highest - lowest) * (1 - shares) ** 2.2
    return levels
