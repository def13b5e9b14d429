"""The state of a line search or gradient ascent: its iterates, and how often it has read the data."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from em_model.ascent.coordinates import Coordinates
from em_model.data import Data
from em_model.em import e_steps
from em_model.errors import MixtureError
from em_model.mixture import FloatArray, stacked

__all__ = ["AscentOutcome", "Ended", "InfeasibleError", "Iterate", "Search", "Trials", "climb", "evaluated"]

AscentOutcome = Literal["converged", "pass limit", "collapsed", "stalled"]


@dataclass(frozen=True, slots=True, eq=False)
class Iterate:
    """Coordinates of a mixture that has been evaluated, ℓ in nats, and the slope of ℓ per point there."""

    vector: FloatArray
    log_likelihood: float
    slope: FloatArray


Trials = Generator[FloatArray, Iterate, AscentOutcome]
"""A way of climbing: it gives vectors to try, and for each is sent an `Iterate` or thrown an `InfeasibleError`."""


class Ended(Exception):
    """The search is over."""

    def __init__(self, outcome: AscentOutcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class InfeasibleError(Exception):
    """A trial is no mixture, or one that the data cannot tell from a point or from nothing."""


class Search:
    """Counts passes, keeps the iterates and knows when it ends."""

    def __init__(self, n_points: int, max_passes: int, tolerance: float) -> None:
        self.n_points, self.max_passes, self.tolerance = n_points, max_passes, tolerance
        self.passes = 0
        self.infeasible = False  # whether a trial since the last step taken was no mixture
        self.iterates: list[tuple[Iterate, int]] = []

    @property
    def current(self) -> Iterate:
        """The last iterate accepted."""
        return self.iterates[-1][0]

    @property
    def exhausted(self) -> bool:
        """Whether there is no pass left for another trial."""
        return self.passes >= self.max_passes

    def count(self, tried: Iterate | InfeasibleError) -> None:
        """Count the pass of a trial; what is no mixture was turned down before it took one."""
        if isinstance(tried, InfeasibleError):
            self.infeasible = True
        else:
            self.passes += 1

    def accept(self, iterate: Iterate) -> None:
        """Take a step; this is where a search ends by the tolerance."""
        self.iterates.append((iterate, self.passes))
        if len(self.iterates) > 1:
            before, passes_before = self.iterates[-2]
            rise = abs(iterate.log_likelihood - before.log_likelihood)
            if rise < self.tolerance * self.n_points * (self.passes - passes_before):
                # Short only because longer steps left the mixtures: the edge of a cliff, not a maximum.
                raise Ended("collapsed" if self.infeasible else "converged")
        self.infeasible = False


def climb(
    data: Data, coordinates: Sequence[Coordinates], searches: Sequence[Search], ways: Sequence[Trials]
) -> list[AscentOutcome]:
    """Let searches climb at once, in step: the trials that they ask for next are evaluated together.

    Returns
    -------
    list
        How each ended.
    """
    bases = stacked([each.base for each in coordinates])
    known = coordinates[0].known
    outcomes: dict[int, AscentOutcome] = {}
    asked = {number: next(way) for number, way in enumerate(ways)}
    while asked:
        chosen = np.array([*asked])
        tried = evaluated(data, Coordinates(bases[chosen], known), np.stack([*asked.values()]))
        asked = {}
        for number, found in zip(chosen.tolist(), tried, strict=True):
            search, way = searches[number], ways[number]
            search.count(found)
            try:
                vector = way.throw(found) if isinstance(found, InfeasibleError) else way.send(found)
            except StopIteration as end:
                outcomes[number] = end.value
            except Ended as end:
                outcomes[number] = end.outcome
            else:
                if search.exhausted:
                    outcomes[number] = "pass limit"
                else:
                    asked[number] = vector
    return [outcomes[number] for number in range(len(searches))]


def evaluated(data: Data, coordinates: Coordinates, vectors: FloatArray) -> list[Iterate | InfeasibleError]:
    """Evaluate trials, shape (B, P), in one pass; in the place of each that double precision does not hold, why.

    Parameters
    ----------
    data : Data
    coordinates : Coordinates
        Of a batch of B: known parameters are each trial's own.
    vectors : array, shape (B, P)
    """
    try:
        mixtures = coordinates.mixture(vectors)
        statistics, log_likelihoods = e_steps(data, mixtures)
    except (MixtureError, np.linalg.LinAlgError) as error:
        if len(vectors) == 1:
            return [InfeasibleError(str(error))]
        middle = len(vectors) // 2
        return [
            found
            for half in (slice(None, middle), slice(middle, None))
            for found in evaluated(data, Coordinates(coordinates.base[half], coordinates.known), vectors[half])
        ]
    slopes = coordinates.gradient(statistics, mixtures) / data.n_points
    return [Iterate(*each) for each in zip(vectors, log_likelihoods.tolist(), slopes, strict=True)]
