"""Unconstrained coordinates of a mixture, and the gradient of ℓ in them: what gradient methods climb with."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from em_model.data import Data, as_data
from em_model.em import e_step
from em_model.errors import MixtureError
from em_model.known import Known
from em_model.mixture import FloatArray, Mixture
from em_model.statistics import Statistics

__all__ = ["Coordinates", "gradient"]

_MOST_STRETCHED = 1e10  # longest over shortest axis of a component, roughly, that survives being squared and inverted


@dataclass(frozen=True, slots=True, eq=False)
class Coordinates:
    """A vector of real numbers, any of which is a mixture: what is free, in a form without constraints.

    In this order: logits a_k with π = softmax(a), K of them; the means μ_k; and of each component the lower triangle,
    row by row, of L_k with Λ_k = Σ_k⁻¹ = L_k L_kᵀ, its diagonal as logarithms. What is known is left out.

    Parameters
    ----------
    base : Mixture
        Known parameters are read from it: one mixture or, beside vectors of shape (B, P), a batch of B.
    known : Known
        What is held.

    Examples
    --------
    >>> coordinates = Coordinates(Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]]), Known(weights=True))
    >>> print(coordinates.size, coordinates.of(coordinates.base))
    4 [-1.  1.  0.  0.]
    """

    base: Mixture
    known: Known = field(default_factory=Known)

    @property
    def free_means(self) -> list[int]:
        """Components (from 0) whose means are free."""
        return [k for k in range(self.base.n_components) if k not in self.known.means]

    @property
    def size(self) -> int:
        """Number of coordinates, P."""
        count, dimensions = self.base.means.shape[-2:]
        logits = 0 if self.known.weights else count
        triangles = 0 if self.known.covariances else count * dimensions * (dimensions + 1) // 2
        return int(logits + len(self.free_means) * dimensions + triangles)

    def of(self, mixture: Mixture) -> FloatArray:
        """Coordinates of one mixture or of a batch, shape (..., P)."""
        parts = []
        if not self.known.weights:
            parts.append(np.log(mixture.weights))
        parts.append(_rows(mixture.means[..., self.free_means, :]))
        if not self.known.covariances:
            factors = np.linalg.cholesky(np.linalg.inv(mixture.covariances))  # L with L Lᵀ = Λ
            diagonal = _diagonal_of(factors)
            diagonal[...] = np.log(diagonal)
            parts.append(_triangles(factors))
        return np.concatenate(parts, axis=-1)

    def mixture(self, vector: ArrayLike) -> Mixture:
        """Mixture at coordinates of shape (P,), or the batch at (..., P).

        Raises
        ------
        MixtureError
            Where a weight or a variance leaves double precision, or the vector has another length.
        """
        vector = np.asarray(vector, dtype=np.float64)
        if vector.shape[-1:] != (self.size,):
            raise MixtureError(f"the coordinates have shape {vector.shape}; their last axis must hold {self.size}")
        base, batch = self.base, vector.shape[:-1]
        count, size = base.means.shape[-2:]
        if self.known.weights:
            weights = np.broadcast_to(base.weights, (*batch, count))
        else:
            logits, vector = vector[..., :count], vector[..., count:]
            weights = _softmax(logits)
        free = self.free_means
        means = np.empty((*batch, count, size))
        means[...] = base.means
        means[..., free, :] = vector[..., : len(free) * size].reshape(*batch, len(free), size)
        if self.known.covariances:
            covariances = np.broadcast_to(base.covariances, (*batch, count, size, size))
        else:
            covariances = _covariances(vector[..., len(free) * size :], count, size)
        if not (weights > 0).all() or not np.isfinite(means).all() or not np.isfinite(covariances).all():
            raise MixtureError("these coordinates lie beyond double precision; take a shorter step")
        return Mixture.trusted(weights, means, covariances)

    def gradient(self, statistics: Statistics, mixture: Mixture) -> FloatArray:
        """Gradient of Q(θ; r) at θ in these coordinates, shape (..., P), in nats; it costs nothing of the order of N.

        With r the posterior at θ itself it is the gradient of ℓ (Fisher's identity; Bishop exercise 9.25 and 9.72:
        the gap KL(r ‖ p) is 0 there, so it has a minimum).

        Parameters
        ----------
        statistics : Statistics
            Of the posterior r.
        mixture : Mixture
            θ, one mixture or the batch that the statistics belong to.
        """
        counts, parts = statistics.counts, []
        if not self.known.weights:
            parts.append(counts - counts.sum(axis=-1, keepdims=True) * mixture.weights)
        apart = statistics.means - mixture.means
        precisions = np.linalg.inv(mixture.covariances)
        pull = counts[..., None] * (precisions @ apart[..., None])[..., 0]
        parts.append(_rows(pull[..., self.free_means, :]))
        if not self.known.covariances:
            factors = np.linalg.cholesky(precisions)
            scatter = statistics.covariances + apart[..., :, None] * apart[..., None, :]
            slopes = -(scatter @ factors)
            diagonal, pivots = _diagonal_of(slopes), np.array(_diagonal_of(factors))
            diagonal[...] = 1.0 + diagonal * pivots  # the slope along log L_ii; log|Λ| has that of 1 on its diagonal
            parts.append(_triangles(counts[..., None, None] * slopes))
        return np.concatenate(parts, axis=-1)


def gradient(points: Data | ArrayLike, mixture: Mixture, known: Known | None = None) -> FloatArray:
    """Gradient of ℓ(θ) (Bishop 9.14) in unconstrained coordinates, shape (P,), in nats; one pass over the data.

    It is nothing where Bishop's conditions 9.16, 9.19 and 9.21 hold.

    Parameters
    ----------
    points : Data or array, shape (N, D)
    mixture : Mixture
        θ, a single mixture.
    known : Known, optional
        What is held, and so has no coordinate.

    Examples
    --------
    >>> mixture = Mixture([1.0], [[0.0]], [[[2.0]]])
    >>> print(gradient([[1.0], [5.0]], mixture, Known(weights=True, covariances=True)))
    [3.]
    """
    data = as_data(points)
    mixture.require_single("gradient")
    return Coordinates(mixture, known or Known()).gradient(e_step(data, mixture)[0], mixture)


def _covariances(vector: FloatArray, count: int, size: int) -> FloatArray:
    factors = np.zeros((*vector.shape[:-1], count, size, size))
    rows, columns = _lower(size)
    factors[..., rows, columns] = vector.reshape(*vector.shape[:-1], count, len(rows))
    diagonal = _diagonal_of(factors)
    with np.errstate(over="ignore", invalid="ignore"):
        diagonal[...] = np.exp(diagonal)
        if not (np.isfinite(factors).all() and (diagonal > 0).all()):
            return np.full_like(factors, np.nan)
        inverse = np.linalg.inv(factors)
        covariances: FloatArray = inverse.swapaxes(-1, -2) @ inverse
        stretched = np.abs(factors).max(axis=(-1, -2)) * np.abs(inverse).max(axis=(-1, -2))
    return np.where((stretched < _MOST_STRETCHED)[..., None, None], covariances, np.nan)


def _softmax(logits: FloatArray) -> FloatArray:
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    weights: FloatArray = shares / shares.sum(axis=-1, keepdims=True)
    return weights


def _rows(matrices: FloatArray) -> FloatArray:
    return matrices.reshape(*matrices.shape[:-2], -1)


def _triangles(matrices: FloatArray) -> FloatArray:
    rows, columns = _lower(matrices.shape[-1])
    return _rows(matrices[..., rows, columns])


@lru_cache(maxsize=8)
def _lower(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.tril_indices(size)


def _diagonal_of(matrices: FloatArray) -> FloatArray:
    """View of the diagonals of matrices (..., D, D) that can be written to."""
    diagonals: FloatArray = np.einsum("...ii->...i", matrices)
    return diagonals
