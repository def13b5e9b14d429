"""What EM still gains from here on, under the header."""

from __future__ import annotations

from manim import Mobject, VGroup

from em_film.drawing.number import Number
from em_film.drawing.type import Size, place, words
from em_film.page.layers import Layer
from em_film.page.layout import DETAIL_LINE, EDGE
from em_film.page.theme import Theme
from em_film.runs.moment import Moment

__all__ = ["LeftToGain"]

_PLACES = 3  # nats under 0.001 are the nothing that they are


class LeftToGain:
    """“12.345 nats left to gain”, where both curves lie flat on a scale that is held.

    Parameters
    ----------
    top : float
        How high EM climbs, in nats.
    theme : Theme
    """

    def __init__(self, top: float, theme: Theme) -> None:
        self.top = top
        said = place(words("nats left to gain", color=theme.dim, size=Size.LABEL), EDGE, DETAIL_LINE, "right")
        self._value = Number(0.0, color=theme.dim, places=_PLACES, size=Size.LABEL, face="formula", anchor="right")
        self._value.stand_at(float(said.get_left()[0]) - 0.14, DETAIL_LINE)
        self.line = VGroup(said, self._value, z_index=Layer.AXES)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.line]

    def draw(self, moment: Moment) -> None:
        """Show what is left from the present parameters on."""
        self._value.set_value(max(self.top - moment.log_likelihood, 0.0))
