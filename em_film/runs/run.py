"""A fit as a film sees it: the Moment at any value of the numbers that a film moves.

Nothing here draws, and nothing that is drawn is computed anywhere else: a panel is handed a Moment.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.interpolate import PchipInterpolator

from em_film.page.window import Window, decimals_for
from em_film.runs.memory import remembered
from em_film.runs.moment import Moment
from em_film.runs.profile import Mark, Profile
from em_model import (
    Data,
    History,
    Mixture,
    Slice,
    Statistics,
    StepSlice,
    entropy,
    log_likelihood,
    lower_bound,
    responsibilities,
)
from em_model import statistics as statistics_of
from em_model.mixture import FloatArray
from em_model.prior import log_prior

__all__ = ["Run"]

_PACES = 13  # λs of an E-step at which the bound is looked at beforehand


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

    @property
    def n_steps(self) -> int:
        """Number of EM steps of the fit."""
        return self.history.n_steps

    @property
    def has_prior(self) -> bool:
        """Whether both curves carry log p(θ)."""
        return self.history.prior is not None

    @property
    def decimals(self) -> int:
        """Decimals in which ℓ is written throughout the film."""
        values = self.history.objectives
        return decimals_for(float(values[-1] - values[0]))

    @remembered(4)
    def posterior(self, step: int) -> FloatArray:
        """Posterior of the step's E-step, shape (N, K); before the first, each point is shared out by the weights."""
        if step == 0:
            return np.tile(self.history.start.weights, (self.data.n_rows, 1))
        return responsibilities(self.data, self.history.mixtures[step - 1])

    def gap_places(self, step: int) -> int | None:
        """Decimals of the gap that a step's M-step opens and the next E-step closes; none where any will do."""
        return None

    def statistics(self, step: int) -> Statistics:
        """Statistics of the posterior of a step's E-step, with its entropy."""
        return self._statistics_before() if step == 0 else self.history.statistics[step - 1]

    @remembered(4)
    def line(self, step: int) -> StepSlice:
        """Straight line from θ⁽ⁱ⁻¹⁾ to θ⁽ⁱ⁾, on which the M-step moves θ."""
        return StepSlice.through(self.history.mixtures[step - 1], self.history.mixtures[step])

    @remembered(4)
    def m_start(self, step: int) -> Moment:
        """Moment between the E-step and the M-step, when blue touches red at θ⁽ⁱ⁻¹⁾."""
        return Moment(
            step=step,
            progress=float(step - 1),
            mixture=self.history.mixtures[step - 1],
            posterior=self.posterior(step),
            certainty=1.0,
            likelihood=self._log_likelihood,
            bound=self.blue,
            summary=lambda: self.statistics(step),
            curves=self._touching,
            more=" + log p(θ)" if self.has_prior else "",
            gap_places=self.gap_places(step),
        )

    def e_step(self, step: int, share: float) -> Moment:
        """Moment in the E-step: the posterior is (1 - λ) r_old + λ r_new at λ = share; θ stays."""
        start = self.m_start(step)
        if share >= 1:
            return start
        posterior = (1 - share) * self.posterior(step - 1) + share * self.posterior(step)

        def mixed() -> Statistics:
            return self.statistics(step - 1).mixed(self.statistics(step), share, entropy(posterior, self.data.weights))

        def rising(moment: Moment) -> Profile:
            profile = start.profile
            blue = self.blue(moment.statistics, profile.mixtures)
            return replace(profile, blue=blue, window=self._rising(start, moment), touch=None)

        certainty = share if step == 1 else 1.0
        places = self.gap_places(step - 1)
        return replace(start, posterior=posterior, certainty=certainty, gap_places=places, summary=mixed, curves=rising)

    def rise(self, step: int, share: float) -> Moment:
        """Moment in the E-step at the λ at which the bound has risen by a share of the way, as it is seen.

        Far below, where a window closes up on it, the way is counted in factors of the gap, and near red in nats.
        """
        return self.e_step(step, float(self._pace(step)(share)) if 0 < share < 1 else share)

    @remembered(4)
    def _pace(self, step: int) -> Callable[[float], float]:
        """λ as a function of the share of the bound's way, from 0 to 1."""
        window = self.m_start(step).profile.window
        after = self.m_start(step).log_likelihood
        shares = 1 - np.linspace(1.0, 0.0, _PACES) ** 2
        gaps = np.array([after - self.e_step(step, float(share)).lower_bound for share in shares[:-1]] + [0.0])
        way = np.log((window.high - window.low) / 2 + np.maximum(gaps, 0.0))
        way = (way[0] - way) / ((way[0] - way[-1]) or 1.0)
        return PchipInterpolator(way, shares) if (np.diff(way) > 0).all() else float

    def m_step(self, step: int, position: float) -> Moment:
        """Moment in the M-step: θ = θ(t) on the step's line at t = position; the posterior stays."""
        start = self.m_start(step)
        if position <= 0:
            return start
        mixture = self.history.mixtures[step] if position >= 1 else self.line(step).at(position)

        def climbing(moment: Moment) -> Profile:
            return self._climbing(start, moment, position)

        return replace(start, mixture=mixture, progress=step - 1 + position, curves=climbing)

    def whole(self, share: float, start: int = 0) -> Moment:
        """Moment a share of the way through all M-steps after the first ones, one after the other."""
        steps = start + share * (self.n_steps - start)
        step = min(int(steps) + 1, self.n_steps)
        return self.m_step(step, steps - (step - 1))

    @abstractmethod
    def _touching(self, moment: Moment) -> Profile:
        """Curves between the E-step and the M-step, when blue touches red."""

    def _rising(self, start: Moment, moment: Moment) -> Window:
        """Window in the E-step that ends at a moment: that of its end, unless a kind of run has another."""
        return start.profile.window

    @abstractmethod
    def _climbing(self, start: Moment, moment: Moment, position: float) -> Profile:
        """Curves in the M-step that began at a moment, at another one a share t = position of the way along."""

    def _profile(
        self,
        line: Slice,
        window: Window,
        positions: FloatArray,
        moment: Moment,
        here: float,
        marks: tuple[Mark, ...],
        touch: float | None = None,
    ) -> Profile:
        """Evaluate both curves at positions on a line, blue under the moment's posterior."""
        mixtures = line.at(positions)
        return Profile(
            line=line,
            window=window,
            positions=positions,
            mixtures=mixtures,
            red=self.red(mixtures),
            blue=self.blue(moment.statistics, mixtures),
            here=here,
            marks=marks,
            touch=touch,
        )

    @remembered(4)
    def _log_likelihood(self, mixture: Mixture) -> float:
        return float(self.red(mixture))

    def red(self, mixtures: Mixture) -> FloatArray:
        """Evaluate what EM climbs, of one mixture or a batch, in nats: ℓ(θ), and log p(θ) with a prior (Bishop 9.3)."""
        return log_likelihood(self.data, mixtures) + log_prior(self.history.prior, mixtures)

    def blue(self, statistics: Statistics, mixtures: Mixture) -> FloatArray:
        """Evaluate its lower bound under a posterior, in nats: L(r, θ), and log p(θ) with a prior."""
        return lower_bound(statistics, mixtures) + log_prior(self.history.prior, mixtures)

    @remembered(1)
    def _statistics_before(self) -> Statistics:
        return statistics_of(self.data, self.posterior(0))
