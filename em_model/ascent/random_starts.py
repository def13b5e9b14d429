"""Every method from the same many random starts: where each search ended and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from em_model.ascent.methods import METHODS, Ascent, Method, ascents
from em_model.data import Data
from em_model.known import Known
from em_model.mixture import FloatArray, Mixture

__all__ = ["RandomStarts", "ascend_from_starts"]


@dataclass(frozen=True, slots=True, eq=False)
class RandomStarts:
    """Ends of searches from S starts, in the order of `METHODS`.

    Attributes
    ----------
    log_likelihoods : array, shape (4, S)
        ℓ in nats where they ended.
    passes : array, shape (4, S)
        Passes over the data used.
    converged : array of bool, shape (4, S)
        Ended by the tolerance; or else at the limit of passes, at a collapse, or stalled.
    collapsed : array of bool, shape (4, S)
        Ended at a collapse (Bishop 9.2.1), where ℓ says nothing.
    """

    log_likelihoods: FloatArray
    passes: FloatArray
    converged: NDArray[np.bool_]
    collapsed: NDArray[np.bool_]

    @property
    def best(self) -> float:
        """Highest ℓ that any search reached, those that collapsed left out; NaN if all did."""
        sound = self.log_likelihoods[~self.collapsed]
        return float(sound.max()) if sound.size else float("nan")

    def shares(self, within: float) -> FloatArray:
        """Share of the starts, shape (4,), from which each method came within so many nats of the best."""
        reached = ~self.collapsed & (self.log_likelihoods >= self.best - within)
        shares: FloatArray = reached.mean(axis=1)
        return shares

    def row(self, method: Method) -> int:
        """Where a method stands in the arrays."""
        return METHODS.index(method)


def ascend_from_starts(
    data: Data,
    starts: Sequence[Mixture],
    *,
    step: float,
    max_passes: int,
    tolerance: float,
    known: Known | None = None,
) -> RandomStarts:
    """Climb from every start by every method.

    Parameters
    ----------
    data : Data
    starts : sequence of Mixture
    step, max_passes, tolerance, known
        As for `ascend`.
    """
    ends = [
        ascents(data, starts, method, step=step, max_passes=max_passes, tolerance=tolerance, known=known)
        for method in METHODS
    ]

    def table(of: Callable[[Ascent], float]) -> NDArray[Any]:
        return np.array([[of(end) for end in row] for row in ends])

    return RandomStarts(
        table(lambda end: end.log_likelihoods[-1]),
        table(lambda end: end.passes[-1]),
        table(lambda end: end.outcome == "converged"),
        table(lambda end: end.outcome == "collapsed"),
    )
