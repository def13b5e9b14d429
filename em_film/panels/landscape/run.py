"""EM on the map of two means: the bound's level sets around θ, at any λ of an E-step and t of an M-step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from em_film.runs.moment import Moment
from em_film.runs.steps import StepRun
from em_model import Mixture, lower_bound
from em_model.ascent.landscape import level_axes
from em_model.mixture import FloatArray

__all__ = ["MapMoment", "MapRun"]

_RINGS = 4  # level sets shown: at the height of θ, and evenly from there to the bound's top


@dataclass(frozen=True, slots=True, eq=False)
class MapMoment:
    """The model at one instant, on the map.

    Attributes
    ----------
    moment : Moment
        The same instant on the line from θ to the bound's top.
    here : array, shape (2,)
        Both means.
    top : array, shape (2,)
        Where L(r, ·) is highest: the means that the M-step leads to.
    rings : array, shape (T, 2)
        Half-axes of level sets of L(r, ·), ellipses about the top; the first is as high as ℓ(θ) was before the M-step.
        NaN where L(r, ·) is nowhere so high.
    """

    moment: Moment
    here: FloatArray
    top: FloatArray
    rings: FloatArray


class MapRun:
    """The moments of a fit of two means, all else known, in one dimension."""

    def __init__(self, run: StepRun) -> None:
        self.run = run
        self.n_steps = run.n_steps

    def e_step(self, step: int, share: float) -> MapMoment:
        """Moment in the E-step at λ = share; θ stays."""
        return self._at(self.run.e_step(step, share), self._levels(step))

    def m_step(self, step: int, position: float) -> MapMoment:
        """Moment in the M-step at t = position; the posterior stays."""
        return self._at(self.run.m_step(step, position), self._levels(step))

    def turn(self, step: int, share: float) -> MapMoment:
        """Moment after a step: the heights of the level sets rise to those of the next step, the bound stays."""
        levels = (1 - share) * self._levels(step) + share * self._levels(step + 1)
        return self._at(self.run.turn(step, share), levels)

    def _levels(self, step: int) -> FloatArray:
        touch = float(self.run.history.log_likelihoods[step - 1])
        top = float(lower_bound(self.run.statistics(step), self.run.history.mixtures[step]))
        return touch + (top - touch) * np.arange(_RINGS) / _RINGS

    def _at(self, moment: Moment, levels: FloatArray) -> MapMoment:
        mixture, statistics = moment.mixture, moment.statistics
        top = Mixture(mixture.weights, statistics.means, mixture.covariances)
        depth = float(lower_bound(statistics, top)) - levels
        rings = level_axes(statistics, mixture.covariances[:, 0, 0], depth)
        return MapMoment(moment, mixture.means[:, 0], statistics.means[:, 0], rings)
