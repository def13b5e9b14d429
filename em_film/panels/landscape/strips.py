"""Strips of points: where the climbs from many starts ended, a strip for each method, with two figures beside it."""

from __future__ import annotations

import numpy as np
from manim import Group, VGroup

from em_film.drawing.axes import AXIS_WIDTH, Ticks, title_below
from em_film.drawing.scatter import Scatter
from em_film.drawing.shapes import Curve
from em_film.drawing.type import Size, place, words
from em_film.page.layers import Layer
from em_film.page.layout import Plane, Rect, jitter
from em_film.page.theme import Theme
from em_film.page.ticks import marked, number_text, room_for_ticks
from em_film.panels.landscape.methods import METHODS, method_colour, method_name
from em_model.ascent.random_starts import RandomStarts

__all__ = ["StripsPanel", "median_passes", "percent"]

_RADIUS = 0.042


class StripsPanel:
    """ℓ at the end of each climb, the higher the further to the right; share that reached the best; passes used.

    Parameters
    ----------
    found : RandomStarts
    within : float
        Nats below the best that count as reached.
    limit : int
        Passes after which climbs were stopped.
    theme : Theme
    page : Rect
        Of the strips, in scene units; names stand at its left, figures at its right.
    """

    def __init__(self, found: RandomStarts, within: float, limit: int, theme: Theme, page: Rect) -> None:
        sound = found.log_likelihoods[~found.collapsed]
        low, high = (float(sound.min()), float(sound.max())) if sound.size else (0.0, 1.0)
        margin = 0.03 * (high - low) or 1.0
        low, high = room_for_ticks(low - margin, high + margin)
        self.plane = Plane(Rect(low, 0.0, high, float(len(METHODS))), page)
        bottom = [[page.left, page.bottom], [page.right, page.bottom]]
        self.frame = Curve(color=theme.dim, width=AXIS_WIDTH).set_path(bottom)
        self.ticks = Ticks(page, "bottom", theme).draw(self.plane, marked(low, high))
        self.note = title_below(words("ℓ where the climb ended, nats", color=theme.dim, size=Size.NOTE), page)
        self.names, self.figures, self.strips = VGroup(), VGroup(), Group()
        columns = page.right + 1.6, page.right + 3.25
        self.heads = VGroup(
            place(words("reached", color=theme.dim, size=Size.NOTE), columns[0], page.top + 0.56, "right"),
            place(words("the best", color=theme.dim, size=Size.NOTE), columns[0], page.top + 0.16, "right"),
            place(words("passes,", color=theme.dim, size=Size.NOTE), columns[1], page.top + 0.56, "right"),
            place(words("median", color=theme.dim, size=Size.NOTE), columns[1], page.top + 0.16, "right"),
        )
        shares = found.shares(within)
        for row, method in enumerate(METHODS):
            colour = method_colour(method, theme)
            middle = float(self.plane.to_scene([low, len(METHODS) - row - 0.5])[1])
            self.names.add(place(words(method_name(method), color=theme.ink, size=Size.NOTE), -6.65, middle - 0.09))
            values = np.where(found.collapsed[row], low, found.log_likelihoods[row])
            scattered = jitter(len(values))
            heights = len(METHODS) - row - 0.18 - 0.64 * scattered
            places = self.plane.to_scene(np.stack([values, heights], axis=1))
            self.strips.add(Scatter(places[~found.collapsed[row]], colour, _RADIUS, 0.75, z_index=Layer.COMPONENTS))
            passes = median_passes(found, row, limit)
            figures = VGroup()
            for text, x in ((percent(float(shares[row])), columns[0]), (passes, columns[1])):
                figures.add(place(words(text, color=theme.ink, size=Size.NOTE), x, middle - 0.09, "right"))
            self.figures.add(figures)


def median_passes(found: RandomStarts, row: int, limit: int) -> str:
    """Write how many passes half of a method's climbs took, or that these were more than it was given."""
    stopped = ~found.converged[row] & ~found.collapsed[row] & (found.passes[row] >= 0.9 * limit)
    passes = np.where(stopped, np.inf, found.passes[row])
    median = float(np.sort(passes)[(len(passes) - 1) // 2])
    return number_text(median, 0) if np.isfinite(median) else f"> {limit}"


def percent(share: float) -> str:
    """Write a share in whole per cent, never rounded to all or to none."""
    if 0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"
