"""Expectation-Maximisation: raise the lower bound until it touches, climb to its top, again and again."""

from __future__ import annotations

import sys
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike

from em_model.data import Data, ThinComponentError, as_data
from em_model.errors import CollapseError, EMError
from em_model.history import History, Outcome
from em_model.known import Known
from em_model.mixture import FloatArray, Mixture
from em_model.statistics import Statistics, normalised

__all__ = ["e_step", "e_steps", "fit", "m_step", "require_sense"]


def e_step(points: Data | ArrayLike, mixture: Mixture) -> tuple[Statistics, float]:
    """Take the E-step (Bishop 9.23): the posterior at a mixture, kept as its sufficient statistics.

    Returns
    -------
    Statistics
        Of the posterior r = p(z | x, θ).
    float
        Log-likelihood ℓ(θ) of the mixture in nats (Bishop 9.14), found on the way.

    Raises
    ------
    ThinComponentError
        If a component is too narrow beside the data for double precision.
    """
    data = as_data(points)
    mixture.require_single("e_step")
    coefficients = data.coefficients(mixture)
    sums = np.zeros_like(coefficients)
    log_likelihood = 0.0
    for _, features in data.chunks(2 * mixture.n_components):
        posterior, log_densities = normalised(coefficients @ features)
        log_likelihood += log_densities
        sums += posterior @ features.T
    # With r the posterior itself the gap is nothing, so H = ℓ - Q (Bishop 9.70), and Q = Σ_kf c_kf S_kf.
    uncertainty = max(log_likelihood - float(np.vdot(coefficients, sums)), 0.0)
    return Statistics(*data.moments(sums), uncertainty), log_likelihood


