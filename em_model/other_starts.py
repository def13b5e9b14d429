"""Where EM ends from a few dozen other starts: as high as a fit did, lower, higher, or in a collapse."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from em_model.data import Data, as_data
from em_model.densities import feasible
from em_model.em import e_steps, m_step
from em_model.history import History
from em_model.known import Known
from em_model.mixture import FloatArray, Mixture, stacked
from em_model.prior import log_prior
from em_model.starts import as_generator, start

__all__ = ["OtherStarts", "other_starts"]

_SAME, _SAME_OF_EACH = 0.1, 1e-5  # nats, and nats per point, up to which two ends are equally high
_TOLERANCE = 1e-8  # nats per point, under which a run has ended
_MOST_POINTS = 20_000  # that are fitted; of more, an evenly spread sample
_WORK = 2e8  # densities that may be computed: about a second or two
_FEWEST = 12
_REDRAWS = 5


@dataclass(frozen=True, slots=True, eq=False)
class OtherStarts:
    """Ends of EM from S random starts, beside that of one fit; heights are ℓ, or ℓ + log p(θ) with a prior.

    Attributes
    ----------
    ends : array, shape (S,)
        Where the others end, in nats; NaN where one collapsed.
    reached : float
        Where the fit itself ends, in nats; NaN if it collapsed.
    within : float
        Nats up to which two ends are one height.
    best : Mixture or None
        The highest end of all that did not collapse, the fit's own among them.
    scale : float
        Points there are for each that was fitted: more than 1 where a sample stands for many.

    Examples
    --------
    >>> found = OtherStarts(np.array([-10.0, -12.0, np.nan, -10.01]), -10.0, 0.1, None)
    >>> found.same, found.lower, found.higher, found.collapsed
    (2, 1, 0, 1)
    """

    ends: FloatArray
    reached: float
    within: float
    best: Mixture | None
    scale: float = 1.0

    @property
    def count(self) -> int:
        """How many other starts, S."""
        return len(self.ends)

    @property
    def collapsed(self) -> int:
        """How many ended in a collapse (Bishop 9.2.1)."""
        return int(np.isnan(self.ends).sum())

    @property
    def same(self) -> int:
        """How many end as high as the fit."""
        return int((np.abs(self.ends - self.reached) <= self.within).sum())

    @property
    def lower(self) -> int:
        """How many end lower."""
        return int((self.ends < self.reached - self.within).sum())

    @property
    def higher(self) -> int:
        """How many end higher."""
        return int((self.ends > self.reached + self.within).sum())

    @property
    def groups(self) -> tuple[tuple[float, int], ...]:
        """Heights that the other starts reached, highest first, and how many reached each."""
        found: list[tuple[float, int]] = []
        for height in sorted(self.ends[~np.isnan(self.ends)], reverse=True):
            if found and found[-1][0] - height <= self.within:
                found[-1] = (found[-1][0], found[-1][1] + 1)
            else:
                found.append((float(height), 1))
        return tuple(found)

    @property
    def more(self) -> float:
        """How much higher the highest end is than the fit's, in nats for all points; 0 where none is higher."""
        return float(np.nanmax(self.ends) - self.reached) * self.scale if self.higher else 0.0


