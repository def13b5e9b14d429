"""The model at one instant of a film: what a panel is handed, and all that it may draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from em_model import Mixture, Slice
from em_model.mixture import FloatArray
from scenes.stage.number import Tick, marked, room_for_ticks

__all__ = ["Ahead", "Mark", "Moment", "Window", "decimals_for"]

_CROWDED = 0.35  # share of their own distance on the page at which ticks are gone; at twice that they begin to fade


@dataclass(frozen=True, slots=True)
class Window:
    """What the slice panel shows of a line.

    Attributes
    ----------
    left, right : float
        Positions on it.
    low, high : float
        Nats.
    ticks : tuple of Tick
        Round numbers marked on the axis of nats.
    across : tuple of Tick
        Round numbers marked on the axis of positions; none where positions have no unit.
    """

    left: float
    right: float
    low: float
    high: float
    ticks: tuple[Tick, ...] = ()
    across: tuple[Tick, ...] = ()

    @classmethod
    def at_rest(cls, left: float, right: float, low: float, high: float, *, across: tuple[Tick, ...] = ()) -> Window:
        """Window on these positions and at least these nats, with four or five round numbers of nats marked."""
        least = 1e-12 * max(abs(low), abs(high))  # rounder numbers than that do not exist
        if high - low < least:
            low, high = low - least, high + least
        low, high = room_for_ticks(low, high)
        return cls(left, right, low, high, marked(low, high), across)

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
        return self.between(other, share, low, low + height)

    def between(self, other: Window, share: float, low: float, high: float) -> Window:
        """Window on these nats on the way to another, whose ticks take the place of this one's half-way.

        Ticks fade on the way, and sooner where they would crowd.
        """
        fresh = self if share < 0.5 else other
        lasting = {tick.value for tick in self.ticks} & {tick.value for tick in other.ticks}
        fade = abs(1 - 2 * share)
        room = float(np.clip(((fresh.high - fresh.low) / (high - low) - _CROWDED) / _CROWDED, 0.0, 1.0))
        shown = tuple(tick._replace(opacity=room if tick.value in lasting else min(fade, room)) for tick in fresh.ticks)
        return Window(self.left, self.right, low, high, shown, self.across)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a mixture θ⁽ⁱ⁾ of the fit stands on the line."""

    step: int
    position: float
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Ahead:
    """Where the M-step leads, which need not lie on the line: the line's coordinate of θ_new, and ℓ(θ_new) in nats."""

    position: float
    log_likelihood: float
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """The model at one instant.

    Attributes
    ----------
    step : int
        EM step under way, from 1.
    progress : float
        EM steps taken so far; between two whole numbers during an M-step.
    mixture : Mixture
        Parameters θ.
    posterior : array, shape (N, K)
        Posterior r of every point.
    certainty : float
        0 while no posterior has been computed yet, 1 once it has.
    line : Slice
        The line through parameter space on which the curves are evaluated.
    window : Window
        What of it is shown.
    positions : array, shape (T,)
        Positions on the line, within its domain and the window.
    red : array, shape (T,)
        Log-likelihood ℓ in nats at each of them.
    blue : array, shape (T,)
        Lower bound L(r, ·) in nats at each of them.
    here : float
        Position of θ on the line.
    log_likelihood, lower_bound : float
        ℓ(θ) and L(r, θ) in nats.
    marks : tuple of Mark
        Mixtures of the fit that stand on the line.
    touch : float, optional
        Position at which blue touches red; none while it does not.
    ahead : Ahead, optional
        Where the M-step leads; none while that is not known, or where it is bound to lie on the line.
    """

    step: int
    progress: float
    mixture: Mixture
    posterior: FloatArray
    certainty: float
    line: Slice
    window: Window
    positions: FloatArray
    red: FloatArray
    blue: FloatArray
    here: float
    log_likelihood: float
    lower_bound: float
    marks: tuple[Mark, ...]
    touch: float | None = None
    ahead: Ahead | None = None

    @property
    def gap(self) -> float:
        """KL(r ‖ p) = ℓ(θ) - L(r, θ) in nats (Bishop 9.70)."""
        return self.log_likelihood - self.lower_bound


def decimals_for(rise: float) -> int:
    """Decimals that show a thousandth of a rise in nats, one at least and six at most."""
    return int(np.clip(np.ceil(-np.log10(rise / 1000)), 1, 6)) if rise > 0 else 1
