"""The picture of the objective: log-likelihood in red and lower bound in blue, on one line through parameter space."""

from __future__ import annotations

import numpy as np
from manim import Mobject, VGroup
from numpy.typing import NDArray

from em_model.mixture import FloatArray
from scenes.stage.axes import Ticks, corner
from scenes.stage.layout import SLICE, Plane, Rect
from scenes.stage.moment import Mark, Moment, Window
from scenes.stage.number import Number
from scenes.stage.shapes import Curve, DashedSegment, Disc
from scenes.stage.theme import Theme
from scenes.stage.type import OnLine, Size, formula, place, words

__all__ = ["SlicePanel"]

_RED_WIDTH, _BLUE_WIDTH = 4.6, 6.4
_MARKS = 3
_UNDER_AXIS, _UNDER_NUMBERS = 0.36, 0.68  # where the marks' names stand, without and with numbers along the axis
_SHY = (0.34, 0.5)  # gap on the page, in scene units, under which its label is gone, and over which it is whole


class SlicePanel:
    """Axes, both curves, the parameters' place on them, and the gap between them.

    Parameters
    ----------
    theme : Theme
    page : Rect
        Where it stands, in scene units.
    note : str
        What the line is, at the lower right under the panel.
    symbol : str
        What the curves are functions of, in Typst's mathematics.
    """

    def __init__(
        self,
        theme: Theme,
        page: Rect = SLICE,
        note: str = "a straight line through parameter space",
        symbol: str = "theta",
    ) -> None:
        self.theme = theme
        self.page = page
        self.symbol = symbol
        self.frame = corner(page, theme.dim)
        self.note = place(words(note, color=theme.dim, size=Size.TICK), page.right, page.bottom - 0.66, "right")
        self._nats = Ticks(page, "left", theme)
        self._across = Ticks(page, "bottom", theme)
        self.ticks = VGroup(self._nats, self._across).set_z_index(2)
        self.red = Curve(color=theme.red, width=_RED_WIDTH, clip=page).set_z_index(5)
        self.blue = Curve(color=theme.blue, width=_BLUE_WIDTH, clip=page).set_z_index(4)
        self.red_name = formula(f"ell({symbol})", color=theme.red, size=Size.CAPTION).set_z_index(7)
        self.blue_name = formula(f"cal(L)(q, {symbol})", color=theme.blue, size=Size.CAPTION).set_z_index(7)
        self.marks = VGroup()
        self._guides = [DashedSegment(color=theme.dim, width=1.6, clip=page) for _ in range(_MARKS)]
        self._mark_names = [OnLine(color=theme.ink, fill_opacity=1, stroke_width=0) for _ in range(_MARKS)]
        self.marks.add(*self._guides, *self._mark_names).set_z_index(3)
        self.gap = DashedSegment(color=theme.ink, width=3.0, clip=page).set_z_index(6)
        self.gap_name = VGroup()
        self._kl = formula('upright("KL")(q || p) =', color=theme.ink, size=Size.NOTE)
        self._kl_value = Number(0.0, color=theme.ink, size=Size.NOTE, face="formula")
        self.gap_name.add(self._kl, self._kl_value).set_z_index(7)
        self.red_dot = Disc(color=theme.red, radius=0.09).set_z_index(8)
        self.blue_dot = Disc(color=theme.blue, radius=0.09).set_z_index(9)
        self.touch = Disc(color=theme.ink, radius=0.065).set_z_index(10)

    @property
    def bound(self) -> list[Mobject]:
        """What appears with the lower bound."""
        return [self.blue, self.blue_name, self.gap, self.gap_name, self.blue_dot, self.touch]

    @property
    def likelihood(self) -> list[Mobject]:
        """What appears with the log-likelihood."""
        return [self.red, self.red_name, self.red_dot]

    def plane(self, window: Window) -> Plane:
        """Map of positions and nats onto the page."""
        return Plane(Rect(window.left, window.low, window.right, window.high), self.page)

    def draw(self, moment: Moment) -> None:
        """Show both curves on the moment's line, its place on them and the gap there."""
        plane = self.plane(moment.window)
        self.draw_axes(moment)
        red = plane.to_scene(np.stack([moment.positions, moment.red], axis=1))
        blue = plane.to_scene(np.stack([moment.positions, moment.blue], axis=1))
        self.red.set_path(red)
        self.blue.set_path(blue)
        self._name_curves(red, blue)
        self._draw_place(plane, moment)

    def draw_axes(self, moment: Moment) -> None:
        """Show ticks in nats and the marked mixtures."""
        plane = self.plane(moment.window)
        self._nats.draw(plane, moment.window.ticks)
        self._across.draw(plane, moment.window.across)
        row = self.page.bottom - (_UNDER_NUMBERS if moment.window.across else _UNDER_AXIS)
        for i in range(_MARKS):
            self._draw_mark(i, plane, moment.marks[i] if i < len(moment.marks) else Mark(0, 0.0, 0.0), row)

    def draw_red(self, moment: Moment, share: float) -> None:
        """Show the red curve up to a share of the window, evaluated and not yet shown beyond it."""
        plane = self.plane(moment.window)
        end = moment.window.left + share * (moment.window.right - moment.window.left)
        seen = moment.positions <= end
        red = plane.to_scene(np.stack([moment.positions, moment.red], axis=1))[seen]
        self.red.set_path(red)

    def changed(self, before: Moment, after: Moment) -> list[Mobject]:
        """Mobjects that differ between two moments."""
        place_on_them: list[Mobject] = [self.gap, self.gap_name, self.red_dot, self.blue_dot, self.touch]
        if before.window != after.window or before.line is not after.line:
            return [self.ticks, self.marks, self.red, self.blue, self.red_name, self.blue_name, *place_on_them]
        if before.blue is not after.blue:
            return [self.blue, self.blue_name, *place_on_them]
        return place_on_them if before.here != after.here else []

    def _draw_place(self, plane: Plane, moment: Moment) -> None:
        on_red, on_blue = plane.to_scene([[moment.here, moment.log_likelihood], [moment.here, moment.lower_bound]])
        self._put(self.red_dot, on_red)
        self._put(self.blue_dot, on_blue)
        touch = np.nan if moment.touch is None else moment.touch
        self._put(self.touch, plane.to_scene([touch, np.interp(touch, moment.positions, moment.red)]))
        self.gap.set_ends(on_red, on_blue)
        height = float(on_red[1] - max(on_blue[1], self.page.bottom))
        seen = np.clip((height - _SHY[0]) / (_SHY[1] - _SHY[0]), 0.0, 1.0)
        self._kl_value.set_value(max(moment.gap, 0.0), min(moment.window.decimals, 5))
        middle = float(on_red[1]) - height / 2
        place(self._kl, float(on_red[0]) + 0.16, middle - 0.08)
        self._kl_value.stand_at(float(self._kl.get_right()[0]) + 0.08, self._kl.baseline)
        self.gap_name.set_opacity(float(seen))
        self._clear_the_gap_name(float(seen))

    def _clear_the_gap_name(self, seen: float) -> None:
        """Fade blue's name where it would run into the gap's."""
        name, label = self.blue_name, self.gap_name
        beside = label.get_left()[0] > name.get_right()[0] + 0.1 or label.get_right()[0] + 0.1 < name.get_left()[0]
        if seen > 0 and not beside:
            room = float(np.clip((label.get_bottom()[1] - name.get_top()[1]) / 0.15, 0.0, 1.0))
            name.set_opacity(room * name.get_fill_opacity())

    def _draw_mark(self, index: int, plane: Plane, mark: Mark, row: float) -> None:
        x = float(plane.to_scene([mark.position, 0.0])[0])
        opacity = mark.opacity if self.page.left <= x <= self.page.right else 0.0
        guide, name = self._guides[index], self._mark_names[index]
        guide.set_ends([x, self.page.bottom], [x, self.page.top]).set_stroke(opacity=0.75 * opacity)
        written = formula(f"{self.symbol}^(({mark.step}))", color=self.theme.ink, size=Size.LABEL)
        name.points = place(written, x, row, "centre").points
        name.set_fill(opacity=opacity)

    def _name_curves(self, red: FloatArray, blue: FloatArray) -> None:
        """Stand red's name over its right end and blue's under it, clear of the curve along their whole width."""
        for name, path, side in ((self.red_name, red, 1.0), (self.blue_name, blue, -1.0)):
            inside = self._visible(path)
            if not inside.any():
                name.set_opacity(0.0)
                continue
            half = float(name.width) / 2
            x = min(float(path[inside, 0].max()), self.page.right - half)
            beside = inside & (np.abs(path[:, 0] - x) <= half + 0.1)
            y = side * float((side * path[beside, 1]).max()) + side * 0.32
            y = float(np.clip(y, self.page.bottom + 0.25, self.page.top + 0.3))
            leaves = float(path[inside, 1][-1]) < self.page.bottom + 0.5
            if leaves and float(path[inside, 0].max()) + 2 * half + 0.2 < self.page.right:
                x, y = float(path[inside, 0].max()) + half + 0.2, self.page.bottom + 0.3
            name.move_to((x, y, 0.0)).set_opacity(min(1.0, 8 * float(inside.mean())))

    def _put(self, dot: Disc, spot: FloatArray) -> None:
        """Show a dot at its spot, and not at all where that is outside the panel."""
        page = self.page
        inside = page.left <= spot[0] <= page.right and page.bottom <= spot[1] <= page.top
        dot.set_centre(spot if inside else np.full(2, np.nan))

    def _visible(self, path: FloatArray) -> NDArray[np.bool_]:
        """Which vertices of a curve stand inside the panel."""
        low, high = np.array(self.page[:2]) - 1e-9, np.array(self.page[2:]) + 1e-9
        return np.asarray(((path >= low) & (path <= high)).all(axis=1), dtype=np.bool_)
