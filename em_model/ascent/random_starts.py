"""Every method from the same many random starts: where each search ended and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from em_model.ascent.methods import METHODS, Method, ascend
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
    starts: Iterable[Mixture],
    *,
    step: float,
    max_passes: int,
    tolerance: float,
    known: Known | None = None,
    advance: Callable[[], None] = lambda: None,
) -> RandomStarts:
    """Climb from every start by every method.

    Parameters
    ----------
    data : Data
    starts : iterable of Mixture
    step, max_passes, tolerance, known
        As for `ascend`.
    advance : callable
        Called after each start, for a progress bar.
    """
    ends: list[list[tuple[float, float, bool, bool]]] = []
    for start in starts:
        row = []
        for method in METHODS:
            end = ascend(data, start, method, step=step, max_passes=max_passes, tolerance=tolerance, known=known)
            height, passes = float(end.log_likelihoods[-1]), float(end.passes[-1])
            row.append((height, passes, end.outcome == "converged", end.outcome == "collapsed"))
        ends.append(row)
        advance()
    table = np.array(ends, dtype=np.float64).transpose(2, 1, 0)
    return RandomStarts(table[0], table[1], table[2] > 0, table[3] > 0)
