"""Several slices at one instant: what a film with more than one of them hands to its panels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from manim import ManimColor, Mobject

from em_film.drawing.type import Size, line_of, place, words
from em_film.page.layout import Rect
from em_film.page.theme import Theme
from em_film.runs.moment import Moment

__all__ = ["Instant", "Sees", "StepTitles"]


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


class Sees:
    """A panel that is handed one of an instant's moments.

    Parameters
    ----------
    panel : a panel
        With ``draw(moment)`` and ``changed(before, after)``.
    which : int
        Which of the moments.
    """

    def __init__(self, panel: Any, which: int) -> None:
        self.panel, self.which = panel, which

    def draw(self, instant: Instant) -> None:
        """Have the panel show its moment."""
        self.panel.draw(instant.moments[self.which])

    def changed(self, before: Instant, after: Instant) -> list[Mobject]:
        """Mobjects that differ between two instants."""
        parts: list[Mobject] = self.panel.changed(before.moments[self.which], after.moments[self.which])
        return parts


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
            line = line_of(step, words(what, color=theme.dim, size=Size.NOTE), buff=0.16)
            self.lines.append(place(line, page.left, page.top + 0.24))

    def draw(self, instant: Instant) -> None:
        """Light the title of the half-step under way."""
        dim, ink = ManimColor(self.theme.dim), ManimColor(self.theme.ink)
        for step, lit in zip(self.steps, instant.lit, strict=True):
            step.set_fill(color=dim.interpolate(ink, lit))

    def changed(self, before: Instant, after: Instant) -> list[Mobject]:
        """Mobjects that differ between two instants."""
        return list(self.steps) if before.lit != after.lit else []
