"""Why a step of EM never lowers the log-likelihood: a chain of terms, each relation with its piece of the picture."""

from __future__ import annotations

from manim import VGroup

from em_film.drawing.shapes import Curve, DashedSegment, Disc
from em_film.drawing.type import OnLine, Size, formula, place, words
from em_film.page.layers import Layer
from em_film.page.layout import Plane, Rect
from em_film.page.theme import Theme
from em_film.page.ticks import number_text
from em_film.runs.moment import Moment

__all__ = ["Chain"]

_LONG = 1e5  # nats from which numbers are written whole: they stand beside their names
_FIRST, _ROW = 0.62, 1.1  # from the first term to the second, and from then on, in scene units
_NOTE = 0.44  # from a term to what is said of it
_INDENT = 0.42
_INDEXED = 38  # size of type at which an index can be read


class Chain:
    """ℓ(μ_new) ≥ L(q, μ_new) ≥ L(q, μ_old) = ℓ(μ_old), each relation with its reason and each term with its number.

    Parameters
    ----------
    theme : Theme
    page : Rect
        Its upper left corner is where the first term stands, its right edge where the numbers end; scene units.
    before, after : Moment
        At the touch, and after the M-step.
    decimals : int
        Of the numbers.
    plane : Plane
        Of μ and nats onto the panel that shows the curves.

    Attributes
    ----------
    lines : list of VGroup
        The relations, in their order; the first one with the term that it begins with.
    pieces : list of VGroup
        What each of them says, in the panel: red over blue, blue's climb, the touch.
    """

    def __init__(self, theme: Theme, page: Rect, before: Moment, after: Moment, decimals: int, plane: Plane) -> None:
        decimals = decimals if abs(before.log_likelihood) < _LONG else 0
        self.theme, self.page, self.decimals = theme, page, decimals
        old, new = f"mu^(({before.step - 1}))", f"mu^(({before.step}))"
        top = self._term(0.0, "", f"ell({new})", theme.red, after.log_likelihood)
        relations = (
            (">=", f"cal(L)(q, {new})", theme.blue, after.lower_bound, "red is above blue"),
            (">=", f"cal(L)(q, {old})", theme.blue, before.log_likelihood, "blue’s top is no lower"),
            ("=", f"ell({old})", theme.red, before.log_likelihood, "they touch there"),
        )
        self.lines: list[VGroup] = []
        for number, (sign, term, colour, value, reason) in enumerate(relations):
            under = _FIRST + number * _ROW
            note = place(words(reason, color=theme.dim, size=Size.NOTE), page.left + _INDENT, page.top - under - _NOTE)
            line = VGroup(*self._term(under, sign, term, colour, value), note)
            self.lines.append(line.set_z_index(Layer.NAMES))
        self.lines[0].add(*top)
        here, there = before.profile.here, after.profile.here
        heights = before.log_likelihood, before.log_likelihood, after.lower_bound, after.log_likelihood
        touch, low, high, above = plane.to_scene([*zip((here, there, there, there), heights, strict=True)])
        level = DashedSegment(color=theme.blue, width=3.0).set_ends(touch, low)
        climb = Curve(color=theme.blue, width=5.0).set_path([low, high])
        over = Curve(color=theme.ink, width=5.0).set_path([high, above])
        ring = Disc(color=theme.ink, radius=0.13, ring=theme.ink, ring_width=4).set_fill(opacity=0).set_centre(touch)
        self.pieces = [VGroup(piece).set_z_index(Layer.GAP) for piece in (over, VGroup(level, climb), ring)]

    def _term(self, under: float, sign: str, term: str, colour: str, value: float) -> list[OnLine]:
        page, y = self.page, self.page.top - under
        parts: list[OnLine] = [place(formula(term, color=colour, size=_INDEXED), page.left + _INDENT, y)]
        written = number_text(value, self.decimals).replace("−", "-")
        parts.append(place(formula(written, color=colour, size=Size.NOTE), page.right, y, "right"))
        if sign:
            parts.append(place(formula(sign, color=self.theme.ink, size=_INDEXED), page.left, y))
        return parts
