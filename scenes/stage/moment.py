"""The model at one instant of a film, and the run that yields it for any of the three numbers a film moves.

Nothing here draws, and nothing that is drawn is computed anywhere else: a panel is handed a Moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from em_model import (
    Data,
    History,
    Mixture,
    Statistics,
    StepSlice,
    entropy,
    log_likelihood,
    lower_bound,
    responsibilities,
    statistics,
    turned,
)
from em_model.mixture import FloatArray
from scenes.stage.number import room_for_ticks, ticks

__all__ = ["Mark", "Moment", "Run", "Window", "decimals_for"]

_LEFT, _RIGHT = -0.6, 2.2  # positions t shown: a little before θ_old and beyond θ_new
_GRID = 161
_EDGE = 1e-3  # how near to the end of a line's domain the curves are evaluated, as a share of the window


@dataclass(frozen=True, slots=True)
class Window:
    """What the slice panel shows of a line.

    Attributes
    ----------
    left, right : float
        Positions t.
    low, high : float
        Nats.
    ticks : tuple of (float, int, float)
        Marks on the axis of nats: value, decimals and opacity.
    """

    left: float
    right: float
    low: float
    high: float
    ticks: tuple[tuple[float, int, float], ...] = ()

    @classmethod
    def at_rest(cls, low: float, high: float) -> Window:
        """Window on the usual positions and these nats, with four or five round numbers marked."""
        least = 1e-12 * max(abs(low), abs(high))  # rounder numbers than that do not exist
        if high - low < least:
            low, high = low - least, high + least
        low, high = room_for_ticks(low, high)
        values, decimals = ticks(low, high)
        return cls(_LEFT, _RIGHT, low, high, tuple((float(value), decimals, 1.0) for value in values))

    @property
    def decimals(self) -> int:
        """Decimals that show a thousandth of the window's height, one at least."""
        return decimals_for(self.high - self.low)

    def glided(self, other: Window, share: float, about: tuple[float, float]) -> Window:
        """Window on the way to another: its height changes by a constant factor, while ``about`` moves evenly.

        Parameters
        ----------
        other : Window
            Where share 1 ends; both have the same left and right.
        share : float
            From 0 to 1.
        about : tuple of float
            A value in nats seen from this window and from the other, usually the same one.
        """
        heights = self.high - self.low, other.high - other.low
        height = heights[0] ** (1 - share) * heights[1] ** share
        here, there = (about[0] - self.low) / heights[0], (about[1] - other.low) / heights[1]
        value = about[0] + share * (about[1] - about[0])
        low = value - height * ((1 - share) * here + share * there)
        leaving = tuple((value, decimals, max(0.0, 1 - 2 * share)) for value, decimals, _ in self.ticks)
        coming = tuple((value, decimals, max(0.0, 2 * share - 1)) for value, decimals, _ in other.ticks)
        return Window(self.left, self.right, low, low + height, leaving if share < 0.5 else coming)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a mixture θ⁽ⁱ⁾ of the fit stands on the line."""

    step: int
    position: float
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """The model at one instant.

    Attributes
    ----------
    progress : float
        EM steps taken so far; between two whole numbers during an M-step.
    mixture : Mixture
        Parameters θ.
    posterior : array, shape (N, K)
        Posterior r of every point.
    certainty : float
        0 while no posterior has been computed yet, 1 once it has.
    line : StepSlice
        The line through parameter space on which the curves are evaluated.
    window : Window
        What of it is shown.
    positions : array, shape (T,)
        Positions t on the line, within its domain and the window.
    red : array, shape (T,)
        Log-likelihood ℓ(θ(t)) in nats.
    blue : array, shape (T,)
        Lower bound L(r, θ(t)) in nats.
    here : float
        Position of θ on the line.
    log_likelihood, lower_bound : float
        ℓ(θ) and L(r, θ) in nats.
    marks : tuple of Mark
        Mixtures of the fit that stand on the line.
    touch : float, optional
        Position at which blue touches red; none while it does not.
    """

    progress: float
    mixture: Mixture
    posterior: FloatArray
    certainty: float
    line: StepSlice
    window: Window
    positions: FloatArray
    red: FloatArray
    blue: FloatArray
    here: float
    log_likelihood: float
    lower_bound: float
    marks: tuple[Mark, ...]
    touch: float | None = None

    @property
    def gap(self) -> float:
        """KL(r ‖ p) = ℓ(θ) - L(r, θ) in nats (Bishop 9.70)."""
        return self.log_likelihood - self.lower_bound


def decimals_for(rise: float) -> int:
    """Decimals that show a thousandth of a rise in nats, one at least and six at most."""
    return int(np.clip(np.ceil(-np.log10(rise / 1000)), 1, 6)) if rise > 0 else 1


class Run:
    """A fit as a film sees it: the Moment at any λ of an E-step, t of an M-step, φ of the turn between two steps.

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
        self.line = lru_cache(maxsize=8)(self._line)
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

    def e_step(self, step: int, share: float) -> Moment:
        """Moment in the E-step: the posterior is (1 - λ) r_old + λ r_new at λ = share; θ stays."""
        start = self.m_start(step)
        if share >= 1:
            return replace(start, certainty=1.0)
        before, after = self.posterior(step - 1), self.posterior(step)
        posterior = (1 - share) * before + share * after
        mixed = self._statistics(step - 1).mixed(self._statistics(step), share, entropy(posterior))
        return replace(
            start,
            posterior=posterior,
            certainty=share if step == 1 else 1.0,
            blue=lower_bound(mixed, start.line.at(start.positions)),
            lower_bound=float(lower_bound(mixed, start.mixture)),
            touch=None,
        )

    def m_step(self, step: int, position: float) -> Moment:
        """Moment in the M-step: θ = θ(t) on the line at t = position; the posterior stays."""
        start = self.m_start(step)
        mixture = start.line.at(position)
        return replace(
            start,
            progress=step - 1 + position,
            mixture=mixture,
            here=position,
            log_likelihood=float(log_likelihood(self.data, mixture)),
            lower_bound=float(lower_bound(self._statistics(step), mixture)),
        )

    def turn(self, step: int, share: float) -> Moment:
        """Moment after a step, before the next: the line turns about θ⁽ⁱ⁾ by φ = share; θ and the posterior stay."""
        if share <= 0:
            return self.m_step(step, 1.0)
        end, following = self.m_step(step, 1.0), self.m_start(step + 1)
        line = turned(self.line(step), self.line(step + 1), share) if share < 1 else following.line
        window = end.window.glided(following.window, share, (end.log_likelihood, end.log_likelihood))
        positions = _positions(line, window, 1 - share)
        mixtures = line.at(positions)
        return replace(
            end,
            line=line,
            window=window,
            positions=positions,
            red=log_likelihood(self.data, mixtures),
            blue=lower_bound(self._statistics(step), mixtures),
            here=1 - share,
            touch=None,
            marks=(
                Mark(step - 1, -share, max(0.0, 1 - 3 * share)),
                Mark(step, 1 - share),
                Mark(step + 1, 2 - share, max(0.0, 3 * share - 2)),
            ),
        )

    def _m_start(self, step: int) -> Moment:
        """Return the moment between the E-step and the M-step, when blue touches red at θ⁽ⁱ⁻¹⁾."""
        line = self.line(step)
        mixture = self.history.mixtures[step - 1]
        positions = _positions(line, Window(_LEFT, _RIGHT, 0.0, 1.0), 0.0)
        mixtures = line.at(positions)
        red = log_likelihood(self.data, mixtures)
        blue = lower_bound(self._statistics(step), mixtures)
        touch = float(self.history.log_likelihoods[step - 1])
        return Moment(
            progress=float(step - 1),
            mixture=mixture,
            posterior=self.posterior(step),
            certainty=1.0,
            line=line,
            window=self._window(step, positions, red),
            positions=positions,
            red=red,
            blue=blue,
            here=0.0,
            log_likelihood=touch,
            lower_bound=float(lower_bound(self._statistics(step), mixture)),
            marks=(Mark(step - 1, 0.0), Mark(step, 1.0)),
            touch=0.0,
        )

    def _window(self, step: int, positions: FloatArray, red: FloatArray) -> Window:
        """Fit the nats to the step: from under the touch to over the red curve, blue's climb never a mere ripple."""
        touch = float(self.history.log_likelihoods[step - 1])
        top = float(lower_bound(self._statistics(step), self.history.mixtures[step]))
        climb = max(top - touch, 1e-9 * abs(touch), 1e-9)
        arrival = float(self.history.log_likelihoods[step])
        highest = float(red[positions >= 0].max(initial=arrival))
        high = min(highest + 0.25 * climb, max(arrival + 0.5 * climb, touch + 4.0 * climb))
        low = touch - 0.45 * (high - touch)
        return Window.at_rest(low, high)

    def _line(self, step: int) -> StepSlice:
        mixtures = self.history.mixtures
        return StepSlice.through(mixtures[step - 1], mixtures[step])

    def _posterior(self, step: int) -> FloatArray:
        """Return the posterior of the step's E-step; before the first, each point is shared out by the weights."""
        if step == 0:
            return np.tile(self.history.start.weights, (self.data.n_points, 1))
        return responsibilities(self.data, self.history.mixtures[step - 1])

    def _statistics(self, step: int) -> Statistics:
        if step == 0:
            return statistics(self.data, self.posterior(0))
        return self.history.statistics[step - 1]


def _positions(line: StepSlice, window: Window, pivot: float) -> FloatArray:
    """Positions t at which the curves are evaluated: an even grid, the marked places, and more of them at an end."""
    low, high = line.domain
    edge = _EDGE * (window.right - window.left)
    left, right = max(window.left, low + edge), min(window.right, high - edge)
    grid = np.linspace(left, right, _GRID)
    marked = [position for position in (0.0, pivot, 1.0) if left < position < right]
    towards_ends = (grid[1] - grid[0]) * 0.5 ** np.arange(1, 6)
    ends = []
    if left > window.left:
        ends.append(left + towards_ends)
    if right < window.right:
        ends.append(right - towards_ends)
    return np.unique(np.concatenate([grid, marked, *ends]))
