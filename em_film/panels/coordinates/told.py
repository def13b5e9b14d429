"""What the film in four panels says: each sentence a function of the fit."""

from __future__ import annotations

import numpy as np

from em_film.page.ticks import number_text
from em_film.runs.outcome import climbed
from em_film.runs.steps import LEAST_CLIMB
from em_film.wording import counted
from em_model import History, Mixture

__all__ = ["Told"]


class Told:
    """The film's sentences.

    Parameters
    ----------
    history : History
    first_gap : float
        Nats from the bound to ℓ before the first E-step.
    at_the_top : bool
        Whether nothing is seen to be left to gain at the end.
    """

    def __init__(self, history: History, first_gap: float, *, at_the_top: bool) -> None:
        self.history, self.first_gap, self.at_the_top = history, first_gap, at_the_top

    def opening(self, drawn: int) -> str:
        """Say what there is, and what of it is drawn."""
        count, mixture = self.history.n_points, self.history.start
        sampled = f" ({drawn} drawn)" if drawn < count else ""
        guess = counted(mixture.n_components, "Gaussian")
        if mixture.n_dimensions > 2:
            return f"{count} points{sampled}, 2 of {mixture.n_dimensions} columns shown; a guess: {guess}"
        return f"{count} points{sampled}, and a first guess of {guess}"

    def e_step(self) -> str:
        """Say what the first E-step does to the bound."""
        if self.history.start.n_components == 1:
            return "nothing to share, the bound is ℓ itself"
        rises = self.first_gap >= LEAST_CLIMB
        return f"the lower bound {'rises until it touches' if rises else 'touches already'}"

    def second_step(self) -> str:
        """Say what the second step does."""
        gain = self.history.objectives[2] - self.history.objectives[1]
        return "Again: up to the touch, then to the top" if gain >= LEAST_CLIMB else "Again, and nothing visibly moves"

    def rest(self, first: int) -> str:
        """Say what all steps from one on do to what is climbed."""
        gains = np.diff(self.history.objectives[first - 1 :])
        if gains.max() < LEAST_CLIMB:
            return f"And so on: each step gains less than {LEAST_CLIMB:g} nats"
        return f"And so on: {'every step raises' if (gains > 0).all() else 'no step lowers'} {climbed(self.history)}"

    def end(self, decimals: int, truth: Mixture | None) -> tuple[str, str]:
        """Say how it has ended, on the page and in the captions; of the true clusters where they are drawn."""
        steps = counted(self.history.n_steps, "step")
        converged = self.history.outcome == "converged"
        if self.at_the_top:
            ended = f"{'Converged' if converged else 'At the top'} after {steps}"
        else:
            ended = f"Ended by the tolerance after {steps}" if converged else f"Stopped after {steps}, on the way"
        whole = f"{ended}, ℓ = {number_text(float(self.history.log_likelihoods[-1]), decimals)}"
        if truth is None:
            return whole, whole
        dashed = f"dashed: the true cluster{'s' if truth.n_components > 1 else ''}"
        return f"{ended}; {dashed}", f"{whole}; {dashed}"
