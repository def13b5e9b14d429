"""What the map of a turn shows: ℓ and the next bound over a plane through three iterates, and the line that turns."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from em_film import environment
from em_film.page.layout import Rect
from em_film.runs.memory import remembered
from em_film.runs.moment import Moment
from em_film.runs.steps import StepRun
from em_film.runs.store import Arrays, stored_run
from em_model import MixtureError
from em_model.mixture import FloatArray
from em_model.plane import TurnPlane

__all__ = ["TurnMap", "TurnRun"]

_EVALUATIONS = 6e7  # points of the data times mixtures of the plane, at most, for one map
_GRIDS = (41, 141)  # mixtures along a side, at least and at most
_BELOW, _ABOVE = 8, 8  # level lines of ℓ under that of θ⁽ⁱ⁾, at most, and over it, about
_EDGE = 0.998  # of the way to where the plane ends: as far as it is evaluated
_ROUND = (1.0, 2.0, 5.0, 10.0)
_AROUND = 721  # directions in which the plane's end is looked for
_MAPS = 32  # kept, at most; a film is walked through more than once
_RINGS = (0.0, 0.35, 0.7, 0.92)  # heights of the bound's rings, as shares of its climb from the touch to the top


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The line of the turn on the map, at one φ.

    Attributes
    ----------
    ends : array, shape (2, 2)
        Where the plane ends on either side, or far outside the map, as (u, v).
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
        side = int(np.clip(np.sqrt(_EVALUATIONS / run.data.n_rows), *_GRIDS))
        across, up = np.linspace(shown.left, shown.right, side), np.linspace(shown.bottom, shown.top, side)
        even = np.stack(np.meshgrid(across, up), axis=-1)
        # What lies beyond the plane's end is drawn back to it, so that level lines run cleanly up to there.
        self.places = even * np.minimum(1.0, _EDGE * plane.reach(even))[..., None]

    @property
    def red(self) -> FloatArray:
        """ℓ in nats at the places, shape (V, U)."""
        return self._heights[0]

    @property
    def blue(self) -> FloatArray:
        """Bound of the next E-step in nats at the places, shape (V, U)."""
        return self._heights[1]

    @cached_property
    def here(self) -> float:
        """ℓ(θ⁽ⁱ⁾) in nats."""
        return float(self.run.history.objectives[self.step])

    @cached_property
    def interval(self) -> float:
        """Nats from one level line of ℓ to the next: a round number."""
        rough = max(float(self.red.max()) - self.here, self.climb) / _ABOVE
        power = 10.0 ** np.floor(np.log10(rough))
        return float(min(digit * power for digit in _ROUND if digit * power >= rough * (1 - 1e-9)))

    @cached_property
    def levels(self) -> FloatArray:
        """Heights of the level lines of ℓ in nats, ascending and evenly apart; that of θ⁽ⁱ⁾ is among them."""
        counts = np.arange(-_BELOW, int((float(self.red.max()) - self.here) / self.interval) + 1)
        levels = self.here + counts * self.interval
        return np.asarray(levels[levels >= self.red.min()], dtype=np.float64)

    @cached_property
    def climb(self) -> float:
        """What the next bound gains from the touch to its top, in nats."""
        bound, mixture = self.run.statistics(self.step + 1), self.run.history.mixtures[self.step + 1]
        return max(float(self.run.blue(bound, mixture)) - self.here, float(np.spacing(abs(self.here))))

    @cached_property
    def edge(self) -> FloatArray:
        """Where the plane ends, shape (T, 2), as (u, v): beyond it a covariance would be none; NaN where it goes on."""
        angles = np.linspace(0.0, 2 * np.pi, _AROUND)
        ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        ends = self.plane.reach(ways)
        far = 2 * float(np.hypot(self.shown.width, self.shown.height))
        return np.asarray(np.where(ends < far, ends, np.nan)[:, None] * ways)

    @property
    def ends_inside(self) -> bool:
        """Whether the plane ends within what is shown of it."""
        (x, y), shown = self.edge.T, self.shown
        return bool(((x > shown.left) & (x < shown.right) & (y > shown.bottom) & (y < shown.top)).any())

    @cached_property
    def rings(self) -> FloatArray:
        """Heights of the level lines of the next bound in nats; the first is ℓ(θ⁽ⁱ⁾), where it touches."""
        return self.here + self.climb * np.array(_RINGS)

    @property
    def iterates(self) -> FloatArray:
        """θ⁽ⁱ⁻¹⁾, θ⁽ⁱ⁾ and θ⁽ⁱ⁺¹⁾ as (u, v), shape (3, 2)."""
        return self.plane.coordinates([[-1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])

    def moment(self, share: float) -> Moment:
        """Moment of the turn at φ = share; its window is that of the next step, so that nothing moves but the line."""
        return self.run.turn(self.step, share, 1.0)

    def line(self, share: float) -> Line:
        """Return the line of the turn at φ = share, with its crossings."""
        direction = self.plane.coordinates([1 - share, share])
        ways = np.stack([-direction, direction])
        ends = ways * np.minimum(100.0 / float(np.hypot(*direction)), self.plane.reach(ways))[:, None]
        profile = self.moment(share).profile
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

    @cached_property
    def _heights(self) -> tuple[FloatArray, FloatArray]:
        statistics, plane, data = self.run.statistics(self.step + 1), self.plane, self.run.data

        def compute(advance: Callable[[], None]) -> Arrays:
            mixtures = plane.at(self.places)
            heights: Arrays = {"red": self.run.red(mixtures), "blue": self.run.blue(statistics, mixtures)}
            advance()
            return heights

        inputs = pickle.dumps((self.places, plane, statistics, self.run.history.prior, data.points, data.weights))
        folder, digest = environment.cache_folder() / "runs", hashlib.sha256(inputs).hexdigest()
        found = stored_run(folder, [digest], "map of a turn", 1, compute)
        return found["red"].astype(np.float64), found["blue"].astype(np.float64)


class TurnRun(StepRun):
    """A fit on the lines of its own steps, with maps of the land in which the line turns from one to the next."""

    @remembered(_MAPS)
    def turn_map(self, step: int, shown: Rect) -> TurnMap | None:
        """Return the map of the turn after a step; None where the next one gains nothing or goes on the same way."""
        if not self.rises(step + 1):
            return None
        mixtures = self.history.mixtures
        try:
            iterates = mixtures[step - 1], mixtures[step], mixtures[step + 1]
            plane = TurnPlane.through(*iterates, self.statistics(step + 1), self.history.prior)
        except MixtureError:
            return None
        return TurnMap(self, step, plane, shown)
