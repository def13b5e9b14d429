"""k-means as a limit: round Gaussians whose variance goes to 0, and what is lost on the way.

manim render scenes/k_means.py
"""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import Any

from manim import Mobject

from em_film.drawing.fades import FadeIn, FadeOut
from em_film.drawing.type import Size, place, words
from em_film.experiment import Dataset, Experiment
from em_film.film.drive import steady
from em_film.film.film import Film
from em_film.page.layout import DATA, EDGE, Rect
from em_film.panels.data import DataPanel
from em_film.panels.k_means.panels import Differing, MeansPanel, Readout, ScaledSlice
from em_film.panels.k_means.problem import HardLimit
from em_film.panels.k_means.run import MeansRun
from em_film.panels.k_means.told import Told
from em_film.panels.panel import Following, Panel
from em_film.runs.moment import Moment
from em_film.runs.sample import drawn_rows
from em_film.runs.shown import shown_axes
from em_film.runs.steps import StepRun

__all__ = ["KMeans"]

_SLICE = Rect(1.1, DATA.bottom, EDGE, DATA.top)
_LEFT, _RIGHT = Rect(-5.95, DATA.bottom, -0.5, 1.85), Rect(1.2, DATA.bottom, EDGE, 1.85)
_SHOWN = 2  # steps that are told; of the others, each has a beat
_SWEPT = 8  # up to so many are shown half-step by half-step


