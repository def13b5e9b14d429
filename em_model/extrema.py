"""The shape of the log-likelihood along a coordinate slice: its maxima and the minima between them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from em_model.data import Data, as_data
from em_model.em import e_step
from em_model.mixture import FloatArray
from em_model.objective import log_likelihood
from em_model.slices import CoordinateSlice

__all__ = ["Extrema", "Extremum", "extrema", "slope"]

_PROMINENCE = 1e-6  # a maximum stands out by this share of the curve's height; less is a ripple of rounding


@dataclass(frozen=True, slots=True)
class Extremum:
    """A local maximum or minimum of the log-likelihood along a slice.

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
class Extrema:
    """Where the log-likelihood is level along a slice, from left to right.

    Attributes
    ----------
    maxima : tuple of Extremum
        Local maxima.
    minima : tuple of Extremum
        The lowest place between each maximum and the next, so one fewer.

    Examples
    --------
    >>> found = Extrema((Extremum(-3.0, -40.0), Extremum(3.0, -35.0)), (Extremum(0.0, -60.0),))
    >>> print(found.highest.position, found.nearest(-1.0).position)
    3.0 -3.0
    """

    maxima: tuple[Extremum, ...]
    minima: tuple[Extremum, ...]

    @property
    def highest(self) -> Extremum:
        """The highest maximum; there has to be one."""
        return max(self.maxima, key=lambda maximum: maximum.log_likelihood)

    def nearest(self, position: float) -> Extremum:
        """Return the maximum nearest to a position; there has to be one."""
        return min(self.maxima, key=lambda maximum: abs(maximum.position - position))


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

    Examples
    --------
    >>> from em_model import Mixture
    >>> line = CoordinateSlice(Mixture([1.0], [[0.0]], [[[2.0]]]), 0, 0)
    >>> print(f"{slope([[1.0], [5.0]], line, 0.0):.3f}")
    3.000
    """
    mixture, k = line.at(position), line.component
    found, _ = e_step(points, mixture)
    pull = np.linalg.solve(mixture.covariances[k], found.means[k] - mixture.means[k])
    return float(found.counts[k] * pull[line.axis])


def extrema(points: Data | FloatArray, line: CoordinateSlice, positions: FloatArray) -> Extrema:
    """Find maxima and minima of ℓ along a slice: seen on a grid, then solved for where the slope is zero.

    Parameters
    ----------
    points : Data or array, shape (N, D)
    line : CoordinateSlice
    positions : array, shape (T,)
        Ascending values of the coordinate, T ≥ 3; a maximum narrower than their distance may be missed.

    Examples
    --------
    >>> import numpy as np
    >>> from em_model import Mixture
    >>> points = np.array([[-4.2], [-4.0], [-3.9], [4.0], [4.1]])
    >>> line = CoordinateSlice(Mixture([0.5, 0.5], [[0.0], [1.0]], [[[4.0]], [[1.0]]]), 1, 0)
    >>> found = extrema(points, line, np.linspace(-7.0, 7.0, 141))
    >>> print([round(maximum.position, 2) for maximum in found.maxima])
    [-4.03, 4.05]
    """
    from scipy.optimize import brentq  # here, because the two take longer to import than all the rest of em_model
    from scipy.signal import find_peaks

    data = as_data(points)
    red = log_likelihood(data, line.at(positions))
    peaks = find_peaks(red, prominence=_PROMINENCE * float(np.ptp(red)))[0] if np.ptp(red) > 0 else []
    between = [low + int(red[low:high].argmin()) for low, high in pairwise(peaks)]

    def level(index: int) -> Extremum:
        left, right = float(positions[index - 1]), float(positions[index + 1])
        place = float(positions[index])
        if slope(data, line, left) * slope(data, line, right) < 0:
            place = float(
                brentq(lambda position: slope(data, line, position), left, right, xtol=1e-12 * (right - left))
            )
        return Extremum(place, float(log_likelihood(data, line.at(place))))

    return Extrema(tuple(level(int(i)) for i in peaks), tuple(level(i) for i in between))
