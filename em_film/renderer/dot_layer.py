"""Round dots as one fixed linear map, from their colours to the pixels they cover.

Where dots lie and how opaque they are says which share of every pixel is theirs: the area of the pixel inside the
dot, times what the dots painted after it let through. Those shares are worked out once; a frame with new colours is
then a gather (pixels that show one dot) and a sparse product (pixels that show several). Alpha and rounding are
those of Cairo's image surface.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from em_film.renderer.dot_coverage import Coverage

__all__ = ["DotLayer", "compose", "premultiplied"]

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint16]
Indices = npt.NDArray[np.intp]

UNSEEN = 1 / 1024  # light that still reaches a dot under others, below which it moves no 8-bit level


@dataclass(frozen=True, slots=True, eq=False)
class DotLayer:
    """The map from N colours to the pixels of a picture, ready to be applied.

    Attributes
    ----------
    inner_pixels, inner_dots, inner_keep
        Pixels wholly inside the one dot they show, and the share (of 255) of the background they keep.
    edge_pixels, edge_dots, edge_take, edge_keep
        Pixels partly inside the one dot they show; shares (of 255) of dot and background, once per channel.
    mixed_pixels, mixed_take, mixed_keep
        Pixels that show several dots: sparse shares of the dots, shares of the background once per channel.
    """

    inner_pixels: Indices
    inner_dots: Indices
    inner_keep: int
    edge_pixels: Indices
    edge_dots: Indices
    edge_take: Words
    edge_keep: Words
    mixed_pixels: Indices
    mixed_take: csr_array
    mixed_keep: Singles

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        plain = (self.inner_pixels, self.inner_dots, self.edge_pixels, self.edge_dots, self.edge_take)
        mixed = (self.mixed_take.data, self.mixed_take.indices, self.mixed_take.indptr, self.mixed_keep)
        return sum(int(a.nbytes) for a in (*plain, self.edge_keep, self.mixed_pixels, *mixed))

    def paint(self, picture: Bytes, colours: Bytes) -> None:
        """Paint the dots over a picture, in place.

        Parameters
        ----------
        picture
            Premultiplied RGBA, C-contiguous, shape (height, width, 4).
        colours
            The dots' premultiplied RGBA, C-contiguous, shape (N, 4); its alpha is the one the layer was made for.
        """
        pixels = picture.reshape(-1, 4).view(np.uint32)[:, 0]
        self._paint_inner(pixels, colours)
        self._paint_edges(pixels, colours)
        self._paint_mixed(pixels, colours)

    def _paint_inner(self, pixels: npt.NDArray[np.uint32], colours: Bytes) -> None:
        own = colours.view(np.uint32)[:, 0].take(self.inner_dots)
        if self.inner_keep:
            below = _channels(pixels.take(self.inner_pixels)).astype(np.uint16)
            below *= np.uint16(self.inner_keep)
            own = _pixels(_over_255(below) + _channels(own))
        pixels[self.inner_pixels] = own

    def _paint_edges(self, pixels: npt.NDArray[np.uint32], colours: Bytes) -> None:
        mix = _channels(colours.view(np.uint32)[:, 0].take(self.edge_dots)) * self.edge_take
        mix += _channels(pixels.take(self.edge_pixels)) * self.edge_keep
        pixels[self.edge_pixels] = _pixels(_over_255(mix))

    def _paint_mixed(self, pixels: npt.NDArray[np.uint32], colours: Bytes) -> None:
        if self.mixed_pixels.size:
            mix = self.mixed_take @ colours.astype(np.float32)
            mix += (_channels(pixels.take(self.mixed_pixels)) * self.mixed_keep.ravel()).reshape(-1, 4)
            mix += np.float32(0.5)
            pixels[self.mixed_pixels] = _pixels(mix)


def _channels(pixels: npt.NDArray[np.uint32]) -> Bytes:
    return pixels.view(np.uint8)


def _pixels(channels: npt.NDArray[np.uint16] | Singles) -> npt.NDArray[np.uint32]:
    return channels.astype(np.uint8).ravel().view(np.uint32)


def _over_255(products: Words) -> Words:
    """Divide by 255, rounding as Cairo does; overwrites its argument, which must not exceed 255 * 255 + 127."""
    products += np.uint16(128)
    products += products >> np.uint16(8)
    products >>= np.uint16(8)
    return products


def premultiplied(rgbas: Floats) -> Bytes:
    """Colours as the bytes Cairo mixes.

    Parameters
    ----------
    rgbas
        Red, green, blue (sRGB) and opacity in [0, 1], shape (N, 4); what lies outside is clipped.

    Returns
    -------
    Red, green and blue times opacity, and opacity, in 0 to 255, shape (N, 4).
    """
    levels = np.clip(rgbas, 0.0, 1.0)
    levels[:, :3] *= levels[:, 3:]
    levels *= 65535.0  # Cairo rounds to sixteen bits, then drops the lower eight
    levels += 0.5
    return (levels.astype(np.uint16) >> 8).astype(np.uint8)


def compose(coverage: Coverage, alphas: Bytes) -> DotLayer:
    """Make the map from colours to pixels for dots of given opacity, each painted 'over' those before it.

    Parameters
    ----------
    coverage
        The pixels the dots touch.
    alphas
        Opacity of each dot in 0 to 255, shape (N,).
    """
    seen, counts, through, keep = _see_through(coverage, alphas)
    dots, areas = coverage.dots[seen], coverage.areas[seen]
    ends = np.cumsum(counts)
    single = counts == 1
    lone = (ends - counts)[single]  # the entry of each pixel that shows one dot
    lone_pixels, lone_dots = coverage.pixels[single], dots[lone].astype(np.intp)
    take = np.rint(areas[lone] * 255).astype(np.uint16)
    uniform = bool(np.all(alphas == alphas[:1]))
    inner = (take == 255) & uniform
    rim = ~inner
    lone_keep = 255 - np.rint(take[rim] * (alphas[lone_dots[rim]] / 255.0)).astype(np.uint16)
    mixed = np.repeat(~single, counts)
    mixed_starts = np.append(0, np.cumsum(counts[~single])).astype(np.int32)
    shares = (areas[mixed] * through[mixed], dots[mixed], mixed_starts)
    return DotLayer(
        inner_pixels=lone_pixels[inner],
        inner_dots=lone_dots[inner],
        inner_keep=255 - int(alphas[0]) if len(alphas) else 255,
        edge_pixels=lone_pixels[rim],
        edge_dots=lone_dots[rim],
        edge_take=np.repeat(take[rim], 4),
        edge_keep=np.repeat(lone_keep, 4),
        mixed_pixels=coverage.pixels[~single],
        mixed_take=csr_array(shares, shape=(len(mixed_starts) - 1, len(alphas))),
        mixed_keep=np.repeat(keep[~single].astype(np.float32), 4),
    )


def _see_through(coverage: Coverage, alphas: Bytes) -> tuple[npt.NDArray[np.bool_], Indices, Singles, Floats]:
    """Follow the light down through each pixel's dots.

    Returns which entries can be seen, shape (E,), how many in each pixel, shape (R,), the light that reaches each
    of those, and the light that reaches the background of each pixel, shape (R,).
    """
    counts = np.diff(coverage.starts)
    passed = np.log1p(-np.minimum(coverage.areas * (alphas[coverage.dots] / 255.0), 1.0 - 1e-9))
    running = np.append(0.0, np.cumsum(passed))
    below_all = running[coverage.starts]
    through = np.exp(np.repeat(below_all[1:], counts) - running[1:])
    seen = through > UNSEEN
    shown = np.diff(np.append(0, np.cumsum(seen))[coverage.starts])
    return seen, shown, through[seen].astype(np.float32), np.exp(np.diff(below_all))
