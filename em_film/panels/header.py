"""The step and its log-likelihood, at the top right."""

from __future__ import annotations

from manim import Mobject, VGroup

from em_film.drawing.number import Number
from em_film.drawing.type import Size, formula, place, words
from em_film.page.layers import Layer
from em_film.page.layout import CAPTION_LINE, EDGE
from em_film.page.theme import Theme
from em_film.runs.moment import Moment
from em_film.runs.run import Run

__all__ = ["Header"]

_WHOLE = 1e-9  # a step that lacks no more has been taken


class Header:
    """“step 3   ℓ = -3049.9”: steps taken, and ℓ of the present parameters; digits are exchanged as the model moves."""

    def __init__(self, run: Run, theme: Theme) -> None:
        self.places = run.decimals
        values = run.history.objectives
        widest = max((float(self._number(value, theme).width) for value in (values.min(), values.max())), default=0.0)
        self._value = self._number(float(values[0]), theme).stand_at(EDGE - widest, CAPTION_LINE)
        left = EDGE - widest - 0.1
        ell = place(
            formula("ell + log p =" if run.has_prior else "ell =", color=theme.dim, size=Size.LABEL),
            left,
            CAPTION_LINE,
            "right",
        )
        left = float(ell.get_left()[0]) - 0.35
        self._step = Number(run.n_steps, color=theme.dim, places=0, size=Size.LABEL, anchor="left")
        reserved = float(self._step.width)
        self._step.stand_at(left - reserved, CAPTION_LINE)
        label = place(words("step", color=theme.dim, size=Size.LABEL), left - reserved - 0.12, CAPTION_LINE, "right")
        self.line = VGroup(label, self._step, ell, self._value, z_index=Layer.AXES)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.line]

    def draw(self, moment: Moment) -> None:
        """Show how many steps have been taken and ℓ of the present parameters, as they stand in the trace."""
        self._step.set_value(int(moment.progress + _WHOLE))
        self._value.set_value(moment.log_likelihood)

    def _number(self, value: float, theme: Theme) -> Number:
        return Number(value, color=theme.dim, places=self.places, size=Size.LABEL, face="formula", anchor="left")
