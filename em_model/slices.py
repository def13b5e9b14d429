"""Lines through parameter space, t ↦ θ(t), along which both curves are drawn."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from math import log
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh

from em_model.errors import MixtureError
from em_model.mixture import Mixture, Natural

__all__ = ["CoordinateSlice", "Slice", "StepSlice", "turned"]

_LEAST_LOG = log(sys.float_info.min)


class Slice(Protocol):
    """A line through parameter space."""

    @property
    def domain(self) -> tuple[float, float]:
        """Open interval of positions at which the line is a mixture."""
        ...

    def at(self, position: ArrayLike) -> Mixture:
        """Mixture at a position, or the batch of mixtures at an array of them."""
        ...


@dataclass(frozen=True, slots=True)
class StepSlice:
    """The straight line η(t) = origin + (t - at_origin) · direction in natural coordinates (log π, Λμ, Λ).

    Through θ_old at t = 0 and θ_new at t = 1 it is the whole EM step: blue touches red at 0, is concave
    wherever the line exists, and has its maximum at exactly 1.

    Parameters
    ----------
    origin : Natural
        Coordinates of a mixture on the line.
    direction : Natural
        Change of the coordinates per unit of t.
    at_origin : float
        The t at which the origin stands.
    end : Natural, optional
        Coordinates one unit of t further on, where they are known: origin + direction has lost what is small in them.

    Examples
    --------
    >>> from em_model import Mixture
    >>> old = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> new = Mixture([0.4, 0.6], [[-2.0], [2.0]], [[[0.5]], [[1.0]]])
    >>> line = StepSlice.through(old, new)
    >>> print(line.at([0.0, 0.5, 1.0]).means[..., 0].round(3))
    [[-1.     1.   ]
     [-1.667  1.5  ]
     [-2.     2.   ]]
    """

    origin: Natural
    direction: Natural
    at_origin: float = 0.0
    end: Natural | None = None

    @classmethod
    def through(cls, old: Mixture, new: Mixture) -> StepSlice:
        """Return the line from ``old`` at t = 0 to ``new`` at t = 1.

        Raises
        ------
        MixtureError
            If either is a batch, or their shapes differ.
        """
        if old.batch_shape or old.means.shape != new.means.shape:
            raise MixtureError(
                f"a line needs two single mixtures of one shape, not {old.means.shape}, {new.means.shape}"
            )
        origin, end = old.natural(), new.natural()
        return cls(origin, end - origin, end=end)

    @property
    def domain(self) -> tuple[float, float]:
        """Open interval of t on which every precision Λ_k(t) is positive definite and no weight underflows.

        It contains the origin.
        """
        low, high = self._weighty()
        for precision, change in zip(self.origin.precisions, self.direction.precisions, strict=True):
            # Λ + tΔ is singular where t = -1/γ, γ an eigenvalue of Δ relative to Λ.
            rates = eigh(change, precision, eigvals_only=True)
            if rates[-1] > 0:
                low = max(low, -1.0 / float(rates[-1]))
            if rates[0] < 0:
                high = min(high, -1.0 / float(rates[0]))
        return low + self.at_origin, high + self.at_origin

    def _weighty(self) -> tuple[float, float]:
        """Interval of t, from the origin, on which no weight falls below the least number times the largest weight."""
        heights, slopes = self.origin.log_weights, self.direction.log_weights
        steepness = slopes[:, None] - slopes
        with np.errstate(divide="ignore", invalid="ignore"):
            limits = (_LEAST_LOG - (heights[:, None] - heights)) / steepness
        low = limits[steepness > 0].max(initial=-np.inf)
        high = limits[steepness < 0].min(initial=np.inf)
        return float(low), float(high)

    def at(self, position: ArrayLike) -> Mixture:
        """Mixture at t, or the batch at an array of t.

        Raises
        ------
        MixtureError
            Outside the domain.
        """
        return self.coordinates(position).mixture()

    def coordinates(self, position: ArrayLike) -> Natural:
        """Natural coordinates at t, or the batch at an array of t; outside the domain they are no mixture's."""
        share = np.asarray(position, dtype=float) - self.at_origin
        if self.end is None:
            return self.origin + self.direction.scaled(share)
        return self.origin.scaled(1 - share) + self.end.scaled(share)


