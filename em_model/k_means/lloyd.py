"""Assign and average: the two steps of k-means (Bishop 9.1), or those of EM at an ε above 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from em_model.data import Data
from em_model.errors import EMError
from em_model.k_means.curves import distortion
from em_model.k_means.distances import checked, half_squares
from em_model.mixture import FloatArray, as_numbers
from em_model.statistics import Statistics, statistics

__all__ = ["Centres", "assign", "average", "k_means"]


def assign(points: Data | ArrayLike, means: ArrayLike, variance: float = 0.0) -> FloatArray:
    """Take the E-step: responsibilities of equal, round components (Bishop 9.42), hard ones at ε = 0 (Bishop 9.2).

    Parameters
    ----------
    points : Data or array, shape (N, D)
    means : array, shape (K, D)
        μ_k, in data units.
    variance : float
        ε, in data units squared; 0 assigns each point to its nearest mean, the first of several.

    Returns
    -------
    array, shape (N, K)
        Rows that sum to 1.

    Raises
    ------
    EMError
        If the variance is no number from 0 up, or the means do not fit the data.

    Examples
    --------
    >>> print(assign([[0.0], [2.5]], [[0.0], [3.0]]))
    [[1. 0.]
     [0. 1.]]
    >>> print(assign([[0.0], [2.5]], [[0.0], [3.0]], variance=3.0).round(2))
    [[0.82 0.18]
     [0.27 0.73]]
    """
    data, means = checked(points, means, variance)
    posterior = np.zeros((data.n_rows, means.shape[-2]))
    for rows, halves in half_squares(data, means):
        if variance == 0:
            posterior[rows][np.arange(len(halves)), halves.argmin(axis=-1)] = 1.0
        else:
            shares = np.exp((halves.min(axis=-1, keepdims=True) - halves) / variance)
            posterior[rows] = shares / shares.sum(axis=-1, keepdims=True)
    return posterior


def average(found: Statistics, means: ArrayLike) -> FloatArray:
    """Take the M-step: every mean to the middle of its points, or of its share of them (Bishop 9.4, 9.24).

    A mean without any point stays where it is, which is as good as anywhere else.

    Parameters
    ----------
    found : Statistics
        Of the responsibilities.
    means : array, shape (K, D)
        The present ones.

    Examples
    --------
    >>> from em_model import statistics
    >>> points, means = [[0.0], [1.0], [9.0]], [[0.0], [3.0], [-9.0]]
    >>> print(average(statistics(points, assign(points, means)), means).ravel())
    [ 0.5  9.  -9. ]
    """
    means = as_numbers("means", means, least_axes=2)
    return np.asarray(np.where(found.counts[:, None] > 0, found.means, means), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Centres:
    """The means of all steps, from the start on.

    Attributes
    ----------
    means : array, shape (n + 1, K, D)
        In data units.
    distortions : array, shape (n + 1,)
        J of each (Bishop 9.1), in data units squared.
    converged : bool
        Whether a further step would change nothing.
    """

    means: FloatArray
    distortions: FloatArray
    converged: bool

    @property
    def n_steps(self) -> int:
        """Number of steps that moved a mean."""
        return len(self.means) - 1


def k_means(points: Data | ArrayLike, means: ArrayLike, *, variance: float = 0.0, max_steps: int = 300) -> Centres:
    """Assign and average until no point changes hands (Lloyd; Bishop 9.1), or take the same steps at an ε above 0.

    Parameters
    ----------
    points : Data or array, shape (N, D)
    means : array, shape (K, D)
        Where it begins.
    variance : float
        ε, in data units squared; above 0 the steps are those of EM, and hardly ever change nothing.
    max_steps : int
        Steps after which to stop.

    Raises
    ------
    EMError
        If the variance is no number from 0 up, or the means do not fit the data.

    Examples
    --------
    >>> found = k_means([[0.0], [1.0], [2.0], [9.0]], [[0.0], [1.0]])
    >>> print(found.means[:, :, 0].tolist(), found.distortions.tolist(), found.converged)
    [[0.0, 1.0], [0.0, 4.0], [1.0, 9.0]] [65.0, 30.0, 2.0] True
    """
    data, first = checked(points, means, variance)
    if first.ndim != 2:
        raise EMError(f"means have shape {first.shape}; k-means begins with one set of means, (K, D)")
    steps, converged = [first], False
    for _ in range(max_steps):
        new = average(statistics(data, assign(data, steps[-1], variance)), steps[-1])
        converged = bool((new == steps[-1]).all())
        if converged:
            break
        steps.append(new)
    every = np.stack(steps)
    return Centres(every, distortion(data, every), converged)
