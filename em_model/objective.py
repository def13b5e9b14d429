"""The two curves and what lies between them: ℓ in red, L = Q + H in blue, and the gap KL(r ‖ p)."""

from __future__ import annotations

from functools import partial, reduce
from operator import add

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp, xlogy

from em_model.data import Data, as_data
from em_model.densities import Densities
from em_model.errors import MixtureError, ThinComponentError
from em_model.frame import whitened
from em_model.mixture import LOG_2PI, FloatArray, Mixture
from em_model.parts.source import Source, as_source
from em_model.parts.sums import summed
from em_model.statistics import Statistics, as_posterior

__all__ = ["expected_log_likelihood", "gap", "kl_divergence", "log_likelihood", "lower_bound"]


def log_likelihood(points: Source | ArrayLike, mixture: Mixture) -> FloatArray:
    """Log-likelihood ℓ(θ) = Σ_n log Σ_k π_k N(x_n; μ_k, Σ_k) (Bishop 9.14), the red curve.

    Parameters
    ----------
    points : Data, any other Source, or array, shape (N, D)
    mixture : Mixture
        One mixture or a batch, such as all points of a slice.

    Returns
    -------
    array, shape ``mixture.batch_shape``
        Nats, summed over all points.

    Raises
    ------
    MixtureError
        If the dimensions disagree or a component is too narrow beside the data for double precision.

    Examples
    --------
    >>> from em_model import Mixture
    >>> mixture = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> print(f"{float(log_likelihood([[-2.0], [0.0], [1.0]], mixture)):.4f}")
    -4.9980
    """
    source = as_source(points)
    totals = reduce(add, source.each(partial(_log_likelihoods, Densities(source, mixture))))
    return totals.reshape(mixture.batch_shape)


def _log_likelihoods(densities: Densities, part: Data) -> FloatArray:
    """Log-likelihoods of a part of the data, shape (B,)."""
    totals = np.zeros(densities.n_mixtures)
    for rows, joint, _ in densities.chunks(part):
        highest = joint.max(axis=0)
        joint -= highest
        np.exp(joint, out=joint)
        shares = joint.sum(axis=0)
        totals += summed(np.log(shares, out=shares) + highest, part, rows)
    return totals


def expected_log_likelihood(statistics: Statistics, mixture: Mixture) -> FloatArray:
    """Return Q(θ; r) = Σ_nk r_nk [log π_k + log N(x_n; μ_k, Σ_k)], the expected log-likelihood of the complete data.

    Bishop 9.40.

    Parameters
    ----------
    statistics : Statistics
        Of the posterior r.
    mixture : Mixture
        One mixture or a batch; the cost is that of the batch, whatever the number of points.

    Returns
    -------
    array, shape ``mixture.batch_shape``
        Nats, summed over all points.

    Raises
    ------
    ThinComponentError
        If a component is too thin, by its own measure, for double precision.

    Examples
    --------
    >>> from em_model import Mixture, e_step
    >>> mixture = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> found, _ = e_step([[-2.0], [0.0], [1.0]], mixture)
    >>> print(f"{float(expected_log_likelihood(found, mixture)):.4f}")
    -6.1466
    """
    # By the factors that the densities use, so that both curves see thin components alike.
    scales, factors, sound = whitened(mixture.covariances)
    if not sound.all():
        raise ThinComponentError(int(np.nonzero(~sound)[-1][0]))
    roots = np.linalg.inv(factors) / scales[..., None, :]
    distance = np.square(roots @ (statistics.means - mixture.means)[..., None]).sum(axis=(-1, -2))
    spread = ((roots @ statistics.covariances) * roots).sum(axis=(-1, -2))
    log_determinants = 2 * (np.log(factors.diagonal(axis1=-2, axis2=-1)) + np.log(scales)).sum(axis=-1)
    log_densities = -0.5 * (mixture.n_dimensions * LOG_2PI + log_determinants + spread + distance)
    expected: FloatArray = (statistics.counts * (np.log(mixture.weights) + log_densities)).sum(axis=-1)
    return expected


def lower_bound(statistics: Statistics, mixture: Mixture) -> FloatArray:
    """Lower bound L(r, θ) = Q(θ; r) + H(r) on the log-likelihood (Bishop 9.71), the blue curve; shapes as Q's.

    Examples
    --------
    >>> from em_model import Mixture, e_step
    >>> mixture = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> found, red = e_step([[-2.0], [0.0], [1.0]], mixture)
    >>> print(f"{float(lower_bound(found, mixture)):.4f} {red:.4f}")
    -4.9980 -4.9980
    """
    return expected_log_likelihood(statistics, mixture) + statistics.entropy


def gap(points: Data | ArrayLike, statistics: Statistics, mixture: Mixture) -> FloatArray:
    """Distance ℓ(θ) - L(r, θ) = KL(r ‖ p(z|x, θ)) ≥ 0 between the curves (Bishop 9.70), as their difference.

    Examples
    --------
    >>> from em_model import Mixture, e_step, m_step
    >>> points = [[-2.0], [-1.0], [0.5], [2.5]]
    >>> mixture = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> found, _ = e_step(points, mixture)
    >>> print(f"{float(gap(points, found, m_step(found, mixture))):.4f}")
    0.0459
    """
    return log_likelihood(points, mixture) - lower_bound(statistics, mixture)


def kl_divergence(points: Data | ArrayLike, posterior: ArrayLike, mixture: Mixture) -> float:
    """KL(r ‖ p(z|x, θ)) = Σ_nk r_nk log(r_nk / p_nk) in nats (Bishop 9.72), summed point by point.

    Parameters
    ----------
    points : Data or array, shape (N, D)
    posterior : array, shape (N, K)
        The posterior r, any distribution over components for each point.
    mixture : Mixture
        A single mixture.

    Raises
    ------
    DataError
        If the posterior does not have a row for each point, or a row is not a distribution.
    MixtureError
        If the mixture does not fit the data or the posterior.

    Examples
    --------
    >>> from em_model import Mixture, responsibilities
    >>> points = [[-2.0], [-1.0], [0.5], [2.5]]
    >>> mixture = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> print(f"{kl_divergence(points, responsibilities(points, mixture), mixture):.4f}")
    0.0000
    >>> print(f"{kl_divergence(points, [[0.5, 0.5]] * 4, mixture):.4f}")
    3.6925
    """
    data = as_data(points)
    mixture.require_single("kl_divergence")
    posterior = as_posterior(data, posterior)
    if posterior.shape[1] != mixture.n_components:
        raise MixtureError(f"the posterior has shape {posterior.shape}, the mixture's means {mixture.means.shape}")
    divergence = 0.0
    for rows, joint, _ in Densities(data, mixture).chunks(data):
        share, log_shares = posterior[rows].T, joint[:, 0] - logsumexp(joint[:, 0], axis=0)
        # In logarithms, because a true responsibility may underflow where r does not.
        divergence += float((xlogy(share, share) - share * log_shares).sum())
    return divergence
