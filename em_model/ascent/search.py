"""The state of a climb along the gradient: where it stands, which way it went, how often it has read the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from em_model.ascent.coordinates import Coordinates
from em_model.data import Data
from em_model.errors import MixtureError
from em_model.mixture import FloatArray, Mixture
from em_model.statistics import e_step

__all__ = ["AscentOutcome", "BarredError", "Climb", "Ended", "Place"]

AscentOutcome = Literal["converged", "pass limit", "collapsed", "stalled"]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A mixture that has been evaluated: its coordinates, ℓ in nats, and the slope of ℓ per point there."""

    vector: FloatArray
    mixture: Mixture
    log_likelihood: float
    slope: FloatArray


class Ended(Exception):
    """The climb is over."""

    def __init__(self, outcome: AscentOutcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class BarredError(Exception):
    """A trial is no mixture, or one that the data cannot tell from a point or from nothing."""


class Climb:
    """Counts passes, keeps the path and knows when it ends."""

    def __init__(self, data: Data, coordinates: Coordinates, max_passes: int, tolerance: float) -> None:
        self.data, self.coordinates = data, coordinates
        self.max_passes, self.tolerance = max_passes, tolerance
        self.passes = 0
        self.barred = False  # whether a trial since the last step taken was no mixture
        self.path: list[tuple[Place, int]] = []

    @property
    def here(self) -> Place:
        """Where it stands."""
        return self.path[-1][0]

    def attempt(self, vector: FloatArray) -> Place:
        """Evaluate a trial, in one pass; BarredError where double precision holds no such mixture."""
        if self.passes >= self.max_passes:
            raise Ended("pass limit")
        try:
            mixture = self.coordinates.mixture(vector)
            statistics, log_likelihood = e_step(self.data, mixture)
        except (MixtureError, np.linalg.LinAlgError) as error:
            self.barred = True
            raise BarredError(str(error)) from None
        self.passes += 1
        slope = self.coordinates.gradient(statistics, mixture) / self.data.n_points
        return Place(vector, mixture, log_likelihood, slope)

    def accept(self, place: Place) -> None:
        """Take a step; this is where a climb ends by the tolerance."""
        self.path.append((place, self.passes))
        if len(self.path) > 1:
            before, passes_before = self.path[-2]
            rise = abs(place.log_likelihood - before.log_likelihood)
            if rise < self.tolerance * self.data.n_points * (self.passes - passes_before):
                # Short of breath only because the way on was barred: that is the edge of a cliff, not a summit.
                raise Ended("collapsed" if self.barred else "converged")
        self.barred = False
