"""Lines set from arrays: cut exactly where they leave their panel, never smoothed, never overshooting."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import CapStyleType, LineJointType, VMobject
from numpy.typing import ArrayLike, NDArray

from scenes.stage.layout import Rect

__all__ = ["Curve", "Dashes", "clipped"]

Floats = NDArray[np.float64]
_THIRDS = np.array([0.0, 1 / 3, 2 / 3, 1.0])


class Curve(VMobject):
    """A polyline through given points, clipped to a rectangle.

    Parameters
    ----------
    color : str
        ``#RRGGBB``.
    width : float
        Stroke width in Manim's points.
    clip : Rect, optional
        Where it may be seen; everywhere when left out.
    """

    def __init__(self, *, color: str, width: float, clip: Rect | None = None, **kwargs: Any) -> None:
        super().__init__(
            stroke_color=color,
            stroke_width=width,
            fill_opacity=0,
            joint_type=LineJointType.ROUND,
            cap_style=CapStyleType.ROUND,
            **kwargs,
        )
        self.clip = clip

    def set_path(self, points: ArrayLike) -> Self:
        """Draw the polyline through points of shape (T, 2), in scene units."""
        path = np.asarray(points, dtype=float)
        pieces = [path] if self.clip is None else clipped(path, self.clip)
        return self.set_pieces(pieces)

    def set_pieces(self, pieces: list[Floats]) -> Self:
        """Draw several polylines, each of shape (T, 2), as one mobject."""
        segments = [np.stack([piece[:-1], piece[1:]], axis=1) for piece in pieces if len(piece) > 1]
        if not segments:
            self.points = np.zeros((0, 3))
            return self
        ends = np.concatenate(segments)
        points = np.zeros((len(ends), 4, 3))
        points[:, :, :2] = ends[:, :1] + _THIRDS[:, None] * (ends[:, 1:] - ends[:, :1])
        points[:, 3, :2] = ends[:, 1]
        self.points = points.reshape(-1, 3)
        return self


class Dashes(Curve):
    """A straight dashed line whose dashes start at its first end and keep their length.

    Parameters
    ----------
    color, width, clip
        As for `Curve`.
    dash, space : float
        Lengths in scene units.
    """

    def __init__(
        self,
        *,
        color: str,
        width: float,
        clip: Rect | None = None,
        dash: float = 0.06,
        space: float = 0.05,
        **kwargs: Any,
    ) -> None:
        super().__init__(color=color, width=width, clip=clip, **kwargs)
        self.dash, self.space = dash, space

    def set_path(self, points: ArrayLike) -> Self:
        """Dash the polyline through points of shape (T, 2); the dashes are counted along it."""
        path = np.asarray(points, dtype=float)
        lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
        dashes = []
        for start in np.arange(0.0, lengths[-1], self.dash + self.space):
            end = min(start + self.dash, lengths[-1])
            inner = lengths[(lengths > start) & (lengths < end)]
            along = np.concatenate([[start], inner, [end]])
            dash = np.stack([np.interp(along, lengths, path[:, axis]) for axis in (0, 1)], axis=1)
            dashes += [dash] if self.clip is None else clipped(dash, self.clip)
        return self.set_pieces(dashes)


def clipped(path: Floats, rect: Rect) -> list[Floats]:
    """Cut a polyline where it leaves a rectangle.

    Parameters
    ----------
    path : array, shape (T, 2)
        Vertices; one that is not finite interrupts the line.
    rect : Rect
        In the same units.

    Returns
    -------
    list of array, shape (T_i, 2)
        The pieces inside, cut exactly at the border.
    """
    low, high = np.array([rect.left, rect.bottom]), np.array([rect.right, rect.top])
    finite = np.isfinite(path).all(axis=1)
    inside = finite & (path >= low).all(axis=1) & (path <= high).all(axis=1)
    if inside.all():
        return [path]
    pieces: list[Floats] = []
    current: list[Floats] = []
    for i in range(len(path) - 1):
        if inside[i] and not current:
            current = [path[i]]
        if inside[i] and inside[i + 1]:
            current.append(path[i + 1])
            continue
        if current:
            if finite[i + 1]:
                current.append(_span(path[i], path[i + 1], low, high)[1])
            pieces.append(np.array(current))
            current = []
        elif finite[i] and finite[i + 1]:
            entry, leave = _span(path[i], path[i + 1], low, high)
            if inside[i + 1]:
                current = [entry, path[i + 1]]
            elif not np.isnan(entry).any():
                pieces.append(np.array([entry, leave]))
        elif inside[i + 1]:
            current = [path[i + 1]]
    if current:
        pieces.append(np.array(current))
    return [piece for piece in pieces if len(piece) > 1]


def _span(start: Floats, end: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return where a segment enters and leaves the rectangle; not-a-number where it misses it (Liang and Barsky)."""
    step = end - start
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (low - start) / step, (high - start) / step
    parallel = step == 0
    outside = parallel & ((start < low) | (start > high))
    enter = float(np.where(parallel, 0.0, np.minimum(first, second)).max(initial=0.0))
    leave = float(np.where(parallel, 1.0, np.maximum(first, second)).min(initial=1.0))
    if outside.any() or enter > leave:
        nothing = np.full(2, np.nan)
        return nothing, nothing
    return np.clip(start + enter * step, low, high), np.clip(start + leave * step, low, high)
