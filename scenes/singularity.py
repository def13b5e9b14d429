"""The likelihood that has no top: one Gaussian on one point, EM that falls onto it, and a prior that holds it.

manim render scenes/singularity.py
"""

from __future__ import annotations

from functools import partial
from typing import Any

from manim import Mobject

from em_film.drawing.fades import FadeIn, FadeOut
from em_film.experiment import Dataset, Experiment
from em_film.film.drive import beats, steady
from em_film.film.film import Film
from em_film.page.layout import EDGE, Rect
from em_film.panels.panel import Panel
from em_film.panels.singularity.captions import CheckText, Readout, level_line, spread_title
from em_film.panels.singularity.data import Imagined, LinePanel
from em_film.panels.singularity.problem import Singularity
from em_film.panels.singularity.run import SpreadRun
from em_film.panels.singularity.told import Told
from em_film.panels.slice import SlicePanel
from em_film.runs.moment import Moment
from em_film.runs.sample import drawn_rows

__all__ = ["NoTop"]

_DATA, _SLICE, _CHECK = Rect(-6.45, -2.5, -0.75, 2.02), Rect(1.0, -2.5, EDGE, 2.02), Rect(0.4, -3.0, EDGE, 1.9)
_SHOWN = 2  # steps with the prior that are shown half-step by half-step
_SLOW, _QUICK = 1.4, 0.6  # seconds of a half-step
_LONGEST = 2.8  # seconds of all steps from a wider start


