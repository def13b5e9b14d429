"""The shape of the log-likelihood along a coordinate slice: its hills and the hollows between them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq
from scipy.signal import find_peaks

from em_model.data import Data, as_data
from em_model.mixture import FloatArray
from em_model.objective import log_likelihood
from em_model.slices import CoordinateSlice
from em_model.statistics import e_step

__all__ = ["Spot", "Terrain", "slope", "terrain"]

_PROMINENCE = 1e-6  # a hill stands out by this share of the curve's height; less is a ripple of rounding


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the red curve where it is level.

    Attributes
    ----------
    position : float
        Value of the coordinate, in data units.
    log_likelihood : float
        ℓ there, in nats.
    """

    position: float
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class Terrain:
    """Where the log-likelihood is level along a slice, from left to right.

    Attributes
    ----------
    hills : tuple of Spot
        Local maxima.
    hollows : tuple of Spot
        The lowest place between each hill and the next, so one fewer.
    """

    hills: tuple[Spot, ...]
    hollows: tuple[Spot, ...]

    @property
    def highest(self) -> Spot:
        """The highest hill; there has to be one."""
        return max(self.hills, key=lambda hill: hill.log_likelihood)

    def nearest(self, position: float) -> Spot:
        """Return the hill nearest to a position; there has to be one."""
        return min(self.hills, key=lambda hill: abs(hill.position - position))


def slope(points: Data | FloatArray, line: CoordinateSlice, position: float) -> float:
    """Slope dℓ/dμ = N_k [Λ_k (m_k - μ_k)]_axis of the log-likelihood along a coordinate slice (Bishop 9.16).

    It is that of the lower bound after the E-step there, which touches as a tangent: N_k and m_k are the effective
    count and average under the responsibilities at that position.

    Parameters
    ----------
    points : Data or array, shape (N, D)
    line : CoordinateSlice
    position : float
        Value of the coordinate, in data units.

    Returns
    -------
    float
        Nats per data unit.
    """
    mixture, k = line.at(position), line.component
    found, _ = e_step(points, mixture)
    pull = np.linalg.solve(mixture.covariances[k], found.means[k] - mixture.means[k])
    return float(found.counts[k] * pull[line.axis])


def terrain(points: Data | FloatArray, line: CoordinateSlice, positions: FloatArray) -> Terrain:
    """Find hills and hollows of ℓ along a slice: seen on a grid, then solved for where the slope is zero.

    Parameters
    ----------
    points : Data or array, shape (N, D)
    line : CoordinateSlice
    positions : array, shape (T,)
        Ascending values of the coordinate, T ≥ 3; a hill narrower than their distance may be missed.
    """
    data = as_data(points)
    red = log_likelihood(data, line.at(positions))
    peaks = find_peaks(red, prominence=_PROMINENCE * float(np.ptp(red)))[0] if np.ptp(red) > 0 else []
    between = [low + int(red[low:high].argmin()) for low, high in pairwise(peaks)]

    def level(index: int) -> Spot:
        left, right = float(positions[index - 1]), float(positions[index + 1])
        place = float(positions[index])
        if slope(data, line, left) * slope(data, line, right) < 0:
            place = float(
                brentq(lambda position: slope(data, line, position), left, right, xtol=1e-12 * (right - left))
            )
        return Spot(place, float(log_likelihood(data, line.at(place))))

    return Terrain(tuple(level(int(i)) for i in peaks), tuple(level(i) for i in between))
