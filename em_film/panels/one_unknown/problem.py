"""Experiments in which one mean is all that is unknown: the fits from each start, and the hills they end on."""

from __future__ import annotations

import numpy as np

from em_film.experiment.dataset import Dataset
from em_film.experiment.experiment import Experiment
from em_film.experiment.fitting import fit_other_start
from em_film.panels.one_unknown.run import Ground, SingleRun
from em_film.runs.fitted import fitted
from em_model import EMError, Extremum, History

__all__ = ["OneUnknown"]

_ON_IT = 0.02  # as near to its top as this share of the range, a run has ended on a hill


class OneUnknown:
    """An experiment of which one mean is all that is unknown, fitted from its start and from its second one, if any.

    Parameters
    ----------
    experiment : Experiment
    dataset : Dataset
        Its data.

    Attributes
    ----------
    unknown : int
        The component whose mean is unknown, from 0.
    ground : Ground
        The log-likelihood over the range of that mean.
    extrema : Extrema
        Its hills and hollows.
    runs : list of SingleRun
        One for each start.

    Raises
    ------
    EMError
        If the experiment leaves something else unknown; one line that names file, key and remedy.
    """

    def __init__(self, experiment: Experiment, dataset: Dataset) -> None:
        self.unknown = _unknown_mean(experiment, dataset.data.n_dimensions)
        other = fit_other_start(experiment, dataset)
        histories = [_with_one_mean_moving(experiment, dataset, self.unknown), *([] if other is None else [other])]
        self.ground = Ground(dataset.data, histories, self.unknown)
        self.extrema = self.ground.extrema()
        self.runs = [SingleRun(self.ground, history) for history in histories]

    def hill_of(self, run: SingleRun) -> Extremum | None:
        """Return the hill on which a run has ended; None where it is on none."""
        near = _ON_IT * (self.ground.window.right - self.ground.window.left)
        if run.history.outcome != "converged" or not self.extrema.maxima:
            return None
        hill = self.extrema.nearest(run.mean(-1))
        return hill if abs(hill.position - run.mean(-1)) < near else None


def _unknown_mean(experiment: Experiment, n_dimensions: int) -> int:
    """Index of the one component whose mean is all that is unknown; EMError where there is no such component."""
    known, count = experiment.fit.known, experiment.n_components
    unknown = sorted(set(range(count)) - {component - 1 for component in known.means})
    where, problem = "", ""
    if n_dimensions != 1:
        csv = experiment.data.csv is not None
        where, problem = (
            ("data.columns", "name one column") if csv else ("data.cluster", "give each mean as one number")
        )
        problem = f"the data are two-dimensional, this film draws a line; {problem}"
    elif count < 2:
        where, problem = "fit.components", "one Gaussian is no mixture; give two or more"
    elif not known.weights or not known.covariances:
        name = "covariances" if known.weights else "weights"
        where, problem = f"fit.known.{name}", f"this film leaves only a mean unknown; set {name} = true"
    elif len(unknown) != 1:
        where = "fit.known.means"
        problem = f"leaves {len(unknown)} mean(s) unknown; name all components but one"
    if where:
        raise EMError(f"{experiment.called}: {where}: {problem}")
    return unknown[0]


def _with_one_mean_moving(experiment: Experiment, dataset: Dataset, unknown: int) -> History:
    """Fit, or take the saved fit if no more than the one mean moves in it."""
    history = fitted(experiment, dataset)
    mixtures = history.mixtures
    held = [mixtures.weights, mixtures.covariances, np.delete(mixtures.means, unknown, axis=1)]
    if any(np.ptp(part, axis=0).any() for part in held):
        remedy = "name a fit of this experiment"
        raise EMError(f"{experiment.called}: fit.history: more than one mean changes in this fit; {remedy}")
    return history
