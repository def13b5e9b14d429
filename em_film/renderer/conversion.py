"""Pictures converted to the encoder's colours: what has not changed since the picture before is taken from there.

A frame of a film differs from the one before in some twentieth of its tiles, and swscale takes nearly as long over a
whole picture as x264 does. So the tiles that have changed are laid side by side, converted together and put into a copy
of the last converted picture. The bits are those of a whole conversion, since swscale looks no further than this: luma
comes from its own pixel; chroma, one value for two rows and two columns, from these and from a row above and below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from manim.typing import PixelArray
from numpy.lib.stride_tricks import as_strided

__all__ = ["Conversion"]

_TILE = 16  # pixels, each way
_MARGIN = 2  # rows above and below a tile: chroma needs one, and begins on an even row
_WINDOW = _TILE + 2 * _MARGIN  # rows: a tile with its margins
_ABREAST = 120  # tiles converted at once; always as many, since swscale prepares anew for every other size
_MOST = 0.12  # share of the tiles above which a whole conversion takes no longer

Indices = npt.NDArray[np.intp]


class Conversion:
    """Converts the pictures of one video, one after the other.

    Parameters
    ----------
    width, height : int
        Size of the pictures, in pixels.
    pixel_format : str
        The encoder's, as FFmpeg names it. Only yuv420p, of even size, is converted tile by tile.
    release : callable
        Takes a picture that will not be looked at any more.
    """

    def __init__(self, width: int, height: int, pixel_format: str, release: Callable[[PixelArray], None]) -> None:
        self._format, self._release = pixel_format, release
        even = width % 2 == height % 2 == 0
        self._by_tiles = pixel_format == "yuv420p" and even and width >= _TILE and height >= _WINDOW
        self._before: tuple[PixelArray, av.VideoFrame] | None = None
        self._tiles = -(-height // _TILE), -(-width // _TILE)
        self._changed = np.zeros((self._tiles[0] * _TILE, self._tiles[1] * 8), dtype=np.bool_)  # by pairs of pixels
        self._strip = np.zeros((_WINDOW, _ABREAST * _TILE), dtype=np.uint32)
        self._strip_frame = _borrowing(self._strip.view(np.uint8).reshape(_WINDOW, -1, 4))

    def convert(self, pixels: PixelArray) -> av.VideoFrame:
        """Convert a picture: RGBA, shape (height, width, 4), uint8, C-contiguous. The frame is not to be written to."""
        frame = self._patched(pixels, *self._before) if self._before else None
        if frame is None:
            borrowed = _borrowing(pixels)
            frame = borrowed.reformat(format=self._format, threads=1)
            if not self._by_tiles:
                if frame is not borrowed:
                    self._release(pixels)
                return frame
        self.finish()
        self._before = pixels, frame
        return frame

    def finish(self) -> None:
        """Release the last picture."""
        if self._before:
            self._release(self._before[0])
            self._before = None

    def _patched(self, pixels: PixelArray, before: PixelArray, frame: av.VideoFrame) -> av.VideoFrame | None:
        """Give the frame before with the tiles that have changed; None if they are too many."""
        rows, columns = self._find(pixels, before)
        if len(rows) > _MOST * self._tiles[0] * self._tiles[1]:
            return None
        height, width = pixels.shape[:2]
        fresh = av.VideoFrame(width, height, self._format)  # the encoder may still hold the frame before
        for own, plane in zip(fresh.planes, frame.planes, strict=True):
            _values(own)[:] = _values(plane)
        tops, lefts = np.minimum(rows * _TILE, height - _TILE), np.minimum(columns * _TILE, width - _TILE)
        # A window at the picture's edge ends there, so that swscale meets the edge as it does in the whole picture.
        above = tops - np.clip(tops - _MARGIN, 0, height - _WINDOW)
        for rows_above in (0, _MARGIN, 2 * _MARGIN):
            (alike,) = np.nonzero(above == rows_above)
            for first in range(0, len(alike), _ABREAST):
                some = alike[first : first + _ABREAST]
                self._patch(fresh, pixels.view(np.uint32)[..., 0], tops[some], lefts[some], rows_above)
        return fresh

    def _find(self, pixels: PixelArray, before: PixelArray) -> tuple[Indices, ...]:
        """Rows and columns of the tiles that change, or of which a neighbouring row does."""
        new, old = (picture.reshape(len(picture), -1).view(np.uint64) for picture in (pixels, before))
        np.not_equal(new, old, out=self._changed[: new.shape[0], : new.shape[1]])
        lines = self._changed.view(np.uint64).reshape(self._tiles[0], _TILE, self._tiles[1])  # 8 pairs to a tile
        tiles = np.bitwise_or.reduce(lines, axis=1)
        tiles[:-1] |= lines[1:, 0]
        tiles[1:] |= lines[:-1, -1]
        return np.nonzero(tiles)

    def _patch(
        self, fresh: av.VideoFrame, image: npt.NDArray[np.uint32], tops: Indices, lefts: Indices, above: int
    ) -> None:
        """Convert tiles of an image into a frame, each in a window with so many rows above."""
        windows = _runs(image, _TILE)[np.arange(_WINDOW)[:, None] + tops - above, lefts]
        _runs(self._strip, _TILE)[:, : _TILE * len(tops) : _TILE] = windows
        converted = self._strip_frame.reformat(format=self._format, threads=1)
        for plane, strip in zip(fresh.planes, converted.planes, strict=True):
            per = fresh.height // plane.height  # pixels to a value, each way
            side, first = _TILE // per, above // per
            tiles = _runs(_values(strip), side)[first : first + side, : side * len(tops) : side]
            _runs(_values(plane), side)[np.arange(side)[:, None] + tops // per, lefts // per] = tiles


def _borrowing(pixels: Any) -> av.VideoFrame:
    return av.VideoFrame.from_numpy_buffer(pixels, format="rgba")


def _values(plane: Any) -> npt.NDArray[np.uint8]:
    return np.ndarray((plane.height, plane.width), np.uint8, plane, strides=(plane.line_size, 1))


def _runs(values: npt.NDArray[Any], length: int) -> npt.NDArray[np.void]:
    """View of the runs of so many values, one beginning at each row and column: NumPy moves each of them in one go."""
    (height, width), (down, right) = values.shape, values.strides
    runs = as_strided(values, (height, width - length + 1, length), (down, right, right))
    whole: npt.NDArray[np.void] = runs.view((np.void, length * right))[..., 0]
    return whole
