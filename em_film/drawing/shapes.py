"""Lines, ellipses and dots that are set from arrays every frame, in scene coordinates.

Setting them replaces their points outright: nothing is interpolated as a shape, nothing drifts.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import CapStyleType, LineJointType, VMobject
from numpy.typing import ArrayLike, NDArray

from em_film.drawing.paths import circle, clip, corners, dashes, monotone, polygon
from em_film.page.layout import Rect

__all__ = ["Box", "CovarianceEllipse", "Curve", "DashedSegment", "Disc", "tint"]

Floats = NDArray[np.float64]


class _Stroke(VMobject):
    """A line without filling, whose points are a path, cut at the borders of `clip`."""

    def __init__(
        self, *, color: str, width: float, clip: Rect | None, dash: tuple[float, float] | None, opacity: float = 1
    ) -> None:
        super().__init__(
            stroke_color=color,
            stroke_width=width,
            stroke_opacity=opacity,
            fill_opacity=0,
            joint_type=LineJointType.ROUND,
            # A round cap would lengthen each dash by the width of the line.
            cap_style=CapStyleType.ROUND if dash is None else CapStyleType.BUTT,
        )
        self.clip_rect = clip
        self.dash = dash

    def set_clip(self, clip: Rect | None) -> Self:
        """Cut whatever is set from now on at this rectangle (left, bottom, right, top)."""
        self.clip_rect = clip
        return self

    def _draw(self, path: Floats) -> Self:
        inside = path if self.clip_rect is None else clip(path, self.clip_rect)
        self.points = _raised(inside)
        return self


class Curve(_Stroke):
    """A curve through points, cut exactly at the borders of its panel.

    Parameters
    ----------
    color : str
        ``#RRGGBB``.
    width : float
        Stroke width in Manim's units (100 to a scene unit).
    smooth : bool
        Smooth between the points without ever overshooting one; else straight. About 50 points drawn
        smooth cost less than a third of 200 drawn straight, and look the same.
    dash : (float, float), optional
        Lengths of dash and gap in scene units, counted from the first point; drawn straight.
    clip : (left, bottom, right, top), optional
        Where the curve is cut.
    """

    def __init__(
        self,
        *,
        color: str,
        width: float = 5,
        smooth: bool = False,
        dash: tuple[float, float] | None = None,
        clip: Rect | None = None,
        opacity: float = 1,
    ) -> None:
        super().__init__(color=color, width=width, clip=clip, dash=dash, opacity=opacity)
        self.smooth = smooth

    def set_path(self, points: ArrayLike) -> Self:
        """Draw the curve through points, shape (T, 2); one that is not finite leaves a gap."""
        if self.dash is not None:
            return self._draw(dashes(points, *self.dash, self.clip_rect))
        return self._draw(monotone(points) if self.smooth else corners(points))


class CovarianceEllipse(_Stroke):
    """The ellipse mean + root · (unit circle), with a symmetric root it never jumps when axes cross."""

    def __init__(
        self,
        *,
        color: str,
        width: float = 4,
        dash: tuple[float, float] | None = None,
        clip: Rect | None = None,
        opacity: float = 1,
    ) -> None:
        super().__init__(color=color, width=width, clip=clip, dash=dash, opacity=opacity)

    def set_ellipse(self, mean: ArrayLike, root: ArrayLike) -> Self:
        """Draw the ellipse; what is not finite draws nothing.

        Parameters
        ----------
        mean : array_like, shape (2,)
            Centre, in scene coordinates.
        root : array_like, shape (2, 2)
            c Σ^(1/2) in scene coordinates: on an axis scaled by s, diag(s) · c Σ^(1/2).
        """
        mean, root = np.asarray(mean, dtype=np.float64), np.asarray(root, dtype=np.float64)
        if not (np.isfinite(mean).all() and np.isfinite(root).all()):
            return self._draw(np.zeros((0, 4, 2)))
        if self.dash is None and self._holds(mean, np.linalg.norm(root, axis=1)):
            self.points = _raised(mean + circle() @ root.T)
            return self
        outline = mean + polygon() @ root.T
        return self._draw(
            corners(outline) if self.dash is None else _closed_dashes(outline, *self.dash, self.clip_rect)
        )

    def _holds(self, mean: Floats, reach: Floats) -> bool:
        if self.clip_rect is None:
            return True
        low, high = np.array(self.clip_rect[:2]), np.array(self.clip_rect[2:])
        return bool((mean - reach >= low).all() and (mean + reach <= high).all())


class DashedSegment(_Stroke):
    """A dashed straight line whose dashes are counted from its first end, and so stand still with it."""

    def __init__(
        self,
        *,
        color: str,
        width: float = 2,
        dash: tuple[float, float] = (0.06, 0.06),
        clip: Rect | None = None,
        opacity: float = 1,
    ) -> None:
        super().__init__(color=color, width=width, clip=clip, dash=dash, opacity=opacity)

    def set_ends(self, start: ArrayLike, end: ArrayLike) -> Self:
        """Draw from `start` to `end`, each of shape (2,); what is not finite draws nothing."""
        dash = self.dash or (1.0, 0.0)
        ends = np.stack([np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)])
        return self._draw(dashes(ends, *dash, self.clip_rect))


class Disc(VMobject):
    """A round dot that is put where it belongs, with an optional ring around it."""

    def __init__(self, *, color: str, radius: float = 0.09, ring: str | None = None, ring_width: float = 3) -> None:
        super().__init__(
            fill_color=color,
            fill_opacity=1,
            stroke_color=ring or color,
            stroke_width=ring_width if ring else 0,
        )
        self.radius = radius

    def set_centre(self, centre: ArrayLike) -> Self:
        """Put the centre at `centre`, shape (2,); where that is not finite there is no dot."""
        centre = np.asarray(centre, dtype=np.float64)
        arcs = circle() if np.isfinite(centre).all() else circle()[:0]
        self.points = _raised(centre + self.radius * arcs)
        return self


class Box(VMobject):
    """A filled rectangle, such as a bar; one without height or width is not drawn."""

    def __init__(self, *, color: str, opacity: float = 1) -> None:
        super().__init__(fill_color=color, fill_opacity=opacity, stroke_width=0)

    def set_rect(self, rect: Rect) -> Self:
        """Draw it from left, bottom to right, top, in scene coordinates."""
        left, bottom, right, top = rect
        around = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]
        self.points = _raised(corners(around if right > left and top > bottom else []))
        return self


def _raised(path: Floats) -> Floats:
    points = np.zeros((4 * len(path), 3))
    points[:, :2] = path.reshape(-1, 2)
    return points


def _closed_dashes(outline: Floats, dash: float, gap: float, rect: Rect | None) -> Floats:
    length = float(np.linalg.norm(np.diff(outline, axis=0), axis=1).sum())
    # A whole number of dashes goes round, so that the last does not run into the first.
    count = max(1, round(length / (dash + gap)))
    stretch = length / (count * (dash + gap))
    return dashes(outline, dash * stretch, gap * stretch, rect) if length else np.zeros((0, 4, 2))


def tint(mobject: VMobject, *, fill: float | None = None, stroke: float | None = None) -> None:
    """Set opacities where they differ: Manim makes colours anew even for what is so already, frame by frame."""
    parts: list[Any] = mobject.get_family() if mobject.submobjects else [mobject]
    if fill is not None and any((part.fill_rgbas[:, 3] != fill).any() for part in parts):
        mobject.set_fill(opacity=fill)
    if stroke is not None and any((part.stroke_rgbas[:, 3] != stroke).any() for part in parts):
        mobject.set_stroke(opacity=stroke)
