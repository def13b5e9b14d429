"""All that the film of one unknown mean has to show: density above, likelihood under it, bars at the right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Animation, Mobject, VGroup
from numpy.typing import NDArray

from em_film.drawing.axes import title_above
from em_film.drawing.boxes import box_of
from em_film.drawing.fades import FadeIn, FadeOut
from em_film.drawing.type import Size, formula, place, words
from em_film.page.layers import Layer
from em_film.page.layout import BARS, DENSITY, LIKELIHOOD, Rect
from em_film.page.theme import Theme
from em_film.page.window import decimals_for
from em_film.panels.header import Header
from em_film.panels.one_unknown.acts import Acts
from em_film.panels.one_unknown.bars import BarPanel
from em_film.panels.one_unknown.chain import Chain
from em_film.panels.one_unknown.density import DensityPanel
from em_film.panels.one_unknown.landmarks import LEVEL, Landmarks
from em_film.panels.one_unknown.model_text import ModelText
from em_film.panels.one_unknown.problem import OneUnknown
from em_film.panels.one_unknown.readout import Readout
from em_film.panels.one_unknown.room import Room
from em_film.panels.one_unknown.run import SingleRun
from em_film.panels.one_unknown.sweep import PlumbLine, Sweep
from em_film.panels.panel import Panel
from em_film.panels.slice import SlicePanel
from em_film.runs.moment import Moment
from em_model import Extremum
from em_model.mixture import FloatArray

__all__ = ["Stage"]

_HEAD = 2.0  # baseline of the first line over the bars
_CLEAR = 0.06  # between the plumb line and the title it leaves out, in scene units
_LOOKED_AT = (0.0, 0.5, 1.0)  # shares of a movement at which blue's name must have room


class Stage:
    """What is drawn of one run at a time, and the names that stand on it.

    Parameters
    ----------
    problem : OneUnknown
    theme : Theme
    rows : array of int, shape (n,)
        Points that are drawn.

    Attributes
    ----------
    run : SingleRun
        The run that is shown.
    density, slice, sweep, plumb, bars, readout : Panel
    headers : list of Header
        One for each run.
    acts, text, axis, red_name
        What is written beside them.
    ends : list of VGroup
        The label of the place where each run ends.
    landed : list of Mobject
        Rings and labels that stand on red by now.
    """

    def __init__(self, problem: OneUnknown, theme: Theme, rows: NDArray[np.intp]) -> None:
        self.theme, self.runs, self.ground = theme, problem.runs, problem.ground
        self.run = self.runs[0]
        window, start = self.ground.window, self.run.history.start
        self.density = DensityPanel(
            self.run, theme, rows, DENSITY, problem.unknown, left=window.left, right=window.right
        )
        self.slice = SlicePanel(theme, LIKELIHOOD, note="", symbol="mu")
        self.axis = place(formula("mu", color=theme.dim, size=Size.CAPTION), LIKELIHOOD.right + 0.14, LIKELIHOOD.bottom)
        self.sweep = Sweep(self.slice)
        self.title = _title_room(theme)
        self.plumb = PlumbLine(self.density, self.slice, theme, self.title)
        self.bars = BarPanel(theme, BARS, _HEAD, window, self.run.decimals)
        self.acts = Acts(theme, BARS, problem.unknown)
        self.text = ModelText(
            theme, Rect(BARS.left, 0.0, BARS.right, _HEAD), start, problem.unknown, self.ground.data.n_points
        )
        places = decimals_for(window.right - window.left), self.run.decimals
        corner = Rect(BARS.left, BARS.bottom, BARS.right, self.text.bottom)
        self.readout = Readout(theme, corner, places, theme.cluster(problem.unknown))
        self.headers = [Header(run, theme) for run in self.runs]
        self.plane = self.slice.plane(window)
        red = self.plane.to_scene([*zip(self.ground.positions, self.ground.red, strict=True)])
        self.landmarks = Landmarks(theme, self.plane, self.run.decimals, red)
        self.red_name = self.landmarks.red_name(
            [_end(run) for run in self.runs], [run.mean(step) for run in self.runs for step in (0, 1, -1)]
        )
        self.ends: list[VGroup] = []
        last = [self._blue_at(run.m_step(run.n_steps, 1.0)) for run in self.runs if run.n_steps]
        for number, run in enumerate(self.runs):
            later = [mean for other in self.runs[number + 1 :] for mean in map(other.mean, range(other.n_steps))]
            self.ends.append(self.landmarks.hill(_end(run), [self.title, *self._written], last, later))
        self.landed: list[Mobject] = []
        self._blue_name = formula("cal(L)(q, mu)", color=theme.blue, size=Size.CAPTION).set_z_index(Layer.NAMES)
        self._room = Room(LIKELIHOOD, float(self._blue_name.width), float(self._blue_name.height))
        self._named_at: tuple[float, float] | None = None

    @property
    def header(self) -> Header:
        """Of the present run."""
        return self.headers[self.runs.index(self.run)]

    @property
    def panels(self) -> list[Panel[Moment]]:
        """What follows the present run."""
        return [self.density, self.slice, self.plumb, self.bars, self.header]

    @property
    def bound(self) -> list[Mobject]:
        """What stands in the lower panel with the bound."""
        return [self.slice.blue, self.slice.gap, self.slice.blue_dot, self.slice.touch]

    @property
    def climbing(self) -> list[Mobject]:
        """What is seen of the present run and of no other."""
        return [*self.bound, self.slice.marks, self.bars.numbers, self.bars.bars, self.header.line]

    @property
    def opening(self) -> list[Mobject]:
        """What the likelihood comes with, when the mean begins to be moved."""
        panel = self.slice
        return [
            *(panel.frame, panel.ticks, self.axis, self.plumb.line, panel.red_dot),
            *(self.text.likelihood, self.readout.lines),
        ]

    @property
    def explained(self) -> list[Mobject]:
        """What is written of the model at the right, before the bars stand there."""
        return [self.text.density, self.text.likelihood, self.readout.lines]

    def arrow(self) -> VGroup | None:
        """Return an arrow uphill from where the present run starts; None where the ground looks level."""
        slope = self.run.slope(0)
        if abs(self.landmarks.steepness(slope)) < LEVEL:
            return None
        return self.landmarks.uphill(_place(self.run, 0), slope)

    def chain(self, before: Moment, after: Moment) -> Chain:
        """Return the proof that a step does not lower ℓ, in the place of the bars."""
        page = Rect(BARS.left, BARS.bottom, BARS.right, _HEAD)
        return Chain(self.theme, page, before, after, self.run.decimals, self.plane)

    def name_end(self) -> Mobject:
        """Name the place where the present run has ended."""
        self.landed.append(self.ends[self.runs.index(self.run)])
        return self.landed[-1]

    def ring_start(self) -> Mobject:
        """Ring the place where the present run began."""
        self.landed.append(self.landmarks.start(_place(self.run, 0)))
        return self.landed[-1]

    def name_in_m_step(self, step: int) -> list[Animation]:
        """Name blue for an M-step; see `name_blue`."""
        return self.name_blue([self.run.m_step(step, share) for share in _LOOKED_AT])

    def name_in_step(self, step: int) -> list[Animation]:
        """Name blue for both half-steps of a step; see `name_blue`."""
        return self.name_blue(self._moments_of(step))

    def name_in_rest(self, step: int) -> list[Animation]:
        """Name blue for a step and for those after it: its beginning, and its end and the end of all."""
        run = self.run
        last = [run.m_step(i, 1.0) for i in range(step, run.n_steps + 1, max(1, (run.n_steps - step) // 3))]
        return self.name_blue([*self._moments_of(step), *last, run.m_step(run.n_steps, 1.0)])

    def name_blue(self, moments: Sequence[Moment]) -> list[Animation]:
        """Return what brings blue's name to where it is clear of everything in some moments; nothing if it is there."""
        curves = [self._blue_at(moment) for moment in moments]
        across = {m.profile.here for m in moments} | {mark.position for m in moments for mark in m.profile.marks}
        uprights = [float(self.plane.to_scene([x, 0.0])[0]) for x in across]
        spot = self._room.beside(curves, [self.landmarks.red], uprights, self._written, self._named_at)
        if spot is None:
            spot = self._room.above(uprights, self.title)
        if spot == self._named_at:
            return []
        gone: list[Animation] = [FadeOut(name) for name in self.unname_blue()]
        self._named_at = spot
        self._blue_name = self._blue_name.copy().move_to((*spot, 0.0))
        return [*gone, FadeIn(self._blue_name)]

    def unname_blue(self) -> list[Mobject]:
        """Return blue's name if it is there; it is to go."""
        there: list[Mobject] = [] if self._named_at is None else [self._blue_name]
        self._named_at = None
        return there

    @property
    def _written(self) -> list[Rect]:
        """Boxes of what is written on red."""
        return [box_of(there) for there in (self.red_name, *self.ends)]

    def _moments_of(self, step: int) -> list[Moment]:
        return [kind(step, share) for kind in (self.run.e_step, self.run.m_step) for share in _LOOKED_AT]

    def _blue_at(self, moment: Moment) -> FloatArray:
        """Blue as it is drawn at a moment, shape (T, 2), in scene units."""
        return self.plane.to_scene(np.stack([moment.profile.positions, moment.profile.blue], axis=1))


def _place(run: SingleRun, step: int) -> Extremum:
    return Extremum(run.mean(step), float(run.history.log_likelihoods[step]))


def _end(run: SingleRun) -> Extremum:
    return _place(run, -1)


def _title_room(theme: Theme) -> Rect:
    """Return the room that the title of the upright axis takes between the panels, with a little more of it."""
    box = box_of(title_above(words("log-likelihood, nats", color=theme.dim, size=Size.NOTE), LIKELIHOOD))
    return Rect(box.left - _CLEAR, box.bottom - _CLEAR, box.right + _CLEAR, box.top + _CLEAR)
