"""A race on one experiment: its points, and below them how far each method is from the summit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from manim import Mobject, VGroup

from em_film.drawing.scatter import Scatter
from em_film.drawing.shapes import Disc
from em_film.drawing.type import Size, place, words
from em_film.page.layers import Layer
from em_film.page.layout import Plane, Rect, jitter
from em_film.page.theme import Theme, point_opacity, rgb
from em_film.panels.landscape.chart import LogChart
from em_film.panels.landscape.comparison import NEAR, Pace
from em_film.panels.landscape.findings import overtaken
from em_film.panels.landscape.methods import METHODS, method_colour, method_dash, method_key, method_name
from em_model.ascent.landscape import Landscape, Stationary
from em_model.ascent.methods import Ascent, Method
from em_model.mixture import FloatArray

__all__ = ["PacePanel", "method_legend", "race_chart"]

_FLOOR = -6  # power of ten of nats at which the chart ends
_RACE_FLOOR = -4
_INSET = 1.25  # height of the picture of the points
_MOST, _LEAST = 400.0, 20.0  # passes on the axis
_NEAR = 1e-4
_DRAWN = 2000


class PacePanel:
    """Points above, chart below.

    Parameters
    ----------
    pace : Pace
    right : float
        Passes at the chart's right end.
    theme : Theme
    page : Rect
    """

    def __init__(self, pace: Pace, right: float, theme: Theme, page: Rect) -> None:
        self.right = right
        inset = Rect(page.left, page.top - _INSET, page.right, page.top - 0.1)
        chart = Rect(page.left, page.bottom, page.right, page.top - _INSET - 0.55)
        series: dict[str, tuple[FloatArray, FloatArray]] = {
            method: (climb.passes, pace.distance(method)) for method, climb in pace.climbs.items()
        }
        highest = max(float(distance.max()) for _, distance in series.values())
        top = int(np.ceil(np.log10(max(highest, 1.0))))
        colours: dict[str, str] = {method: method_colour(method, theme) for method in METHODS}
        self.chart = LogChart(
            series, colours, right, (_FLOOR, max(top, _FLOOR + 2)), theme, chart, near=NEAR, dashes=_dashes()
        )
        self.overtaking = VGroup()
        crossing = overtaken(pace)
        if crossing is not None and crossing <= right:
            theirs = pace.distance("L-BFGS")[pace.climbs["L-BFGS"].step_at(crossing)]
            ring = Disc(color=theme.ink, radius=0.14, ring=theme.ink, ring_width=4).set_fill(opacity=0)
            spot = self.chart.plane.to_scene([crossing, np.log10(theirs)])
            self.overtaking.add(ring.set_centre(spot)).set_z_index(Layer.NAMES)
        self.lines = self.chart.drawn
        name = words(pace.experiment.heading, color=theme.ink, size=Size.NOTE, width=page.width)
        self.still: list[Mobject] = [
            place(name, page.left, page.top + 0.12),
            self._points(pace, inset, theme),
            *self.chart.still,
        ]
        self.draw(0.0)

    @staticmethod
    def reach(paces: Sequence[Pace]) -> float:
        """Choose the passes to show: until EM and L-BFGS are very near the summit in all races, if not too many."""
        needed = [pace.passes_to(method, _NEAR) for pace in paces for method in ("EM", "L-BFGS")]
        return float(np.clip(1.25 * max(needed), _LEAST, _MOST))

    def draw(self, share: float) -> None:
        """Show the lines up to a share of the axis."""
        self.chart.draw(share * self.right)

    def _points(self, pace: Pace, page: Rect, theme: Theme) -> Scatter:
        points = np.asarray(pace.data.points[:_DRAWN], dtype=np.float64)
        if points.shape[1] == 1:
            heights = jitter(len(points))
            points = np.column_stack([points, heights])
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        middle, size = (low + high) / 2, np.maximum(high - low, 1e-12)
        unit = max(size[0] / page.width, size[1] / page.height)
        half = unit * np.array([page.width, page.height]) / 2
        plane = Plane(Rect(*(middle - half), *(middle + half)), page)
        return Scatter(
            plane.to_scene(points[:, :2]), rgb(theme.dim), 0.024, point_opacity(len(points)), z_index=Layer.GROUND
        )


def race_chart(
    climbs: Mapping[Method, Ascent],
    ends: Mapping[Method, float],
    landscape: Landscape,
    summits: tuple[Stationary, ...],
    theme: Theme,
    page: Rect,
) -> LogChart:
    """Chart how far each climb on a map is below the highest summit that any of them ends on, until its count stops."""
    finals = np.stack([climb.final.means[:, 0] for climb in climbs.values()])
    tops = [summits[index].log_likelihood for index in landscape.reached(finals, summits) if index >= 0]
    best = max([*tops, *(float(climb.log_likelihoods.max()) for climb in climbs.values())])
    series: dict[str, tuple[FloatArray, FloatArray]] = {
        method: (climb.passes[seen], best - climb.log_likelihoods[seen])
        for method, climb in climbs.items()
        for seen in [climb.passes <= ends[method]]
    }
    highest = max(float(distance[0]) for _, distance in series.values())  # a fall below the start leaves the chart
    colours: dict[str, str] = {method: method_colour(method, theme) for method in climbs}
    right = 1.05 * max(ends.values())
    decades = _RACE_FLOOR, max(int(np.ceil(np.log10(max(highest, 1.0)))), _RACE_FLOOR + 2)
    return LogChart(series, colours, max(right, 2.0), decades, theme, page, near=NEAR, dashes=_dashes())


def method_legend(theme: Theme, y: float) -> VGroup:
    """Name all methods beside pieces of their lines, on one line in the middle of the page."""
    legend, x = VGroup(), 0.0
    for method in METHODS:
        name = place(words(method_name(method), color=theme.ink, size=Size.NOTE), x + 0.75, y)
        legend.add(method_key(method, theme, x, y), name)
        x = float(name.get_right()[0]) + 0.5
    legend.shift((-(x - 0.5) / 2, 0.0, 0.0))
    return legend


def _dashes() -> dict[str, tuple[float, float] | None]:
    return {method: method_dash(method) for method in METHODS}
