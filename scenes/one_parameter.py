"""One unknown mean: the textbook picture of EM, from real numbers.

manim render scenes/one_parameter.py
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from manim import Animation, LaggedStart, Mobject

from em_film.drawing.fades import FadeIn, FadeOut
from em_film.experiment import Dataset, Experiment
from em_film.film.drive import Reveal, at_once, beats, steady, then
from em_film.film.film import Film
from em_film.panels.one_unknown.problem import OneUnknown
from em_film.panels.one_unknown.sentences import Sentences
from em_film.panels.one_unknown.stage import Stage
from em_film.panels.panel import Panel
from em_film.runs.moment import Moment
from em_film.runs.sample import drawn_rows

__all__ = ["OneParameter"]

_SHOWN = 6  # steps of the fast part that are still shown half-step by half-step
_SLOW, _FAST = 0.6, 0.2  # seconds a half-step of the fast part takes, at its beginning and in the end
_REST = 1.2  # seconds that all further steps take at most


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
        rows = drawn_rows(self.problem.ground.data.n_rows, self.experiment.seed)
        self.told = Sentences(self.problem, len(rows))
        self.stage = Stage(self.problem, self.theme, rows)
        for header in self.stage.headers:
            self.leave_room_for(header.line)
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
        if len(self.problem.runs) > 1:
            self.show_other_start()
        self.show_moral()
        self.show_why()

    def show_data(self) -> None:
        """Points on a line, and a mixture of which all is known but one mean."""
        self.next_section("data")
        stage, panel = self.stage, self.stage.density
        self.play(FadeIn(panel.frame, panel.scatter), run_time=0.6)
        self.say(*self.told.opening())
        panel.draw_mixture(stage.run.explore(stage.ground.window.left).mixture)
        bells = [curve for curves in panel.contours for curve in curves]
        self.play(LaggedStart(*(FadeIn(bell) for bell in bells), lag_ratio=0.4), run_time=0.8)
        self.remove(*bells)
        self.play(FadeIn(panel.components, stage.text.density), run_time=0.4)
        self.read()

    def show_sweep(self) -> None:
        """Slide the handle along the axis: red is drawn below it, point by point."""
        self.next_section("sweep")
        stage, window = self.stage, self.stage.ground.window
        first = stage.run.explore(window.left)
        for panel in (stage.slice, stage.plumb, stage.readout, stage.sweep):
            panel.draw(first)
        self.play(FadeIn(*stage.opening), run_time=0.6)
        self.say(
            "Try every μ, and note how well the mixture explains the points.",
            "ℓ(μ), the log-likelihood, in nats.",
        )
        self.add(stage.slice.red)
        self.explore(window.left, window.right, 3.6, stage.sweep)

    def show_slope(self) -> None:
        """Go to where the fit starts: the slope there says which way is up, and not how far."""
        self.next_section("slope")
        stage = self.stage
        right, start = stage.ground.window.right, stage.run.mean(0)
        self.explore(right, start, 1.0, stage.slice, [FadeIn(stage.red_name)])
        arrow = stage.arrow()
        if arrow is not None:
            self.play(FadeIn(arrow), run_time=0.4)
        self.say(*self.told.direction(level=arrow is None))
        self.read()
        self.play(FadeOut(*([] if arrow is None else [arrow]), *stage.explained), run_time=0.4)

    def show_shares(self) -> None:
        """Share the points out anyhow: whatever the shares, ℓ is a lower bound and a gap."""
        self.next_section("shares")
        stage, bars, panel = self.stage, self.stage.bars, self.stage.slice
        self.drive([stage.density], stage.run.share_out, 1.0)
        self.say(*self.told.shares())
        self.read()
        self.put(stage.panels, stage.run.e_step(1, 0.0))
        self.say(
            "ℓ is that bound and a gap, never below 0.",
            "KL: how far q is from the best shares, the posterior.",
        )
        self.play(FadeIn(bars.frame, bars.terms, bars.numbers, bars.bars, stage.header.line), run_time=0.6)
        self.play(FadeIn(panel.marks, panel.gap, panel.blue_dot, stage.acts.gap), run_time=0.6)
        self.read()

    def show_e_step(self) -> None:
        """Let the shares become the posterior: the gap closes."""
        self.next_section("E-step 1")
        self.say("the best shares at this μ leave no gap", "By Bayes’ rule, at each point.", "E-step")
        stage, acts = self.stage, self.stage.acts
        self.drive(stage.panels, partial(stage.run.e_step, 1), 2.2, along=self.exchange(acts.gap, acts.share))
        self.play(FadeIn(stage.slice.touch), run_time=0.2)
        self.read()

    def show_parabola(self) -> None:
        """Show the bound of these shares at every μ."""
        self.next_section("parabola")
        moment, panel = self.stage.run.e_step(1, 1.0), self.stage.slice
        self.say("Keep these shares, try every μ: blue is the bound.", "A parabola, because q is fixed.")
        self.play(Reveal(panel.blue, lambda share: panel.draw_blue(moment.profile, share)), run_time=1.6)
        naming = self.stage.name_in_m_step(1)
        if naming:
            self.play(*naming, run_time=0.4)
        self.read()

    def show_m_step(self) -> None:
        """Go to the parabola's top."""
        self.next_section("M-step 1")
        stage, run, acts = self.stage, self.stage.run, self.stage.acts
        self.say(self.told.top(run), half_step="M-step")
        self.drive(stage.panels, partial(run.m_step, 1), 2.2, along=self.exchange(acts.share, acts.mean))
        self.read()
        self.say(*self.told.rise(run))
        self.play(*self.exchange(acts.mean, acts.gap), run_time=0.4)
        self.read()

    def climb(self, first: int, detailed: int) -> None:
        """Take steps to the end, ever quicker."""
        stage, run = self.stage, self.stage.run
        for step in range(first, run.n_steps + 1):
            if step <= detailed:
                new, seconds = step == first, 1.8 if step == first else 1.2
                self.next_section(f"E-step {step}")
                self.say("fresh shares, and blue touches again" if new else "touch", half_step="E-step")
                self.drive(stage.panels, partial(run.e_step, step), seconds, along=stage.name_in_step(step))
                self.next_section(f"M-step {step}")
                self.say("up to blue’s top; red never moves" if new else "climb", half_step="M-step")
                self.drive(stage.panels, partial(run.m_step, step), seconds)
                continue
            quick = step - max(first, detailed + 1)
            if quick == 0 and first > 1:
                self.next_section("on to convergence")
                self.say("Touch, climb, touch, climb. Red never moves.")
            if quick >= _SHOWN:
                self.hurry(step - 1)
                return
            seconds = max(_FAST, _SLOW * 0.6**quick)
            naming = stage.name_in_step(step) if seconds > _FAST else stage.name_in_rest(step)
            self.drive(stage.panels, partial(run.e_step, step), max(seconds, 0.4 if naming else 0.0), along=naming)
            self.drive(stage.panels, partial(run.m_step, step), seconds)

    def hurry(self, last: int) -> None:
        """Take all steps after the last one shown in as good as no time, however many they are."""
        run, left = self.stage.run, self.stage.run.n_steps - last
        run_time = beats(min(_REST, 0.1 * left + 0.6))
        self.drive(self.stage.panels, lambda share: run.m_step(last + round(share * left), 1.0), run_time, rate=steady)

    def show_landing(self) -> None:
        """Say where the first start has led."""
        self.next_section("landing")
        if self.problem.hill_of(self.stage.run):
            self.play(FadeIn(self.stage.name_end()), run_time=0.4)
        self.say(*self.told.end(self.stage.run))
        self.read()

    def show_other_start(self) -> None:
        """Go back and take the other start."""
        self.next_section("another start")
        stage, (first, other) = self.stage, self.problem.runs
        self.play(FadeOut(*stage.climbing, *stage.unname_blue()), FadeIn(stage.ring_start()), run_time=0.6)
        self.say(f"And from another start, μ⁽⁰⁾ = {self.told.mean(other, 0)}?")
        here, there = first.mean(-1), other.mean(0)
        panels: list[Panel[Moment]] = [stage.density, stage.slice, stage.plumb]
        self.drive(panels, lambda share: first.go_back(here + share * (there - here), share), 1.0)
        stage.run = other
        self.drive([stage.density], other.share_out, 0.6)
        self.put(stage.panels, other.e_step(1, 0.0))
        self.play(FadeIn(*stage.climbing), run_time=0.4)
        self.climb(1, 0)
        if self.problem.hill_of(other) and self.problem.hill_of(other) is not self.problem.hill_of(first):
            self.play(FadeIn(stage.name_end()), run_time=0.4)
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
        stage, panel, run = self.stage, self.stage.slice, self.problem.runs[0]
        step = max(range(1, run.n_steps + 1), key=lambda step: run.m_step(step, 1.0).gap)
        before, after = run.m_step(step, 0.0), run.m_step(step, 1.0)
        moving = [stage.density.components, stage.density.scatter, stage.plumb.line, panel.red_dot]
        followed = [*stage.bound, panel.marks, stage.header.line, *moving]
        bars = [stage.bars.frame, stage.bars.terms, stage.bars.numbers, stage.bars.bars, stage.acts.gap]
        self.play(FadeOut(*followed, *bars, *stage.landed, *stage.unname_blue()), run_time=0.4)
        stage.run = run
        self.put(stage.panels, after)
        shown = [panel.blue, panel.blue_dot, panel.touch, panel.marks, stage.header.line]
        self.play(FadeIn(*shown, *moving), *stage.name_blue([before, after]), run_time=0.6)
        self.say(
            "Why does no step lower ℓ?",
            caption="Why does no step lower ℓ? Red is above blue, blue’s top is no lower than where they touch.",
        )
        chain = stage.chain(before, after)
        for line, piece in zip(chain.lines, chain.pieces, strict=True):
            self.play(FadeIn(line, piece), run_time=0.4)
            self.wait(1.6)
        self.say("So no step lowers ℓ: it rises, or it stays.")
        self.wait(3.0)

    def exchange(self, gone: Mobject, coming: Mobject) -> list[Animation]:
        """Put one formula in another one's place."""
        return [FadeOut(gone, rate_func=at_once), FadeIn(coming, rate_func=then)]

    def explore(
        self,
        start: float,
        end: float,
        run_time: float,
        lower: Panel[Moment],
        along: Sequence[Animation] = (),
    ) -> None:
        """Move the handle from one value to another, and what hangs under it."""
        stage = self.stage
        panels = [stage.density, lower, stage.plumb, stage.readout]
        self.drive(panels, lambda share: stage.run.explore(start + share * (end - start)), run_time, along=along)
