"""Expectation-Maximisation: raise the lower bound until it touches, climb to its top, again and again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial, reduce
from operator import add
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from em_model.collapse import describe
from em_model.densities import Densities, centred_moments
from em_model.diagnosis import require_sense
from em_model.errors import CollapseError, LostComponentError, ThinComponentError
from em_model.history import History, Outcome
from em_model.known import Known
from em_model.mixture import FloatArray, Mixture, stacked
from em_model.parts.source import Source, as_source
from em_model.parts.sums import added, centred_part, entropies_of_part, sums_of_part
from em_model.prior import Prior, log_prior
from em_model.shapes import Shape, require_shape, shaped
from em_model.statistics import Statistics

__all__ = ["e_step", "e_steps", "fit", "m_step"]

_FAR_OFF = 1e6  # nats per point under 0, as where a start is far too narrow for the data


def e_step(points: Source | ArrayLike, mixture: Mixture) -> tuple[Statistics, float]:
    """Take the E-step (Bishop 9.23): the posterior at a mixture, kept as its sufficient statistics.

    Parameters
    ----------
    points : Data, any other Source, or array, shape (N, D)
    mixture : Mixture
        A single one.

    Returns
    -------
    Statistics
        Of the posterior r = p(z | x, θ).
    float
        Log-likelihood ℓ(θ) of the mixture in nats (Bishop 9.14), found on the way.

    Raises
    ------
    ThinComponentError
        If a component is too thin, by its own measure, for double precision.

    Examples
    --------
    >>> from em_model import Mixture
    >>> mixture = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> statistics, log_likelihood = e_step([[-2.0], [-1.0], [0.5], [2.5]], mixture)
    >>> print(statistics.counts.round(3), f"{log_likelihood:.3f}")
    [2.138 1.862] -7.733
    """
    mixture.require_single("e_step")
    found, log_likelihoods = e_steps(points, mixture)
    return found, float(log_likelihoods)


def e_steps(points: Source | ArrayLike, mixtures: Mixture) -> tuple[Statistics, FloatArray]:
    """Take the E-step of every mixture of a batch, in one pass over the data; as `e_step` does for one.

    Parameters
    ----------
    points : Data, any other Source, or array, shape (N, D)
    mixtures : Mixture
        A batch, such as many starts.

    Returns
    -------
    Statistics
        A batch of the same shape.
    array, shape ``mixtures.batch_shape``
        Log-likelihoods in nats.

    Raises
    ------
    ThinComponentError
        If a component of any of them is too thin, by its own measure, for double precision.
    """
    source = as_source(points)
    densities = Densities(source, mixtures)
    total = added(source.each(partial(sums_of_part, densities)))
    counts, means, covariances, lost = densities.moments(total.features)
    if len(lost):
        parts = zip(*source.each(partial(centred_part, densities, lost, means)), strict=True)
        first, second = (reduce(add, sums) for sums in parts)
        means[lost], covariances[lost] = centred_moments((first, second), lost, counts, means)
    # With r the posterior itself the gap is nothing, so H = ℓ - Q (Bishop 9.70), and Q = Σ_kf c_kf S_kf.
    expected = densities.summed(densities.coefficients * total.features)
    entropies = np.maximum(total.log_likelihoods - expected, 0.0)
    if min(total.log_likelihoods) < -_FAR_OFF * source.n_points:
        # Of so large numbers the difference is nothing but rounding.
        entropies = reduce(add, source.each(partial(entropies_of_part, densities)))
    found = Statistics(
        densities.by_mixture(counts),
        densities.by_mixture(means),
        densities.by_mixture(covariances),
        entropies.reshape(mixtures.batch_shape) if mixtures.batch_shape else float(entropies[0]),
    )
    return found, total.log_likelihoods.reshape(mixtures.batch_shape)


def m_step(
    statistics: Statistics,
    current: Mixture,
    known: Known | None = None,
    *,
    shape: Shape = "full",
    prior: Prior | None = None,
) -> Mixture:
    """Take the M-step (Bishop 9.24 to 9.26): the mixture that maximises the lower bound under its posterior.

    With a prior it maximises L(r, θ) + log p(θ). Weights and means are the same in every case, and so is the
    covariances' dependence on the scatters about them: see `shaped` for the shapes, `Prior.pooled` for the prior.

    Parameters
    ----------
    statistics : Statistics
        Of the posterior r, or a batch of them.
    current : Mixture
        Where known parameters are read from; a batch if the statistics are.
    known : Known, optional
        What is held.
    shape : "full", "tied", "diag" or "spherical"
        Which covariances there are to choose from.
    prior : Prior, optional

    Returns
    -------
    Mixture
        The global maximiser over what is free.

    Raises
    ------
    LostComponentError
        If a component without any count leaves a free parameter undetermined.

    Examples
    --------
    >>> from em_model import Mixture
    >>> points = [[-2.0], [-1.0], [0.5], [2.5]]
    >>> start = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> print(m_step(e_step(points, start)[0], start).means.ravel().round(3))
    [-1.26   1.447]
    """
    known = known or Known()
    counts, means = statistics.counts, statistics.means
    shares = counts / np.add.reduce(counts, axis=-1, keepdims=True)
    if np.minimum.reduce(shares, axis=None) < sys.float_info.min:
        _require_counts(shares, known)
    if known.means:
        means = means.copy()
        held = list(known.means)
        means[..., held, :] = current.means[..., held, :]
    weights = current.weights if known.weights else shares
    if known.covariances:
        return Mixture.trusted(weights, means, current.covariances)
    scatters = statistics.covariances
    if known.means:
        apart = statistics.means - means
        scatters = scatters + apart[..., :, None] * apart[..., None, :]
    if prior is not None:
        counts, scatters = prior.pooled(counts, scatters)
    return Mixture.trusted(weights, means, shaped(scatters, shape, counts))


def _require_counts(shares: NDArray[np.float64], known: Known) -> None:
    for lost in np.nonzero(shares < sys.float_info.min)[-1]:
        if not (known.weights and known.covariances and lost in known.means):
            raise LostComponentError(int(lost))


def fit(
    points: Source | ArrayLike,
    start: Mixture,
    *,
    max_steps: int = 200,
    tolerance: float = 1e-7,
    known: Known | None = None,
    shape: Shape = "full",
    prior: Prior | None = None,
    watch: Callable[[int, float], object] = lambda step, log_likelihood: None,
) -> History:
    """Fit a mixture by EM (Bishop 9.2.2), keeping every half-step; whether it converges is judged by ℓ (9.14, 9.28).

    Parameters
    ----------
    points : Data, any other Source, or array, shape (N, D)
    start : Mixture
        Where EM begins, θ⁽⁰⁾, in data units.
    max_steps : int
        Largest number of EM steps.
    tolerance : float
        Rise per point of what is climbed, ℓ or ℓ + log p(θ), in nats, under which the fit has converged; 0 takes all
        ``max_steps``.
    known : Known, optional
        Parameters held at their start.
    shape : "full", "tied", "diag" or "spherical"
        Covariances of any form, one for all, along the axes, or round; the start has to have it.
    prior : Prior, optional
        On the covariances.
    watch : callable, optional
        Is told of each step, from 0 for the start, and of ℓ after it, in nats.

    Returns
    -------
    History

    Raises
    ------
    DataError
        If the data cannot be fitted: fewer distinct points than components, or columns that leave no covariance.
    EMError
        If the arguments are out of range or do not fit the data.
    CollapseError
        If a component collapses (Bishop 9.2.1); it carries the history up to there. Nothing is regularised.

    Examples
    --------
    >>> from em_model import Mixture
    >>> start = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> history = fit([[-2.0], [-1.0], [0.0], [2.0], [2.5], [3.5]], start)
    >>> print(history.outcome, history.final.means.ravel().round(2))
    converged [-1.    2.67]
    """
    data, known = as_source(points), known or Known()
    require_sense(data, start, max_steps, tolerance, known, shape, prior)
    if not known.covariances:
        require_shape(start, shape)
    seen: list[tuple[Mixture, Statistics, float]] = []
    mixture = start
    statistics, log_likelihood = e_step(data, mixture)
    height = log_likelihood + float(log_prior(prior, mixture))

    def history(outcome: Outcome) -> History:
        mixtures, gathered, log_likelihoods = zip(*seen, strict=True)
        return History(
            stacked(mixtures),
            Statistics.stacked(gathered),
            np.array(log_likelihoods),
            data.n_points,
            outcome,
            shape,
            prior,
        )

    seen.append((mixture, statistics, log_likelihood))
    watch(0, log_likelihood)
    for step in range(1, max_steps + 1):
        try:
            mixture = m_step(statistics, mixture, known, shape=shape, prior=prior)
            statistics, log_likelihood = e_step(data, mixture)
        except (ThinComponentError, LostComponentError) as error:
            _collapse(error, data, known, step, history("collapsed"))
        seen.append((mixture, statistics, log_likelihood))
        watch(step, log_likelihood)
        risen = log_likelihood + float(log_prior(prior, mixture))
        if tolerance > 0 and risen - height < tolerance * data.n_points:
            return history("converged")
        height = risen
    return history("step limit")


def _collapse(
    error: ThinComponentError | LostComponentError, data: Source, known: Known, step: int, history: History
) -> NoReturn:
    raise CollapseError(
        describe(error, data, known, step, history), component=error.component, step=step, history=history
    ) from None
