"""EM, half-step by half-step: the bound rises until it touches, then the parameters climb to its top.

manim render scenes/em_step.py
"""

from __future__ import annotations

from functools import partial

import numpy as np
from manim import Group, LaggedStart, Mobject

from em_film.drawing.fades import FadeIn, FadeOut
from em_film.experiment import Dataset, Experiment
from em_film.film.drive import Reveal, beats, steady
from em_film.film.film import Film
from em_film.page.layout import MAP, SLICE
from em_film.page.ticks import number_text
from em_film.page.window import decimals_for
from em_film.panels.data import DataPanel
from em_film.panels.formulas import (
    bound_formula,
    log_likelihood_formula,
    responsibility_formula,
    whole_guess,
)
from em_film.panels.header import Header
from em_film.panels.left_to_gain import LeftToGain
from em_film.panels.panel import Following, Panel
from em_film.panels.slice import SlicePanel
from em_film.panels.trace import TracePanel
from em_film.panels.turn.map import CurveBeads, TurnPanel, shown_on
from em_film.panels.turn.run import TurnRun
from em_film.runs.fitted import fitted
from em_film.runs.moment import Moment
from em_film.runs.outcome import Outcome
from em_film.runs.rest import Rest
from em_film.runs.sample import drawn_rows
from em_film.runs.shown import shown_axes, shown_sentence
from em_film.runs.steps import LEAST_CLIMB
from em_film.wording import counted, superscript
from em_model.shapes import count_parameters, counts_of_parameters

__all__ = ["EMStep"]

_STEP = 0.22  # seconds for each of the last steps, as long as all of them take no longer than
_LONGEST = 4.0
_FASTEST = 0.2  # seconds a step, under which its half-steps are not shown one by one


