"""The decomposition ℓ = L + KL as bars: red as high as blue and the gap on top of it (Bishop 9.70, figure 9.11)."""

from __future__ import annotations

from manim import Mobject, VGroup

from em_film.drawing.number import Number
from em_film.drawing.shapes import Box, Curve, DashedSegment
from em_film.drawing.type import Size, formula, place, words
from em_film.page.layers import Layer
from em_film.page.layout import Plane, Rect
from em_film.page.theme import Theme
from em_film.page.ticks import number_text
from em_film.page.window import Window
from em_film.runs.moment import Moment

__all__ = ["BarPanel", "terms_that_add_up"]

_ROW = 0.5  # from one term to the next, in scene units
_WIDTH = 0.6  # of a bar
_MIDDLES = 0.8, 2.1  # of the bars, from the left
_CUTS = 0.16, 0.3  # heights over the floor at which a bar is broken that reaches far below it
_OVER_FLOOR = 0.16  # the baseline of what is written beside a low bar, over the line on which all stand
_LONG = 1e6  # nats from which numbers are written whole: they stand beside their names
_CLOSED = 0.05  # height of the gap on the page under which its name is gone


def terms_that_add_up(moment: Moment, decimals: int) -> tuple[float, float, float]:
    """Round ℓ and L, and take the gap as what is between them, so that the numbers shown add up as shown.

    Parameters
    ----------
    moment : Moment
    decimals : int

    Returns
    -------
    tuple of float
        ℓ, L and the gap, in nats.
    """
    top, bound = round(moment.log_likelihood, decimals), round(moment.lower_bound, decimals)
    return top, bound, max(top - bound, 0.0)


class BarPanel:
    """Bars for ℓ(μ), L(q, μ) and the gap at the present μ, in the nats of the panel at their left, and their numbers.

    Parameters
    ----------
    theme : Theme
    page : Rect
        Where the bars stand, in scene units: as high as the panel whose nats they share.
    head : float
        Baseline of the first number; the others stand under it, over the bars.
    window : Window
        Of that panel.
    decimals : int
        Of the numbers.
    """

    def __init__(self, theme: Theme, page: Rect, head: float, window: Window, decimals: int) -> None:
        self.page, self.decimals = page, decimals
        self.plane = Plane(Rect(0.0, window.low, 1.0, window.high), page)
        self._bars = tuple(Box(color=colour) for colour in (theme.red, theme.blue, theme.ink))
        self._level = DashedSegment(color=theme.dim, width=1.6)
        terms = (("", "ell(mu)", theme.red), ("=", "cal(L)(q, mu)", theme.blue), ("+", '"gap"', theme.ink))
        self.terms, self.numbers = VGroup(), VGroup()
        self._values: list[Number] = []
        for row, (sign, term, colour) in enumerate(terms):
            height = head - row * _ROW
            if sign:
                self.terms.add(place(formula(sign, color=theme.ink, size=Size.NOTE), page.left, height))
            self.terms.add(place(formula(term, color=colour, size=Size.NOTE), page.left + 0.4, height))
            value = Number(window.low, color=colour, places=decimals, size=Size.NOTE, face="formula", anchor="right")
            self._values.append(value.stand_at(page.right, height))
        self.numbers.add(*self._values)
        floor = Curve(color=theme.dim, width=1.8).set_path([[page.left, page.bottom], [page.right, page.bottom]])
        note = words(f"bars begin at {number_text(window.low, 0)}", color=theme.dim, size=Size.NOTE, width=page.width)
        self.frame = VGroup(floor, place(note, page.left, page.bottom - 0.4))
        self._gap_name = words("gap", color=theme.ink, size=Size.NOTE)
        self._breaks = [Curve(color=theme.background, width=7.0) for _ in range(2)]
        self.bars = VGroup(self._level, *self._bars, *self._breaks, self._gap_name).set_z_index(Layer.BOUND)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.frame, self.terms, self.numbers, self.bars]

    def draw(self, moment: Moment) -> None:
        """Show the three terms at the moment's parameters."""
        decimals = self.decimals if abs(moment.lower_bound) < _LONG else 0
        for number, value in zip(self._values, terms_that_add_up(moment, decimals), strict=True):
            number.set_value(value, decimals)
        red, blue = self._height(moment.log_likelihood), self._height(moment.lower_bound)
        first, second = (self.page.left + middle for middle in _MIDDLES)
        bottoms, tops = (self.page.bottom, self.page.bottom, blue), (red, blue, red)
        for bar, middle, bottom, top in zip(self._bars, (first, second, second), bottoms, tops, strict=True):
            bar.set_rect(Rect(middle - _WIDTH / 2, bottom, middle + _WIDTH / 2, top))
        self._level.set_ends([first, red], [second, red])
        broken = moment.lower_bound < self.plane.numbers.bottom
        for cut, foot in zip(self._breaks, _CUTS, strict=True):
            left, y = second - _WIDTH / 2 - 0.08, self.page.bottom + foot
            cut.set_path([[left, y], [left + _WIDTH + 0.16, y + 0.16]] if broken else [])
        beside = max((red + blue) / 2 - 0.08, self.page.bottom + _OVER_FLOOR)
        place(self._gap_name, second + _WIDTH / 2 + 0.16, beside)
        self._gap_name.set_opacity(1.0 if red - blue > _CLOSED else 0.0)

    def _height(self, nats: float) -> float:
        """Height on the page, no lower than the floor."""
        return max(self.page.bottom, float(self.plane.to_scene([0.0, nats])[1]))
