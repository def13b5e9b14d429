"""The unknown mean and the log-likelihood there as two numbers, while the handle is moved."""

from __future__ import annotations

from manim import Mobject, VGroup

from em_film.drawing.number import Number
from em_film.drawing.type import Size, formula, place
from em_film.page.layout import Rect
from em_film.page.theme import Theme
from em_film.runs.moment import Moment

__all__ = ["Readout"]

_ROW = 0.55  # from one number to the other, in scene units


class Readout:
    """“μ = 0.60” and “ℓ(μ) = -527.8”, the digits exchanged as the handle moves.

    Parameters
    ----------
    theme : Theme
    page : Rect
        Its upper left corner is where the first number stands; scene units.
    places : (int, int)
        Decimals of μ and of ℓ.
    colour : str
        Of μ.
    """

    def __init__(self, theme: Theme, page: Rect, places: tuple[int, int], colour: str) -> None:
        self.numbers: list[Number] = []
        self.lines = VGroup()
        for row, (term, shade) in enumerate((("mu =", colour), ("ell(mu) =", theme.red))):
            y = page.top - row * _ROW
            label = place(formula(term, color=shade, size=Size.NOTE), page.left, y)
            number = Number(0.0, color=shade, places=places[row], size=Size.NOTE, face="formula")
            self.numbers.append(number.stand_at(float(label.get_right()[0]) + 0.14, y))
            self.lines.add(label, number)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.lines]

    def draw(self, moment: Moment) -> None:
        """Show the moment's numbers."""
        self.numbers[0].set_value(moment.profile.here)
        self.numbers[1].set_value(moment.log_likelihood)