def other_starts(
    points: Data | ArrayLike,
    history: History,
    count: int = 50,
    rng: np.random.Generator | int = 0,
    known: Known | None = None,
    *,
    max_steps: int = 400,
) -> OtherStarts:
    """Run EM from other starts, all at once, with the shape, the prior and the known parameters of a fit.

    Half of the starts have means sampled from the points, half by k-means++; covariances are the data's. A start that
    leaves a component without points is drawn again. Where data are many or components are, fewer starts are run, and
    of more than 20 000 points an evenly spread sample is fitted, so that it takes about a second.

    Parameters
    ----------
    points : Data or array, shape (N, D)
    history : History
        A fit to them.
    count : int
        Most starts.
    rng : numpy.random.Generator or int
        The same seed gives the same starts.
    known : Known, optional
        What the fit held.
    max_steps : int
        Most EM steps of each.

    Examples
    --------
    >>> import numpy as np
    >>> from em_model import Mixture, fit
    >>> points = np.array([[-2.0], [-1.0], [0.0], [2.0], [2.5], [3.5]])
    >>> start = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> held = Known(covariances=True)
    >>> found = other_starts(points, fit(points, start, known=held), 20, known=held)
    >>> print(found.same, found.lower, found.higher, found.collapsed)
    20 0 0 0
    """
    every, known = as_data(points), known or Known()
    stride = -(-every.n_rows // _MOST_POINTS)
    data = every if stride == 1 else Data(every.points[::stride])
    affordable = int(_WORK / (data.n_rows * history.start.n_components * 100))
    starts = _drawn(data, history.start, min(count, max(_FEWEST, affordable)), known, history, as_generator(rng))
    mixtures, heights = _climb(data, stacked([history.final, *starts]), known, history, max_steps)
    if history.outcome == "collapsed":
        heights[0] = np.nan
    best = mixtures[int(np.nanargmax(heights))] if np.isfinite(heights).any() else None
    within = max(_SAME, _SAME_OF_EACH * data.n_points)
    return OtherStarts(heights[1:], float(heights[0]), within, best, every.n_points / data.n_points)


def _drawn(
    data: Data, first: Mixture, n_starts: int, known: Known, history: History, rng: np.random.Generator
) -> list[Mixture]:
    def draw(number: int) -> Mixture:
        drawn = start(
            data,
            first.n_components,
            means="k-means++" if number % 2 else "sample",
            covariances=first.covariances if known.covariances else "data",
            weights=first.weights if known.weights else None,
            shape=history.shape,
            rng=rng,
        )
        held = list(known.means)
        means = drawn.means.copy()
        means[held] = first.means[held]
        return Mixture(drawn.weights, means, drawn.covariances)

    starts = [draw(number) for number in range(n_starts)]
    for _ in range(_REDRAWS):
        counts = e_steps(data, stacked(starts))[0].counts
        empty = np.flatnonzero((np.delete(counts, list(known.means), axis=1) < 1).any(axis=1))
        if not len(empty):
            break
        for number in empty:
            starts[number] = draw(int(number))
    return starts


def _climb(data: Data, starts: Mixture, known: Known, history: History, max_steps: int) -> tuple[Mixture, FloatArray]:
    """Run EM from every mixture of a batch; return where each ended, and how high, NaN where it collapsed."""
    prior = history.prior
    weights, means, covariances = starts.weights.copy(), starts.means.copy(), starts.covariances.copy()
    heights = np.full(len(weights), -np.inf)
    going = np.arange(len(weights))
    for step in range(max_steps + 1):
        current = Mixture.trusted(weights[going], means[going], covariances[going])
        statistics, log_likelihoods = e_steps(data, current)
        risen = log_likelihoods + log_prior(prior, current)
        on = risen - heights[going] >= _TOLERANCE * data.n_points
        heights[going] = risen
        if step == max_steps or not on.any():
            break
        free = np.delete(statistics.counts, list(known.means) if known.weights and known.covariances else [], axis=1)
        lost = on & (free < sys.float_info.min * data.n_points).any(axis=1)
        heights[going[lost]] = np.nan
        on &= ~lost
        chosen = np.flatnonzero(on)
        moved = m_step(statistics[chosen], current[chosen], known, shape=history.shape, prior=prior)
        held = feasible(data, moved)
        going = going[chosen]
        heights[going[~held]] = np.nan
        going, moved = going[held], moved[np.flatnonzero(held)]
        weights[going], means[going], covariances[going] = moved.weights, moved.means, moved.covariances
        if not len(going):
            break
    return Mixture.trusted(weights, means, covariances), heights
