"""A fit as a film sees it: the Moment at any value of the numbers that a film moves.

Nothing here draws, and nothing that is drawn is computed anywhere else: a panel is handed a Moment.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from em_film.experiment.experiment import Experiment
from em_film.page.window import decimals_for
from em_film.runs.moment import Moment
from em_model import (
    Data,
    EMError,
    History,
    Mixture,
    Statistics,
    entropy,
    log_likelihood,
    lower_bound,
    responsibilities,
)
from em_model import statistics as statistics_of
from em_model.mixture import FloatArray

__all__ = ["Run", "fitted"]


def fitted(experiment: Experiment) -> History:
    """Fit an experiment, or load its saved fit, for a film: that takes a step at least.

    Raises
    ------
    EMError
        If it cannot be fitted, or took no step.
    """
    history = experiment.run()
    if history.n_steps == 0:  # no fit of these data has none, but a saved one may
        raise EMError(f"{experiment.path}: fit.history: the fit took no step; name one that did")
    return history


class Run(ABC):
    """The moments of a fit; its kinds say on which lines the curves are drawn.

    Steps are counted from 1; step i leads from θ⁽ⁱ⁻¹⁾ to θ⁽ⁱ⁾.

    Parameters
    ----------
    data : Data
        The points that were fitted.
    history : History
        The fit; it has at least one step.
    """

    def __init__(self, data: Data, history: History) -> None:
        self.data = data
        self.history = history
        self.posterior = lru_cache(maxsize=4)(self._posterior)
        self.m_start = lru_cache(maxsize=4)(self._m_start)

    @property
    def n_steps(self) -> int:
        """Number of EM steps of the fit."""
        return self.history.n_steps

    @property
    def decimals(self) -> int:
        """Decimals in which ℓ is written throughout the film."""
        values = self.history.log_likelihoods
        return decimals_for(float(values[-1] - values[0]))

    def statistics(self, step: int) -> Statistics:
        """Statistics of the posterior of a step's E-step, with its entropy."""
        if step == 0:
            return statistics_of(self.data, self.posterior(0))
        return self.history.statistics[step - 1]

    def mixed(self, step: int, share: float) -> tuple[FloatArray, Statistics]:
        """Posterior (1 - λ) r_old + λ r_new at λ = share of a step's E-step, and its statistics."""
        before, after = self.posterior(step - 1), self.posterior(step)
        posterior = (1 - share) * before + share * after
        return posterior, self.statistics(step - 1).mixed(self.statistics(step), share, entropy(posterior))

    def e_step(self, step: int, share: float) -> Moment:
        """Moment in the E-step: the posterior is (1 - λ) r_old + λ r_new at λ = share; θ stays."""
        start = self.m_start(step)
        if share >= 1:
            return start
        posterior, mixed = self.mixed(step, share)
        return replace(
            start,
            posterior=posterior,
            certainty=share if step == 1 else 1.0,
            blue=lower_bound(mixed, start.line.at(start.positions)),
            lower_bound=float(lower_bound(mixed, start.mixture)),
            touch=None,
        )

    @abstractmethod
    def m_step(self, step: int, position: float) -> Moment:
        """Moment in the M-step: θ is a share t = position of the way along the step; the posterior stays."""

    @abstractmethod
    def _m_start(self, step: int) -> Moment:
        """Return the moment between the E-step and the M-step, when blue touches red at θ⁽ⁱ⁻¹⁾."""

    def _moved(self, moment: Moment, mixture: Mixture, here: float, bound: Statistics, **changes: Any) -> Moment:
        """Return a moment with θ elsewhere on its line, under the bound of these statistics."""
        return replace(
            moment,
            mixture=mixture,
            here=here,
            log_likelihood=float(log_likelihood(self.data, mixture)),
            lower_bound=float(lower_bound(bound, mixture)),
            **changes,
        )

    def _posterior(self, step: int) -> FloatArray:
        """Return the posterior of the step's E-step; before the first, each point is shared out by the weights."""
        if step == 0:
            return np.tile(self.history.start.weights, (self.data.n_points, 1))
        return responsibilities(self.data, self.history.mixtures[step - 1])
