"""What can be said of k-means as a limit: sentences of the runs, each under its condition."""

from __future__ import annotations

import numpy as np

from em_film.page.ticks import number_text
from em_film.panels.k_means.problem import HardLimit
from em_film.panels.k_means.run import MeansRun
from em_film.wording import counted

__all__ = ["Told"]


class Told:
    """The film's sentences, as pairs of a sentence and a quieter line.

    Parameters
    ----------
    problem : HardLimit
    run : MeansRun
        On the few points.
    """

    def __init__(self, problem: HardLimit, run: MeansRun) -> None:
        self.problem, self.run = problem, run
        self.distortion = f"J{run.counted}"

    def data(self) -> tuple[str, str]:
        """Say what there is."""
        few, all_points = self.problem.few.n_rows, self.problem.data.n_rows
        points = f"{few} points" if few == all_points else f"{few} of {all_points} points"
        guess = counted(self.problem.n_components, "Gaussian")
        size = self.problem.few.n_dimensions
        columns = f" 2 of {size} columns shown." if size > 2 else ""
        return f"{points}, {guess} of equal weight.", f"All are round, Σ = εI; only the means move.{columns}"

    def curves(self) -> str:
        """Say what red is."""
        return "Red: ε times the log-likelihood. That has a limit at ε = 0."

    def hardening(self) -> tuple[str, str]:
        """Say what is moved."""
        return "Now ε goes to 0; the means stand still.", "Each frame is a model, and blue touches red."

    def hard(self) -> tuple[str, str]:
        """Say what the limit is."""
        said, still = "At ε = 0 each point is its nearest mean's.", "blue is a parabola still."
        return said, f"Red has kinks, {still}" if self.run.kinks() else still.capitalize()

    def scale(self) -> tuple[str, str]:
        """Say what both curves are at the limit, and what J is (Bishop 9.1)."""
        said = "J, the distortion: squared distances of points to their means, summed."
        return said, "Blue is −J/2; red its best assignment's."

    def averaging(self, step: int) -> tuple[str, str]:
        """Say what an average does, and does to J."""
        falls = self._falls(self.run.distortion(step - 1), self.run.kept(step))
        some = "" if self.run.all_have_points(step) else ", if it has any"
        return (f"each mean to the middle of its points{some}", f"{falls}.") if step == 1 else (falls, "")

    def going_on(self, first: int) -> str:
        """Say what all steps from one on do to J."""
        steps = "the last step" if first == self.run.n_steps else "the other steps"
        return f"{steps.capitalize()}: {self._falls(self.run.kept(first - 1), self.run.distortion(-1))}."

    def assigning(self, step: int) -> tuple[str, str]:
        """Say what an assignment does, to how many points, and to J."""
        count = self.run.changed(step)
        changes = "changes" if count == 1 else "change"
        falls = self._falls(self.run.kept(step - 1), self.run.distortion(step - 1))
        return "each point to its nearest mean", f"{counted(count, 'point').capitalize()} {changes} hands: {falls}."

    def end(self) -> tuple[str, str]:
        """Say how it ends, and whether red is seen to be higher elsewhere."""
        steps = counted(self.run.n_steps, "step")
        fell = f"{self.distortion} fell from {self.written(0)} to {self.written(-1)}: red rose by half of that."
        if self.run.higher_hill():
            fell = "Red has a higher hill, not reached from here."
        if not self.run.steps.converged:
            return f"Stopped after {steps}.", fell
        return f"No point changes hands: converged after {steps}.", fell

    def beside(self) -> tuple[str, str]:
        """Say what is compared, what the mixture may move besides, and whether k-means' colours are not the start's."""
        count = self.problem.data.n_rows
        points = "The same points" if count == self.problem.few.n_rows else f"All {count} points"
        fit = self.problem.experiment.fit
        free = ["widths" if fit.covariances == "spherical" else "shapes"] * (not fit.known.covariances)
        free += ["weights"] * (not fit.known.weights)
        said = [f"the mixture has {' and '.join(free)}, too"] * bool(free)
        said += ["colours match at the end"] * self.problem.matched
        detail = "; ".join(said)
        return f"{points}, from the same means.", f"{detail[0].upper()}{detail[1:]}." if detail else ""

    def differing(self) -> tuple[str, str]:
        """Say on how many points they disagree, and how many each has right, where that is known."""
        problem = self.problem
        count, total = int((~problem.agreed).sum()), len(problem.agreed)
        said = f"They disagree on {count} of {total} points." if count else f"They agree on all {total} points."
        if problem.as_drawn is None:
            steps = counted(problem.history.n_steps, "step")
            return said, "" if problem.rests else f"The mixture was stopped early, after {steps}."
        first, second = (number_text(100 * share, 1) for share in problem.as_drawn)
        early = "" if problem.rests else ", stopped early,"
        return said, f"Correct: k-means {first} %, the mixture{early} {second} %."

    def doubt(self) -> str:
        """Say of how many points the mixture is in doubt."""
        doubt = int((~self.problem.sure).sum())
        if not doubt:
            return "Here the mixture is 90 % sure of every point, too."
        return f"The mixture is under 90 % sure of {counted(doubt, 'point', words=False)}, k-means of none."

    def lost(self) -> tuple[str, str]:
        """Say what k-means is, and what is lost on the way to it."""
        problem, fit = self.problem, self.problem.experiment.fit
        lost = ["shape"] * (fit.covariances != "spherical")
        lost += ["weights"] * bool(not fit.known.weights or np.ptp(problem.history.final.weights) > 0)
        lost += ["doubt"] * bool(not problem.sure.all())
        told = " and ".join([part for part in (", ".join(lost[:-1]), *lost[-1:]) if part])
        return "k-means: EM's two steps, with a hard edge.", f"Lost: {told}." if told else ""

    def written(self, step: int) -> str:
        """J after a step, in as many decimals as its fall takes."""
        return number_text(self.run.distortion(step), self.run.decimals)

    def _falls(self, before: float, after: float) -> str:
        old, new = (number_text(distortion, self.run.decimals) for distortion in (before, after))
        return f"{self.distortion} falls from {old} to {new}" if old != new else "J falls by very little"
