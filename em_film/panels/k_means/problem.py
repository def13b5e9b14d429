"""What the film shows: a few points for the limit, and all of them for k-means beside the mixture."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from em_film.experiment import Dataset, Experiment
from em_film.experiment.dataset import drawn
from em_film.runs.fitted import fitted
from em_film.runs.outcome import is_at_the_top, left_to_gain
from em_model import Data, EMError, responsibilities
from em_model.k_means.curves import scaled_log_likelihood
from em_model.k_means.line import MeansSlice
from em_model.k_means.lloyd import Centres, assign, k_means
from em_model.mixture import FloatArray

__all__ = ["HardLimit"]

Labels = NDArray[np.intp]

_FEW = 12  # points of which each can be seen to change hands
_SAMPLES = 200  # of them that are looked at
_STEPS = 3  # that k-means takes on them, where it can
_ALONG = -0.8, 2.4, 65  # places on the line of the first step
_SOFT = 0.3  # the largest ε, as a share of the variance of a coordinate
_SURE = 0.9  # the posterior below which the mixture is in doubt about a point


class HardLimit:
    """k-means on a few points as the limit of EM with round Gaussians, and on all points beside the mixture.

    Parameters
    ----------
    experiment : Experiment
    dataset : Dataset

    Attributes
    ----------
    data, few : Data
        All points, and those on which the limit is shown.
    history : History
        The mixture's fit to all points; its start's means are those of k-means, too.
    rests : bool
        Whether the mixture's fit is seen to gain nothing when it goes on.
    variance : float
        The largest ε, in data units squared.
    steps : Centres
        k-means on the few.
    whole : Centres
        k-means on all, its components in the order of the mixture's that they share most points with.
    matched : bool
        Whether that is not the order in which they began.
    by_k_means, by_mixture : array of int, shape (N,)
        The component of each point: of the nearest mean, and of the largest responsibility.

    sure : array of bool, shape (N,)
        Points of which the mixture is 90 % sure.

    Raises
    ------
    EMError
        If there is nothing to be shared out, or nothing to be moved; one line with file, key and remedy.
    """

    def __init__(self, experiment: Experiment, dataset: Dataset) -> None:
        _require(experiment, dataset)
        self.experiment, self.data = experiment, dataset.data
        self.history = fitted(experiment, dataset)
        if len(np.unique(self.start, axis=0)) < self.n_components:
            raise EMError(
                f"{experiment.called}: start.means: two are the same, each point is as near to both; start them apart"
            )
        self.rests = is_at_the_top(self.history, left_to_gain(self.data, self.history, experiment.known))
        self.few, self.steps = _some(experiment, dataset.data, self.history.start.means)
        self.variance = _SOFT * float(np.trace(self.few.covariance)) / self.few.n_dimensions
        posterior = responsibilities(self.data, self.history.final)
        self.by_mixture: Labels = posterior.argmax(axis=1)
        self.sure = np.asarray(posterior.max(axis=1) >= _SURE)
        found = k_means(self.data, self.history.start.means)
        labels = assign(self.data, found.means[-1]).argmax(axis=1)
        order = _matched(labels, self.by_mixture, self.n_components)
        self.by_k_means: Labels = order[labels]
        self.matched = bool((order != np.arange(self.n_components)).any())
        self.whole = Centres(found.means[:, np.argsort(order)], found.distortions, found.converged)

    @property
    def n_components(self) -> int:
        """Number of components, K."""
        return self.history.start.n_components

    @property
    def start(self) -> FloatArray:
        """Means at which all begins, shape (K, D), in data units."""
        return self.history.start.means

    @cached_property
    def agreed(self) -> NDArray[np.bool_]:
        """Points that both give to the same component, shape (N,)."""
        return np.asarray(self.by_k_means == self.by_mixture)

    @cached_property
    def as_drawn(self) -> tuple[float, float] | None:
        """Shares of points that k-means and the mixture give to the cluster they were drawn from; None if not known.

        Clusters go with components one to one, so that most points are right.
        """
        truth = self.experiment.truth
        if truth is None or truth.n_components != self.n_components:
            return None
        labels = drawn(self.experiment)[1]
        first, second = (
            float((_matched(found, labels, self.n_components)[found] == labels).mean())
            for found in (self.by_k_means, self.by_mixture)
        )
        return first, second


def _require(experiment: Experiment, dataset: Dataset) -> None:
    where, problem = "", ""
    if experiment.n_components < 2:
        where, problem = "fit.components", "one component has all points, nothing is assigned; give two or more"
    elif experiment.fit.known.means:
        where, problem = "fit.known.means", "this film moves all means; remove it"
    elif dataset.history is not None or dataset.weighed is not None:
        where, problem = "data", "this film assigns each point by itself; give data in one file"
    if where:
        raise EMError(f"{experiment.called}: {where}: {problem}")


def _some(experiment: Experiment, data: Data, start: FloatArray) -> tuple[Data, Centres]:
    """Return a few points, of some samples those that bend red most sharply, and k-means on them."""
    if data.n_rows <= _FEW:
        samples = [data]
    else:
        rng = np.random.default_rng([experiment.seed, _FEW])
        samples = [Data(data.points[np.sort(rng.choice(data.n_rows, _FEW, replace=False))]) for _ in range(_SAMPLES)]
    runs = [(few, k_means(few, start)) for few in samples]
    longest = min(_STEPS, max(found.n_steps for _, found in runs))
    if longest == 0:
        raise EMError(f"{experiment.called}: start.means: k-means rests there from the start; begin elsewhere")
    return max((run for run in runs if run[1].n_steps >= longest), key=lambda run: _bent(*run))


def _bent(few: Data, found: Centres) -> float:
    """Return how much red bends upwards in its kinks on the line of the first step, beside what it rises there."""
    line = MeansSlice.through(found.means[0], found.means[1], 0.0)
    red = scaled_log_likelihood(few, line.means(np.linspace(*_ALONG)), 0.0)
    bends = np.diff(red, 2)
    return float(np.sqrt(np.maximum(bends, 0.0)).sum() / np.sqrt(np.ptp(red) or 1.0))


def _matched(labels: Labels, others: Labels, count: int) -> Labels:
    """Return for each label the other one that goes with it, one to one, so that most points agree."""
    shared = np.zeros((count, count))
    np.add.at(shared, (labels, others), 1.0)
    order: Labels = linear_sum_assignment(-shared)[1]
    return order
