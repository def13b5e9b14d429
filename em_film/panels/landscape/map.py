"""A map of the log-likelihood over two numbers: level lines in red, its summits and saddles marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Mobject, VGroup, VMobject

from em_film.drawing.axes import TITLE_UNDER, UNDER, Ticks, title_above, title_below
from em_film.drawing.shapes import Curve, Disc
from em_film.drawing.type import Row, Size, Type, formula, place, row_of, words
from em_film.page.contours import ContourMap, spaced_levels
from em_film.page.layers import Layer
from em_film.page.layout import Plane, Rect
from em_film.page.theme import Theme
from em_film.page.ticks import in_few_signs, number_text
from em_model.ascent.landscape import Landscape, Stationary
from em_model.mixture import FloatArray

__all__ = ["MapPanel"]

_GRID = 181
_LEVELS = 16
_FRAME = 1.8
_SAME = 1e-6  # relative difference of ℓ up to which two summits are equally high
_AFTER = 0.18  # between a mean and what it is a mean of, in scene units
_TOLD = 3  # heights of summits in the legend, at most
_CROSS = 0.1  # half the size of a saddle's cross, in scene units


class MapPanel:
    """A square map of ℓ(μ₁, μ₂).

    Parameters
    ----------
    landscape : Landscape
    stationary : tuple of Stationary
        Its summits and saddles, highest first.
    theme : Theme
    page : Rect
        A square, in scene units.
    label : str
        What the data are called, with their unit: what the means are counted in.
    quiet : bool
        Without ticks, for small maps.
    """

    def __init__(
        self,
        landscape: Landscape,
        stationary: tuple[Stationary, ...],
        theme: Theme,
        page: Rect,
        *,
        label: str = "",
        quiet: bool = False,
    ) -> None:
        self.theme, self.page, self.landscape = theme, page, landscape
        self.plane = Plane(Rect(landscape.low, landscape.low, landscape.high, landscape.high), page)
        axis = landscape.axis(_GRID)
        self.contours = ContourMap(axis, axis, landscape.heights(_GRID), self.plane)
        self.frame = Curve(color=theme.dim, width=_FRAME).set_path(
            [
                [page.left, page.bottom],
                [page.right, page.bottom],
                [page.right, page.top],
                [page.left, page.top],
                [page.left, page.bottom],
            ]
        )
        values, apart = ((), "") if quiet else in_few_signs(landscape.low, landscape.high)
        first, second = (self._name(number, label, apart) for number in (1, 2))
        self.names = VGroup(title_below(first, page, TITLE_UNDER if values else UNDER), title_above(second, page))
        self.ticks = VGroup()
        if values:
            self.ticks.add(Ticks(page, "left", theme).draw(self.plane, values))
            self.ticks.add(Ticks(page, "bottom", theme).draw(self.plane, values))
        self.lines = self._level_lines(stationary)
        heights = [place.log_likelihood for place in stationary if place.kind == "maximum"]
        self._level = max(heights, default=0.0) - _SAME * abs(max(heights, default=0.0))
        self.summits = VGroup(*(self._summit(place) for place in stationary if place.kind == "maximum"))
        self.saddles = VGroup(*(self._saddle(place) for place in stationary if place.kind == "saddle"))
        self.summits.set_z_index(Layer.GAP)
        self.saddles.set_z_index(Layer.GAP)

    @property
    def still(self) -> list[Mobject]:
        """Frame, ticks and names."""
        return [self.frame, self.ticks, self.names]

    def spot(self, vector: FloatArray) -> FloatArray:
        """Where coordinates stand on the page; NaN outside the map."""
        at = self.plane.to_scene(vector)
        inside = self.page.holds(at)
        return at if inside else np.full(2, np.nan)

    def legend(self, heights: Sequence[tuple[float, int]], first: tuple[float, float]) -> VGroup:
        """Say what the marks stand for, and how many there are of each; lower summits are hollow.

        Parameters
        ----------
        heights : sequence of (float, int)
            Of summits, highest first, and how many are so high.
        first : (float, float)
            Where the first mark stands, in scene units; the others stand below it.
        """
        rows: list[tuple[VMobject, str]] = []
        for rank, (height, many) in enumerate(heights[:_TOLD]):
            told = f"{many} {'lower ' if rank else ''}summit{'s' * (many > 1)}, ℓ = {number_text(height, 1)}"
            rows.append((self._disc(rank == 0).set_centre(np.zeros(2)), told))
        if many := len(self.saddles):
            told = f"{many} saddle{'s' * (many > 1)}: up one way, down the other"
            rows.append((self._cross(0.0, 0.0), told))
        legend = VGroup()
        for row, (mark, told) in enumerate(rows):
            x, y = first[0], first[1] - 0.5 * row
            text = words(told, color=self.theme.ink, size=Size.NOTE, width=5.5)
            legend.add(mark.move_to((x, y, 0.0)), place(text, x + 0.25, y - 0.1))
        return legend

    def _name(self, number: int, label: str, apart: str) -> Type | Row:
        ink = self.theme.ink
        if not label:
            return formula(f'mu_{number} "{apart}"' if apart else f"mu_{number}", color=ink, size=Size.INDEXED)
        mean = formula(f"mu_{number}", color=ink, size=Size.INDEXED)
        room = self.page.width - float(mean.width) - _AFTER
        return row_of(mean, words(f"{label}{apart}", color=ink, size=Size.NOTE, width=room), buff=_AFTER)

    def _level_lines(self, stationary: tuple[Stationary, ...]) -> VGroup:
        heights = self.contours.heights
        highest = max([float(heights.max()), *(place.log_likelihood for place in stationary)])
        lowest = float(np.quantile(heights, 0.03))
        levels = spaced_levels(lowest, highest, _LEVELS)
        # A saddle's own line crosses itself there: it shows how the valleys and the hills hang together.
        passes = [place.log_likelihood for place in stationary if place.kind == "saddle"]
        lines = VGroup()
        for level in sorted({*levels.tolist(), *passes}):
            share = float(np.interp(level, levels, np.linspace(0.22, 0.78, _LEVELS)))
            line = Curve(color=self.theme.red, width=1.7, clip=self.page, opacity=share)
            lines.add(line.set_path(self.contours.level(level)))
        return lines.set_z_index(Layer.AXES)

    def _summit(self, summit: Stationary) -> Disc:
        return self._disc(summit.log_likelihood >= self._level).set_centre(self.spot(summit.vector))

    def _disc(self, highest: bool) -> Disc:
        if highest:
            return Disc(color=self.theme.red, radius=0.1, ring=self.theme.background, ring_width=3)
        return Disc(color=self.theme.background, radius=0.085, ring=self.theme.red, ring_width=5)

    def _saddle(self, saddle: Stationary) -> VGroup:
        return self._cross(*(float(v) for v in self.spot(saddle.vector)))

    def _cross(self, x: float, y: float) -> VGroup:
        rising = [[x - _CROSS, y - _CROSS], [x + _CROSS, y + _CROSS]]
        falling = [[x - _CROSS, y + _CROSS], [x + _CROSS, y - _CROSS]]
        return VGroup(*(Curve(color=self.theme.ink, width=3.4).set_path(arm) for arm in (rising, falling)))
