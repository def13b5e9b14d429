"""What can be said of a likelihood without a maximum: sentences of the fits, each under its condition."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from em_film.experiment import Experiment
from em_film.page.ticks import number_text
from em_film.page.window import decimals_for
from em_film.panels.singularity.line import spread
from em_film.panels.singularity.problem import Singularity
from em_film.wording import counted
from em_model import History

__all__ = ["Told", "written"]

_SAME = 1e-2  # nats up to which two fits have ended on one hill


class Told:
    """The film's sentences, as pairs of a sentence and a quieter line.

    Parameters
    ----------
    experiment : Experiment
    problem : Singularity
    """

    def __init__(self, experiment: Experiment, problem: Singularity) -> None:
        self.experiment, self.problem = experiment, problem
        climb = float(np.ptp(problem.mended.objectives))
        self.decimals = max(1, decimals_for(climb) - 1)
        many = problem.copies
        self.point = "a data point" if many == 1 else f"{many} points that are one and the same"

    def data(self) -> tuple[str, str]:
        """Say what there is, and what is done to it."""
        count = counted(self.problem.falling.start.n_components, "Gaussian")
        return (
            f"{self.problem.data.n_points} points, a mixture of {count}.",
            f"One mean is put on {self.point} (ringed).",
        )

    def sliding(self) -> tuple[str, str]:
        """Say what is done, and what red is."""
        return "Make that Gaussian narrower: σ slides down.", "Red: how well the mixture explains the points."

    def for_ever(self) -> tuple[str, str]:
        """Say what a tenfold narrower component gains, measured at the narrow end of the picture."""
        problem, low = self.problem, self.problem.narrowest
        gain = number_text(problem.height(low) - problem.height(low + math.log(10)), 1)
        hill = problem.hill()
        rate = f"Ten times narrower: {gain} nats more. It never ends."
        if hill is None:
            return rate, "The other points lean on the rest of the mixture."
        return rate, f"Below log σ = {number_text(problem.passes(hill[1]), 1)} red is above its hill."

    def near(self) -> tuple[str, str]:
        """Say where EM starts."""
        return "EM starts near that point; everything is free.", "Red: this Gaussian, shrunk towards the point."

    def climbed(self, history: History, step: int) -> str:
        """Say from which σ to which a step of a fit has led."""
        old, new = (self._deviation(history, i) for i in (step - 1, step))
        return f"climb to blue's top: σ from {written(old)} to {written(new)}"

    def going_on(self, history: History, first: int) -> str:
        """Say what the steps from one on do to σ."""
        deviations = [self._deviation(history, i) for i in range(first - 1, history.n_steps + 1)]
        if all(later < earlier for earlier, later in pairwise(deviations)):
            return "Touch, climb: narrower and narrower."
        return "Touch, climb, touch, climb."

    def collapse(self) -> tuple[str, str]:
        """Say how it ends."""
        seat = "one point" if self.problem.copies == 1 else "points that are one and the same"
        return f"One Gaussian sits on {seat}.", "The start is not wrong: this likelihood has no maximum."

    def no_top(self) -> str:
        """Say what blue's top is after the last E-step."""
        top = self.problem.falling.statistics[-1].covariances[self.problem.component, 0, 0]
        return (
            "blue rises, touches, and then has no top"
            if top <= 0
            else "blue rises, touches; its top is too narrow for numbers"
        )

    def wider(self) -> str:
        """Say where wider starts have led."""
        fits, best = self.problem.wider, self.best()
        ends = [float(fit.log_likelihoods[-1]) for fit in fits]
        where = "on a hill" if best - min(ends) < _SAME else "on hills, the higher"
        verb = "ends" if len(fits) == 1 else "end"
        starts = counted(len(fits), "wider start").capitalize()
        return f"{starts} {verb} {where} at ℓ = {number_text(best, self.decimals)}."

    def no_hill_is_the_top(self) -> str:
        """Say where the spike is higher than the best end of the wider starts."""
        passed = number_text(self.passed(), 1)
        return f"A hill is no top: below log σ = {passed} the spike is higher."

    def best(self) -> float:
        """ℓ in nats at the best end of the wider starts."""
        return max(float(fit.log_likelihoods[-1]) for fit in self.problem.wider)

    def passed(self) -> float:
        """Log σ below which the spike of the fit that falls is higher than that."""
        return self.problem.passes(self.best(), self.problem.falling.final)

    def prior(self) -> tuple[str, str]:
        """Say what a prior is, and what it does to red."""
        points = self.problem.prior.points
        imagined = f"{points:g} more point{'' if points == 1 else 's'}"
        return f"A prior: each Gaussian imagines {imagined} (rings).", "Red, now ℓ + log p, bends down and has a top."

    def again(self) -> str:
        """Say what is tried with the prior."""
        return "The same start, with the prior: touch, climb."

    def arrival(self) -> tuple[str, str]:
        """Say how the fit with the prior has ended, and what the prior costs: EM goes on from there without it."""
        mended, relaxed = self.problem.mended, self.problem.relaxed
        steps = counted(mended.n_steps, "step")
        end = f"After {steps} EM has arrived."
        if mended.outcome != "converged":
            end = f"After {steps} it still climbs; nothing has collapsed."
        if relaxed is None:
            return end, "Without the prior it would collapse from here, too."
        loss = float(relaxed.log_likelihoods[-1] - mended.log_likelihoods[-1])
        digits = max(1, decimals_for(loss) - 3) if loss > 0 else 1
        others = [i for i in range(mended.final.n_components) if i != self.problem.component]
        healthy = max(others, key=lambda i: float(mended.final.weights[i]))
        before, after = (written(math.exp(spread(fit.final, healthy))) for fit in (mended, relaxed))
        cost = f"The prior costs {number_text(loss, digits)} nats of ℓ"
        return end, f"{cost}; healthy σ: {before}, not {after} (dashed)." if before != after else f"{cost} (dashed)."

    def check(self) -> tuple[str, str]:
        """Say where collapse and remedy are found."""
        return "Without a prior, em-film check tells what happened.", "One line in the file mends it."

    def checked(self) -> tuple[str, str, str, str]:
        """Return the check's command, what it says without a prior, the lines for the file, and what comes of them."""
        fit = self.problem.mended
        steps = counted(fit.n_steps, "step", words=False)
        ended = "converged after" if fit.outcome == "converged" else "stopped at the limit of"
        command = f"em-film check {self.experiment.path.name}"
        return command, self.problem.complaint, self._remedy(), f"Then: {ended} {steps}."

    def _remedy(self) -> str:
        given = self.experiment.fit.prior
        if isinstance(given, tuple):
            points, matrix = given
            rows = ", ".join(f"[{', '.join(f'{number:g}' for number in row)}]" for row in matrix)
            return f"[fit]\nprior = {{ points = {points:g}, spread = [{rows}] }}"
        return '[fit]\nprior = "weak"'

    def _deviation(self, history: History, step: int) -> float:
        return math.exp(spread(history.mixtures[step], self.problem.component))


def written(deviation: float) -> str:
    """Write a standard deviation in two or three digits; very small ones as powers of ten.

    Examples
    --------
    >>> print(written(0.2298), written(12.34), written(3.04e-7))
    0.23 12.3 3·10⁻⁷
    """
    if deviation < 1e-3:
        power = math.floor(math.log10(deviation))
        figure = round(deviation / 10.0**power)
        figure, power = (1, power + 1) if figure == 10 else (figure, power)
        return f"{figure}·10{str(power).translate(str.maketrans('0123456789-', '⁰¹²³⁴⁵⁶⁷⁸⁹⁻'))}"
    places = max(0, (2 if deviation < 1 else 3) - 1 - math.floor(math.log10(deviation)))
    return number_text(deviation, places)
