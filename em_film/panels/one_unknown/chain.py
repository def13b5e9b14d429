"""Why a step of EM never lowers the log-likelihood, as one chain of terms in the colours of the curves."""

from __future__ import annotations

from manim import VGroup

from em_film.drawing.type import OnLine, Size, formula, place, words
from em_film.page.layers import Layer
from em_film.page.layout import Rect
from em_film.page.theme import Theme
from em_film.page.ticks import number_text
from em_film.runs.moment import Moment

__all__ = ["Chain"]

_ROW = 0.92  # from one term to the next, in scene units
_NOTE = 0.36  # from a term to what is said of it
_INDENT = 0.42


class Chain:
    """ℓ(θ_new) ≥ L(q, θ_new) ≥ L(q, θ_old) = ℓ(θ_old), each relation with its reason and each term with its number.

    Parameters
    ----------
    theme : Theme
    page : Rect
        Its upper left corner is where the first term stands, its right edge where the numbers end; scene units.
    before, after : Moment
        At the touch, and after the M-step.
    decimals : int
        Of the numbers.
    symbol : str
        What the curves are functions of, in Typst's mathematics.
    """

    def __init__(
        self, theme: Theme, page: Rect, before: Moment, after: Moment, decimals: int, symbol: str = "theta"
    ) -> None:
        old, new = f"{symbol}^(({before.step - 1}))", f"{symbol}^(({before.step}))"
        terms = (
            ("", f"ell({new})", theme.red, after.log_likelihood, ""),
            (">=", f"cal(L)(q, {new})", theme.blue, after.lower_bound, "blue stays under red"),
            (">=", f"cal(L)(q, {old})", theme.blue, before.lower_bound, "its top is no lower"),
            ("=", f"ell({old})", theme.red, before.log_likelihood, "it touches"),
        )
        self.rows: list[VGroup] = []
        for number, (sign, term, colour, value, note) in enumerate(terms):
            y = page.top - number * _ROW
            parts: list[OnLine] = [place(formula(term, color=colour, size=Size.LABEL), page.left + _INDENT, y)]
            written = number_text(value, decimals).replace("−", "-")
            parts.append(place(formula(written, color=colour, size=Size.SMALL), page.right, y, "right"))
            if sign:
                parts.append(place(formula(sign, color=theme.ink, size=Size.LABEL), page.left, y))
                parts.append(place(words(note, color=theme.dim, size=Size.SMALL), page.left + _INDENT, y - _NOTE))
            self.rows.append(VGroup(*parts).set_z_index(Layer.NAMES))