class NoTop(Film[Singularity]):
    """The film of the collapse, and of its remedy."""

    default_experiment = "experiments/singularity.toml"
    poster = "for ever"

    @classmethod
    def prepare(cls, experiment: Experiment, dataset: Dataset) -> Singularity:
        """Fit with and without a prior."""
        return Singularity(experiment, dataset)

    def construct(self) -> None:
        """Tell the story."""
        self.problem = self.prepared
        self.told = Told(self.experiment, self.problem)
        self.build_panels()
        self.show_title("A likelihood without a top", self.experiment.heading)
        self.show_data()
        self.slide_down()
        self.fall()
        if self.problem.wider:
            self.show_wider_starts()
        self.bring_in_the_prior()
        self.arrive()
        self.show_check()

    def next_section(self, name: str = "unnamed", *args: Any, **kwargs: Any) -> None:
        """Begin a section once all is read, so that the one before has come to rest."""
        self.read()
        super().next_section(name, *args, **kwargs)

    def build_panels(self) -> None:
        """Set up what is drawn: points and Gaussians at the left, red and blue over log σ at the right."""
        problem, theme = self.problem, self.theme
        self.falling, self.mended = SpreadRun(problem, problem.falling), SpreadRun(problem, problem.mended)
        rows = drawn_rows(problem.data.n_rows, self.experiment.seed)
        self.data = LinePanel(self.falling, theme, rows, _DATA, self.dataset.labels)
        self.imagined = Imagined(problem.prior, self.data)
        self.slices = [SlicePanel(theme, _SLICE, note="", symbol="sigma", prior=prior) for prior in (False, True)]
        self.readouts = [Readout(theme, problem, self.told.decimals, prior=prior) for prior in (False, True)]
        self.across = spread_title(theme, _SLICE, "".join(self.dataset.units[:1]))
        self.slice, self.readout, self.imagining = self.slices[0], self.readouts[0], list[Imagined]()

    @property
    def panels(self) -> list[Panel[Moment]]:
        """What follows the present run."""
        return [self.data, self.slice, self.readout, *self.imagining]

    @property
    def bound(self) -> list[Mobject]:
        """What appears with blue."""
        return [self.slice.marks, *self.slice.bound]

    def show_data(self) -> None:
        """Points on a line, and a mixture of which one mean stands on one of them."""
        self.next_section("data")
        self.data.draw(self.falling.slid(self.problem.high))
        self.play(FadeIn(self.data.frame, self.data.scatter), run_time=0.6)
        self.say(self.told.data())
        self.play(FadeIn(self.data.components, self.data.seats), run_time=0.8)

    def slide_down(self) -> None:
        """Slide σ down: red passes its hill and rises, and the axis follows to show that it goes on."""
        self.next_section("narrower")
        run, high, low = self.falling, self.problem.high, self.falling.left
        self.put(self.panels, run.slid(high))
        self.say(*self.told.sliding())
        shown = [self.slice.frame, self.slice.ticks, self.across, *self.slice.likelihood, self.readout.line]
        self.play(FadeIn(*shown), run_time=0.6)
        self.drive(self.panels, lambda share: run.slid(high + share * (low - high)), 4.4)
        self.next_section("for ever")
        self.say(*self.told.for_ever())
        self.drive(self.panels, run.followed, 4.4)

    def fall(self) -> None:
        """Start EM near the point: touch, climb, narrower, until blue has no top within reach."""
        self.next_section("near the point")
        run = self.falling
        self.say(*self.told.near())
        self.drive(self.panels, run.brought_back, 1.6)
        if run.n_steps:
            self.half_step(run, "E-step", 1, "blue, a lower bound, rises until it touches")
            self.half_step(run, "M-step", 1, *self.told.climbed(run.history, 1))
        if run.n_steps > 1:
            self.next_section("narrower and narrower")
            self.say(*self.told.going_on(run.history, 2))
        for step in range(2, run.n_steps + 1):
            self.half_step(run, "E-step", step)
            self.half_step(run, "M-step", step)
        self.half_step(run, "E-step", run.n_steps + 1, self.told.no_top())
        self.next_section("collapse")
        self.say(self.told.collapse())

    def half_step(self, run: SpreadRun, name: str, step: int, sentence: str = "", detail: str = "") -> None:
        """Take half a step of EM; one of which something is said is slow, and a section of its own."""
        if sentence:
            self.next_section(f"{name} {step}")
            self.say(sentence, detail, half_step=name)
        self.add(*self.bound)
        moment = partial(run.rise if name == "E-step" else run.m_step, step)
        self.drive(self.panels, moment, _SLOW if sentence else _QUICK)

    def show_wider_starts(self) -> None:
        """Start wider: EM ends on a hill, which the spike passes."""
        self.next_section("wider starts")
        self.say(self.told.wider())
        for number, history in enumerate(self.problem.wider):
            run = SpreadRun(self.problem, history)
            self.begin_anew(run.e_step(1, 0.0), *(() if number else self.bound))
            self.drive(self.panels, run.whole, beats(min(0.05 * run.n_steps + 1.0, _LONGEST)), rate=steady)
        self.say(self.told.no_hill_is_the_top())
        if self.told.passed() > self.problem.narrowest:
            self.begin_anew(seen := self.falling.beyond())
            self.play(FadeIn(level := level_line(self.slice, seen, self.told.best(), self.told.decimals)), run_time=0.4)
            self.read()
            self.play(FadeOut(level), run_time=0.2)

    def begin_anew(self, moment: Moment, *gone: Mobject) -> None:
        """Fade to another moment."""
        left, right = self.data.components, [self.slice.ticks, *self.slice.likelihood, self.readout.line]
        self.play(FadeOut(left, *right, *gone), run_time=0.4)
        self.put(self.panels, moment)
        self.play(FadeIn(left, *right), run_time=0.4)

    def bring_in_the_prior(self) -> None:
        """Imagine a few points: red becomes ℓ + log p, and has a top."""
        self.next_section("prior")
        start = self.mended.weighed(0.0, self.falling.window(0))
        self.begin_anew(start, *([] if self.problem.wider else self.bound))
        self.imagined.draw(start)
        self.say(self.told.prior())
        self.play(FadeIn(self.imagined.group), run_time=1.0)
        self.say(self.told.weighed())
        self.remove(*self.slice.parts, self.readout.line)
        self.slice, self.readout, self.imagining = self.slices[1], self.readouts[1], [self.imagined]
        self.put(self.panels, start)
        self.add(self.slice.frame, self.slice.ticks, self.slice.red, self.slice.red_dot, self.readout.line)
        self.drive(self.panels, lambda share: self.mended.weighed(share, self.falling.window(0)), 2.4)

    def arrive(self) -> None:
        """Take the same start, with the prior."""
        self.next_section("same start")
        run = self.mended
        self.say(self.told.again())
        self.play(FadeIn(self.slice.red_name), run_time=0.4)
        for step in range(1, min(run.n_steps, _SHOWN) + 1):
            self.half_step(run, "E-step", step)
            self.half_step(run, "M-step", step)
        if run.n_steps > _SHOWN:
            self.drive(self.panels, partial(run.whole, start=_SHOWN), 2.6, rate=steady)
        self.next_section("arrival")
        self.say(*self.told.arrival())
        if self.told.has_arrived and self.problem.relaxed is not None:
            self.play(FadeIn(self.data.truth(self.problem.relaxed.final)), run_time=0.8)

    def show_check(self) -> None:
        """Say what the check says, and what to write."""
        self.next_section("check")
        self.say(self.told.check(), out=[*self.slice.parts, self.across, self.readout.line])
        for group in CheckText(self.theme, _CHECK, *self.told.checked()).groups:
            self.play(FadeIn(group), run_time=0.4)
            self.wait(0.6)
        self.wait(0.8)
