"""What the map of a turn shows: ℓ and the next bound over a plane through three iterates, and the line that turns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from em_film.page.contours import spaced_levels
from em_film.page.layout import Rect
from em_film.runs.steps import StepRun
from em_model import MixtureError, log_likelihood, lower_bound
from em_model.mixture import FloatArray
from em_model.plane import TurnPlane

__all__ = ["Line", "TurnMap", "turn_map"]

_EVALUATIONS = 6e7  # points of the data times mixtures of the plane, at most, for one map
_GRIDS = (41, 141)  # mixtures along a side, at least and at most
_BELOW, _ABOVE = 9, 7  # level lines of ℓ under that of θ⁽ⁱ⁾, and over it
_RINGS = (0.0, 0.35, 0.7, 0.92)  # heights of the bound's rings, as shares of its climb from the touch to the top


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The line of the turn on the map, at one φ.

    Attributes
    ----------
    ends : array, shape (2, 2)
        Far outside the map on either side, as (u, v).
    crossings : array, shape (C, 2)
        Where it crosses level lines of ℓ, as (u, v).
    positions : array, shape (C,)
        The same places, as positions t on the line.
    heights : array, shape (C,)
        ℓ there, in nats.
    """

    ends: FloatArray
    crossings: FloatArray
    positions: FloatArray
    heights: FloatArray


class TurnMap:
    """The land in which the line turns about θ⁽ⁱ⁾.

    Parameters
    ----------
    run : StepRun
    step : int
        The step that was taken, i; the turn leads to the next one.
    plane : TurnPlane
        Through θ⁽ⁱ⁻¹⁾, θ⁽ⁱ⁾ and θ⁽ⁱ⁺¹⁾.
    shown : Rect
        What is shown of it, as (u, v).
    """

    def __init__(self, run: StepRun, step: int, plane: TurnPlane, shown: Rect) -> None:
        self.run, self.step, self.plane, self.shown = run, step, plane, shown
        side = int(np.clip(np.sqrt(_EVALUATIONS / run.data.n_points), *_GRIDS))
        self.across = np.linspace(shown.left, shown.right, side)
        self.up = np.linspace(shown.bottom, shown.top, side)

    @cached_property
    def red(self) -> FloatArray:
        """ℓ in nats over the plane, shape (V, U); NaN where it holds no mixture."""
        return self._heights(0)

    @cached_property
    def blue(self) -> FloatArray:
        """Bound of the next E-step in nats over the plane, shape (V, U); NaN where it holds no mixture."""
        return self._heights(1)

    @cached_property
    def here(self) -> float:
        """ℓ(θ⁽ⁱ⁾) in nats."""
        return float(self.run.history.log_likelihoods[self.step])

    @cached_property
    def levels(self) -> FloatArray:
        """Heights of the level lines of ℓ in nats, ascending; that of θ⁽ⁱ⁾ is among them."""
        land = self.red[np.isfinite(self.red)]
        lowest, highest = float(np.quantile(land, 0.04)), float(land.max())
        levels = [self.here]
        if lowest < self.here:
            levels += spaced_levels(lowest, self.here, _BELOW).tolist()
        if highest > self.here:
            levels += np.linspace(self.here, highest, _ABOVE + 1)[1:-1].tolist()
        return np.asarray(np.unique(levels), dtype=np.float64)

    @cached_property
    def rings(self) -> FloatArray:
        """Heights of the level lines of the next bound in nats; the first is ℓ(θ⁽ⁱ⁾), where it touches."""
        bound, mixture = self.run.statistics(self.step + 1), self.run.history.mixtures[self.step + 1]
        climb = float(lower_bound(bound, mixture)) - self.here
        return self.here + climb * np.array(_RINGS)

    @property
    def iterates(self) -> FloatArray:
        """θ⁽ⁱ⁻¹⁾, θ⁽ⁱ⁾ and θ⁽ⁱ⁺¹⁾ as (u, v), shape (3, 2)."""
        return self.plane.coordinates([[-1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])

    def line(self, share: float) -> Line:
        """Return the line of the turn at φ = share, with its crossings."""
        direction = self.plane.coordinates([1 - share, share])
        ends = np.outer([-1.0, 1.0], direction) * 100.0 / float(np.hypot(*direction))
        profile = self.run.turn(self.step, share).profile
        positions, heights = [], []
        for level in self.levels:
            above = profile.red > level
            for i in np.flatnonzero(above[1:] != above[:-1]):
                low, high = profile.red[i], profile.red[i + 1]
                part = (level - low) / (high - low)
                positions.append(float(profile.positions[i] + part * (profile.positions[i + 1] - profile.positions[i])))
                heights.append(float(level))
        found = np.array(positions)
        return Line(ends, (found - profile.here)[:, None] * direction, found, np.array(heights))

    def _heights(self, which: int) -> FloatArray:
        places = np.stack(np.meshgrid(self.across, self.up), axis=-1)
        held = self.plane.holds(places)
        heights = np.full(held.shape, np.nan)
        mixtures = self.plane.at(places[held])
        if which == 0:
            heights[held] = log_likelihood(self.run.data, mixtures)
        else:
            heights[held] = lower_bound(self.run.statistics(self.step + 1), mixtures)
        return heights


def turn_map(run: StepRun, step: int, shown: Rect) -> TurnMap | None:
    """Return the map of the turn after a step; None where the three iterates span no plane."""
    mixtures = run.history.mixtures
    try:
        plane = TurnPlane.through(mixtures[step - 1], mixtures[step], mixtures[step + 1], run.statistics(step + 1))
    except MixtureError:
        return None
    return TurnMap(run, step, plane, shown)
