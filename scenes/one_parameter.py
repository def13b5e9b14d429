"""One unknown mean: the textbook picture of EM, from real numbers.

manim render scenes/one_parameter.py
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from manim import Animation, FadeIn, FadeOut, LaggedStart, Mobject

from em_film.drawing.shapes import Curve
from em_film.experiment import Dataset, Experiment
from em_film.film.drive import Reveal, beats, steady
from em_film.film.film import Film
from em_film.page.layout import BARS, DENSITY, LIKELIHOOD, Rect
from em_film.page.ticks import number_text
from em_film.panels.header import Header
from em_film.panels.one_unknown.bars import BarPanel
from em_film.panels.one_unknown.chain import Chain
from em_film.panels.one_unknown.density import DensityPanel
from em_film.panels.one_unknown.landmarks import Former, Landmarks
from em_film.panels.one_unknown.model_text import ModelText
from em_film.panels.one_unknown.problem import OneUnknown
from em_film.panels.one_unknown.sweep import PlumbLine, Sweep
from em_film.panels.panel import Panel
from em_film.panels.slice import SlicePanel
from em_film.runs.moment import Moment
from em_film.runs.sample import drawn_rows
from em_film.wording import counted
from em_model import Extremum

__all__ = ["OneParameter"]

_HEAD = 1.5  # baseline of the formula over the bars
_SHOWN = 12  # steps of the fast part that are still shown half-step by half-step
_SLOW, _FAST = 0.6, 0.2  # seconds a half-step of the fast part takes, at its beginning and in the end


class OneParameter(Film[OneUnknown]):
    """The film of a mixture of which one mean is all that is unknown."""

    default_experiment = "experiments/one_parameter.toml"
    poster = "parabola"

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
        self.show_hills()
        self.show_decomposition()
        self.show_parabola()
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
        rows = drawn_rows(count, self.experiment.seed)
        self.density = DensityPanel(self.run, theme, rows, DENSITY, unknown, left=window.left, right=window.right)
        self.slice = SlicePanel(theme, LIKELIHOOD, note="", symbol="mu")
        self.plumb = PlumbLine(self.density, self.slice, theme)
        self.bars = BarPanel(theme, BARS, _HEAD, window, self.run.decimals, symbol="mu")
        plane = self.slice.plane(window)
        self.landmarks = Landmarks(theme, plane, self.run.decimals)
        self.former = Former(theme, plane, self.ground.positions)
        text = Rect(BARS.left, 0.0, BARS.right, _HEAD)
        self.text = ModelText(theme, text, self.run.history.start, unknown, count)
        self.headers = [Header(run, theme) for run in self.runs]
        self.parabolas: list[Curve] = []
        self.names: list[Mobject] = []

    @property
    def panels(self) -> list[Panel[Moment]]:
        """What follows the present run."""
        return [self.density, self.slice, self.plumb, self.bars, self.headers[self.runs.index(self.run)]]

    def show_data(self) -> None:
        """Points on a line, and a mixture of which all is known but one mean."""
        self.next_section("data")
        panel, count = self.density, self.run.history.start.n_components
        self.play(FadeIn(panel.frame), FadeIn(panel.scatter), run_time=0.8)
        self.say(
            f"{self.ground.data.n_points} points, and a mixture of {counted(count, 'Gaussian')}.",
            "All of it is known but one mean, μ.",
        )
        panel.draw_mixture(self.run.explore(self.ground.window.left).mixture)
        bells = [curve for curves in panel.contours for curve in curves]
        self.play(LaggedStart(*(FadeIn(bell) for bell in bells), lag_ratio=0.4), run_time=1.0)
        self.remove(*bells)
        self.play(FadeIn(panel.components, self.text.density), run_time=0.6)

    def show_sweep(self) -> None:
        """Slide the handle along the axis: red is drawn below it, point by point."""
        self.next_section("sweep")
        window, panel = self.ground.window, self.slice
        first = self.run.explore(window.left)
        self.say("Slide μ. Below it: the log-likelihood ℓ(μ),", "how well the whole mixture explains the points.")
        panel.draw(first)
        self.plumb.draw(first)
        Sweep(panel).draw(first)
        self.play(FadeIn(panel.frame, panel.ticks, self.plumb.line, panel.red_dot, self.text.likelihood), run_time=0.6)
        self.add(panel.red)
        self.explore(window.left, window.right, 4.4, Sweep(panel))

    def show_hills(self) -> None:
        """Point at the hills and the hollows between them."""
        self.next_section("hills")
        hills, hollows = self.problem.extrema.maxima, self.problem.extrema.minima
        found = counted(len(hills), "hill").capitalize()
        if hollows:
            found += ", a hollow without slope" if len(hollows) == 1 else ", and hollows without slope"
        self.say(f"Why not just climb? {found},", "and nothing to say how far to go.")
        here = self.ground.window.right
        coming: list[Mobject] = [self.slice.red_name]  # once the handle is out of its way
        for spot in sorted((*hills, *hollows), key=lambda spot: -spot.position):
            name = self.landmarks.hollow(spot) if spot in hollows else self.landmarks.hill(spot)
            self.explore(here, spot.position, 1.0, self.slice)
            self.play(FadeIn(name, *coming), run_time=0.4)
            self.names.append(name)
            here, coming = spot.position, []
        self.read()
        along = [FadeOut(*self.names)] if self.names else [FadeIn(*coming)]
        self.explore(here, self.run.mean(0), 1.0, self.slice, along)
        self.names.clear()

    def show_decomposition(self) -> None:
        """Split ℓ into L and KL: the E-step shrinks KL to nothing, the M-step raises the floor."""
        self.next_section("decomposition")
        run, bars = self.run, self.bars
        start = run.e_step(1, 0.0)
        for panel in self.panels:
            panel.draw(start)
        self.play(FadeOut(self.text.density, self.text.likelihood), run_time=0.4)
        self.say(
            f"Begin at μ⁽⁰⁾ = {self.problem.written_mean(run, 0)}; let q share each point out.",
            "For every q, ℓ is a lower bound and a gap.",
        )
        self.play(FadeIn(self.slice.marks, self.headers[0].line), run_time=0.6)
        self.play(FadeIn(bars.frame, bars.formula, bars.numbers, bars.bars), run_time=0.8)
        self.next_section("E-step 1")
        self.say("q becomes the responsibilities: no gap is left", half_step="E-step")
        self.drive(self.panels, partial(run.e_step, 1), 2.2)
        self.next_section("M-step 1")
        self.say("q stays, μ moves: the bound rises", half_step="M-step")
        self.drive(self.panels, partial(run.m_step, 1), 2.2)
        before, after = run.m_step(1, 0.0), run.m_step(1, 1.0)
        rise = number_text(after.lower_bound - before.lower_bound, run.decimals)
        more = number_text(after.log_likelihood - before.log_likelihood, run.decimals)
        self.say("ℓ rises at least as much", f"The bound by {rise} nats, ℓ by {more}.", half_step="M-step")
        self.read()

    def show_parabola(self) -> None:
        """Show the bound of the first step at every μ."""
        self.next_section("parabola")
        moment, panel = self.run.m_step(1, 1.0), self.slice
        self.say("This bound at every μ: an exact parabola.", "It touches at μ⁽⁰⁾; the M-step went to its top.")
        self.play(Reveal(panel.blue, lambda share: panel.draw_blue(moment.profile, share)), run_time=1.6)
        self.play(FadeIn(panel.blue_name, panel.blue_dot, panel.gap, panel.touch), run_time=0.4)
        self.read()
        # Bounds gone by will run where the name stands; over the bars it stays.
        self.play(FadeOut(panel.blue_name), run_time=0.2)

    def climb(self, first: int, detailed: int) -> None:
        """Take steps to the end, ever quicker; the bounds of steps gone by stay, faint."""
        run = self.run
        for step in range(first, run.n_steps + 1):
            if step > 1:
                self.leave_parabola(step - 1)
            if step <= detailed:
                new, seconds = step == first, 1.8 if step == first else 1.2
                self.next_section(f"E-step {step}")
                self.say("the parabola rises until it touches" if new else "touch", half_step="E-step")
                self.drive(self.panels, partial(run.e_step, step), seconds)
                self.next_section(f"M-step {step}")
                self.say("climb to its top; red never moves" if new else "climb", half_step="M-step")
                self.drive(self.panels, partial(run.m_step, step), seconds)
                continue
            quick = step - max(first, detailed + 1)
            if quick == 0 and first > 1:
                self.next_section("on to convergence")
                self.say("And so on: touch, climb, touch, climb")
            if quick >= _SHOWN:
                self.hurry(step - 1)
                return
            seconds = max(_FAST, _SLOW * 0.6**quick)
            self.drive(self.panels, partial(run.e_step, step), seconds)
            self.drive(self.panels, partial(run.m_step, step), seconds)

    def hurry(self, last: int) -> None:
        """Take all steps after the last one shown, a step in every blink."""
        run, left = self.run, self.run.n_steps - last
        run_time = beats(min(4.0, 0.1 * left + 0.6))
        self.drive(self.panels, lambda share: run.m_step(last + round(share * left), 1.0), run_time, rate=steady)

    def show_landing(self) -> None:
        """Say where the first start has led."""
        self.next_section("landing")
        detail = "Blue touches at its very top." if self.run.history.outcome == "converged" else ""
        self.say(self.problem.end_sentence(self.run), detail)
        if self.problem.hill_of(self.run):
            self.play(FadeIn(self.name_end()), run_time=0.4)
        self.read()

    def show_other_start(self) -> None:
        """Go back and take the other start."""
        self.next_section("another start")
        first, other = self.runs
        self.say(f"And from another start, μ⁽⁰⁾ = {self.problem.written_mean(other, 0)}?")
        climbing = [*self.bound, self.slice.marks, self.bars.numbers, self.bars.bars, self.headers[0].line]
        self.play(FadeOut(*climbing, *self.parabolas), FadeIn(self.ring_start()), run_time=0.6)
        self.parabolas.clear()
        here, there = first.mean(-1), other.mean(0)
        panels: list[Panel[Moment]] = [self.density, self.slice, self.plumb]
        self.drive(panels, lambda share: first.go_back(here + share * (there - here), share), 1.2)
        self.run = other
        for panel in self.panels:
            panel.draw(other.e_step(1, 0.0))
        self.play(
            FadeIn(*self.bound, self.slice.marks, self.bars.numbers, self.bars.bars, self.headers[1].line), run_time=0.6
        )
        self.climb(1, 0)
        self.say(self.problem.end_sentence(self.run))
        new = self.problem.hill_of(other) not in (None, self.problem.hill_of(first))
        self.play(FadeIn(self.ring_start(), *([self.name_end()] if new else [])), run_time=0.4)
        self.read()

    def show_moral(self) -> None:
        """Say plainly what EM does not do."""
        self.next_section("moral")
        ways = ", ".join(self.problem.way_sentence(run) for run in self.runs)
        self.say("EM climbs; it does not choose the hill.", f"{ways}.".capitalize())
        self.read()

    def show_why(self) -> None:
        """Give the reason in one still: the step with the widest gap, and the chain of terms beside it."""
        self.next_section("why it works")
        run = self.runs[0]
        step = max(range(1, run.n_steps + 1), key=lambda step: run.m_step(step, 1.0).gap)
        before, after = run.m_step(step, 0.0), run.m_step(step, 1.0)
        self.say(
            "Why no step can lower ℓ",
            caption="Why no step can lower ℓ: blue stays under red, its top is no lower, and it touches.",
        )
        moving = [self.density.components, self.density.scatter, self.plumb.line, self.slice.red_dot]
        followed = [*self.bound, self.slice.marks, self.headers[self.runs.index(self.run)].line, *moving]
        bars = [self.bars.frame, self.bars.formula, self.bars.numbers, self.bars.bars]
        self.play(FadeOut(*followed, *bars, *self.parabolas, *self.names), run_time=0.6)
        self.run = run
        for panel in self.panels:
            panel.draw(after)
        shown = [*self.bound, self.slice.blue_name, self.slice.marks, self.headers[0].line]
        self.play(FadeIn(*shown, *moving), run_time=0.6)
        chain = Chain(self.theme, Rect(BARS.left, 0.0, BARS.right, _HEAD), before, after, run.decimals, symbol="mu")
        for row in chain.rows:
            self.play(FadeIn(row), run_time=0.4)
            self.wait(0.6)
        self.wait(1.4)

    @property
    def bound(self) -> list[Mobject]:
        """What stands in the lower panel with the bound; its name and that of the gap are over the bars."""
        panel = self.slice
        return [panel.blue, panel.gap, panel.blue_dot, panel.touch]

    def leave_parabola(self, step: int) -> None:
        """Leave the bound of a step behind, faint."""
        self.parabolas.append(self.former.curve(self.run.parabola(step)))
        self.add(self.parabolas[-1])

    def name_end(self) -> Mobject:
        """Name the place where the present run has ended."""
        log_likelihood = float(self.run.history.log_likelihoods[-1])
        self.names.append(self.landmarks.hill(Extremum(self.run.mean(-1), log_likelihood)))
        return self.names[-1]

    def ring_start(self) -> Mobject:
        """Ring the place where the present run began."""
        log_likelihood = float(self.run.history.log_likelihoods[0])
        self.names.append(self.landmarks.start(Extremum(self.run.mean(0), log_likelihood)))
        return self.names[-1]

    def explore(
        self,
        start: float,
        end: float,
        run_time: float,
        lower: Sweep | SlicePanel,
        along: Sequence[Animation] = (),
    ) -> None:
        """Move the handle from one value to another, and what hangs under it."""
        panels: list[Panel[Moment]] = [self.density, lower, self.plumb]
        self.drive(panels, lambda share: self.run.explore(start + share * (end - start)), run_time, along=along)
