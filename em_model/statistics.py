"""Posterior responsibilities and the sufficient statistics they leave: all that EM ever asks of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr

from em_model.data import Data, as_data
from em_model.densities import Densities, centred_moments, centred_sums
from em_model.errors import DataError
from em_model.mixture import FloatArray, Mixture

__all__ = ["Statistics", "as_posterior", "entropy", "normalised", "responsibilities", "statistics"]

_FAR = 600.0  # nats from 0, within which a point's densities and their sum neither under- nor overflow


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """What a posterior r over N points leaves behind: everything the lower bound needs, whatever N is.

    Leading axes ``...`` are a batch, such as the steps of a history.

    Parameters
    ----------
    counts : array, shape (..., K)
        Effective counts N_k = Σ_n r_nk (Bishop 9.27).
    means : array, shape (..., K, D)
        Averages Σ_n r_nk x_n / N_k (Bishop 9.24), in data units.
    covariances : array, shape (..., K, D, D)
        Central second moments Σ_n r_nk (x_n - m_k)(x_n - m_k)ᵀ / N_k (Bishop 9.25).
    entropy : array, shape (...), or float
        H(r) = -Σ_nk r_nk log r_nk, in nats.

    Examples
    --------
    >>> from em_model import Mixture, e_step
    >>> found, _ = e_step([[-1.0], [1.0]], Mixture([1.0], [[0.0]], [[[4.0]]]))
    >>> print(found.counts, found.means, found.covariances)
    [2.] [[0.]] [[[1.]]]
    """

    counts: FloatArray
    means: FloatArray
    covariances: FloatArray
    entropy: FloatArray | float

    @classmethod
    def stacked(cls, parts: Sequence[Statistics]) -> Statistics:
        """Return single statistics of one shape as a batch."""
        return cls(
            np.stack([part.counts for part in parts]),
            np.stack([part.means for part in parts]),
            np.stack([part.covariances for part in parts]),
            np.array([part.entropy for part in parts]),
        )

    def mixed(self, other: Statistics, share: float, entropy: float) -> Statistics:
        """Statistics of the posterior (1 - share) r + share r'.

        Parameters
        ----------
        other : Statistics
            Those of r'.
        share : float
            Between 0 and 1.
        entropy : float
            Entropy of the mixed posterior in nats; it alone is not linear in r (see `entropy`).
        """
        own, others = (1 - share) * self.counts, share * other.counts
        counts = own + others
        total = np.where(counts > 0, counts, 1.0)
        weight, other_weight = (own / total)[:, None], (others / total)[:, None]
        means = weight * self.means + other_weight * other.means
        apart = other.means - self.means
        between = (weight * other_weight)[..., None] * apart[:, :, None] * apart[:, None, :]
        within = weight[..., None] * self.covariances + other_weight[..., None] * other.covariances
        return Statistics(counts, means, within + between, entropy)

    def __add__(self, other: Statistics) -> Statistics:
        """Statistics of one posterior over both parts of the data; components without any count keep a place.

        Central moments merge as those of Chan, Golub and LeVeque (1983), precisely where means lie far from 0.
        """
        counts = self.counts + other.counts
        share = other.counts / np.where(counts > 0, counts, 1.0)
        apart = other.means - self.means
        means = self.means + share[..., None] * apart
        between = (share * (1 - share))[..., None, None] * apart[..., :, None] * apart[..., None, :]
        parts = share[..., None, None]
        within = (1 - parts) * self.covariances + parts * other.covariances
        return Statistics(counts, means, within + between, self.entropy + other.entropy)

    def __getitem__(self, index: int | slice | NDArray[np.intp]) -> Statistics:
        """Statistics at an index of the batch axes."""
        chosen = np.asarray(self.entropy)[index]
        return Statistics(self.counts[index], self.means[index], self.covariances[index], _scalar(chosen))


def responsibilities(points: Data | ArrayLike, mixture: Mixture) -> FloatArray:
    """Posterior r_nk = π_k N(x_n; μ_k, Σ_k) / Σ_j π_j N(x_n; μ_j, Σ_j) (Bishop 9.23), shape (N, K).

    Examples
    --------
    >>> from em_model import Mixture
    >>> mixture = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> print(responsibilities([[0.0], [3.0]], mixture).round(4))
    [[0.5    0.5   ]
     [0.0025 0.9975]]
    """
    data = as_data(points)
    mixture.require_single("responsibilities")
    densities = Densities(data, mixture)
    posterior = np.empty((data.n_rows, mixture.n_components))
    for rows, joint, _ in densities.chunks(data):
        posterior[rows] = normalised(joint)[0][:, 0].T
    return posterior


def entropy(posterior: ArrayLike, weights: FloatArray | None = None) -> float:
    """Entropy H(r) = -Σ_nk r_nk log r_nk of a posterior of shape (N, K), in nats; of points that are weighed if told.

    Examples
    --------
    >>> print(f"{entropy([[0.5, 0.5], [1.0, 0.0]]):.4f}")
    0.6931
    """
    entropies = entr(np.asarray(posterior, dtype=float))
    return float(entropies.sum() if weights is None else weights @ entropies.sum(axis=1))


def statistics(points: Data | ArrayLike, posterior: ArrayLike) -> Statistics:
    """Sufficient statistics of any posterior over the points, a mixture's or not (Bishop 9.24, 9.25, 9.27).

    Parameters
    ----------
    points : Data or array, shape (N, D)
    posterior : array, shape (N, K)
        Rows r_n ≥ 0 that sum to 1.

    Raises
    ------
    DataError
        If the posterior does not have a row for each point, or a row is not a distribution.

    Examples
    --------
    >>> found = statistics([[-1.0], [1.0], [5.0]], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> print(found.counts, found.means.ravel())
    [2. 1.] [0. 5.]
    """
    data = as_data(points)
    posterior = as_posterior(data, posterior)
    found = entropy(posterior, data.weights)
    if data.weights is not None:
        posterior = posterior * data.weights[:, None]
    sums = np.zeros((posterior.shape[1], data.n_features))
    for rows, features in data.chunks(data.chunk_rows(posterior.shape[1])):
        sums += posterior[rows].T @ features.T
    counts, means, covariances, lost = data.frame.moments(sums)
    if len(lost):
        pairs = ((block, posterior[rows].T) for rows, block in data.blocks())
        about_means = centred_sums(pairs, lost, means)
        means[lost], covariances[lost] = centred_moments(about_means, lost, counts, means)
    return Statistics(counts, means, covariances, found)


def as_posterior(data: Data, posterior: ArrayLike) -> FloatArray:
    """Return a posterior over the points, shape (N, K), checked; DataError where a row is not a distribution."""
    posterior = np.asarray(posterior, dtype=float)
    if posterior.ndim != 2 or len(posterior) != data.n_rows:
        raise DataError(f"the posterior has shape {posterior.shape}; it needs one row for each of {data.n_rows} points")
    if not (posterior >= 0).all() or not np.allclose(posterior.sum(axis=1), 1.0, rtol=0, atol=1e-9):
        raise DataError("a row of the posterior is no distribution; rows must be non-negative and sum to 1")
    return posterior


def normalised(joint: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Turn log π_k N(x_n; μ_k, Σ_k), shape (K, ..., n), into responsibilities (Bishop 9.23).

    Parameters
    ----------
    joint : array, shape (K, ..., n)
        Overwritten.

    Returns
    -------
    array, shape (K, ..., n)
        The responsibilities, in the joint's memory.
    array, shape (..., n)
        log p(x_n) (Bishop 9.7).
    """
    highest = np.maximum.reduce(joint, axis=0)
    near = np.maximum.reduce(np.abs(highest), axis=None) < _FAR
    if not near:  # some points are far from all components: count from each point's highest density
        joint -= highest
    powers = np.exp(joint, out=joint)
    totals = np.add.reduce(powers, axis=0)
    powers /= totals
    log_densities = np.log(totals, out=totals)
    return powers, log_densities if near else log_densities + highest


def _scalar(value: FloatArray) -> FloatArray | float:
    return float(value) if value.ndim == 0 else value
