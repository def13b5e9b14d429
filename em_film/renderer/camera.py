"""A Manim camera that knows how to paint a Scatter; everything else it leaves to Manim.

This is the one file that leans on how Manim's camera works inside. A film that must do without it drops the camera
class and shows `Scatter.as_dots()` instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from manim.camera.camera import Camera
from manim.mobject.types.point_cloud_mobject import PMobject
from manim.typing import PixelArray

from em_film.drawing.scatter import Scatter
from em_film.renderer.dot_coverage import Coverage, PixelGrid, cover
from em_film.renderer.dot_layer import DotLayer, compose, premultiplied

__all__ = ["LayerCache", "StageCamera"]


class StageCamera(Camera):
    """Manim's Cairo camera, which also paints `Scatter` s.

    Use it as `Scene(camera_class=StageCamera)`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.type_or_raise(PMobject())  # Manim writes down how to paint what when it first paints; the hash would see
        self._layers = LayerCache()

    def display_multiple_point_cloud_mobjects(self, pmobjects: Iterable[PMobject], pixel_array: PixelArray) -> None:
        """Paint Scatters as round dots and other point clouds as Manim does, in the order given."""
        for mobject in pmobjects:
            if isinstance(mobject, Scatter):
                self._paint(mobject, cast("npt.NDArray[np.uint8]", pixel_array))
            else:
                super().display_multiple_point_cloud_mobjects([mobject], pixel_array)

    def _paint(self, scatter: Scatter, pixel_array: npt.NDArray[np.uint8]) -> None:
        colours = premultiplied(scatter.rgbas)
        alphas = np.ascontiguousarray(colours[:, 3])
        if alphas.any():
            layer = self._layers.find(self._grid(), scatter.points, scatter.radius, alphas)
            layer.paint(pixel_array, colours)

    def _grid(self) -> PixelGrid:
        return PixelGrid(
            width=int(self.pixel_width),
            height=int(self.pixel_height),
            scale=float(self.pixel_width / self.frame_width),
            left=float(self.frame_center[0] - self.frame_width / 2),
            top=float(self.frame_center[1] + self.frame_height / 2),
        )


class _Entry:
    __slots__ = ("alphas", "coverage", "grid", "layer", "points", "radius")

    def __init__(
        self,
        grid: PixelGrid,
        points: npt.NDArray[np.float64],
        radius: float,
        coverage: Coverage,
        alphas: npt.NDArray[np.uint8],
    ) -> None:
        self.grid = grid
        self.points = points.copy()
        self.radius = radius
        self.coverage = coverage
        self.alphas = alphas
        self.layer = compose(coverage, alphas)

    @property
    def nbytes(self) -> int:
        return self.points.nbytes + self.coverage.nbytes + self.layer.nbytes

    def lies_at(self, grid: PixelGrid, points: npt.NDArray[np.float64], radius: float) -> bool:
        same = self.radius == radius and self.points.shape == points.shape and self.grid == grid
        return same and np.array_equal(self.points, points)


class LayerCache:
    """The dot layers last painted, a few of them and no more than `limit` bytes (but always the last one).

    It has slots and no `__dict__`, which makes Manim's play hash see its type and not what it holds: layers follow
    from what the hash has seen already, and a camera that has painted must hash like one that has not.
    """

    __slots__ = ("_entries", "_limit")

    def __init__(self, limit: int = 128 << 20) -> None:
        self._entries: list[_Entry] = []
        self._limit = limit

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return sum(entry.nbytes for entry in self._entries)

    def find(
        self,
        grid: PixelGrid,
        points: npt.NDArray[np.float64],
        radius: float,
        alphas: npt.NDArray[np.uint8],
    ) -> DotLayer:
        """Give the layer for these dots, made anew only where points, radius, opacity or picture changed."""
        placed = [entry for entry in self._entries if entry.lies_at(grid, points, radius)]
        match = next((entry for entry in placed if np.array_equal(entry.alphas, alphas)), None)
        if match is None:
            coverage = placed[0].coverage if placed else cover(points, radius, grid)
            match = _Entry(grid, points, radius, coverage, alphas)
        self._remember(match)
        return match.layer

    def _remember(self, entry: _Entry) -> None:
        kept, room = [entry], self._limit - entry.nbytes
        for other in self._entries:
            room -= other.nbytes if other is not entry else 0
            if other is not entry and room >= 0 and len(kept) < 6:
                kept.append(other)
        self._entries = kept
