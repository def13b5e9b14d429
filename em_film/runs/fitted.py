"""The fit that a film shows."""

from __future__ import annotations

from em_film.experiment import Dataset, Experiment, fit
from em_model import EMError, History

__all__ = ["fitted"]


def fitted(experiment: Experiment, dataset: Dataset) -> History:
    """Fit an experiment, or load its saved fit, for a film: that takes a step at least.

    Raises
    ------
    EMError
        If it cannot be fitted, or took no step.
    """
    history = fit(experiment, dataset)
    if history.n_steps == 0:  # no fit of these data has none, but a saved one may
        raise EMError(f"{experiment.called}: fit.history: the fit took no step; name one that did")
    return history
