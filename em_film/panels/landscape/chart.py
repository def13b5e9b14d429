"""A chart of how far each method is below the summit, on a logarithmic scale, against passes over the data."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from manim import Mobject, VGroup

from em_film.drawing.axes import AXIS_WIDTH, Ticks, corner, title_above, title_below
from em_film.drawing.shapes import Curve, DashedSegment
from em_film.drawing.type import Size, formula, place, words
from em_film.page.layers import Layer
from em_film.page.layout import Plane, Rect
from em_film.page.theme import Theme
from em_film.page.ticks import marked
from em_model.mixture import FloatArray

__all__ = ["LogChart"]

_ROOM = 0.5  # from one label of the upright axis to the next, in scene units


class LogChart:
    """Lines over a linear axis and a logarithmic one; each point holds until the next.

    Parameters
    ----------
    series : mapping of name to (x, y)
        Arrays of one length; y > 0 or it is below the chart.
    colours : mapping of name to colour
    right : float
        Largest x shown; the axis begins at 0.
    decades : (int, int)
        Lowest and highest power of ten shown.
    theme : Theme
    page : Rect
    near : float, optional
        A height to mark by a dashed line, in nats; written at its right end.
    dashes : mapping of name to (float, float) or None, optional
        Lengths of dash and gap of each line.
    """

    def __init__(
        self,
        series: Mapping[str, tuple[FloatArray, FloatArray]],
        colours: Mapping[str, str],
        right: float,
        decades: tuple[int, int],
        theme: Theme,
        page: Rect,
        *,
        near: float | None = None,
        dashes: Mapping[str, tuple[float, float] | None] | None = None,
    ) -> None:
        low, high = decades
        self.page, self.right = page, right
        self.plane = Plane(Rect(0.0, float(low), right, float(high)), page)
        self.series = {name: (x, np.log10(np.maximum(y, 1e-300))) for name, (x, y) in series.items()}
        self.frame = corner(page, theme.dim)
        self.ticks = VGroup(Ticks(page, "bottom", theme).draw(self.plane, marked(0.0, right)))
        for power in range(low, high + 1, _apart(high - low, page.height)):
            y = float(self.plane.to_scene([0.0, power])[1])
            self.ticks.add(Curve(color=theme.dim, width=AXIS_WIDTH).set_path([[page.left - 0.08, y], [page.left, y]]))
            label = formula(f"10^({power})", color=theme.dim, size=Size.INDEXED)
            self.ticks.add(place(label, page.left - 0.14, y - 0.12, "right"))
        self.mark = DashedSegment(color=theme.dim, width=1.6)
        self.mark_name = VGroup()
        if near is not None and low <= np.log10(near) <= high:
            y = float(self.plane.to_scene([0.0, np.log10(near)])[1])
            self.mark.set_ends([page.left, y], [page.right, y])
            name = words(f"{near:g}", color=theme.dim, size=Size.TICK)
            self.mark_name.add(place(name, page.right + 0.1, y - 0.1))
        titles = VGroup(
            title_above(words("nats below the summit", color=theme.dim, size=Size.NOTE), page),
            title_below(words("passes over the data", color=theme.dim, size=Size.NOTE), page),
        )
        self.still: list[Mobject] = [self.frame, self.ticks, self.mark, self.mark_name, titles]
        dashed = dashes or {}
        self.lines = {name: Curve(color=colours[name], width=4.0, clip=page, dash=dashed.get(name)) for name in series}
        self.drawn = VGroup(*reversed(self.lines.values())).set_z_index(Layer.BOUND)

    def draw(self, until: float) -> None:
        """Show every line up to an x."""
        for name, line in self.lines.items():
            x, y = self.series[name]
            seen = x <= until
            path = np.stack([x[seen], y[seen]], axis=1)
            if seen.any() and not seen.all():  # on the way to the next point
                nearest = int(seen.sum())
                share = (until - x[nearest - 1]) / (x[nearest] - x[nearest - 1])
                ahead = y[nearest - 1] + share * (y[nearest] - y[nearest - 1])
                path = np.concatenate([path, [[until, ahead]]])
            line.set_path(self.plane.to_scene(path))


def _apart(decades: int, height: float) -> int:
    """Powers of ten from one mark to the next, an even number, so that their labels have room."""
    return next(apart for apart in range(2, 2 * decades + 3, 2) if height * apart >= _ROOM * decades)
