"""Experiments in which one mean is all that is unknown: which one, or what is wrong with the rest."""

from __future__ import annotations

import numpy as np

from em_model import EMError, History
from em_model.experiment import Experiment
from scenes.stage.run import fitted

__all__ = ["unknown_mean", "with_one_mean_moving"]


def unknown_mean(experiment: Experiment) -> int:
    """Index of the one component whose mean is all that is unknown; EMError where there is no such component."""
    known, count = experiment.fit.known, experiment.n_components
    unknown = sorted(set(range(count)) - {component - 1 for component in known.means})
    where, problem = "", ""
    if experiment.points().shape[1] != 1:
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
        raise EMError(f"{experiment.path}: {where}: {problem}")
    return unknown[0]


def with_one_mean_moving(experiment: Experiment, unknown: int) -> History:
    """Fit, or take the saved fit if no more than the one mean moves in it."""
    history = fitted(experiment)
    mixtures = history.mixtures
    held = [mixtures.weights, mixtures.covariances, np.delete(mixtures.means, unknown, axis=1)]
    if any(np.ptp(part, axis=0).any() for part in held):
        remedy = "name a fit of this experiment"
        raise EMError(f"{experiment.path}: fit.history: more than one mean changes in this fit; {remedy}")
    return history
