"""The state of a line search or gradient ascent: its iterates, and how often it has read the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from em_model.ascent.coordinates import Coordinates
from em_model.data import Data
from em_model.em import e_step
from em_model.errors import MixtureError
from em_model.mixture import FloatArray, Mixture

__all__ = ["AscentOutcome", "Ended", "InfeasibleError", "Search"]

AscentOutcome = Literal["converged", "pass limit", "collapsed", "stalled"]


@dataclass(frozen=True, slots=True, eq=False)
class Iterate:
    """A mixture that has been evaluated: its coordinates, ℓ in nats, and the slope of ℓ per point there."""

    vector: FloatArray
    mixture: Mixture
    log_likelihood: float
    slope: FloatArray


class Ended(Exception):
    """The search is over."""

    def __init__(self, outcome: AscentOutcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class InfeasibleError(Exception):
    """A trial is no mixture, or one that the data cannot tell from a point or from nothing."""


class Search:
    """Counts passes, keeps the iterates and knows when it ends."""

    def __init__(self, data: Data, coordinates: Coordinates, max_passes: int, tolerance: float) -> None:
        self.data, self.coordinates = data, coordinates
        self.max_passes, self.tolerance = max_passes, tolerance
        self.passes = 0
        self.infeasible = False  # whether a trial since the last step taken was no mixture
        self.iterates: list[tuple[Iterate, int]] = []

    @property
    def current(self) -> Iterate:
        """The last iterate accepted."""
        return self.iterates[-1][0]

    def attempt(self, vector: FloatArray) -> Iterate:
        """Evaluate a trial, in one pass; InfeasibleError where double precision holds no such mixture."""
        if self.passes >= self.max_passes:
            raise Ended("pass limit")
        try:
            mixture = self.coordinates.mixture(vector)
            statistics, log_likelihood = e_step(self.data, mixture)
        except (MixtureError, np.linalg.LinAlgError) as error:
            self.infeasible = True
            raise InfeasibleError(str(error)) from None
        self.passes += 1
        slope = self.coordinates.gradient(statistics, mixture) / self.data.n_points
        return Iterate(vector, mixture, log_likelihood, slope)

    def accept(self, iterate: Iterate) -> None:
        """Take a step; this is where a search ends by the tolerance."""
        self.iterates.append((iterate, self.passes))
        if len(self.iterates) > 1:
            before, passes_before = self.iterates[-2]
            rise = abs(iterate.log_likelihood - before.log_likelihood)
            if rise < self.tolerance * self.data.n_points * (self.passes - passes_before):
                # Short only because longer steps left the mixtures: the edge of a cliff, not a maximum.
                raise Ended("collapsed" if self.infeasible else "converged")
        self.infeasible = False
