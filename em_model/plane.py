"""The plane that three iterates of EM span: where the line of a step lies, and that of the next one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from em_model.errors import MixtureError
from em_model.mixture import FloatArray, Mixture, Natural
from em_model.prior import Prior
from em_model.statistics import Statistics

__all__ = ["TurnPlane"]

_PARALLEL = 1e-6  # of a direction's length; its square is a difference of squares, each rounded by some 1e-16
_DROP = 700.0  # of log π_k below the largest: a weight under e⁻⁷⁰⁰ is not told from 0


@dataclass(frozen=True, slots=True, eq=False)
class TurnPlane:
    """All mixtures θ⁽ⁱ⁾ + a (θ⁽ⁱ⁾ - θ⁽ⁱ⁻¹⁾) + b (θ⁽ⁱ⁺¹⁾ - θ⁽ⁱ⁾) in the coordinates (log π, Λμ, Λ).

    Every line that `turned` gives between two steps in a row lies in it. Its yardstick is the lower bound's own: in the
    coordinates (u, v) = M (a, b), with MᵀM the Hessian of -L at its top θ⁽ⁱ⁺¹⁾, blue's level lines are circles near
    that top. The step leads from (0, 0) to (0, 1).

    Parameters
    ----------
    here : Natural
        θ⁽ⁱ⁾.
    last, next : Natural
        Directions θ⁽ⁱ⁾ - θ⁽ⁱ⁻¹⁾ and θ⁽ⁱ⁺¹⁾ - θ⁽ⁱ⁾.
    yardstick : array, shape (2, 2)
        M, which takes (a, b) to (u, v).
    """

    here: Natural
    last: Natural
    next: Natural
    yardstick: FloatArray

    @classmethod
    def through(
        cls, before: Mixture, here: Mixture, after: Mixture, statistics: Statistics, prior: Prior | None = None
    ) -> Self:
        """Lay the plane through three iterates.

        Parameters
        ----------
        before, here, after : Mixture
            θ⁽ⁱ⁻¹⁾, θ⁽ⁱ⁾ and θ⁽ⁱ⁺¹⁾.
        statistics : Statistics
            Of the E-step at θ⁽ⁱ⁾, whose bound has its top at θ⁽ⁱ⁺¹⁾.
        prior : Prior, optional
            What the fit had; both curves carry its log p(θ).

        Raises
        ------
        MixtureError
            If the three lie on one line, so that they span no plane.
        """
        origin = here.natural()
        last, step = origin - before.natural(), after.natural() - origin
        hessian = _hessian(after, statistics, prior, last, step)
        length, shared = np.sqrt(hessian[1, 1]), hessian[0, 1]
        across = hessian[0, 0] - (shared / length) ** 2 if length > 0 else 0.0
        if not across > _PARALLEL**2 * hessian[0, 0]:
            raise MixtureError("the three mixtures lie on one line; they span no plane")
        yardstick = np.array([[np.sqrt(across), 0.0], [shared / length, length]]) / length
        return cls(origin, last, step, yardstick)

    def coordinates(self, places: ArrayLike) -> FloatArray:
        """Return (u, v), shape (..., 2), of places (a, b)."""
        found: FloatArray = np.asarray(places, dtype=float) @ self.yardstick.T
        return found

    def natural(self, places: ArrayLike) -> Natural:
        """Return the natural coordinates at places (u, v), shape (..., 2); they need not be a mixture's."""
        shares = np.linalg.solve(self.yardstick, np.asarray(places, dtype=float)[..., None])[..., 0]
        return self.here + self.last.scaled(shares[..., 0]) + self.next.scaled(shares[..., 1])

    def holds(self, places: ArrayLike) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Tell, for places (u, v) of shape (..., 2), where the plane holds a mixture: all Λ_k positive definite."""
        natural = self.natural(places)
        eigenvalues = np.linalg.eigvalsh(natural.precisions)
        drop = natural.log_weights.max(axis=-1) - natural.log_weights.min(axis=-1)
        least = eigenvalues[..., 0] > 1e-12 * np.abs(eigenvalues[..., -1])
        return np.asarray(least.all(axis=-1) & (drop < _DROP), dtype=np.bool_)

    def reach(self, ways: ArrayLike) -> FloatArray:
        """Tell how far the plane goes from θ⁽ⁱ⁾ along ways (u, v), as a multiple of each: to where a Λ_k is singular.

        The plane's mixtures are a convex set, so all before that is inside, and all beyond it is outside.

        Parameters
        ----------
        ways : array, shape (..., 2)

        Returns
        -------
        array, shape (...)
            Infinity where the plane does not end.
        """
        shares = np.linalg.solve(self.yardstick, np.asarray(ways, dtype=float)[..., None])[..., 0]
        change = self.last.scaled(shares[..., 0]) + self.next.scaled(shares[..., 1])
        roots = np.linalg.inv(np.linalg.cholesky(self.here.precisions))
        rates = np.linalg.eigvalsh(roots @ change.precisions @ np.swapaxes(roots, -1, -2))
        fastest = -rates.min(axis=(-1, -2))
        heights, slopes = self.here.log_weights, change.log_weights
        with np.errstate(divide="ignore", invalid="ignore"):
            singular = np.where(fastest > 0, 1 / fastest, np.inf)
            steepness = slopes[..., :, None] - slopes[..., None, :]
            drained = np.where(steepness > 0, (_DROP - (heights[:, None] - heights)) / steepness, np.inf)
        ends: FloatArray = np.minimum(singular, drained.min(axis=(-1, -2)))
        return ends

    def at(self, places: ArrayLike) -> Mixture:
        """Mixtures at places (u, v), a batch of shape (...).

        Raises
        ------
        MixtureError
            Where the plane holds none.
        """
        return self.natural(places).mixture()


def _hessian(top: Mixture, statistics: Statistics, prior: Prior | None, *directions: Natural) -> FloatArray:
    """Hessian of -L(r, ·) at its top, along two directions: the Fisher information of the complete data.

    N times the covariance of the change of log π under π, and for each component N_k times the second derivative of
    the log-partition ½ hᵀΛ⁻¹h - ½ log|Λ| in h = Λμ and Λ. A prior adds n₀/2 (log|Λ_k| - tr(Λ_k Ψ)) to L, and so n₀ to
    the counts of the second part.
    """
    counts, total = statistics.counts, float(statistics.counts.sum())
    pooled = counts if prior is None else counts + prior.points
    moved = []
    for direction in directions:
        weights = direction.log_weights - top.weights @ direction.log_weights
        pull = direction.precision_means - np.einsum("kij,kj->ki", direction.precisions, top.means)
        bent = top.covariances @ direction.precisions
        moved.append((weights, pull, bent))
    hessian = np.empty((len(moved), len(moved)))
    for i, (weights, pull, bent) in enumerate(moved):
        for j, (other_weights, other_pull, other_bent) in enumerate(moved):
            shares = total * float((top.weights * weights * other_weights).sum())
            means = np.einsum("ki,kij,kj->k", pull, top.covariances, other_pull)
            spreads = 0.5 * np.einsum("kij,kji->k", bent, other_bent)
            hessian[i, j] = shares + float(counts @ means + pooled @ spreads)
    return hessian
