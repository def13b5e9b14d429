"""Experiments in which one mean is all that is unknown: the fits from each start, and the hills they end on."""

from __future__ import annotations

import numpy as np

from em_film.experiment.dataset import Dataset
from em_film.experiment.experiment import Experiment
from em_film.experiment.fitting import fit_other_start
from em_film.panels.one_unknown.run import Ground, SingleRun
from em_film.runs.fitted import fitted
from em_film.runs.outcome import gone_on
from em_film.wording import counted
from em_model import EMError, Extremum, History

__all__ = ["OneUnknown"]

_ON_IT = 0.002  # as near to a place as this share of the range, a run is seen to be there


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
        further = {run: gone_on(dataset.data, run.history, experiment.known) for run in self.runs}
        self._leads = {
            run: run.mean(-1) if on is None else float(on.final.means[self.unknown, 0]) for run, on in further.items()
        }

    def hill_of(self, run: SingleRun) -> Extremum | None:
        """Return the hill on which a run has ended; None where it is on none."""
        return None if self.moves_on(run) else self.hill_ahead(run)

    def hill_ahead(self, run: SingleRun) -> Extremum | None:
        """Return the hill to which EM leads when it goes on from the end of a run; None where that is none."""
        hill = self.extrema.nearest(self._leads[run]) if self.extrema.maxima else None
        return hill if hill is not None and self._is_near(hill.position, self._leads[run]) else None

    def moves_on(self, run: SingleRun) -> bool:
        """Tell whether EM is seen to move when it goes on from the end of a run."""
        return not self._is_near(run.mean(-1), self._leads[run])

    def stays(self, run: SingleRun) -> bool:
        """Tell whether no step of a run is seen to move."""
        return all(self._is_near(run.mean(0), run.mean(step)) for step in range(1, run.n_steps + 1))

    def _is_near(self, place: float, other: float) -> bool:
        return abs(place - other) < _ON_IT * (self.ground.window.right - self.ground.window.left)


def _unknown_mean(experiment: Experiment, n_dimensions: int) -> int:
    """Index of the one component whose mean is all that is unknown; EMError where there is no such component."""
    known, count = experiment.fit.known, experiment.n_components
    unknown = sorted(set(range(count)) - {component - 1 for component in known.means})
    where, problem = "", ""
    if n_dimensions != 1:
        where, remedy = experiment.one_column
        problem = f"the data have {n_dimensions} dimensions, this film draws a line; {remedy}"
    elif count < 2:
        where, problem = "fit.components", "one Gaussian is no mixture; give two or more"
    elif not known.weights or not known.covariances:
        name = "covariances" if known.weights else "weights"
        where, problem = f"fit.known.{name}", f"this film leaves only a mean unknown; set {name} = true"
    elif len(unknown) != 1:
        where = "fit.known.means"
        problem = f"leaves {counted(len(unknown), 'mean')} unknown; name all components but one"
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
