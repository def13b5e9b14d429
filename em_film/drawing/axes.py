"""The axes of a panel: two lines that meet at its lower left corner, and round numbers along them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
from manim import VGroup

from em_film.drawing.number import DIGIT_HEIGHT, Number
from em_film.drawing.shapes import Curve, tint
from em_film.drawing.type import EM, M, Size, place
from em_film.page.layout import Plane, Rect
from em_film.page.theme import Theme
from em_film.page.ticks import Tick

__all__ = ["ABOVE", "AXIS_WIDTH", "TITLE_UNDER", "UNDER", "Ticks", "corner", "title_above", "title_below"]

Ends = list[list[float]]

AXIS_WIDTH = 1.8
"""Stroke width of axes, in Manim's units (100 to a scene unit)."""

UNDER = 0.4
"""How far under a panel's edge its numbers stand, in scene units: their baseline."""

TITLE_UNDER = 0.8
"""How far under it a title of its own line stands."""

ABOVE = 0.16
"""How far over a panel the title of its vertical axis stands."""

_LENGTH = 0.08  # of a tick, in scene units
_SLACK = 1e-9  # a tick at the very end of an axis is on it
_MOST = 7  # labels kept ready; a range marks six at the most


def corner(page: Rect, colour: str) -> Curve:
    """Draw the left and the lower edge of a panel."""
    path = [[page.left, page.top], [page.left, page.bottom], [page.right, page.bottom]]
    return Curve(color=colour, width=AXIS_WIDTH).set_path(path)


def title_above(title: M, page: Rect) -> M:
    """Stand the title of a panel's vertical axis over its upper end; return it."""
    return place(title, page.left, page.top + ABOVE)


def title_below(title: M, page: Rect, under: float = TITLE_UNDER) -> M:
    """Stand the title of a panel's horizontal axis under its right end; return it."""
    return place(title, page.right, page.bottom - under, "right")


class Ticks(VGroup):
    """Ticks and their numbers along the left or the lower edge of a panel, set anew as its range glides.

    Parameters
    ----------
    page : Rect
        The panel, in scene units.
    edge : {"left", "bottom"}
        The edge they stand outside of.
    theme : Theme
    size : float
        Font size of the numbers.
    """

    def __init__(self, page: Rect, edge: Literal["left", "bottom"], theme: Theme, size: float = Size.TICK) -> None:
        super().__init__()
        self.page = page
        self.edge = edge
        self.lines = [Curve(color=theme.dim, width=AXIS_WIDTH) for _ in range(_MOST)]
        self.labels = [Number(0.0, color=theme.dim, size=size, anchor="right") for _ in range(_MOST)]
        self.half = 0.5 * DIGIT_HEIGHT * EM * float(size)
        self.add(*self.lines, *self.labels)
        self.drawn: tuple[Plane, tuple[Tick, ...]] | None = None  # kept and brought back with the rest of the state

    def draw(self, plane: Plane, ticks: Sequence[Tick]) -> Self:
        """Show these ticks where the plane has them, and none that lies outside the panel."""
        if self.drawn == (plane, tuple(ticks)):
            return self
        self.drawn = (plane, tuple(ticks))
        for i, (line, label) in enumerate(zip(self.lines, self.labels, strict=True)):
            if i >= len(ticks):
                line.points, label.points = np.zeros((0, 3)), np.zeros((0, 3))
                tint(line, stroke=0.0)
                tint(label, fill=0.0)
                continue
            tick = ticks[i]
            beside = self.edge == "left"
            ends, foot = self._beside(plane, tick.value) if beside else self._below(plane, tick, label)
            shown = tick.opacity if ends else 0.0
            tint(line.set_path(ends), stroke=shown)
            tint(label.stand_at(*foot, tick.written, tick.decimals), fill=shown)
        return self

    def _beside(self, plane: Plane, value: float) -> tuple[Ends, tuple[float, float]]:
        left, height = self.page.left, float(plane.to_scene([plane.numbers.left, value])[1])
        if not self.page.bottom - _SLACK <= height <= self.page.top + _SLACK:
            return [], (left, self.page.bottom)
        return [[left - _LENGTH, height], [left, height]], (left - 2 * _LENGTH, height - self.half)

    def _below(self, plane: Plane, tick: Tick, label: Number) -> tuple[Ends, tuple[float, float]]:
        bottom, x = self.page.bottom, float(plane.to_scene([tick.value, plane.numbers.bottom])[0])
        if not self.page.left - _SLACK <= x <= self.page.right + _SLACK:
            return [], (self.page.left, bottom)
        width = float(label.stand_at(0.0, 0.0, tick.written, tick.decimals).width)
        return [[x, bottom - _LENGTH], [x, bottom]], (x + width / 2, bottom - UNDER)
