"""Shapes painted before: what stays where it was is not worked out again.

A shape painted a second time is painted along the path that Cairo has of it. From the third time on it is a stamp: how
much of each pixel lies inside it, as Cairo found, through which any colour can be painted. Opacity and rounding are
those of Cairo's image surface, so that the pictures are the same to the last bit.
"""

from __future__ import annotations

from typing import Any

import cairo
import numpy as np
import numpy.typing as npt
from manim import VMobject

from em_film.renderer.dot_layer import premultiplied
from em_film.renderer.layers import painted_box

__all__ = ["Shape", "Shapes", "Stamp"]

Way = tuple[Any, ...]  # "fill" or "stroke", and all that its pixels depend on beside the points
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint16]
Indices = npt.NDArray[np.intp]

_SHAPES = 1024  # a film shows a hundred at a time
_LARGEST = 1 << 16  # pixels; what covers more is painted as fast by Cairo itself


class Stamp:
    """Which pixels of a picture lie inside a shape, and how much of each.

    Parameters
    ----------
    pixels : array
        Flat indices of pixels, shape (n,).
    coverage : array
        How much of each lies inside, in 1 to 255, shape (n,).
    """

    __slots__ = ("_edge", "_inner", "_left", "_taken")

    def __init__(self, pixels: Indices, coverage: Bytes) -> None:
        whole = coverage == 255
        self._inner, self._edge = pixels[whole], pixels[~whole]
        self._taken = coverage[~whole].astype(np.uint16)[:, None]
        self._left = 255 - self._taken

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return sum(int(part.nbytes) for part in (self._inner, self._edge, self._taken, self._left))

    def paint(self, picture: Bytes, colour: npt.ArrayLike) -> None:
        """Paint a colour through the stamp.

        Parameters
        ----------
        picture : array
            Premultiplied, C-contiguous, shape (height, width, 4).
        colour : array
            Red, green, blue and opacity, in [0, 1], shape (4,).
        """
        pixels = picture.reshape(-1, 4).view(np.uint32)[:, 0]
        own = premultiplied(np.array([colour], dtype=float))
        if own[0, 3] == 255:
            pixels[self._inner] = own.view(np.uint32)[0, 0]
            below = _channels(pixels[self._edge])
            pixels[self._edge] = _pixels(_over_255(own * self._taken, 127) + _over_255(below * self._left, 127))
        else:
            for where, taken in ((self._inner, np.full((1, 1), 255, np.uint16)), (self._edge, self._taken)):
                part = _over_255(own * taken, 128)
                below = _channels(pixels[where])
                pixels[where] = _pixels(part + _over_255(below * (255 - part[:, 3:]), 128))


def _channels(pixels: npt.NDArray[np.uint32]) -> Bytes:
    return pixels.view(np.uint8).reshape(-1, 4)


def _pixels(channels: Words) -> npt.NDArray[np.uint32]:
    return channels.astype(np.uint8).view(np.uint32)[:, 0]


def _over_255(products: Words, half: int) -> Words:
    """Divide by 255; Cairo adds 128 to round where it mixes, and 127 where it paints what hides all below."""
    products += np.uint16(half)
    products += products >> np.uint16(8)
    products >>= np.uint16(8)
    return products


class Shape:
    """The points of a mobject as they were painted, and what is known of them.

    Attributes
    ----------
    points : array
        Shape (n, 3).
    path
        Cairo's, once it was set.
    """

    __slots__ = ("_seen", "_stamps", "path", "points")

    def __init__(self, points: npt.NDArray[np.float64]) -> None:
        self.points = points
        self.path: Any = None
        self._seen: set[Way] = set()
        self._stamps: dict[Way, Stamp | None] = {}

    @property
    def nbytes(self) -> int:
        """Memory held by stamps, in bytes."""
        return sum(stamp.nbytes for stamp in self._stamps.values() if stamp)

    def stamped(self, way: Way, ctx: Any, colours: npt.NDArray[np.float64]) -> bool:
        """Paint the shape with its stamp for a way of painting, on a context's picture; False where it has none."""
        stamp = self._stamps.get(way)
        if stamp is None or len(colours) > 1:
            return False
        target = ctx.get_target()
        picture = np.ndarray((target.get_height(), target.get_width(), 4), np.uint8, target.get_data())
        stamp.paint(picture, colours[0])
        return True

    def painted(self, way: Way, vmobject: VMobject, ctx: Any) -> None:
        """Note that the shape was painted along the context's path: after the second time it has a stamp."""
        if way not in self._seen:
            self._seen.add(way)
        elif way not in self._stamps:
            self._stamps[way] = _stamp(vmobject, ctx, filled=way[0] == "fill")


class Shapes:
    """The shapes last painted, by mobject; without a ``__dict__``, so that Manim's hash of a play does not see them.

    Parameters
    ----------
    limit : int
        Bytes that stamps may take.
    """

    __slots__ = ("_kept", "_limit")

    def __init__(self, limit: int = 96 << 20) -> None:
        self._kept: dict[int, Shape] = {}
        self._limit = limit

    def of(self, vmobject: VMobject) -> Shape:
        """Return what is known of a mobject's shape; nothing where its points have changed."""
        shape = self._kept.get(id(vmobject))
        if shape is None or not np.array_equal(shape.points, vmobject.points):
            self._kept.pop(id(vmobject), None)
            if len(self._kept) >= _SHAPES:
                self._forget()
            shape = self._kept[id(vmobject)] = Shape(vmobject.points.copy())
        return shape

    def _forget(self) -> None:
        """Forget the older half, and more if stamps take too much."""
        held = 0
        for place, (key, shape) in enumerate(reversed([*self._kept.items()])):
            held += shape.nbytes
            if place >= _SHAPES // 2 or held > self._limit:
                del self._kept[key]


def _stamp(vmobject: VMobject, ctx: Any, *, filled: bool) -> Stamp | None:
    target = ctx.get_target()
    width, height = target.get_width(), target.get_height()
    surface = cairo.ImageSurface(cairo.FORMAT_A8, width, height)
    scratch = cairo.Context(surface)
    scratch.set_matrix(ctx.get_matrix())
    scratch.append_path(ctx.copy_path())
    scratch.set_source_rgba(1, 1, 1, 1)
    if filled:
        scratch.fill()
    else:
        scratch.set_line_width(ctx.get_line_width())
        scratch.set_line_join(ctx.get_line_join())
        scratch.set_line_cap(ctx.get_line_cap())
        scratch.stroke()
    surface.flush()
    left, bottom, right, top = painted_box(vmobject)
    corners = np.array([ctx.user_to_device(left, bottom), ctx.user_to_device(right, top)])
    (x, y), (end_x, end_y) = np.clip([corners.min(axis=0), corners.max(axis=0) + 1], 0, (width, height)).astype(int)
    coverage = np.ndarray((height, width), np.uint8, surface.get_data(), strides=(surface.get_stride(), 1))
    down, along = np.nonzero(coverage[y:end_y, x:end_x])
    if len(down) > _LARGEST:
        return None
    return Stamp((down + y) * width + along + x, coverage[down + y, along + x])
