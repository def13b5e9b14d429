"""Where EM begins in an experiment, and the fit from there: run, or taken from the saved fit it names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from em_film.experiment.dataset import Dataset
from em_film.experiment.experiment import Experiment
from em_film.wording import one_line
from em_model import em, starts
from em_model.em import e_step
from em_model.errors import CollapseError, EMError, HistoryError
from em_model.history import History
from em_model.mixture import FloatArray, Mixture
from em_model.objective import log_likelihood
from em_model.prior import Prior
from em_model.shapes import shaped

__all__ = ["Watch", "dataset_of_film", "fit", "fit_other_start", "prior_of", "start", "unwatched"]

Watch = Callable[[int, float], object]

_START_STREAM = 1  # of the experiment's randomness, apart from the data's
_DRAWS = 50  # of a start that leaves a component without points
_SAME = 1e-6  # relative difference of ℓ up to which a saved fit belongs to the data


def unwatched(step: int, log_likelihood: float) -> None:
    """Watch no step."""


def start(experiment: Experiment, dataset: Dataset) -> Mixture:
    """Return the mixture where EM begins, θ⁽⁰⁾, chosen with the start's own random stream.

    Raises
    ------
    ExperimentError
        If the data have too few distinct points for it.
    """
    if experiment.start.tries > 1:
        return fit(experiment, dataset).start
    return _drawn(experiment, dataset, 0)


def fit(experiment: Experiment, dataset: Dataset, watch: Watch = unwatched) -> History:
    """Fit, or load the saved fit and check that it belongs to the data; of several tries the highest is kept.

    Each step is told to ``watch``, from 0 for the start, with ℓ after it in nats.

    Raises
    ------
    ExperimentError
        If start or saved fit cannot be used.
    CollapseError
        If a component collapses, in every try; the message names the file as well.
    """
    if dataset.history is not None:
        return dataset.history
    if experiment.fit.history is not None:
        return _saved(experiment, dataset, experiment.fit.history)
    best, collapse = None, None
    for number in range(experiment.start.tries):
        try:
            found = _fit(experiment, dataset, _drawn(experiment, dataset, number), watch)
        except CollapseError as error:
            collapse = collapse or error
            continue
        if best is None or found.objectives[-1] > best.objectives[-1]:
            best = found
    if best is None:
        assert collapse is not None
        raise collapse
    return best


def dataset_of_film(experiment: Experiment) -> Dataset:
    """Return the data as a film shows them: data in parts are fitted first, and a sample weighed by the fit.

    Raises
    ------
    EMError
        As for `Dataset.of`, and for data in parts as for `fit`.
    """
    dataset = Dataset.of(experiment)
    if dataset.source is None:
        return dataset
    try:
        return dataset.of_fit(fit(experiment, dataset))
    finally:
        dataset.close()


def fit_other_start(experiment: Experiment, dataset: Dataset) -> History | None:
    """Fit from the second start, ``film.other_start``; None where there is none. Errors as for `fit`."""
    means = experiment.film.other_start
    if means is None:
        return None
    return _fit(experiment, dataset, _other(experiment, dataset, np.array(means)))


def _other(experiment: Experiment, dataset: Dataset, means: FloatArray) -> Mixture:
    rng = np.random.default_rng([experiment.seed, _START_STREAM])
    return _start(experiment, dataset, "film.other_start", means, rng)


def _drawn(experiment: Experiment, dataset: Dataset, number: int) -> Mixture:
    """Return a start: as given, or drawn, and drawn again while it leaves a component without points."""
    means = experiment.start.means
    stream = [experiment.seed, _START_STREAM, *([number] if number else [])]  # the first as where there is one try
    rng = np.random.default_rng(stream)
    if not isinstance(means, str):
        return _start(experiment, dataset, "start", np.array(means), rng)
    for _ in range(_DRAWS):
        origin = _start(experiment, dataset, "start", means, rng)
        if _leaves_none_without_points(dataset, origin):
            break
    return origin


def _leaves_none_without_points(dataset: Dataset, origin: Mixture) -> bool:
    try:
        counts = e_step(dataset.data, origin)[0].counts
    except EMError:
        return True  # what is wrong with it is said where it is fitted
    return bool(counts.min() >= 1)


def _start(
    experiment: Experiment, dataset: Dataset, where: str, means: str | FloatArray, rng: np.random.Generator
) -> Mixture:
    weights = experiment.start.weights
    try:
        origin = starts.start(
            dataset.data,
            experiment.n_components,
            means=means,
            covariances=_start_covariances(experiment),
            weights=None if weights is None else np.array(weights) / sum(weights),
            rng=rng,
        )
        if isinstance(experiment.start.covariances, str):  # drawn ones are brought into shape, given ones have to be
            covariances = shaped(origin.covariances, experiment.fit.covariances)
            origin = Mixture(origin.weights, origin.means, covariances)
        return origin
    except EMError as error:
        raise experiment.error(where, str(error)) from None


def _start_covariances(experiment: Experiment) -> str | FloatArray:
    given = experiment.start.covariances
    if isinstance(given, str):
        return given
    matrices = np.array(given)
    shared: FloatArray = matrices[0] if len(matrices) == 1 else matrices
    return shared


def _fit(experiment: Experiment, dataset: Dataset, origin: Mixture, watch: Watch = unwatched) -> History:
    settings = experiment.fit
    try:
        return em.fit(
            dataset.source or dataset.data,
            origin,
            max_steps=settings.max_steps,
            tolerance=settings.tolerance,
            known=experiment.known,
            shape=settings.covariances,
            prior=prior_of(experiment, dataset),
            watch=watch,
        )
    except CollapseError as error:
        message = f"{experiment.called}: fit: {error}{_keys_that_help(experiment)}"
        raise CollapseError(message, component=error.component, step=error.step, history=error.history) from None
    except EMError as error:
        raise experiment.error("fit", str(error)) from None


def _keys_that_help(experiment: Experiment) -> str:
    """Name the keys that may keep a component from collapsing and are not set already."""
    keys = []
    if experiment.fit.prior is None and not experiment.fit.known.covariances:
        keys.append('fit.prior = "weak"')
    if isinstance(experiment.start.means, str) and experiment.start.tries == 1:
        keys.append("start.tries = 20")
    return f" ({' or '.join(keys)})" if keys else ""


def prior_of(experiment: Experiment, dataset: Dataset) -> Prior | None:
    """Return the prior on the covariances that an experiment asks for; None where it asks for none."""
    given = experiment.fit.prior
    if given is None:
        return None
    if isinstance(given, str):
        return Prior.weak(dataset.data, experiment.n_components)
    points, spread = given
    return Prior(points, np.array(spread))


def _saved(experiment: Experiment, dataset: Dataset, file: str) -> History:
    experiment.read("fit.history", file)
    try:
        history = History.load(experiment.resolve(file))
    except HistoryError as error:
        raise experiment.error("fit.history", one_line(str(error))) from None
    data, origin = dataset.data, history.start
    saved = (origin.n_components, origin.n_dimensions, history.n_points)
    wanted = (experiment.n_components, data.n_dimensions, dataset.n_points)
    for what, there, here in zip(("components", "dimensions", "points"), saved, wanted, strict=True):
        if there != here:
            remedy = "set fit.components to agree" if what == "components" else "name the fit of these data"
            raise experiment.error("fit.history", f"holds {there} {what}, the experiment {here}; {remedy}")
    if history.shape != experiment.fit.covariances:
        remedy = "set fit.covariances to agree"
        raise experiment.error("fit.history", f'was fitted with covariances "{history.shape}"; {remedy}')
    if not _same_prior(history.prior, prior_of(experiment, dataset)):
        raise experiment.error("fit.history", "was fitted with another prior; set fit.prior to agree")
    if dataset.weighed is not None:  # they lie in one file
        return history
    expected = float(log_likelihood(dataset.source or data, origin))
    if abs(history.log_likelihoods[0] - expected) > _SAME * max(1.0, abs(expected)):
        raise experiment.error("fit.history", "was fitted to other data; name the fit of these data")
    return history


def _same_prior(one: Prior | None, other: Prior | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.points == other.points and np.allclose(one.spread, other.spread, rtol=1e-6, atol=0)
