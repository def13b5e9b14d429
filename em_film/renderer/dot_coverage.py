"""How much of every pixel lies inside which of many round dots.

Areas are those of Cairo's image surface, so that dots look as if Cairo had painted them: each circle is the polygon
Cairo fills for it, cut by Cairo's fifteen scan lines a pixel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cairo
import numpy as np
import numpy.typing as npt
from manim.mobject.geometry.arc import Dot
from scipy.sparse import coo_array

__all__ = ["Coverage", "PixelGrid", "cover"]

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]

SCAN_LINES = 15
CELLS_AT_ONCE = 1 << 18  # so that the passes over one chunk of stamps stay in the processor's cache


@dataclass(frozen=True, slots=True)
class PixelGrid:
    """The pixels a camera fills: their number, their size and where they begin.

    Attributes
    ----------
    width, height
        Size of the picture in pixels.
    scale
        Pixels per scene unit.
    left, top
        Scene coordinates of the top left corner of the first pixel.
    """

    width: int
    height: int
    scale: float
    left: float
    top: float

    def to_pixels(self, points: Floats) -> Floats:
        """Scene coordinates, shape (N, 3), as pixel coordinates, shape (N, 2), y downwards."""
        return np.stack([points[:, 0] - self.left, self.top - points[:, 1]], axis=1) * self.scale


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """Which dots touch which pixels, pixel by pixel, in painting order.

    Attributes
    ----------
    pixels
        Flat indices of the R pixels touched, ascending, shape (R,).
    starts
        Where each pixel's entries begin in `dots` and `areas`, shape (R + 1,).
    dots
        Index of the dot of each of the E entries, shape (E,).
    areas
        Share of the pixel inside that dot, in (0, 1], shape (E,).
    """

    pixels: Indices
    starts: Indices
    dots: npt.NDArray[np.int32]
    areas: Singles

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self.pixels.nbytes + self.starts.nbytes + self.dots.nbytes + self.areas.nbytes


def _half_outline(radius: float) -> tuple[Floats, Floats]:
    """Heights and half widths of the polygon Cairo fills for a `Dot`, in pixels, from top to bottom."""
    curves = Dot(radius=radius).points[:, :2]
    context = cairo.Context(cairo.ImageSurface(cairo.FORMAT_A8, 1, 1))
    context.move_to(*curves[0])
    for _, first, second, end in curves.reshape(-1, 4, 2):
        context.curve_to(*first, *second, *end)
    corners = np.array([corner for _, corner in context.copy_path_flat() if corner])
    right = corners[corners[:, 0] >= -1e-9 * radius]
    order = np.argsort(right[:, 1])
    return right[order, 1], np.maximum(right[order, 0], 0.0)


def _stamps(centres: Floats, radius: float) -> Iterator[tuple[slice, npt.NDArray[np.int64], Singles]]:
    """Areas of the pixels about each dot, some dots at a time.

    Yields which dots, their stamps' top left pixels (x, y), shape (n, 2), and areas, shape (n, size, size).
    """
    heights, half_widths = _half_outline(radius)
    size = 2 * int(np.ceil(radius)) + 2
    lines = (np.arange(size * SCAN_LINES) + 0.5) / SCAN_LINES
    step = max(1, CELLS_AT_ONCE // size**2)
    for begin in range(0, len(centres), step):
        chosen = slice(begin, begin + step)
        corners = np.floor(centres[chosen] - radius)
        offsets = corners - centres[chosen]
        chords = np.interp(offsets[:, 1, None] + lines, heights, half_widths, left=0.0, right=0.0)
        half = chords.astype(np.float32).reshape(len(corners), size, SCAN_LINES)
        lefts = (offsets[:, 0, None] + np.arange(size)).astype(np.float32)[:, None, :]
        areas: Singles = np.zeros((len(corners), size, size), dtype=np.float32)
        for line in range(SCAN_LINES):
            chord = half[:, :, line, None]
            areas += np.clip(chord - lefts, 0.0, 1.0)
            areas -= np.clip(-chord - lefts, 0.0, 1.0)
        areas /= SCAN_LINES
        yield chosen, corners.astype(np.int64), areas


def cover(points: Floats, radius: float, grid: PixelGrid) -> Coverage:
    """Find the pixels that round dots touch, and how much of each.

    Parameters
    ----------
    points
        Centres in scene coordinates, shape (N, 3); dots outside the picture, or not finite, touch nothing.
    radius
        Radius of every dot in scene units.
    grid
        The picture's pixels.

    Returns
    -------
    Touched pixels with their dots in painting order (later dots lie above).
    """
    centres = grid.to_pixels(points)
    reach = radius * grid.scale
    inside = np.all((centres > -reach) & (centres < np.array([grid.width, grid.height]) + reach), axis=1)
    seen = np.flatnonzero(inside)
    rows, dots, areas = [], [], []
    for chosen, corners, stamp in _stamps(centres[seen], reach) if reach > 0 else ():
        which, down, right = np.nonzero(stamp > 1 / 512)
        x, y = corners[which, 0] + right, corners[which, 1] + down
        shown = (x >= 0) & (x < grid.width) & (y >= 0) & (y < grid.height)
        rows.append((y * grid.width + x)[shown])
        dots.append(seen[chosen][which[shown]])
        areas.append(stamp[which, down, right][shown])
    return _by_pixel(rows, dots, areas, len(points))


def _by_pixel(rows: list[Indices], dots: list[Indices], areas: list[Singles], count: int) -> Coverage:
    if not sum(map(len, rows)):
        nothing = np.zeros(0, dtype=np.intp)
        return Coverage(nothing, np.zeros(1, np.intp), nothing.astype(np.int32), np.zeros(0, np.float32))
    pixels = np.concatenate(rows)
    first = int(pixels.min())
    where = ((pixels - first).astype(np.int32), np.concatenate(dots).astype(np.int32))
    shape = (int(pixels.max()) - first + 1, count)
    table = coo_array((np.concatenate(areas), where), shape=shape).tocsr()
    touched = np.flatnonzero(np.diff(table.indptr))
    starts = np.append(table.indptr[touched], table.indptr[-1]).astype(np.intp)
    return Coverage(touched + first, starts, table.indices, np.minimum(table.data, np.float32(1)))