@dataclass(frozen=True, slots=True)
class CoordinateSlice:
    """The line on which one coordinate of one mean varies, in data units, and all else stays at the base.

    With the base at θ_old after its E-step, blue touches red at the base's own value; blue is an exact parabola of
    curvature -N_k Λ_dd.

    Parameters
    ----------
    base : Mixture
        The point of parameter space that the line passes through.
    component, axis : int
        Which coordinate varies, both from 0.

    Raises
    ------
    MixtureError
        If the base is a batch or has no such component or axis.

    Examples
    --------
    >>> from em_model import Mixture
    >>> mixture = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> print(CoordinateSlice(mixture, component=1, axis=0).at([0.0, 3.0]).means[..., 0])
    [[-1.  0.]
     [-1.  3.]]
    """

    base: Mixture
    component: int
    axis: int

    def __post_init__(self) -> None:
        if self.base.batch_shape:
            raise MixtureError(
                f"a line needs a single mixture as its base, not a batch of shape {self.base.batch_shape}"
            )
        for name, index, size in (
            ("component", self.component, self.base.n_components),
            ("axis", self.axis, self.base.n_dimensions),
        ):
            if not 0 <= index < size:
                raise MixtureError(f"{name} index {index} does not exist; it must be from 0 to {size - 1}")

    @property
    def position(self) -> float:
        """Value of the coordinate at the base."""
        return float(self.base.means[self.component, self.axis])

    @property
    def domain(self) -> tuple[float, float]:
        """The whole real line."""
        return -np.inf, np.inf

    def at(self, position: ArrayLike) -> Mixture:
        """Mixture with the coordinate at a value, or the batch at an array of values."""
        values = np.asarray(position, dtype=float)
        base = self.base
        means = np.broadcast_to(base.means, (*values.shape, *base.means.shape)).copy()
        means[..., self.component, self.axis] = values
        weights = np.broadcast_to(base.weights, (*values.shape, *base.weights.shape)).copy()
        covariances = np.broadcast_to(base.covariances, (*values.shape, *base.covariances.shape)).copy()
        return Mixture(weights, means, covariances)


def turned(before: StepSlice, after: StepSlice, share: float, *, pivots: tuple[float, float] = (1.0, 0.0)) -> StepSlice:
    """Turn a line about a mixture that it shares with another one, towards that other line.

    Two steps in a row share the mixture that the first ends in: t = 1 of ``before``, t = 0 of ``after``. On the turned
    line it stands at the share's way from the one position to the other, and the direction is (1 - share) of the old
    one and share of the new one, which needs no yardstick for angles between parameters of unlike units.

    Parameters
    ----------
    before, after : StepSlice
        Two lines through one mixture.
    share : float
        From 0, the line ``before``, to 1, the line ``after``.
    pivots : tuple of float
        Where on either line the shared mixture stands.

    Examples
    --------
    >>> from em_model import Mixture
    >>> one, two, three = (Mixture([1.0], [[mean]], [[[1.0]]]) for mean in (0.0, 1.0, 5.0))
    >>> line = turned(StepSlice.through(one, two), StepSlice.through(two, three), 0.5)
    >>> print(f"{line.at_origin:.2f} {float(line.at(0.5).means[0, 0]):.2f}")
    0.50 1.00
    """
    direction = before.direction.scaled(1 - share) + after.direction.scaled(share)
    return StepSlice(after.coordinates(pivots[1]), direction, (1 - share) * pivots[0] + share * pivots[1])
