"""The run on coordinate slices: one number of one mean varies, the rest of θ stays at a base that the M-step moves."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from em_model import CoordinateSlice, Data, History, Mixture, StepSlice, log_likelihood, lower_bound
from em_model.mixture import FloatArray
from scenes.stage.moment import Mark, Moment, Window
from scenes.stage.number import marked
from scenes.stage.run import Run

__all__ = ["CoordinateRun"]

_GRID = 241
_MARGIN = 0.08  # room above and below red, as a share of its height


class CoordinateRun(Run):
    """A fit on the slices along one coordinate of one mean, through the present θ.

    In an E-step the base is θ_old and blue rises until it touches red at the base's own value. In an M-step the base
    moves from θ_old to θ_new along the line of the step; blue's top arrives at exactly the base's value.

    Parameters
    ----------
    data : Data
        The points that were fitted.
    history : History
        The fit; it has at least one step.
    component, axis : int
        Which coordinate of the means varies, both from 0.
    left, right : float
        Values of it that are shown, in data units.
    """

    def __init__(self, data: Data, history: History, component: int, axis: int, *, left: float, right: float) -> None:
        super().__init__(data, history)
        self.component, self.axis = component, axis
        self.left, self.right = left, right
        self.m_start = lru_cache(maxsize=4)(self._m_start)
        self._window = lru_cache(maxsize=4)(self._window_at)

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

    def m_step(self, step: int, position: float) -> Moment:
        """Moment in the M-step: θ = θ(t) on the step's line at t = position, and the slice goes through it."""
        start = self.m_start(step)
        if position <= 0:
            return start
        mixtures = self.history.mixtures
        if position >= 1:
            mixture = mixtures[step]
        else:
            mixture = StepSlice.through(mixtures[step - 1], mixtures[step]).at(position)
        window = start.window
        if step < self.n_steps:
            about = (float(self.history.log_likelihoods[step - 1]), float(self.history.log_likelihoods[step]))
            window = window.glided(self._window(step), position, about)
        moment = self._moment(step, mixture, window)
        return replace(moment, progress=step - 1 + position, touch=None)

    def _m_start(self, step: int) -> Moment:
        """Return the moment between the E-step and the M-step, when blue touches red at θ⁽ⁱ⁻¹⁾."""
        return self._moment(step, self.history.mixtures[step - 1], self._window(step - 1))

    def _moment(self, step: int, mixture: Mixture, window: Window) -> Moment:
        line = CoordinateSlice(mixture, self.component, self.axis)
        here = line.position
        positions = self._positions(here)
        along = line.at(positions)
        bound = self.statistics(step)
        return Moment(
            step=step,
            progress=float(step - 1),
            mixture=mixture,
            posterior=self.posterior(step),
            certainty=1.0,
            line=line,
            window=window,
            positions=positions,
            red=log_likelihood(self.data, along),
            blue=lower_bound(bound, along),
            here=here,
            log_likelihood=float(log_likelihood(self.data, mixture)),
            lower_bound=float(lower_bound(bound, mixture)),
            marks=(Mark(step - 1, self._coordinate(step - 1)), Mark(step, self._coordinate(step))),
            touch=here,
        )

    def _coordinate(self, step: int) -> float:
        return float(self.history.mixtures.means[step, self.component, self.axis])

    def _positions(self, here: float) -> FloatArray:
        grid = np.linspace(self.left, self.right, _GRID)
        return np.union1d(grid, [here]) if self.left < here < self.right else grid

    def _window_at(self, step: int) -> Window:
        """Show all of red on the slice through θ⁽ⁱ⁾, its hills and the hollows between them."""
        line = CoordinateSlice(self.history.mixtures[step], self.component, self.axis)
        red = log_likelihood(self.data, line.at(np.linspace(self.left, self.right, _GRID)))
        room = _MARGIN * max(float(np.ptp(red)), 1e-9 * float(np.abs(red).max()))
        low, high = float(red.min()) - room, float(red.max()) + room
        return Window.at_rest(self.left, self.right, low, high, across=marked(self.left, self.right))
