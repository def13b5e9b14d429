"""One experiment four ways: the start that falls onto a point, two wider ones, a prior, and the prior taken away."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from em_film.experiment import Dataset, Experiment
from em_film.experiment.fitting import fit, prior_of
from em_film.panels.singularity.line import SpreadLine, spread
from em_film.runs.fitted import fitted
from em_film.runs.outcome import left_to_gain
from em_model import Data, EMError, History, Mixture, em, log_likelihood
from em_model.errors import CollapseError
from em_model.prior import Prior

__all__ = ["Singularity"]

_RESOLVED = 1e-12, 1e-10  # least σ that double precision holds: of the data's spread, and of their centre
_SAFE = 2.0  # how many times as wide as that everything is that is evaluated
_WIDER = 2.0 ** np.arange(1, 9)  # how much wider than the one that falls other starts are
_HALVINGS = 24  # of the distance to the nearest point, until a start is narrow enough to fall
_GRID = 481
_AT_REST = 500, 1e-6  # least steps and largest tolerance of the fits that the film adds: they are to end on hills


class Singularity:
    """The fits of one-dimensional data with which the film shows that a likelihood has no maximum.

    Parameters
    ----------
    experiment : Experiment
        Its own start is the one that falls, if it does without a prior; else one is made from it, with a component on
        the loneliest point.
    dataset : Dataset
        Its data.

    Attributes
    ----------
    component : int
        The one that falls, from 0.
    seat : float
        The point onto which it does, in data units, of which there are ``copies`` in the data.
    complaint : str
        What ``em-film check`` says of it, in the folder of the experiment file.
    falling : History
        The fit without a prior, up to the step before the collapse.
    wider : list of History
        Fits from two wider starts, or as many as there are that converge: these, and ``relaxed``, are fitted until they
        rest, whatever ends the experiment's own fit.
    wider_left : float
        Nats that EM still gains after one of them, at most: many points may be at rest on a plateau.
    prior : Prior
        The experiment's own, or the weak one.
    mended : History
        The fit from the same start, with the prior.
    left : float
        Nats of ℓ + log p(θ) that EM still gains after it.
    relaxed : History or None
        What becomes of it without the prior; None where a component collapses.

    Raises
    ------
    EMError
        If the data have two dimensions, or nothing in the experiment can collapse; one line with file, key and remedy.
    """

    def __init__(self, experiment: Experiment, dataset: Dataset) -> None:
        _require(experiment, dataset)
        data = self.data = dataset.data
        collapse = _collapse(experiment, dataset)
        self.component, self.falling = collapse.component, collapse.history
        self.complaint = str(collapse).replace(experiment.called, experiment.path.name, 1)
        points = np.sort(np.asarray(data.points[:, 0], dtype=np.float64))
        k = self.component
        self.seat = float(points[np.abs(points - self.falling.statistics[-1].means[k, 0]).argmin()])
        self.copies = int((np.abs(points - self.seat) <= 1e-9 * points.std()).sum())
        self.narrowest = _narrowest(data)
        start = self.falling.start
        means = start.means.copy()
        means[k] = self.seat
        self.line = SpreadLine(Mixture(start.weights, means, start.covariances), k, self.seat)
        self.wider = list(_converged(experiment, data, start, k))[:2]
        self.wider_left = max((left_to_gain(data, fit, experiment.known) for fit in self.wider), default=0.0)
        self.prior = prior_of(experiment, dataset) or Prior.weak(data, experiment.n_components)
        self.mended = fitted(_from(experiment, start, prior=self.prior), dataset)
        self.left = left_to_gain(data, self.mended, experiment.known)
        try:
            self.relaxed: History | None = _fit(experiment, data, self.mended.final)
        except CollapseError:
            self.relaxed = None

    @property
    def high(self) -> float:
        """Log σ of the widest component that is tried: as wide as the data, or as the widest start."""
        widest = [spread(history.start, self.component) for history in (self.falling, *self.wider)]
        return max(*widest, 0.5 * float(np.log(self.data.covariance[0, 0])), spread(self.mended.final, self.component))

    def height(self, position: float) -> float:
        """ℓ in nats with the component on its point and log σ at a position."""
        return float(log_likelihood(self.data, self.line.at(position)))

    def hill(self) -> tuple[float, float] | None:
        """Log σ and ℓ at the highest maximum that red has on the line; None where it falls all the way."""
        positions = np.linspace(self.high - 7.0, self.high + 2.0, _GRID)
        red = log_likelihood(self.data, self.line.at(positions))
        tops = [i for i in range(1, _GRID - 1) if red[i] >= red[i - 1] and red[i] > red[i + 1]]
        best = max(tops, key=lambda i: red[i], default=None)
        return None if best is None else (float(positions[best]), float(red[best]))

    def passes(self, height: float, mixture: Mixture) -> float:
        """Log σ under which ℓ is above a height in nats, at the part of the line where only the point counts.

        There ℓ = const - m log σ, with m copies of the point (Bishop 9.15), as far as doubles tell.

        Parameters
        ----------
        height : float
        mixture : Mixture
            Whose component is made narrower.
        """
        line = SpreadLine(mixture, self.component, self.seat)
        deep = self.narrowest
        foot = float(log_likelihood(self.data, line.at(deep)))
        return deep - (height - foot) / self.copies


def _narrowest(data: Data) -> float:
    """Log σ of the narrowest component of one-dimensional data that double precision holds."""
    spread_of_all, centre = float(np.sqrt(data.covariance[0, 0])), abs(float(data.centre[0]))
    return float(np.log(_SAFE * max(_RESOLVED[0] * spread_of_all, _RESOLVED[1] * centre)))


def _require(experiment: Experiment, dataset: Dataset) -> None:
    data = dataset.data
    fit_section = experiment.fit
    where, problem = "", ""
    if data.n_dimensions != 1:
        where, remedy = experiment.one_column
        problem = f"the data have {data.n_dimensions} dimensions, this film draws a line; {remedy}"
    elif experiment.n_components < 2:
        where, problem = "fit.components", "one Gaussian has a best fit, nothing collapses; give two or more"
    elif fit_section.known.covariances:
        where, problem = "fit.known.covariances", "known covariances cannot collapse; remove it"
    elif fit_section.covariances == "tied":
        where, problem = "fit.covariances", 'one covariance for all does not collapse on a point; set "full"'
    elif len(fit_section.known.means) == experiment.n_components:
        where, problem = "fit.known.means", "all means are known, none can go onto a point; leave one out"
    elif fit_section.history is not None:
        where, problem = "fit.history", "this film fits by itself, without a prior and with one; remove it"
    elif dataset.history is not None or dataset.weighed is not None:
        where, problem = "data", "this film fits by itself, without a prior and with one; give data in one file"
    if where:
        raise EMError(f"{experiment.called}: {where}: {problem}")


def _collapse(experiment: Experiment, dataset: Dataset) -> CollapseError:
    """Return how the experiment collapses without a prior: from its own start, or else from one made of it."""
    try:
        own = fit(_from(experiment), dataset).start
    except CollapseError as error:
        if _sits(error):
            return error
        own = error.history.start
    points, counts = np.unique(np.asarray(dataset.data.points[:, 0], dtype=np.float64), return_counts=True)
    gaps = np.concatenate([[np.inf], np.diff(points), [np.inf]])
    alone = np.minimum(gaps[:-1], gaps[1:])
    place = max(range(len(points)), key=lambda i: (counts[i] == 1, alone[i]))
    free = [k for k in range(own.n_components) if k not in experiment.known.means]
    component = min(free, key=lambda k: abs(float(own.means[k, 0]) - points[place]))
    for halving in range(_HALVINGS):
        start = _narrow(own, component, float(points[place]), float(alone[place]) / 2 ** (halving + 1))
        try:
            fit(_from(experiment, start), dataset)
        except CollapseError as error:
            if error.component == component and _sits(error):
                return error
    raise EMError(f"{experiment.called}: data: no component falls onto a point; bring points that lie apart")


def _sits(error: CollapseError) -> bool:
    """Whether a component has collapsed onto points, and not lost all of them."""
    return bool(error.history.statistics[-1].counts[error.component] > 0.5)


def _narrow(mixture: Mixture, component: int, mean: float, deviation: float) -> Mixture:
    means, covariances = mixture.means.copy(), mixture.covariances.copy()
    means[component], covariances[component] = mean, deviation**2
    return Mixture(mixture.weights, means, covariances)


def _converged(experiment: Experiment, data: Data, start: Mixture, component: int) -> Iterator[History]:
    """Yield fits from wider and wider starts that converge."""
    deviation = float(np.sqrt(start.covariances[component, 0, 0]))
    for factor in _WIDER[_WIDER * deviation <= 2 * float(np.sqrt(data.covariance[0, 0]))]:
        try:
            found = _fit(
                experiment, data, _narrow(start, component, float(start.means[component, 0]), factor * deviation)
            )
        except CollapseError:
            continue
        if found.outcome == "converged":
            yield found


def _fit(experiment: Experiment, data: Data, start: Mixture) -> History:
    settings, (steps, tolerance) = experiment.fit, _AT_REST
    return em.fit(
        data,
        start,
        max_steps=max(settings.max_steps, steps),
        tolerance=min(settings.tolerance, tolerance) or tolerance,
        known=experiment.known,
        shape=settings.covariances,
    )


def _from(experiment: Experiment, start: Mixture | None = None, *, prior: Prior | None = None) -> Experiment:
    """Return the experiment from a start, or its own, with a prior or none."""
    given = None if prior is None else (prior.points, tuple(map(tuple, prior.spread.tolist())))
    changed = experiment.model_copy(update={"fit": experiment.fit.model_copy(update={"prior": given})})
    if start is None:
        return changed
    numbers = {
        "means": tuple(map(tuple, start.means.tolist())),
        "covariances": tuple(tuple(map(tuple, matrix)) for matrix in start.covariances.tolist()),
        "weights": tuple(start.weights.tolist()),
        "tries": 1,
    }
    return changed.model_copy(update={"start": experiment.start.model_copy(update=numbers)})
