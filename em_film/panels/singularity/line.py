"""The line on which one component's standard deviation varies, over its logarithm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from em_model import Mixture

__all__ = ["SpreadLine", "spread"]


@dataclass(frozen=True, slots=True)
class SpreadLine:
    """The line u ↦ θ(u) on which one component is shrunk towards a point: its σ is exp(u); one dimension.

    The mean's distance from the point shrinks with σ, so that a mean on the point stays there; all else stays at the
    base. Blue is concave in 1/σ on it, with a prior or without: N_k log(1/σ) and a parabola in 1/σ. Where nothing but
    the point is left to the component there is no parabola and no top (Bishop 9.2.1, figure 9.7).

    Parameters
    ----------
    base : Mixture
        A single one, one-dimensional.
    component : int
        Which is shrunk, from 0.
    seat : float
        The point, in data units.

    Examples
    --------
    >>> from em_model import Mixture
    >>> base = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[4.0]], [[1.0]]])
    >>> found = SpreadLine(base, 0, seat=0.0).at([0.0, -1.0])
    >>> print(found.covariances[:, 0, 0, 0].round(3), found.means[:, 0, 0].round(3))
    [1.    0.135] [-0.5   -0.184]
    """

    base: Mixture
    component: int
    seat: float

    @property
    def domain(self) -> tuple[float, float]:
        """The whole real line."""
        return -np.inf, np.inf

    def at(self, position: ArrayLike) -> Mixture:
        """Mixture with log σ at a value, or the batch at an array of values."""
        values, base, k = np.asarray(position, dtype=float), self.base, self.component
        shape = values.shape
        covariances = np.broadcast_to(base.covariances, (*shape, *base.covariances.shape)).copy()
        covariances[..., k, 0, 0] = np.exp(2 * values)
        means = np.broadcast_to(base.means, (*shape, *base.means.shape)).copy()
        shrunk = np.exp(values - spread(base, k))
        means[..., k, 0] = self.seat + shrunk * (base.means[k, 0] - self.seat)
        means[..., k, 0] = np.where(shrunk == 1, base.means[k, 0], means[..., k, 0])
        weights = np.broadcast_to(base.weights, (*shape, *base.weights.shape))
        return Mixture.trusted(weights, means, covariances)


def spread(mixture: Mixture, component: int) -> float:
    """Log σ of a component of a one-dimensional mixture."""
    return 0.5 * float(np.log(mixture.covariances[component, 0, 0]))
