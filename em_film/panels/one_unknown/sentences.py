"""What the film of one unknown mean says: each sentence a function of the run, where it is so."""

from __future__ import annotations

from em_film.page.ticks import number_text
from em_film.page.window import decimals_for
from em_film.panels.one_unknown.bars import terms_that_add_up
from em_film.panels.one_unknown.problem import OneUnknown
from em_film.panels.one_unknown.run import SingleRun
from em_film.wording import counted

__all__ = ["Sentences"]

_Told = tuple[str, str]
"""A sentence, and the quieter line under it."""

_SPELLED = 3  # most weights that are written out


class Sentences:
    """Sentences about an experiment of which one mean is all that is unknown.

    Parameters
    ----------
    problem : OneUnknown
    drawn : int
        How many of the points are drawn.
    """

    def __init__(self, problem: OneUnknown, drawn: int) -> None:
        self.problem, self.drawn = problem, drawn

    def opening(self) -> _Told:
        """Say what is given, and what is not."""
        count, many = self.problem.ground.data.n_points, self.problem.runs[0].history.start.n_components
        first = f"{count} points on a line, and {counted(many, 'Gaussian')}."
        some = "" if self.drawn == count else f" {self.drawn} of the points are drawn."
        return first, f"Only one mean, μ, is unknown.{some}"

    def direction(self, *, level: bool) -> _Told:
        """Say what the slope at the start tells and what it does not; `level` where none is seen there."""
        if level:
            return "Which way from here? The ground is level.", ""
        return "Uphill, but how far? The slope does not say.", ""

    def shares(self) -> _Told:
        """Say how points are shared out before anything is known of them, and what that is good for."""
        weights = [float(weight) for weight in self.problem.runs[0].history.start.weights]
        how = "by the weights"
        if len(weights) == 2 and abs(weights[0] - weights[1]) < 1e-9:
            how = "half and half"
        elif len(weights) <= _SPELLED:
            how = f"by the weights, {' : '.join(f'{weight:.2g}' for weight in weights)}"
        return f"Share each point out, {how}.", "Any shares q give a lower bound on ℓ."

    def top(self, run: SingleRun) -> str:
        """Say where the first parabola has its top."""
        return f"keep the shares; blue has its top at {'this very' if self.problem.stays(run) else 'another'} μ"

    def rise(self, run: SingleRun) -> _Told:
        """Say what the first M-step has brought to both curves; the numbers add up with those of the bars."""
        start, _, _ = terms_that_add_up(run.m_step(1, 0.0), run.decimals)
        top, bound, gap = terms_that_add_up(run.m_step(1, 1.0), run.decimals)
        more, less, apart = (number_text(x, run.decimals) for x in (top - start, bound - start, gap))
        if round(top - start, run.decimals) == 0:
            return "Blue’s top is where it touches: nothing rises.", ""
        if round(gap, run.decimals) == 0:
            return "Red rose at least as much.", f"Both rose by {more} nats."
        return "Red rose at least as much.", f"By {more} nats, blue by {less}: the new gap is {apart}."

    def end(self, run: SingleRun) -> _Told:
        """Say where the first start has led, and where more steps would lead."""
        where, steps = f"μ = {self.mean(run, -1)}", counted(run.n_steps, "step")
        if self.problem.hill_of(run) is not None:
            return f"A hill: {where}, after {steps}.", ""
        if not self.problem.moves_on(run):
            return f"Level ground, but no hill: {where}.", "More steps would not visibly move it."
        hill = self.problem.hill_ahead(run)
        ahead = "More steps would lead on."
        if hill is not None:
            ahead = f"More steps would lead to the hill at {self._written(hill.position)}."
        if run.history.outcome == "converged":
            return f"After {steps} the tolerance ends it: {where}.", ahead
        return f"Stopped after {steps}, still on the way: {where}.", ahead

    def other_end(self, run: SingleRun) -> _Told:
        """Say where the other start has led, beside the first one."""
        start, where = f"From {self.mean(run, 0)}", f"μ = {self.mean(run, -1)}"
        first, hill = self.problem.hill_of(self.problem.runs[0]), self.problem.hill_of(run)
        if hill is None and self.problem.moves_on(run):
            if run.history.outcome == "converged":
                return f"{start} the tolerance ends it on the way, at {where}.", ""
            return f"{start} it has come to {where}, still on the way.", ""
        if hill is None:
            return f"{start} it ends on level ground, but no hill: {where}.", ""
        if first is None:
            return f"{start} it ends on a hill: {where}.", ""
        if hill is first:
            return f"{start} it ends on the same hill: {where}.", ""
        digits = run.decimals
        apart = round(hill.log_likelihood, digits) - round(first.log_likelihood, digits)
        by = f"{'lower' if apart < 0 else 'higher'} by {number_text(abs(apart), digits)} nats"
        return f"{start} it ends on another hill, {by if round(apart, digits) else 'as high as the first'}.", ""

    def moral(self) -> _Told:
        """Say what decides the end, from the ends that were seen and the hills that there are."""
        runs, hills = self.problem.runs, self.problem.extrema.maxima
        found = [self.problem.hill_of(run) for run in runs]
        if len(found) == 2 and None not in found and found[0] is not found[1]:
            return "EM climbs; where it starts decides which hill.", ""
        if all(self.problem.stays(run) for run in runs):
            there = "there is one hill" if len(hills) == 1 else f"there are {counted(len(hills), 'hill')}"
            return f"On level ground EM stays, and {there} here.", ""
        if len(hills) == 1:
            return "There is one hill here, and EM climbs it.", ""
        return f"EM climbs; there are {counted(len(hills), 'hill')} here.", ""

    def mean(self, run: SingleRun, step: int) -> str:
        """Write the unknown mean after a step, to a thousandth of the range."""
        return self._written(run.mean(step))

    def _written(self, mean: float) -> str:
        window = self.problem.ground.window
        return number_text(mean, decimals_for(window.right - window.left))