class KMeans(Film[HardLimit]):
    """The film of the hard limit."""

    poster = "disagreement"

    @classmethod
    def prepare(cls, experiment: Experiment, dataset: Dataset) -> HardLimit:
        """Fit the mixture, and take k-means' steps from the same start."""
        return HardLimit(experiment, dataset)

    def construct(self) -> None:
        """Tell the story."""
        self.problem = self.prepared
        self.run = MeansRun(self.problem.few, self.problem.steps, self.problem.variance)
        self.told = Told(self.problem, self.run)
        self.axes = shown_axes(self.experiment, self.dataset, self.problem.history)
        self.build_panels()
        self.show_title("k-means: the hard limit of EM", self.experiment.heading)
        self.show_data()
        self.soften()
        self.harden()
        for step in range(1, min(self.run.n_steps, _SWEPT) + 1):
            self.take_step(step)
        self.come_to_rest()
        self.compare()

    def next_section(self, name: str = "unnamed", *args: Any, **kwargs: Any) -> None:
        """Begin a section once all is read, so that the one before has come to rest."""
        self.read()
        super().next_section(name, *args, **kwargs)

    def build_panels(self) -> None:
        """Set up what is drawn: a few points at the left, red and blue at the right."""
        problem, theme = self.problem, self.theme
        run, rows = StepRun(problem.few, problem.history), drawn_rows(problem.few.n_rows, self.experiment.seed)
        self.data = MeansPanel(run, theme, rows, DATA, self.axes, titles=self.dataset.labels, widest=problem.variance)
        self.slices = [ScaledSlice(theme, _SLICE, limit=limit, counted=self.run.counted) for limit in (False, True)]
        self.readouts = [Readout(theme, self.run, limit=limit) for limit in (False, True)]
        self.slice, self.readout = self.slices[0], self.readouts[0]

    @property
    def panels(self) -> list[Panel[Moment]]:
        """What shows the few points' moments."""
        return [self.data, self.slice, self.readout]

    def show_data(self) -> None:
        """Points, and round Gaussians."""
        self.next_section("data")
        self.put(self.panels, self.run.opened(0.0))
        self.play(FadeIn(self.data.frame, self.data.scatter), run_time=0.6)
        self.say(*self.told.data())
        self.play(FadeIn(self.data.components, self.readout.line), run_time=0.8)

    def soften(self) -> None:
        """Show both curves at a large ε, and the E-step there."""
        self.next_section("red")
        self.say(self.told.curves())
        self.play(FadeIn(self.slice.frame, self.slice.note, self.slice.ticks, *self.slice.likelihood), run_time=0.8)
        self.next_section("E-step")
        if self.run.begins_far_below:
            self.drive(self.panels, self.run.opened, 1.0)
        self.say("soft colours; blue rises until it touches", half_step="E-step")
        self.add(self.slice.marks, *self.slice.bound)
        self.drive(self.panels, self.run.soften, 2.4)

    def harden(self) -> None:
        """Let ε go to 0."""
        self.next_section("to the limit")
        self.say(*self.told.hardening())
        self.drive(self.panels, self.run.hardened, 6.4, rate=steady)
        self.next_section("limit")
        self.say(*self.told.hard())
        self.play(FadeIn(self.data.edges), run_time=0.8)
        self.next_section("distortion")
        self.say(*self.told.scale())
        self.enter_the_limit()

    def take_step(self, step: int) -> None:
        """Assign and average; of the first steps it is said what they do."""
        told, run_time = step <= _SHOWN, 1.6 if step <= _SHOWN else 0.6
        if step == 1:
            self.next_section("Average 1")
            self.say(*self.told.averaging(1), half_step="Average")
        else:
            if step == _SHOWN + 1:
                self.say(self.told.going_on(step))
            if told:
                self.next_section(f"Assign {step}")
            self.drive(self.panels, partial(self.run.turned, step - 1), 1.0 if told else 0.4)
            if told:
                self.say(*self.told.assigning(step), half_step="Assign")
            self.drive(self.panels, partial(self.run.assigned, step), run_time)
            if told:
                self.next_section(f"Average {step}")
                self.say(*self.told.averaging(step), half_step="Average")
        self.drive(self.panels, partial(self.run.averaged, step), run_time)

    def enter_the_limit(self) -> None:
        """Exchange the scale: at ε = 0 red is -½ J, counted from nothing."""
        old: list[Mobject] = [*self.slice.parts[2:], self.readout.line]
        self.slice, self.readout = self.slices[1], self.readouts[1]
        self.put(self.panels, self.run.assigned(1, 1.0))
        self.play(FadeOut(*old), run_time=0.4)
        self.play(FadeIn(*self.slice.parts[2:], self.readout.line), run_time=0.4)

    def come_to_rest(self) -> None:
        """Run through what is left, and say how it ended."""
        self.next_section("rest")
        if self.run.n_steps > _SWEPT:
            first = _SWEPT / self.run.n_steps
            self.drive([self.data, self.readout], lambda share: self.run.swept(first + share * (1 - first)), 2.0)
            self.put(self.panels, self.run.averaged(self.run.n_steps, 1.0))
        self.say(*self.told.end())

    def compare(self) -> None:
        """Hold k-means beside the mixture, on all points."""
        self.next_section("all points")
        problem, theme = self.problem, self.theme
        everything = [*self.data.parts, *self.slices[0].parts[:2], *self.slice.parts[2:], self.readout.line]
        mixture, hard = StepRun(problem.data, problem.history), MeansRun(problem.data, problem.whole, problem.variance)
        rows, titles = drawn_rows(problem.data.n_rows, self.experiment.seed), self.dataset.labels
        right = DataPanel(mixture, theme, rows, _RIGHT, self.axes, titles=titles)
        left = MeansPanel(mixture, theme, rows, _LEFT, self.axes, titles=titles, numbers=right.plane.numbers)
        names = [
            place(words(name, color=theme.ink, size=Size.LABEL), page.right, page.top + 0.16, "right")
            for name, page in (("k-means", _LEFT), ("mixture", _RIGHT))
        ]

        def both(share: float) -> tuple[Moment, Moment]:
            return hard.swept(share), mixture.whole(share)

        panels: list[Panel[tuple[Moment, Moment]]] = [Following(left, itemgetter(0)), Following(right, itemgetter(1))]
        self.put(panels, both(0.0))
        self.say(*self.told.beside(), out=everything, into=[*left.parts, *right.parts, *names])
        self.drive(panels, both, 4.0, rate=steady)
        self.next_section("disagreement")
        self.say(*self.told.differing())
        colours = tuple(panel.point_colours(end) for panel, end in zip((left, right), both(1.0), strict=True))
        differing, doubtful = (Differing((left, right), same, colours) for same in (problem.agreed, problem.sure))
        self.drive([differing], float, 1.6)
        self.next_section("doubt")
        self.say(self.told.doubt())
        self.drive([differing], lambda share: 1 - share, 0.8)
        if not problem.sure.all():
            self.drive([doubtful], float, 1.2)
        self.next_section("lost")
        self.say(*self.told.lost())
        if not problem.sure.all():
            self.drive([doubtful], lambda share: 1 - share, 0.8)
        self.read()
