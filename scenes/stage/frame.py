"""The frame of a panel: two axes, ticks that glide with the range, and the map from values to the scene."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import LineJointType, VGroup, VMobject
from numpy.typing import ArrayLike, NDArray

from scenes.stage.number import DIGIT_HEIGHT, Number, ticks
from scenes.stage.paths import Rect, corners
from scenes.stage.type import EM, Size

__all__ = ["Frame2D"]

Floats = NDArray[np.float64]
Range = tuple[float, float]
_MARK = 0.08
_LABEL_GAP = 0.13
# Ticks wanted at each end of a glide, twice.
_POOL = 12
_OUTSIDE = 0.12


class Frame2D(VGroup):
    """Left and bottom axis of a panel, with ticks on the left one if it is labelled.

    Parameters
    ----------
    rect : (left, bottom, right, top)
        The panel in scene units; labels stand to the left of it.
    color : str
        ``#RRGGBB`` of lines and labels.
    x_range, y_range : (float, float)
        Values at the ends of the axes.
    labelled : bool
        Whether the left axis has ticks with numbers.
    target : int
        How many ticks are wanted, or one fewer; low panels want few.
    size : float
        Font size of the labels in points.
    width : float
        Stroke width in Manim's units.
    """

    def __init__(
        self,
        rect: Rect,
        *,
        color: str,
        x_range: Range = (0.0, 1.0),
        y_range: Range = (0.0, 1.0),
        labelled: bool = True,
        target: int = 5,
        size: float = Size.TICK,
        width: float = 1.5,
    ) -> None:
        left, bottom, right, top = rect
        super().__init__()
        self.x_range = x_range
        self.y_range = y_range
        self.wanted = target
        axes = VMobject(stroke_color=color, stroke_width=width, joint_type=LineJointType.MITER)
        axes.set_points_as_corners([(left, top, 0), (left, bottom, 0), (right, bottom, 0)])
        self.add(axes)
        if labelled:
            self.add(*(_Tick(color, size, width) for _ in range(_POOL)))
            self.set_range(*y_range)

    @property
    def rect(self) -> Rect:
        """Left, bottom, right and top of the panel where it is now, in scene units."""
        points = self.submobjects[0].points
        return float(points[3, 0]), float(points[3, 1]), float(points[7, 0]), float(points[0, 1])

    @property
    def unit(self) -> Floats:
        """Scene units per unit of value, shape (2,): along x and along y."""
        left, bottom, right, top = self.rect
        low, high = self._bounds()
        unit: Floats = np.array([right - left, top - bottom]) / (high - low)
        return unit

    def to_scene(self, values: ArrayLike) -> Floats:
        """Map values, shape (..., 2), to scene coordinates of the same shape."""
        low, _ = self._bounds()
        scene: Floats = np.array(self.rect[:2]) + (np.asarray(values, dtype=np.float64) - low) * self.unit
        return scene

    def to_values(self, points: ArrayLike) -> Floats:
        """Map scene coordinates, shape (..., 2), back to values of the same shape."""
        low, _ = self._bounds()
        values: Floats = low + (np.asarray(points, dtype=np.float64) - np.array(self.rect[:2])) / self.unit
        return values

    def set_x_range(self, low: float, high: float) -> Self:
        """Set the values at the ends of the lower axis."""
        self.x_range = (low, high)
        return self

    def set_range(self, low: float, high: float) -> Self:
        """Set the values at the ends of the left axis, and its ticks to the round ones between."""
        return self.glide((low, high), (low, high), 1.0)

    def glide(self, start: Range, end: Range, share: float) -> Self:
        """Set the left axis on its way from one range to another.

        Every tick keeps to its value while the range moves under it. Those of the old range fade out in
        the first half, those of the new one fade in in the second; those that belong to both stay.

        Parameters
        ----------
        start, end : (float, float)
            Ranges at rest, before and after.
        share : float
            How much of the way is done, from 0 to 1.
        """
        low, high = ((1 - share) * np.array(start) + share * np.array(end)).tolist()
        self.y_range = (low, high)
        if self._ticks():
            self._show(self._opacities(start, end, share))
        return self

    def _ticks(self) -> list[_Tick]:
        return [part for part in self.submobjects if isinstance(part, _Tick)]

    def _bounds(self) -> tuple[Floats, Floats]:
        (left, right), (low, high) = self.x_range, self.y_range
        return np.array([left, low]), np.array([right, high])

    def _opacities(self, start: Range, end: Range, share: float) -> dict[tuple[float, int], float]:
        low, high = self.y_range
        shown: dict[tuple[float, int], float] = {}
        fades = ((start, float(np.clip(1 - 2 * share, 0, 1))), (end, float(np.clip(2 * share - 1, 0, 1))))
        sets = []
        for span, fade in fades:
            values, decimals = ticks(*span, self.wanted)
            # Where the range has grown much, its ticks crowd: they fade before they touch.
            crowd = float(np.clip((span[1] - span[0]) / (high - low) / 0.35 - 1, 0, 1))
            sets.append({(float(value), decimals): (fade, crowd) for value in values})
        for key in {**sets[0], **sets[1]}:
            fades_here = [s[key] for s in sets if key in s]
            stays = len(fades_here) == 2
            beyond = max(low - key[0], key[0] - high, 0.0) * float(self.unit[1])
            opacity = (1.0 if stays else fades_here[0][0]) * max(crowd for _, crowd in fades_here)
            shown[key] = opacity * max(0.0, 1 - beyond / _OUTSIDE)
        return {key: opacity for key, opacity in shown.items() if opacity > 0}

    def _show(self, shown: dict[tuple[float, int], float]) -> None:
        left, bottom, _, _ = self.rect
        rise, low = float(self.unit[1]), self.y_range[0]
        entries = iter(shown.items())
        for tick in self._ticks():
            entry = next(entries, None)
            if entry is None:
                tick.hide()
            else:
                (value, decimals), opacity = entry
                tick.stand(value, decimals, left, bottom + (value - low) * rise, opacity)


class _Tick(VGroup):
    """A mark on the left axis and its number."""

    def __init__(self, color: str, size: float, width: float) -> None:
        mark = VMobject(stroke_color=color, stroke_width=width)
        number = Number(0, color=color, size=size, anchor="right")
        super().__init__(mark, number)
        self.lift = size * EM * DIGIT_HEIGHT / 2
        self.shown_at = 1.0
        self.hide()

    def hide(self) -> None:
        for part in self.submobjects:
            part.points = np.zeros((0, 3))

    def stand(self, value: float, decimals: int, x: float, y: float, opacity: float) -> None:
        mark, number = self.submobjects
        line = corners([(x - _MARK, y), (x, y)]).reshape(-1, 2)
        mark.points = np.column_stack([line, np.zeros(len(line))])
        number.stand_at(x - _LABEL_GAP, y - self.lift, value, decimals)
        # Only when it changes: the whole frame may be fading in meanwhile.
        if opacity != self.shown_at:
            mark.set_stroke(opacity=opacity)
            number.set_fill(opacity=opacity)
            self.shown_at = opacity
