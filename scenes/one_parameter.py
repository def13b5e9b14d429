"""One unknown mean: the textbook picture of EM, from real numbers.

manim render scenes/one_parameter.py
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from manim import Animation, FadeIn, FadeOut, LaggedStart, Mobject, VGroup

from em_film.drawing.axes import title_above
from em_film.drawing.boxes import box_of
from em_film.drawing.type import Size, formula, place, words
from em_film.experiment import Dataset, Experiment
from em_film.film.drive import Reveal, at_once, beats, steady, then
from em_film.film.film import Film
from em_film.page.layers import Layer
from em_film.page.layout import BARS, DENSITY, LIKELIHOOD, Rect
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
from em_film.panels.one_unknown.sentences import Sentences
from em_film.panels.one_unknown.sweep import PlumbLine, Sweep
from em_film.panels.panel import Panel
from em_film.panels.slice import SlicePanel
from em_film.runs.moment import Moment
from em_film.runs.sample import drawn_rows
from em_model import Extremum
from em_model.mixture import FloatArray

__all__ = ["OneParameter"]

_HEAD = 2.0  # baseline of the first line over the bars
_SHOWN = 12  # steps of the fast part that are still shown half-step by half-step
_SLOW, _FAST = 0.6, 0.2  # seconds a half-step of the fast part takes, at its beginning and in the end
_CLEAR = 0.06  # between the plumb line and the title it leaves out, in scene units
_LOOKED_AT = (0.0, 0.5, 1.0)  # shares of a movement at which blue's name must have room


class OneParameter(Film[OneUnknown]):
    """The film of a mixture of which one mean is all that is unknown."""

    default_experiment = "experiments/one_parameter.toml"
    poster = "M-step 1"

    @classmethod
    def prepare(cls, experiment: Experiment, dataset: Dataset) -> OneUnknown:
        """Fit from each start, and find the hills."""
        return OneUnknown(experiment, dataset)

    def construct(self) -> None:
        """Tell the story."""
        self.problem = self.prepared
        self.build_panels()
        self.show_title("Expectation–Maximisation", self.experiment.heading)
        self.show_data()
        self.show_sweep()
        self.show_slope()
        self.show_shares()
        self.show_e_step()
        self.show_parabola()
        self.show_m_step()
        self.climb(2, self.experiment.film.detailed_steps)
        self.show_landing()
        if len(self.runs) > 1:
            self.show_other_start()
        self.show_moral()
        self.show_why()

    def build_panels(self) -> None:
        """Set up what is drawn: density above, likelihood under it, bars at the right."""
        self.runs, self.ground, unknown = self.problem.runs, self.problem.ground, self.problem.unknown
        self.run = self.runs[0]
        window, theme, count = self.ground.window, self.theme, self.ground.data.n_points
        rows = drawn_rows(self.ground.data.n_rows, self.experiment.seed)
        self.told = Sentences(self.problem, len(rows))
        self.density = DensityPanel(self.run, theme, rows, DENSITY, unknown, left=window.left, right=window.right)
        self.slice = SlicePanel(theme, LIKELIHOOD, note="", symbol="mu")
        self.axis = place(formula("mu", color=theme.dim, size=Size.CAPTION), LIKELIHOOD.right + 0.14, LIKELIHOOD.bottom)
        self.plane = self.slice.plane(window)
        self.plumb = PlumbLine(self.density, self.slice, theme, self.title_room())
        self.bars = BarPanel(theme, BARS, _HEAD, window, self.run.decimals)
        self.acts = Acts(theme, BARS, unknown)
        red = self.plane.to_scene([*zip(self.ground.positions, self.ground.red, strict=True)])
        self.landmarks = Landmarks(theme, self.plane, self.run.decimals, red)
        self.red_name = self.landmarks.red_name(
            [Extremum(run.mean(-1), float(run.history.log_likelihoods[-1])) for run in self.runs],
            [run.mean(step) for run in self.runs for step in (0, 1, -1)],
        )
        self.blue_name = formula("cal(L)(q, mu)", color=theme.blue, size=Size.CAPTION).set_z_index(Layer.NAMES)
        self.room = Room(LIKELIHOOD, float(self.blue_name.width), float(self.blue_name.height))
        self.named_at: tuple[float, float] | None = None
        self.text = ModelText(theme, Rect(BARS.left, 0.0, BARS.right, _HEAD), self.run.history.start, unknown, count)
        places = decimals_for(window.right - window.left), self.run.decimals
        corner = Rect(BARS.left, BARS.bottom, BARS.right, self.text.bottom)
        self.readout = Readout(theme, corner, places, theme.cluster(unknown))
        self.headers = [Header(run, theme) for run in self.runs]
        for header in self.headers:
            self.leave_room_for(header.line)
        self.landed: list[Mobject] = []
        self.ends: list[VGroup] = []
        last = [self.blue_at(run.m_step(run.n_steps, 1.0)) for run in self.runs if run.n_steps]
        for number, run in enumerate(self.runs):
            later = [mean for other in self.runs[number + 1 :] for mean in map(other.mean, range(other.n_steps))]
            end = Extremum(run.mean(-1), float(run.history.log_likelihoods[-1]))
            written = [self.title_room(), *(box_of(there) for there in (self.red_name, *self.ends))]
            self.ends.append(self.landmarks.hill(end, written, last, later))

    def title_room(self) -> Rect:
        """Return the room that the title of the upright axis takes between the panels, with a little more of it."""
        title = title_above(words("log-likelihood, nats", color=self.theme.dim, size=Size.NOTE), LIKELIHOOD)
        box = box_of(title)
        return Rect(box.left - _CLEAR, box.bottom - _CLEAR, box.right + _CLEAR, box.top + _CLEAR)

    @property
    def panels(self) -> list[Panel[Moment]]:
        """What follows the present run."""
        return [self.density, self.slice, self.plumb, self.bars, self.headers[self.runs.index(self.run)]]

    def show_data(self) -> None:
        """Points on a line, and a mixture of which all is known but one mean."""
        self.next_section("data")
        panel = self.density
        self.play(FadeIn(panel.frame, panel.scatter), run_time=0.6)
        self.say(*self.told.opening())
        panel.draw_mixture(self.run.explore(self.ground.window.left).mixture)
        bells = [curve for curves in panel.contours for curve in curves]
        self.play(LaggedStart(*(FadeIn(bell) for bell in bells), lag_ratio=0.4), run_time=0.8)
        self.remove(*bells)
        self.play(FadeIn(panel.components, self.text.density), run_time=0.4)
        self.read()

    def show_sweep(self) -> None:
        """Slide the handle along the axis: red is drawn below it, point by point."""
        self.next_section("sweep")
        window, panel = self.ground.window, self.slice
        first = self.run.explore(window.left)
        panel.draw(first)
        self.plumb.draw(first)
        self.readout.draw(first)
        Sweep(panel).draw(first)
        opened = [panel.frame, panel.ticks, self.axis, self.plumb.line, panel.red_dot]
        self.play(FadeIn(*opened, self.text.likelihood, self.readout.lines), run_time=0.6)
        self.say(
            "Try every μ, and note how well the mixture explains the points.",
            "ℓ(μ), the log-likelihood, in nats.",
        )
        self.add(panel.red)
        self.explore(window.left, window.right, 4.2, Sweep(panel))

    def show_slope(self) -> None:
        """Go to where the fit starts: the slope there says which way is up, and not how far."""
        self.next_section("slope")
        run, start = self.run, self.run.mean(0)
        self.explore(self.ground.window.right, start, 1.0, self.slice, [FadeIn(self.red_name)])
        slope = run.slope(0)
        level = abs(self.landmarks.steepness(slope)) < LEVEL
        here = Extremum(start, float(run.history.log_likelihoods[0]))
        arrow = [] if level else [self.landmarks.uphill(here, slope)]
        if arrow:
            self.play(FadeIn(*arrow), run_time=0.4)
        self.say(*self.told.direction(level=level))
        self.read()
        gone = [*arrow, self.text.density, self.text.likelihood, self.readout.lines]
        self.play(FadeOut(*gone), run_time=0.4)

    def show_shares(self) -> None:
        """Share the points out anyhow: whatever the shares, ℓ is a lower bound and a gap."""
        self.next_section("shares")
        run, bars, panel = self.run, self.bars, self.slice
        self.drive([self.density], run.share_out, 1.0)
        self.say(*self.told.shares())
        self.read()
        self.put(self.panels, run.e_step(1, 0.0))
        self.say("ℓ is that bound and a gap.", "How far q is from the posterior, the best shares.")
        self.play(FadeIn(bars.frame, bars.terms, bars.numbers, bars.bars, self.headers[0].line), run_time=0.6)
        self.play(FadeIn(panel.marks, panel.gap, panel.blue_dot, self.acts.gap), run_time=0.6)
        self.read()

    def show_e_step(self) -> None:
        """Let the shares become the posterior: the gap closes."""
        self.next_section("E-step 1")
        self.say("the best shares at this μ leave no gap", "By Bayes’ rule, at each point.", "E-step")
        self.drive(self.panels, partial(self.run.e_step, 1), 2.2, along=self.exchange(self.acts.gap, self.acts.share))
        self.play(FadeIn(self.slice.touch), run_time=0.2)
        self.read()

    def show_parabola(self) -> None:
        """Show the bound of these shares at every μ."""
        self.next_section("parabola")
        moment, panel = self.run.e_step(1, 1.0), self.slice
        self.say("Keep these shares, try every μ: blue is the bound.", "A parabola, because q is fixed.")
        self.play(Reveal(panel.blue, lambda share: panel.draw_blue(moment.profile, share)), run_time=1.6)
        naming = self.name_blue([self.run.m_step(1, share) for share in _LOOKED_AT])
        if naming:
            self.play(*naming, run_time=0.4)
        self.read()

    def show_m_step(self) -> None:
        """Go to the parabola's top."""
        self.next_section("M-step 1")
        run = self.run
        self.say(self.told.top(run), half_step="M-step")
        self.drive(self.panels, partial(run.m_step, 1), 2.2, along=self.exchange(self.acts.share, self.acts.mean))
        self.read()
        self.say(*self.told.rise(run))
        self.play(*self.exchange(self.acts.mean, self.acts.gap), run_time=0.4)
        self.read()

    def climb(self, first: int, detailed: int) -> None:
        """Take steps to the end, ever quicker."""
        run = self.run
        for step in range(first, run.n_steps + 1):
            if step <= detailed:
                new, seconds = step == first, 1.8 if step == first else 1.2
                self.next_section(f"E-step {step}")
                self.say("fresh shares, and blue touches again" if new else "touch", half_step="E-step")
                self.drive(self.panels, partial(run.e_step, step), seconds, along=self.name_blue(self.of_step(step)))
                self.next_section(f"M-step {step}")
                self.say("up to blue’s top; red never moves" if new else "climb", half_step="M-step")
                self.drive(self.panels, partial(run.m_step, step), seconds)
                continue
            quick = step - max(first, detailed + 1)
            if quick == 0 and first > 1:
                self.next_section("on to convergence")
                self.say("Touch, climb, touch, climb. Red never moves.")
            if quick >= _SHOWN:
                self.hurry(step - 1)
                return
            seconds = max(_FAST, _SLOW * 0.6**quick)
            naming = self.name_blue(self.of_step(step)) if seconds > _FAST else self.name_blue(self.of_rest(step))
            self.drive(self.panels, partial(run.e_step, step), max(seconds, 0.4 if naming else 0.0), along=naming)
            self.drive(self.panels, partial(run.m_step, step), seconds)

    def hurry(self, last: int) -> None:
        """Take all steps after the last one shown, a step in every blink."""
        run, left = self.run, self.run.n_steps - last
        run_time = beats(min(4.0, 0.1 * left + 0.6))
        self.drive(self.panels, lambda share: run.m_step(last + round(share * left), 1.0), run_time, rate=steady)

    def show_landing(self) -> None:
        """Say where the first start has led."""
        self.next_section("landing")
        if self.problem.hill_of(self.run):
            self.play(FadeIn(self.name_end()), run_time=0.4)
        self.say(*self.told.end(self.run))
        self.read()

    def show_other_start(self) -> None:
        """Go back and take the other start."""
        self.next_section("another start")
        first, other = self.runs
        panel = self.slice
        climbing = [
            *self.bound,
            panel.marks,
            self.bars.numbers,
            self.bars.bars,
            self.headers[0].line,
            *self.unname_blue(),
        ]
        self.play(FadeOut(*climbing), FadeIn(self.ring_start()), run_time=0.6)
        self.say(f"And from another start, μ⁽⁰⁾ = {self.told.mean(other, 0)}?")
        here, there = first.mean(-1), other.mean(0)
        panels: list[Panel[Moment]] = [self.density, panel, self.plumb]
        self.drive(panels, lambda share: first.go_back(here + share * (there - here), share), 1.0)
        self.run = other
        self.drive([self.density], other.share_out, 0.6)
        self.put(self.panels, other.e_step(1, 0.0))
        coming = [*self.bound, panel.marks, self.bars.numbers, self.bars.bars, self.headers[1].line]
        self.play(FadeIn(*coming), run_time=0.4)
        self.climb(1, 0)
        if self.problem.hill_of(other) and self.problem.hill_of(other) is not self.problem.hill_of(first):
            self.play(FadeIn(self.name_end()), run_time=0.4)
        self.say(*self.told.other_end(other))
        self.read()

    def show_moral(self) -> None:
        """Say what the start decides."""
        self.next_section("moral")
        self.say(*self.told.moral())
        self.read()

    def show_why(self) -> None:
        """Give the reason at the step with the widest gap: a chain of relations, each with its piece of the picture."""
        self.next_section("why it works")
        panel, run = self.slice, self.runs[0]
        step = max(range(1, run.n_steps + 1), key=lambda step: run.m_step(step, 1.0).gap)
        before, after = run.m_step(step, 0.0), run.m_step(step, 1.0)
        moving = [self.density.components, self.density.scatter, self.plumb.line, panel.red_dot]
        followed = [*self.bound, panel.marks, self.headers[self.runs.index(self.run)].line, *moving]
        bars = [self.bars.frame, self.bars.terms, self.bars.numbers, self.bars.bars, self.acts.gap]
        self.play(FadeOut(*followed, *bars, *self.landed, *self.unname_blue()), run_time=0.4)
        self.run = run
        self.put(self.panels, after)
        shown = [panel.blue, panel.blue_dot, panel.touch, panel.marks, self.headers[0].line]
        naming = self.name_blue([before, after])
        self.play(FadeIn(*shown, *moving), *naming, run_time=0.6)
        self.say(
            "Why does no step lower ℓ?",
            caption="Why does no step lower ℓ? Red is above blue, blue’s top is no lower than where they touch.",
        )
        page = Rect(BARS.left, BARS.bottom, BARS.right, _HEAD)
        chain = Chain(self.theme, page, before, after, run.decimals, self.plane)
        for line, piece in zip(chain.lines, chain.pieces, strict=True):
            self.play(FadeIn(line, piece), run_time=0.4)
            self.wait(1.6)
        self.say("So no step lowers ℓ: it rises, or it stays.")
        self.wait(3.0)

    @property
    def bound(self) -> list[Mobject]:
        """What stands in the lower panel with the bound."""
        panel = self.slice
        return [panel.blue, panel.gap, panel.blue_dot, panel.touch]

    def of_step(self, step: int) -> list[Moment]:
        """Moments of both half-steps of a step."""
        kinds = (self.run.e_step, self.run.m_step)
        return [kind(step, share) for kind in kinds for share in _LOOKED_AT]

    def of_rest(self, step: int) -> list[Moment]:
        """Moments of a step and of those after it: its beginning, and its end and the end of all."""
        run = self.run
        last = [run.m_step(i, 1.0) for i in range(step, run.n_steps + 1, max(1, (run.n_steps - step) // 3))]
        return [*self.of_step(step), *last, run.m_step(run.n_steps, 1.0)]

    def name_blue(self, moments: Sequence[Moment]) -> list[Animation]:
        """Return what brings blue's name to where it is clear of everything in some moments; nothing if it is there."""
        curves = [self.blue_at(moment) for moment in moments]
        across = {m.profile.here for m in moments} | {mark.position for m in moments for mark in m.profile.marks}
        uprights = [float(self.plane.to_scene([x, 0.0])[0]) for x in across]
        spot = self.room.beside(
            curves,
            [self.landmarks.red],
            uprights,
            [box_of(there) for there in (self.red_name, *self.ends)],
            self.named_at,
        )
        if spot is None:
            spot = self.room.above(uprights, self.title_room())
        if spot == self.named_at:
            return []
        gone: list[Animation] = [FadeOut(name) for name in self.unname_blue()]
        self.named_at = spot
        self.blue_name = self.blue_name.copy().move_to((*spot, 0.0))
        return [*gone, FadeIn(self.blue_name)]

    def blue_at(self, moment: Moment) -> FloatArray:
        """Blue as it is drawn at a moment, shape (T, 2), in scene units."""
        return self.plane.to_scene(np.stack([moment.profile.positions, moment.profile.blue], axis=1))

    def unname_blue(self) -> list[Mobject]:
        """Return blue's name if it is there; it is to go."""
        there: list[Mobject] = [] if self.named_at is None else [self.blue_name]
        self.named_at = None
        return there

    def exchange(self, gone: Mobject, coming: Mobject) -> list[Animation]:
        """Put one formula in another one's place."""
        return [FadeOut(gone, rate_func=at_once), FadeIn(coming, rate_func=then)]

    def name_end(self) -> Mobject:
        """Name the place where the present run has ended."""
        self.landed.append(self.ends[self.runs.index(self.run)])
        return self.landed[-1]

    def ring_start(self) -> Mobject:
        """Ring the place where the present run began."""
        log_likelihood = float(self.run.history.log_likelihoods[0])
        self.landed.append(self.landmarks.start(Extremum(self.run.mean(0), log_likelihood)))
        return self.landed[-1]

    def explore(
        self,
        start: float,
        end: float,
        run_time: float,
        lower: Sweep | SlicePanel,
        along: Sequence[Animation] = (),
    ) -> None:
        """Move the handle from one value to another, and what hangs under it."""
        panels: list[Panel[Moment]] = [self.density, lower, self.plumb, self.readout]
        self.drive(panels, lambda share: self.run.explore(start + share * (end - start)), run_time, along=along)
