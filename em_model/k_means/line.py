"""The line on which all means move, and the mixtures there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from em_model.mixture import FloatArray, Mixture, as_numbers

__all__ = ["MeansSlice", "round_mixture"]


@dataclass(frozen=True, slots=True, eq=False)
class MeansSlice:
    """The straight line t ↦ origin + t · direction on which all means move, each at its own speed; all else stays.

    Parameters
    ----------
    origin, direction : array, shape (K, D)
        Means at t = 0, and their change in one unit of t, in data units.
    variance : float
        ε, in data units squared.

    Examples
    --------
    >>> line = MeansSlice.through(np.array([[0.0], [3.0]]), np.array([[1.0], [5.0]]), variance=0.5)
    >>> print(line.means([0.0, 0.5])[..., 0], line.at(1.0).covariances.ravel())
    [[0.  3. ]
     [0.5 4. ]] [0.5 0.5]
    """

    origin: FloatArray
    direction: FloatArray
    variance: float

    @classmethod
    def through(cls, old: FloatArray, new: FloatArray, variance: float) -> MeansSlice:
        """Return the line from old means at t = 0 to new ones at t = 1."""
        return cls(old, new - old, variance)

    @property
    def domain(self) -> tuple[float, float]:
        """The whole real line."""
        return -np.inf, np.inf

    def means(self, position: ArrayLike) -> FloatArray:
        """Means at t, or the batch at an array of t."""
        return self.origin + np.asarray(position, dtype=float)[..., None, None] * self.direction

    def at(self, position: ArrayLike) -> Mixture:
        """Mixture at t, or the batch at an array of t."""
        return round_mixture(self.means(position), self.variance)


def round_mixture(means: ArrayLike, variance: float) -> Mixture:
    """Return equal weights, and Σ_k = εI, about means of shape (..., K, D); at ε = 0 it is a limit that has no density.

    Examples
    --------
    >>> mixture = round_mixture([[0.0, 1.0], [2.0, 3.0]], 0.25)
    >>> print(mixture.weights, mixture.covariances[0])
    [0.5 0.5] [[0.25 0.  ]
     [0.   0.25]]
    """
    means = as_numbers("means", means, least_axes=2)
    *batch, n_components, n_dimensions = means.shape
    covariances = np.broadcast_to(variance * np.eye(n_dimensions), (*means.shape, n_dimensions)).copy()
    return Mixture.trusted(np.full((*batch, n_components), 1 / n_components), means, covariances)