class EMStep(Film[tuple[TurnRun, Outcome]]):
    """The main film."""

    poster = "M-step 1"

    @classmethod
    def prepare(cls, experiment: Experiment, dataset: Dataset) -> tuple[TurnRun, Outcome]:
        """Fit the experiment, and from other starts."""
        history = fitted(experiment, dataset)
        return TurnRun(dataset.data, history), Outcome.of(dataset.data, history, experiment.known, experiment.seed)

    def construct(self) -> None:
        """Tell the story."""
        self.run, self.outcome = self.prepared
        self.count = self.run.history.start.n_components
        self.rest: Rest | None = None
        self.left: list[Mobject] = []  # what stands under the header while the last steps pass
        self.map: list[Mobject] = []  # of a turn, as long as it stands in the data's place
        self.build_panels()
        self.show_title("Expectation–Maximisation", self.experiment.heading)
        self.show_data()
        self.show_start()
        self.show_line()
        detailed = min(self.experiment.film.detailed_steps, self.run.n_steps)
        for step in range(1, detailed + 1):
            self.show_e_step(step)
            self.show_m_step(step)
            if step < self.run.n_steps:
                self.show_turn(step)
        if detailed < self.run.n_steps:
            self.show_rest(detailed + 1)
        self.show_end()

    def build_panels(self) -> None:
        """Set up what is drawn: data at the left, the slice at the right, the trace below it."""
        rows = drawn_rows(self.run.data.n_rows, self.experiment.seed)
        self.axes = shown_axes(self.experiment, self.dataset, self.run.history)
        self.data_panel = DataPanel(self.run, self.theme, rows, axes=self.axes, titles=self.dataset.labels)
        straight = "" if self.run.has_prior else "straight "  # the trace's title is longer then, and stands beside it
        note = f"a {straight}line through parameter space"
        self.slice_panel = SlicePanel(self.theme, note=note, prior=self.run.has_prior)
        self.trace_panel = TracePanel(self.run, self.theme)
        self.header = Header(self.run, self.theme)
        self.leave_room_for(self.header.line)
        self.panels: list[Panel[Moment]] = [self.data_panel, self.slice_panel, self.trace_panel, self.header]

    def show_data(self) -> None:
        """Grey points: nobody tells where they come from."""
        self.next_section("data")
        panel, count = self.data_panel, self.run.data.n_points
        drawn = len(panel.rows)
        sampled = f"{drawn} of them are drawn, all of them are fitted." if drawn < count else ""
        sampled = sampled or shown_sentence(self.dataset, self.axes, named=False)  # the axes are
        self.say(f"{count} points. Which group does each one belong to?", sampled)
        self.play(FadeIn(panel.frame), FadeIn(panel.scatter), run_time=1.0)
        self.read()

    def show_start(self) -> None:
        """Place the first guess, and say what it is made of."""
        self.next_section("start")
        panel = self.data_panel
        self.say(
            f"Guess {counted(self.count, 'Gaussian')}.",
            "" if panel.flat else "Ellipses: one and two standard deviations.",
        )
        panel.draw_mixture(self.run.history.start)
        parts = [Group(*lines, mean) for lines, mean in zip(panel.contours, panel.means, strict=True)]
        self.play(LaggedStart(*(FadeIn(part) for part in parts), lag_ratio=0.3), run_time=1.4)
        self.remove(*parts)
        self.add(panel.components)
        history = self.run.history
        self.guess = whole_guess(
            self.theme, SLICE, counts_of_parameters(history.start, history.shape, self.experiment.known)
        )
        self.play(FadeIn(self.guess), run_time=0.4)
        self.read()

    def show_line(self) -> None:
        """Open the slice panel and draw the log-likelihood along the line of the first step."""
        self.next_section("line")
        panel, theme = self.slice_panel, self.theme
        moment = self.run.e_step(1, 0.0)
        self.say(
            "How good is a guess? The log-likelihood ℓ(θ) tells.",
            "Here with log p(θ): a prior." if self.run.has_prior else "+1 nat: data e times as likely.",
            beside=log_likelihood_formula(theme),
        )
        self.put([panel, self.header, self.trace_panel], moment)
        panel.draw_axes(moment.profile)  # no name of blue is there yet to stand in a guide's way
        self.play(FadeOut(self.guess), run_time=0.4)
        self.play(FadeIn(panel.frame, panel.note, panel.ticks), run_time=0.6)
        self.play(Reveal(panel.red, lambda share: panel.draw_red(moment.profile, share)), run_time=2.0)
        self.play(FadeIn(panel.red_name, panel.red_dot, panel.marks, self.header.line), run_time=0.6)
        history = self.run.history
        size = count_parameters(history.start, history.shape, self.experiment.known)
        self.say(
            f"θ is {counted(size, 'number')}: we look along one line.",
            "It leads to the next guess.",
        )
        self.play(FadeIn(self.trace_panel.frame, self.trace_panel.trace), run_time=0.6)

    def show_e_step(self, step: int) -> None:
        """Raise the bound until it touches."""
        self.next_section(f"E-step {step}")
        if step == 1:
            if self.count > 1:
                self.say(
                    "how much does each Gaussian account for each point?",
                    "Shares q lift a lower bound to ℓ.",
                    half_step="E-step",
                    beside=responsibility_formula(self.theme),
                )
            else:
                self.say("there is nothing to share: the bound is ℓ itself", half_step="E-step")
            self.put(self.panels, self.run.rise(1, 0.0))
            self.add(*self.slice_panel.bound)
            self.wait(0.8)
        else:
            close = "fresh shares close the gap" if step == 2 else "close the gap"
            self.say_over_data(close if self.count > 1 else "nothing to share", half_step="E-step")
        self.drive(self.panels, partial(self.run.rise, step), 3.0 if step == 1 else 1.0)

    def show_m_step(self, step: int) -> None:
        """Climb to the bound's top; the likelihood rises at least as much."""
        self.next_section(f"M-step {step}")
        before, after = self.run.m_step(step, 0.0), self.run.m_step(step, 1.0)
        if step == 1:
            many = self.count > 1
            self.say(
                "keep the shares, fit every Gaussian to its share" if many else "fit the Gaussian to the points",
                "Those Gaussians are blue's top." if many else "That Gaussian is blue's top.",
                half_step="M-step",
                beside=bound_formula(self.theme),
            )
        else:
            self.say("up to blue's top" if self.run.rises(step) else "this is blue's top already", half_step="M-step")
        self.drive(self.panels, partial(self.run.m_step, step), 3.0 if step == 1 else 1.4)
        if step > 1:
            return
        self.say("Red is nowhere below blue, so it rose at least as much.", self.risen(before, after))
        self.read()

    def risen(self, before: Moment, after: Moment) -> str:
        """Say by how much both curves have risen: as written, the gap is the difference of the two."""
        places = self.run.gap_places(1)
        gap = max(after.gap, 0.0)
        if round(gap, places) == 0 and gap > 0:
            places = decimals_for(100 * gap)
        more, gap = round(after.log_likelihood - before.log_likelihood, places), round(gap, places)
        told = f"By {number_text(more, places)} against {number_text(more - gap, places)} nats"
        return f"{told}; the gap, {number_text(gap, places)}, is KL(q ‖ posterior)."

    def show_turn(self, step: int) -> None:
        """Turn the line towards the next step, on a map of the land that it cuts."""
        self.next_section(f"turn {step}")
        land = self.run.turn_map(step, shown_on(MAP))
        if land is None:
            self.say(self.turning(step, another_way=False))
            self.drive(self.panels, partial(self.run.turn, step, 0.0), 0.8)
            self.drive(self.panels, partial(self.run.turn, step, aside=1.0), 2.4 if step == 1 else 1.6)
            return
        turn_panel, beads = TurnPanel(land, self.theme, MAP), CurveBeads(land, self.slice_panel)
        turn_panel.draw(0.0)
        beads.draw(0.0)
        *ground, crossings, rings = turn_panel.parts
        same = "Red dots: same ℓ left and right." if step == 1 else ""
        self.say(self.turning(step, another_way=True), same, out=self.data_panel.parts, into=ground)
        self.drive(self.panels[1:], partial(self.run.turn, step, 0.0), 0.6)  # from here on both dots stay
        self.play(FadeIn(crossings, *beads.parts), run_time=0.4 if step == 1 else 0.2)
        if step == 1:
            self.wait(0.6)
        along_the_line = [Following(panel, land.moment) for panel in self.panels[1:]]
        self.drive([turn_panel, beads, *along_the_line], float, 3.0 if step == 1 else 1.2)
        if step == 1:
            self.say(f"Blue rings: the next E-step's bound. Their middle is θ{superscript(step + 1)}.", into=[rings])
            self.read()
        else:
            self.play(FadeIn(rings), run_time=0.4)
        self.map = [*turn_panel.parts, *beads.parts]

    def say_over_data(self, sentence: str, detail: str = "", half_step: str | None = None) -> None:
        """Say something of the data, which come back where the map of a turn stood in their place."""
        self.say(sentence, detail, half_step, out=self.map, into=self.data_panel.parts if self.map else ())
        self.map = []

    def turning(self, step: int, another_way: bool) -> str:
        """Say where the next step leads."""
        if not self.run.rises(step + 1):
            return f"The next step gains less than {LEAST_CLIMB} nats."
        if not another_way:
            return "The next step goes on along the same line."
        here = f"θ{superscript(step)}"
        return (
            f"The next step leads elsewhere: the line turns about {here}."
            if step == 1
            else f"The line turns about {here}"
        )

    def show_rest(self, first: int) -> None:
        """Go on to convergence, on one scale."""
        self.next_section("on to convergence")
        rest = self.rest = Rest(self.run, first)
        climbs = any(self.run.rises(step) for step in range(first, self.run.n_steps + 1))
        self.say_over_data(
            "Touch, climb, touch, climb." if climbs else f"Every further step gains less than {LEAST_CLIMB} nats.",
            self.shrinking(first) if climbs else "",
        )
        panels = list(self.panels)
        top = float(self.run.history.objectives[-1]) + self.outcome.left
        if climbs and np.isfinite(top):
            left = LeftToGain(top, self.theme)
            left.draw(rest.settle(0.0))
            self.left = left.parts
            panels.append(left)
            self.play(FadeIn(*self.left), run_time=0.2)
        self.drive(panels, rest.settle, 0.4)
        run_time = beats(min(_LONGEST, _STEP * rest.count))
        if run_time / rest.count >= _FASTEST:
            self.drive(panels, rest.at, run_time, rate=steady)
        else:
            self.drive(panels, rest.passing, run_time, rate=steady)

    def shrinking(self, first: int) -> str:
        """Say what the last step gains, and that each gains less than the one before where that is so."""
        gains = np.diff(self.run.history.objectives[first - 1 :])
        if len(gains) == 1:
            return ""
        first_gain, last_gain = _gain(float(gains[0])), _gain(float(gains[-1]))
        if (np.diff(gains) < 0).all():
            return f"Each gains less: {first_gain} nats in step {first}, {last_gain} at last."
        return f"They gain {first_gain} nats in step {first}, {last_gain} at last."

    def show_end(self) -> None:
        """Hold the result against the truth, and say what EM does not promise."""
        self.next_section("end")
        truth, others = self.experiment.truth, self.outcome.others
        shown = truth is not None and truth.n_dimensions == self.run.data.n_dimensions
        self.say(*self.outcome.ending(), out=self.left)
        self.drive(self.panels, self.rest.arrival if self.rest else self.run.arrival, 2.4)
        first, second = self.outcome.other_ends()
        best = others.best if others is not None and others.higher else None
        drawn_from = "Dashed: the points came from these."
        if truth is not None and shown:
            self.say(first, f"{second} {drawn_from}" if best is not None else drawn_from)
            self.play(FadeIn(self.data_panel.truth(truth)), run_time=0.8)
        elif best is not None:
            self.say(first, f"{second} Its Gaussians are outlined.")
            self.play(FadeIn(self.data_panel.truth(best)), run_time=0.8)
        else:
            self.say(first, second)
        self.read()


def _gain(nats: float) -> str:
    return number_text(nats, decimals_for(100 * nats)) if nats >= LEAST_CLIMB else f"under {LEAST_CLIMB}"
