"""Both curves times ε, and the distortion that they come to.

They lose what depends on no mean: ℓ becomes ε ℓ + ½ N D ε log 2πε, and L alike. So they have a limit as ε goes to 0,
which is evaluated as it stands where ε is 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from em_model.data import Data
from em_model.k_means.distances import checked, half_squares
from em_model.mixture import FloatArray, as_numbers
from em_model.statistics import Statistics

__all__ = ["distortion", "scaled_bound", "scaled_log_likelihood"]


def distortion(points: Data | ArrayLike, means: ArrayLike) -> FloatArray:
    """Distortion J = Σ_n min_k |x_n - μ_k|² (Bishop 9.1), in data units squared, of means of shape (..., K, D).

    Examples
    --------
    >>> print(f"{float(distortion([[0.0], [1.0], [9.0]], [[0.5], [8.0]])):.3f}")
    1.500
    """
    return -2 * scaled_log_likelihood(points, means, 0.0)


def scaled_log_likelihood(points: Data | ArrayLike, means: ArrayLike, variance: float) -> FloatArray:
    """Return ε ℓ(θ) + ½ N D ε log 2πε = ε Σ_n log (1/K) Σ_k exp(-|x_n - μ_k|²/2ε), the red curve (Bishop 9.14, 9.41).

    As ε goes to 0 it goes to -½ J.

    Parameters
    ----------
    points : Data or array, shape (N, D)
    means : array, shape (..., K, D)
        One set of means or a batch, such as all points of a slice.
    variance : float
        ε, in data units squared.

    Returns
    -------
    array, shape (...)
        In data units squared.

    Raises
    ------
    EMError
        If the variance is no number from 0 up, or the means do not fit the data.

    Examples
    --------
    >>> points, means = [[0.0], [1.0], [9.0]], [[0.5], [8.0]]
    >>> print([f"{float(scaled_log_likelihood(points, means, e)):.2f}" for e in (1.0, 0.1, 0.0)])
    ['-2.83', '-0.96', '-0.75']
    """
    data, means = checked(points, means, variance)
    totals = np.zeros(means.shape[:-2])
    for rows, halves in half_squares(data, means):
        least = halves.min(axis=-1)
        if variance > 0:
            halves -= least[..., None]
            halves /= -variance
            least -= variance * np.log(np.exp(halves, out=halves).mean(axis=-1))
        totals -= least.sum(axis=-1) if data.weights is None else least @ data.weights[rows]
    return totals


def scaled_bound(found: Statistics, means: ArrayLike, variance: float) -> FloatArray:
    """Return ε L(r, θ) + ½ N D ε log 2πε, the blue curve: a parabola in the means at every ε (Bishop 9.43, 9.71).

    It is -½ Σ_nk r_nk |x_n - μ_k|² + ε [H(r) - N log K].

    Parameters
    ----------
    found : Statistics
        Of the responsibilities r, with their entropy.
    means : array, shape (..., K, D)
    variance : float
        ε, in data units squared.

    Returns
    -------
    array, shape (...)
        In data units squared.

    Examples
    --------
    >>> from em_model import statistics
    >>> from em_model.k_means.lloyd import assign
    >>> points, means = [[0.0], [1.0], [9.0]], [[0.5], [8.0]]
    >>> found = statistics(points, assign(points, means))
    >>> print(f"{float(scaled_bound(found, means, 0.0)):.3f} {float(-distortion(points, means) / 2):.3f}")
    -0.750 -0.750
    """
    means = as_numbers("means", means, least_axes=2)
    held = found.counts > 0  # a mean without points adds nothing, wherever it is
    apart = np.square(found.means[held] - means[..., held, :]).sum(axis=-1)
    squares = apart + np.trace(found.covariances[held], axis1=-2, axis2=-1)
    uncertain = float(found.entropy) - float(found.counts.sum()) * np.log(means.shape[-2])
    return np.asarray(variance * uncertain - 0.5 * (found.counts[held] * squares).sum(axis=-1), dtype=np.float64)
