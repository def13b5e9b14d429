"""A prior on the covariances: as if each Gaussian had seen a few more points than the data hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from em_model.errors import EMError, MixtureError
from em_model.mixture import FloatArray, Mixture, as_numbers, require_covariances
from em_model.parts.source import Source, as_source

__all__ = ["Prior", "log_prior"]


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """log p(θ) = -(n₀/2) Σ_k [log|Σ_k| + tr(Σ_k⁻¹ Ψ)], up to a constant: an inverse Wishart on each covariance.

    It is as if each Gaussian had seen n₀ more points, spread as Ψ about its own mean. With it the fit is that of the
    highest posterior (MAP; Bishop 9.3 and exercise 9.4), and no covariance shrinks to nothing: where |Σ_k| → 0 the
    prior falls faster than ℓ rises.

    Parameters
    ----------
    points : float
        n₀ > 0, in points.
    spread : array, shape (D, D)
        Ψ, symmetric and positive definite, in data units squared.

    Raises
    ------
    EMError
        If n₀ is not a positive number.
    MixtureError
        If Ψ is no covariance.

    Examples
    --------
    >>> from em_model import Mixture
    >>> prior = Prior(points=4.0, spread=[[1.0]])
    >>> print(f"{float(prior.log_density(Mixture([1.0], [[0.0]], [[[1.0]]]))):.3f}")
    -2.000
    """

    points: float
    spread: FloatArray

    def __post_init__(self) -> None:
        if not isinstance(self.points, int | float | np.number) or not 0 < self.points < np.inf:
            raise EMError(f"a prior of {self.points!r} points; give a positive number")
        spread = as_numbers("the prior's spread", self.spread, least_axes=2)
        if spread.ndim != 2 or spread.shape[0] != spread.shape[1]:
            raise MixtureError(f"the prior's spread has shape {spread.shape}; it must be a square matrix")
        spread = require_covariances(spread[None], name="the prior's spread")[0]
        spread.flags.writeable = False
        object.__setattr__(self, "points", float(self.points))
        object.__setattr__(self, "spread", spread)

    @classmethod
    def weak(cls, data: Source | ArrayLike, n_components: int) -> Prior:
        """Return the covariance part of Fraley and Raftery's default (2007), which moves and scales with the data.

        An inverse Wishart with D + 2 degrees of freedom and scale S / K^(2/D), S the covariance of all points: here
        n₀ = 2 D + 3 and n₀ Ψ that scale. C. Fraley and A. E. Raftery, "Bayesian regularization for normal mixture
        estimation and model-based clustering", Journal of Classification 24 (2007).

        Raises
        ------
        MixtureError
            If the data's own covariance is singular, so that it says nothing about some direction.
        """
        data = as_source(data)
        size = data.n_dimensions
        points = 2 * size + 3
        return cls(points, data.covariance / n_components ** (2 / size) / points)

    def log_density(self, mixture: Mixture) -> FloatArray:
        """Log p(θ) in nats, up to a constant, of one mixture or a batch; shape ``mixture.batch_shape``."""
        self.require_fit(mixture)
        log_determinants = np.linalg.slogdet(mixture.covariances)[1]
        distances = np.trace(np.linalg.solve(mixture.covariances, self.spread), axis1=-2, axis2=-1)
        density: FloatArray = -0.5 * self.points * (log_determinants + distances).sum(axis=-1)
        return density

    def pooled(self, counts: FloatArray, scatters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Add the prior's points to counts and scatters: N_k + n₀ and (N_k S_k + n₀ Ψ) / (N_k + n₀)."""
        total = counts + self.points
        share = (counts / total)[..., None, None]
        return total, share * scatters + (1 - share) * self.spread

    def require_fit(self, mixture: Mixture) -> None:
        """Raise MixtureError unless the prior is one for a mixture of this dimension."""
        if len(self.spread) != mixture.n_dimensions:
            raise MixtureError(
                f"the prior's spread is {len(self.spread)} × {len(self.spread)}, for a mixture in "
                f"{mixture.n_dimensions} dimensions; they must agree"
            )


def log_prior(prior: Prior | None, mixture: Mixture) -> FloatArray:
    """Log p(θ) in nats, up to a constant, of one mixture or a batch; nothing without a prior."""
    return np.zeros(mixture.batch_shape) if prior is None else prior.log_density(mixture)
