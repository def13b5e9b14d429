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
from em_film.runs.outcome import is_at_the_top
from em_film.wording import counted, power_text
from em_model import History

__all__ = ["Told", "written"]

_SAME = 1e-2  # nats up to which two fits have ended on one hill, and up to which one has ended on it
_WRITTEN = 0.05  # nats, less than which what the prior costs is not changed by


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

    def data(self) -> str:
        """Say what there is, and what is done to it."""
        count = counted(self.problem.falling.start.n_components, "Gaussian")
        return f"{self.problem.data.n_points} points, {count}, one mean on {self.point} (circled)."

    def sliding(self) -> tuple[str, str]:
        """Say what is done, and why red goes down and up where it does."""
        said = "Make that Gaussian narrower: σ slides down."
        if self.problem.hill() is None:
            return said, "Red, the log-likelihood: how well the mixture explains the points."
        return said, "Red: first its neighbours lose, then its own point gains more."

    def for_ever(self) -> tuple[str, str]:
        """Say what a tenfold narrower component gains, measured at the narrow end of the picture, and why."""
        problem, low = self.problem, self.problem.narrowest
        gain = number_text(problem.height(low) - problem.height(low + math.log(10)), 1)
        rate = f"Ten times narrower: {gain} nats more, for ever."
        gains = "The point gains" if problem.copies == 1 else "Its points gain"
        return rate, f"{gains} −log σ{' each' if problem.copies > 1 else ''}; {self._others('covers')} the rest."

    def near(self) -> tuple[str, str]:
        """Say where EM starts."""
        return (
            "EM starts near that point.",
            "Red: that Gaussian, shrunk onto its point; all else at rest.",
        )

    def climbed(self, history: History, step: int) -> tuple[str, str]:
        """Say from which σ to which a step of a fit has led, and why both curves change."""
        old, new = (self._deviation(history, i) for i in (step - 1, step))
        changing = "Both curves change: all else moves, too."
        return f"to blue's top: σ from {written(old)} to {written(new)}", changing

    def going_on(self, history: History, first: int) -> tuple[str, str]:
        """Say what the steps from one on do to σ, and why."""
        deviations = [self._deviation(history, i) for i in range(first - 1, history.n_steps + 1)]
        if all(later < earlier for earlier, later in pairwise(deviations)):
            return "Narrower and narrower.", "Its neighbours' shares vanish, and with them its width."
        return "Touch, climb, touch, climb.", ""

    def collapse(self) -> str:
        """Say how it ends."""
        return "Not the start's fault: this likelihood has no maximum."

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
        starts = counted(len(fits), "wider start").capitalize()
        many = "s" if len(fits) == 1 else ""
        if self.problem.wider_left >= _SAME:
            return f"{starts} lead{many} up to ℓ = {number_text(best, self.decimals)}."
        where = "on a hill" if best - min(ends) < _SAME else "on hills, the higher"
        return f"{starts} end{many} {where} at ℓ = {number_text(best, self.decimals)}."

    def no_hill_is_the_top(self) -> str:
        """Say where the spike is higher than the best end of the wider starts."""
        passed = number_text(self.passed(), 1)
        return f"Not the maximum: below log σ = {passed} the spike is higher."

    def best(self) -> float:
        """ℓ in nats at the best end of the wider starts."""
        return max(float(fit.log_likelihoods[-1]) for fit in self.problem.wider)

    def passed(self) -> float:
        """Log σ below which the spike of the fit that falls is higher than that."""
        return self.problem.passes(self.best(), self.problem.falling.final)

    def prior(self) -> str:
        """Say what a prior is."""
        points = self.problem.prior.points
        imagined = f"{points:g} more point{'' if points == 1 else 's'}"
        return f"A prior p: each Gaussian imagines {imagined} (rings)."

    def weighed(self) -> str:
        """Say what the prior does to red."""
        return "As they count, red, now ℓ + log p, gets a top."

    def again(self) -> str:
        """Say what is tried with the prior."""
        return "The same start, with the prior: touch, climb."

    def arrival(self) -> tuple[str, str]:
        """Say how the fit with the prior has ended, and what the prior costs: EM goes on from there without it."""
        mended, relaxed = self.problem.mended, self.problem.relaxed
        if not self.has_arrived:
            steps, left = counted(mended.n_steps, "step"), self.problem.left
            nats = number_text(left, max(1, decimals_for(left) - 2))
            ended = "the tolerance ends it, on the way" if mended.outcome == "converged" else "it still climbs"
            return f"After {steps} {ended}.", f"{nats} nats of ℓ + log p are still to be had."
        if relaxed is None:
            return "EM arrives.", "Without the prior it would collapse from here, too."
        ends = [float(fit.log_likelihoods[-1]) for fit in (mended, relaxed)]
        digits = max(1, decimals_for(ends[1] - ends[0]) - 3) if ends[1] > ends[0] else 1
        held, free = (round(value, digits) for value in ends)
        others = [i for i in range(mended.final.n_components) if i != self.problem.component]
        healthy = max(others, key=lambda i: float(mended.final.weights[i]))
        before, after = (written(math.exp(spread(fit.final, healthy))) for fit in (mended, relaxed))
        whose = "the other" if len(others) == 1 else "the largest other"
        heights = f"ℓ {number_text(held, digits)}, not {number_text(free, digits)}"
        widths = f"; {whose} σ {before}, not {after}" if before != after else ""
        return f"EM arrives; the prior costs {number_text(free - held, digits)} nats.", f"{heights}{widths} (dashed)."

    @property
    def has_arrived(self) -> bool:
        """Whether the fit with the prior has ended at the top, as far as is seen and as nats are written."""
        return is_at_the_top(self.problem.mended, self.problem.left) and self.problem.left < _WRITTEN

    def check(self) -> str:
        """Say where collapse and remedy are found."""
        return "em-film check tells it; one line under [fit] mends it."

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

    def _others(self, verb: str) -> str:
        """Return the other Gaussians as what does something, its verb as of one of them."""
        one = self.problem.falling.start.n_components == 2
        return f"the other Gaussian {verb}" if one else f"the other Gaussians {verb.removesuffix('s')}"

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
        return f"{figure}·{power_text(power)}"
    places = max(0, (2 if deviation < 1 else 3) - 1 - math.floor(math.log10(deviation)))
    return number_text(deviation, places)
