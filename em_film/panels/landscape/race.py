"""A race on the map: the path of every method, and a table of what it has cost and reached."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from manim import Mobject, VGroup

from em_film.drawing.number import Number
from em_film.drawing.shapes import Curve, Disc
from em_film.drawing.type import Size, formula, place, words
from em_film.page.layers import Layer
from em_film.page.layout import Rect
from em_film.page.theme import Theme
from em_film.panels.landscape.beads import Beads
from em_film.panels.landscape.map import MapPanel
from em_film.panels.landscape.methods import method_colour, method_dash, method_key, method_name
from em_model.ascent.methods import Ascent, Method
from em_model.mixture import FloatArray

__all__ = ["RacePanel"]

_ROW = 0.56
_BEAD = 0.036


class RacePanel:
    """Paths over a map after a number of passes over the data, the same for all, and a table beside it.

    A step that takes several passes is drawn as it is walked: along the straight line, evenly in passes.

    Parameters
    ----------
    panel : MapPanel
    climbs : mapping of method to Ascent
        Of two means, all else known.
    ends : mapping of method to float
        Passes at which each method's count stops.
    theme : Theme
    page : Rect
        Of the table, in scene units.
    """

    def __init__(
        self,
        panel: MapPanel,
        climbs: Mapping[Method, Ascent],
        ends: Mapping[Method, float],
        theme: Theme,
        page: Rect,
    ) -> None:
        self.panel, self.climbs, self.ends, self.page = panel, climbs, ends, page
        self.lines: dict[Method, Curve] = {}
        self.beads: dict[Method, Beads] = {}
        self.heads: dict[Method, Disc] = {}
        self._passes: dict[Method, Number] = {}
        self._heights: dict[Method, Number] = {}
        self.table = VGroup()
        self.counts = VGroup()
        for name, x in (("passes", page.right - 1.95), ("ell", page.right)):
            head = words(name, color=theme.dim, size=Size.NOTE) if name == "passes" else formula(name, color=theme.red)
            self.table.add(place(head, x, page.top - 0.2, "right"))
        for row, (method, climb) in enumerate(climbs.items()):
            self._add(row, method, climb, theme)
        behind = list(reversed(list(climbs)))  # so that the first method lies on top
        self.paths = VGroup(
            *(self.lines[method] for method in behind),
            *(self.beads[method] for method in behind),
            *(self.heads[method] for method in behind),
        ).set_z_index(Layer.NAMES)

    @property
    def last(self) -> float:
        """Passes after which the last method has ended."""
        return max(float(climb.passes[-1]) for climb in self.climbs.values())

    @property
    def moving(self) -> list[Mobject]:
        """What changes as passes go by."""
        return [self.paths, self.counts]

    def draw(self, passes: float) -> None:
        """Show every method after so many passes."""
        for method, climb in self.climbs.items():
            step = climb.step_at(passes)
            walked = climb.mixtures.means[: step + 1, :, 0]
            here = _between(climb, step, passes)
            places = self.panel.plane.to_scene(np.concatenate([walked, here[None]]))
            self.lines[method].set_path(places)
            self.beads[method].set_centres([self.panel.spot(mean) for mean in walked])
            self.heads[method].set_centre(self.panel.spot(here))
            self._passes[method].set_value(min(np.floor(passes), self.ends[method]))
            self._heights[method].set_value(float(climb.log_likelihoods[step]))

    def _add(self, row: int, method: Method, climb: Ascent, theme: Theme) -> None:
        page, colour = self.page, method_colour(method, theme)
        height = page.top - 0.2 - _ROW * (row + 1)
        self.lines[method] = Curve(color=colour, width=3.2, clip=self.panel.page, dash=method_dash(method))
        self.beads[method] = Beads(color=colour, radius=_BEAD)
        self.heads[method] = Disc(color=colour, radius=0.09, ring=theme.background, ring_width=3)
        key = method_key(method, theme, page.left, height)
        name = place(words(method_name(method), color=theme.ink, size=Size.NOTE), page.left + 0.75, height)
        self.table.add(key, name)
        self._passes[method] = Number(1.0, color=theme.ink, places=0, size=Size.NOTE, anchor="right")
        self._passes[method].stand_at(page.right - 1.95, height)
        self._heights[method] = Number(
            float(climb.log_likelihoods[0]), color=theme.ink, places=1, size=Size.NOTE, anchor="right"
        )
        self._heights[method].stand_at(page.right, height)
        self.counts.add(self._passes[method], self._heights[method])


def _between(climb: Ascent, step: int, passes: float) -> FloatArray:
    """Means on the straight line of the step under way, its passes gone by evenly."""
    here: FloatArray = climb.mixtures.means[step, :, 0]
    if step == climb.n_steps:
        return here
    begun, done = float(climb.passes[step]), float(climb.passes[step + 1])
    share = min(max((passes - begun) / (done - begun), 0.0), 1.0)
    ahead: FloatArray = climb.mixtures.means[step + 1, :, 0]
    return here + share * (ahead - here)
