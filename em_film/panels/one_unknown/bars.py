"""The decomposition ℓ = L + KL as bars: red as high as blue and the gap on top of it (Bishop 9.70, figure 9.11)."""

from __future__ import annotations

import numpy as np
from manim import Mobject, VGroup

from em_film.drawing.number import Number
from em_film.drawing.shapes import Box, Curve, DashedSegment
from em_film.drawing.type import Size, Type, formula, place, words
from em_film.page.layers import Layer
from em_film.page.layout import Plane, Rect
from em_film.page.theme import Theme
from em_film.page.ticks import number_text
from em_film.page.window import Window
from em_film.runs.moment import Moment

__all__ = ["BarPanel"]

_TERMS, _NUMBERS = 24, 20  # sizes of type, in points
_WIDTH = 0.56  # of a bar, in scene units
_UNDER = 0.44  # from the formula to the numbers under it
_CLOSED = (0.02, 0.12)  # height of the gap on the page under which its name is gone, and over which it is whole


class BarPanel:
    """Bars for ℓ(μ), L(q, μ) and KL(q ‖ p) at the present μ, in the nats of the panel at their left.

    Parameters
    ----------
    theme : Theme
    page : Rect
        Where the bars stand, in scene units: as high as the panel whose nats they share.
    head : float
        Baseline of the formula over the bars; the numbers stand under it.
    window : Window
        Of that panel.
    decimals : int
        Of the numbers.
    symbol : str
        What ℓ and L are functions of, in Typst's mathematics.
    """

    def __init__(
        self, theme: Theme, page: Rect, head: float, window: Window, decimals: int, symbol: str = "theta"
    ) -> None:
        self.page = page
        self.decimals = decimals
        self.plane = Plane(Rect(0.0, window.low, 1.0, window.high), page)
        self._bars = tuple(Box(color=colour) for colour in (theme.red, theme.blue, theme.ink))
        self._level = DashedSegment(color=theme.dim, width=1.6)
        sources = (f"ell({symbol})", "=", f"cal(L)(q, {symbol})", "+", 'upright("KL")(q || p)')
        colours = (theme.red, theme.ink, theme.blue, theme.ink, theme.ink)
        terms = [formula(source, color=colour, size=_TERMS) for source, colour in zip(sources, colours, strict=True)]
        values = [self._number(window.low, colour) for colour in colours[::2]]
        middles = _side_by_side(terms, values, page)
        self.formula = VGroup(*(place(term, x, head, "centre") for term, x in zip(terms, middles, strict=True)))
        self.numbers = VGroup()
        for value, x in zip(values, middles[::2], strict=True):
            self.numbers.add(value.stand_at(x + float(value.width) / 2, head - _UNDER))
        for sign, x in zip(sources[1::2], middles[1::2], strict=True):
            self.numbers.add(place(formula(sign, color=theme.dim, size=_NUMBERS), x, head - _UNDER, "centre"))
        self._values = values
        self._middles = (middles[0], middles[2], middles[2])
        floor = Curve(color=theme.dim, width=1.8).set_path([[page.left, page.bottom], [page.right, page.bottom]])
        note = words(f"bars begin at {number_text(window.low, 0)} nats", color=theme.dim, size=Size.TICK)
        self.frame = VGroup(floor, place(note, (page.left + page.right) / 2, page.bottom - 0.28, "centre"))
        self._gap_name = formula('upright("KL")', color=theme.ink, size=Size.NOTE)
        self.bars = VGroup(self._level, *self._bars, self._gap_name).set_z_index(Layer.BOUND)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.frame, self.formula, self.numbers, self.bars]

    def draw(self, moment: Moment) -> None:
        """Show the three terms at the moment's parameters."""
        terms = (moment.log_likelihood, moment.lower_bound, max(moment.gap, 0.0))
        for number, value in zip(self._values, terms, strict=True):
            number.set_value(value, self.decimals)
        red, blue = (self._height(value) for value in terms[:2])
        bottoms, tops = (self.page.bottom, self.page.bottom, blue), (red, blue, red)
        for bar, middle, bottom, top in zip(self._bars, self._middles, bottoms, tops, strict=True):
            bar.set_rect(Rect(middle - _WIDTH / 2, bottom, middle + _WIDTH / 2, top))
        self._level.set_ends([self._middles[0], red], [self._middles[1], red])
        seen = float(np.clip((red - blue - _CLOSED[0]) / (_CLOSED[1] - _CLOSED[0]), 0.0, 1.0))
        place(self._gap_name, self._middles[1] + _WIDTH / 2 + 0.14, (red + blue) / 2 - 0.08)
        self._gap_name.set_opacity(seen)

    def _number(self, value: float, colour: str) -> Number:
        return Number(value, color=colour, places=self.decimals, size=_NUMBERS, face="formula", anchor="right")

    def _height(self, nats: float) -> float:
        """Height on the page, no lower than the floor."""
        return max(self.page.bottom, float(self.plane.to_scene([0.0, nats])[1]))


def _side_by_side(terms: list[Type], values: list[Number], page: Rect) -> list[float]:
    """Middles of terms and signs, spread over the page so that each has room for its number too."""
    widths = [float(term.width) for term in terms]
    widths[::2] = [max(width, float(value.width)) for width, value in zip(widths[::2], values, strict=True)]
    gap = (page.width - sum(widths)) / (len(widths) - 1)
    lefts = [page.left + sum(widths[:i]) + i * gap for i in range(len(widths))]
    return [left + width / 2 for left, width in zip(lefts, widths, strict=True)]