def e_steps(points: Data | ArrayLike, mixtures: Mixture) -> tuple[Statistics, FloatArray]:
    """Take the E-step of every mixture of a batch, in one pass over the data; its entropies are those of `e_step`.

    Parameters
    ----------
    points : Data or array, shape (N, D)
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
        If a component of any of them is too narrow beside the data for double precision.
    """
    data = as_data(points)
    batch, count, size = mixtures.batch_shape, mixtures.n_components, mixtures.n_dimensions
    coefficients = data.coefficients(mixtures).reshape(-1, data.n_features)
    sums = np.zeros_like(coefficients)
    log_likelihoods = np.zeros(len(coefficients) // count)
    for _, features in data.chunks(2 * len(coefficients)):
        joint = (coefficients @ features).reshape(-1, count, features.shape[1])
        highest = joint.max(axis=1, keepdims=True)
        joint -= highest
        np.exp(joint, out=joint)
        totals = joint.sum(axis=1, keepdims=True)
        joint /= totals
        log_likelihoods += (np.log(totals) + highest).sum(axis=(1, 2))
        sums += joint.reshape(len(coefficients), -1) @ features.T
    expected = (coefficients * sums).reshape(len(log_likelihoods), -1).sum(axis=1)
    counts, means, covariances = data.moments(sums)
    statistics = Statistics(
        counts.reshape(*batch, count),
        means.reshape(*batch, count, size),
        covariances.reshape(*batch, count, size, size),
        np.maximum(log_likelihoods - expected, 0.0).reshape(batch),
    )
    return statistics, log_likelihoods.reshape(batch)


class _LostComponentError(EMError):
    def __init__(self, component: int) -> None:
        super().__init__(f"component {component + 1} has lost all its points")
        self.component = component


def m_step(statistics: Statistics, current: Mixture, known: Known | None = None) -> Mixture:
    """Take the M-step (Bishop 9.24 to 9.26): the mixture that maximises the lower bound under its posterior.

    Parameters
    ----------
    statistics : Statistics
        Of the posterior r, or a batch of them.
    current : Mixture
        Where known parameters are read from; a batch if the statistics are.
    known : Known, optional
        What is held.

    Returns
    -------
    Mixture
        The global maximiser of L(r, ·) over what is free.

    Raises
    ------
    EMError
        If a component without any count leaves a free parameter undetermined.
    """
    known = known or Known()
    counts, means = statistics.counts, statistics.means
    shares = counts / counts.sum(axis=-1, keepdims=True)
    if shares.min() < sys.float_info.min:
        for lost in np.nonzero(shares < sys.float_info.min)[-1]:
            if not (known.weights and known.covariances and lost in known.means):
                raise _LostComponentError(int(lost))
    if known.means:
        means = means.copy()
        held = list(known.means)
        means[..., held, :] = current.means[..., held, :]
    weights = current.weights if known.weights else shares
    if known.covariances:
        covariances = current.covariances
    elif known.means:
        apart = statistics.means - means
        covariances = statistics.covariances + apart[..., :, None] * apart[..., None, :]
    else:
        covariances = statistics.covariances
    return Mixture.trusted(weights, means, covariances)


def fit(
    points: Data | ArrayLike,
    start: Mixture,
    *,
    max_steps: int = 200,
    tolerance: float = 1e-7,
    known: Known | None = None,
) -> History:
    """Fit a mixture by EM (Bishop 9.2.2), keeping every half-step.

    Parameters
    ----------
    points : Data or array, shape (N, D)
    start : Mixture
        Where EM begins, θ⁽⁰⁾, in data units.
    max_steps : int
        Largest number of EM steps.
    tolerance : float
        Rise of ℓ per point, in nats, under which the fit has converged; 0 takes all ``max_steps``.
    known : Known, optional
        Parameters held at their start.

    Returns
    -------
    History

    Raises
    ------
    DataError
        If the data cannot be fitted, or hold fewer distinct points than there are components.
    EMError
        If the arguments are out of range or do not fit the data.
    CollapseError
        If a component collapses (Bishop 9.2.1); it carries the history up to there. Nothing is regularised.
    """
    data, known = as_data(points), known or Known()
    require_sense(data, start, max_steps, tolerance, known)
    trail = _Trail(data.n_points)
    mixture = start
    statistics, log_likelihood = e_step(data, mixture)
    trail.append(mixture, statistics, log_likelihood)
    for step in range(1, max_steps + 1):
        try:
            mixture = m_step(statistics, mixture, known)
            statistics, risen = e_step(data, mixture)
        except (ThinComponentError, _LostComponentError) as error:
            _collapse(error, step, trail)
        trail.append(mixture, statistics, risen)
        if tolerance > 0 and risen - log_likelihood < tolerance * data.n_points:
            return trail.history("converged")
        log_likelihood = risen
    return trail.history("step limit")


class _Trail:
    """What the loop has seen so far, stacked into a History when it ends."""

    def __init__(self, n_points: int) -> None:
        self.n_points = n_points
        self.seen: list[tuple[Mixture, Statistics, float]] = []

    def append(self, mixture: Mixture, statistics: Statistics, log_likelihood: float) -> None:
        self.seen.append((mixture, statistics, log_likelihood))

    def history(self, outcome: Outcome) -> History:
        mixtures, statistics, log_likelihoods = zip(*self.seen, strict=True)
        return History(
            Mixture.trusted(
                _stack([m.weights for m in mixtures]),
                _stack([m.means for m in mixtures]),
                _stack([m.covariances for m in mixtures]),
            ),
            Statistics(
                _stack([s.counts for s in statistics]),
                _stack([s.means for s in statistics]),
                _stack([s.covariances for s in statistics]),
                np.array([s.entropy for s in statistics]),
            ),
            np.array(log_likelihoods),
            self.n_points,
            outcome,
        )


def _stack(arrays: list[FloatArray]) -> FloatArray:
    stacked: FloatArray = np.stack(arrays)
    return stacked


def _collapse(error: ThinComponentError | _LostComponentError, step: int, trail: _Trail) -> NoReturn:
    how = "shrank onto too few points" if isinstance(error, ThinComponentError) else "lost all its points"
    raise CollapseError(
        f"component {error.component + 1} {how} in step {step}, where the likelihood has no maximum (Bishop 9.2.1); "
        "try another start, fewer components, or known covariances",
        component=error.component,
        step=step,
        history=trail.history("collapsed"),
    ) from None


def require_sense(data: Data, start: Mixture, max_steps: int, tolerance: float, known: Known) -> None:
    """Raise EMError unless these are arguments that `fit`, or any other climb from a start, can be run with."""
    if start.batch_shape:
        raise EMError(f"the start is a batch of mixtures, shape {start.batch_shape}; give a single one")
    if max_steps < 0:
        raise EMError(f"max_steps is {max_steps}; it must be 0 or more")
    if not 0 <= tolerance < np.inf:
        raise EMError(f"tolerance is {tolerance}; it must be 0 or a small positive number of nats per point")
    for component in known.means:
        if not 0 <= component < start.n_components:
            raise EMError(f"known mean of component index {component}; it must be from 0 to {start.n_components - 1}")
    data.require_distinct(start.n_components)
