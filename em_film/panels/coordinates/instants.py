"""Several slices at one instant: what a film with more than one of them hands to its panels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from manim import ManimColor, Mobject

from em_film.drawing.type import Size, place, row_of, words
from em_film.page.layout import Rect
from em_film.page.theme import Theme
from em_film.runs.moment import Moment

__all__ = ["Instant", "StepTitles"]


@dataclass(frozen=True, slots=True)
class Instant:
    """The half-step under way, and the model on each slice.

    Attributes
    ----------
    lit : (float, float)
        How far the titles of the E-step and of the M-step are lit, from 0 to 1.
    moments : tuple of Moment
        One for each slice, of the same parameters and posterior.
    """

    lit: tuple[float, float]
    moments: tuple[Moment, ...]

    def __getitem__(self, which: int) -> Moment:
        """Moment of one of the slices."""
        return self.moments[which]

    @property
    def model(self) -> Moment:
        """The model, which is the same on every slice."""
        return self.moments[0]


class StepTitles:
    """What panels show, and by whose work: each title is lit while its half-step is under way.

    Parameters
    ----------
    theme : Theme
    shown : mapping of str to (str, Rect)
        For the E-step and the M-step, by their names: what its panel shows, and where that stands.
    """

    def __init__(self, theme: Theme, shown: Mapping[str, tuple[str, Rect]]) -> None:
        self.theme = theme
        self.steps = [words(step, color=theme.dim, size=Size.NOTE, weight="bold") for step in shown]
        self.lines = []
        for step, (what, page) in zip(self.steps, shown.values(), strict=True):
            line = row_of(step, words(what, color=theme.dim, size=Size.NOTE), buff=0.16)
            self.lines.append(place(line, page.right, page.top + 0.16, "right"))

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return list(self.lines)

    def draw(self, instant: Instant) -> None:
        """Light the title of the half-step under way."""
        dim, ink = ManimColor(self.theme.dim), ManimColor(self.theme.ink)
        for step, lit in zip(self.steps, instant.lit, strict=True):
            step.set_fill(color=dim.interpolate(ink, lit))
