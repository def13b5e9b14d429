"""Several slices at one instant: what a film with more than one of them hands to its panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from manim import ManimColor, Mobject

from em_film.drawing.type import Size, place, row_of, words
from em_film.page.layout import Rect
from em_film.page.theme import Theme
from em_film.panels.coordinates.run import CoordinateRun
from em_film.runs.moment import Moment

__all__ = ["Instant", "Instants", "StepTitles"]

_LIGHTING = 0.25  # share of a half-step in which its title is lit, and of a brief one in which it shows where it leads


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


class Instants:
    """What can be seen of a fit on several slices, half-step by half-step.

    Parameters
    ----------
    runs : sequence of CoordinateRun
        The same fit on each of the slices.
    """

    def __init__(self, runs: Sequence[CoordinateRun]) -> None:
        self.runs = tuple(runs)

    def e_step(self, step: int, share: float) -> Instant:
        """Instant in an E-step: the posterior is on its way."""
        lit = min(1.0, share / _LIGHTING)
        return self._each((lit, 1 - lit if step > 1 else 0.0), lambda run: run.e_step(step, share))

    def look_ahead(self, step: int, share: float) -> Instant:
        """Instant between E-step and M-step: where θ_new will be."""
        return self._each((1 - share, share), lambda run: run.look_ahead(step, share))

    def m_step(self, step: int, share: float) -> Instant:
        """Instant in an M-step: the base of the slices is on its way."""
        return self._each((0.0, 1.0), lambda run: run.m_step(step, share))

    def brief_m_step(self, step: int, share: float) -> Instant:
        """Instant in an M-step that begins with where it leads."""
        if share < _LIGHTING:
            return self.look_ahead(step, share / _LIGHTING)
        return self.m_step(step, (share - _LIGHTING) / (1 - _LIGHTING))

    def sweep(self, last: int, share: float) -> Instant:
        """Instant on the way from one step to the end, along the lines of all M-steps between."""
        return self._each((0.0, 1.0), lambda run: run.whole(share, last))

    def rest(self, share: float) -> Instant:
        """Instant after the last step: no half-step is under way any more."""
        return replace(self.m_step(self.runs[0].n_steps, 1.0), lit=(0.0, 1 - share))

    def _each(self, lit: tuple[float, float], moment_of: Callable[[CoordinateRun], Moment]) -> Instant:
        return Instant(lit, tuple(moment_of(run) for run in self.runs))


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
