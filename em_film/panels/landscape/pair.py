"""The two maps of basins side by side, EM's and gradient ascent's, and between them the passes that have gone by."""

from __future__ import annotations

import numpy as np
from manim import Group, Mobject, VGroup

from em_film.drawing.number import Number
from em_film.drawing.type import Size, place, words
from em_film.page.layout import Rect
from em_film.page.theme import Theme
from em_film.panels.landscape.basins import BasinPanel, summit_colours
from em_film.panels.landscape.comparison import BASIN_METHODS, Comparison
from em_film.panels.landscape.map import MapPanel
from em_film.panels.landscape.methods import method_name

__all__ = ["LEFT_MAP", "RIGHT_MAP", "BasinPair"]

LEFT_MAP, RIGHT_MAP = Rect(-6.05, -2.55, -1.55, 1.95), Rect(1.1, -2.55, 5.6, 1.95)


class BasinPair:
    """Grains that climb over both maps, pass by pass; and the cells of all starts.

    Parameters
    ----------
    shown : Comparison
    theme : Theme

    Attributes
    ----------
    still : Group
        Both maps, with their names.
    grains, cells, summits : list of Mobject
        Of both.
    counter : list of Mobject
        The number of passes, and its noun in both numbers.
    """

    def __init__(self, shown: Comparison, theme: Theme) -> None:
        maxima, found = shown.maxima, shown.basins
        cells, grains = summit_colours(maxima, theme), summit_colours(maxima, theme, ground=0.0)
        self.still = Group()
        self._basins: list[BasinPanel] = []
        for method, page in zip(BASIN_METHODS, (LEFT_MAP, RIGHT_MAP), strict=True):
            panel = MapPanel(shown.landscape, shown.stationary, theme, page, quiet=True)
            runs = found.reached[method], found.trails[method], found.grain_reached[method]
            self._basins.append(BasinPanel(panel, *runs, cells, grains, theme))
            name = words(method_name(method), color=theme.ink, size=Size.NOTE)
            name = place(name, (page.left + page.right) / 2, page.top + 0.16, "centre")
            self.still.add(*panel.still, panel.lines, name)
        self._count = Number(1, color=theme.ink, places=0, size=Size.LABEL, anchor="right").stand_at(0.02, -0.3)
        self._nouns = [
            place(words(noun, color=theme.dim, size=Size.NOTE), -0.22, -0.75, "centre") for noun in ("pass", "passes")
        ]
        self._nouns[1].set_fill(opacity=0.0)
        self.counter: list[Mobject] = [self._count, *self._nouns]
        self.grains: list[VGroup] = [basin.grains for basin in self._basins]
        self.cells: list[Group] = [basin.cells for basin in self._basins]
        self.summits: list[VGroup] = [basin.panel.summits for basin in self._basins]

    def draw(self, share: float) -> None:
        """Show where all stand after a share of the steps, the first of which are shown slowest."""
        steps = float(np.expm1(share * np.log1p(len(self._basins[0].trails) - 1)))
        self._count.set_value(1 + np.floor(steps))
        for many, noun in enumerate(self._nouns):
            noun.set_fill(opacity=float((steps >= 1) == many))
        for basin in self._basins:
            basin.draw(steps)
