"""The log-likelihood over two free numbers: a landscape whose maxima, saddles and basins can be drawn whole."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from em_model.ascent.coordinates import Coordinates
from em_model.data import Data
from em_model.em import e_steps, m_step
from em_model.errors import EMError
from em_model.mixture import FloatArray
from em_model.objective import log_likelihood
from em_model.statistics import Statistics

__all__ = ["Landscape", "Stationary", "Walk", "ends", "level_axes", "one_pass", "trails"]

Walk = Literal["EM", "fixed step"]

_SEEDS = 24  # along each axis, from which Newton's method looks for stationary points
_NEWTON = 50
_SAME = 1e-4  # of the map's width, within which two stationary points are one
_TOGETHER = 1e-7  # of the map's width, within which two seeds are one
_FLAT = 1e-6  # slope, in nats per point and width of the map, that counts as none
_LOST = 100.0  # widths of the map from its middle, where no maximum is near any more
_DIFFERENCE = 1e-5  # of the map's width, for the Hessian


@dataclass(frozen=True, slots=True, eq=False)
class Stationary:
    """A place where the gradient of ℓ is nothing.

    Attributes
    ----------
    kind : "maximum", "saddle" or "minimum"
        By the signs of the curvatures: both negative, unlike, both positive.
    vector : array, shape (2,)
        Its coordinates.
    log_likelihood : float
        ℓ in nats.
    curvatures : array, shape (2,)
        Eigenvalues of the Hessian of ℓ, ascending, in nats per squared unit of the coordinates.
    """

    kind: Literal["maximum", "saddle", "minimum"]
    vector: FloatArray
    log_likelihood: float
    curvatures: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """ℓ over a square of two coordinates.

    Attributes
    ----------
    data : Data
    coordinates : Coordinates
        Two of them.
    low, high : float
        The square's range, the same in both.
    """

    data: Data
    coordinates: Coordinates
    low: float
    high: float

    def __post_init__(self) -> None:
        if self.coordinates.size != 2:
            raise EMError(f"{self.coordinates.size} numbers are free; a landscape has exactly 2")
        if not self.low < self.high:
            raise EMError(f"the range from {self.low} to {self.high} is empty; give the lower end first")

    def axis(self, count: int) -> FloatArray:
        """Positions along either axis, from end to end."""
        return np.linspace(self.low, self.high, count)

    def grid(self, count: int) -> FloatArray:
        """Coordinates of a grid, shape (count, count, 2): first index the second coordinate, as a picture's rows."""
        across, up = np.meshgrid(self.axis(count), self.axis(count))
        return np.stack([across, up], axis=-1)

    def heights(self, count: int) -> FloatArray:
        """ℓ on the grid, shape (count, count), in nats."""
        return log_likelihood(self.data, self.coordinates.mixture(self.grid(count)))

    def slopes(self, vectors: FloatArray) -> FloatArray:
        """Gradient of ℓ at many places, shape (..., 2), in nats per unit."""
        mixtures = self.coordinates.mixture(vectors)
        return self.coordinates.gradient(e_steps(self.data, mixtures)[0], mixtures)

    def hessians(self, vectors: FloatArray) -> FloatArray:
        """Hessian of ℓ at many places, shape (..., 2, 2), from central differences of the gradient."""
        width = _DIFFERENCE * (self.high - self.low)
        moved = width * np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
        ends = self.slopes(np.stack([vectors + sign * moved[i] for i in (0, 1) for sign in (1, -1)]).reshape(-1, 2))
        ends = ends.reshape(2, 2, *vectors.shape)
        columns = (ends[:, 0] - ends[:, 1]) / (2 * width)
        found = np.moveaxis(columns, 0, -1)
        symmetric: FloatArray = 0.5 * (found + found.swapaxes(-1, -2))
        return symmetric

    def stationary(self) -> tuple[Stationary, ...]:
        """Find the stationary points inside the square by Newton's method from a grid of seeds, highest first."""
        inner = self.grid(_SEEDS + 2)[1:-1, 1:-1].reshape(-1, 2)
        width, vectors = self.high - self.low, inner
        longest = width / _SEEDS
        for _ in range(_NEWTON):
            hessians, slopes = self.hessians(vectors), self.slopes(vectors)
            step = (np.linalg.pinv(hessians) @ slopes[..., None])[..., 0]
            lengths = np.linalg.norm(step, axis=-1, keepdims=True)
            vectors = vectors - step * np.minimum(1.0, longest / np.maximum(lengths, 1e-300))
            vectors = vectors[((vectors > self.low) & (vectors < self.high)).all(axis=1)]
            # Seeds that have come together go on as one.
            together = np.round((vectors - self.low) / (_TOGETHER * width))
            vectors = vectors[np.unique(together, axis=0, return_index=True)[1]]
        flat = np.abs(self.slopes(vectors)).max(axis=1, initial=0.0) * width < _FLAT * self.data.n_points
        different: list[FloatArray] = []
        for vector in vectors[flat]:
            if all(np.abs(vector - other).max() > _SAME * width for other in different):
                different.append(vector)
        places = np.array(different).reshape(-1, 2)
        heights = log_likelihood(self.data, self.coordinates.mixture(places))
        curvatures = np.linalg.eigvalsh(self.hessians(places))
        order = np.lexsort((places[:, 0], -np.round(heights, 6)))
        return tuple(Stationary(_kind(curvatures[i]), places[i], float(heights[i]), curvatures[i]) for i in order)

    def reached(self, vectors: FloatArray, maxima: tuple[Stationary, ...]) -> NDArray[np.intp]:
        """Which maximum each place lies on, shape (...); -1 where it lies on none.

        A place lies on a maximum if it is nearer to it than the map's 200th part.
        """
        tops = np.array([maximum.vector for maximum in maxima]).reshape(-1, 2)
        if not len(tops):
            return np.full(vectors.shape[:-1], -1)
        apart = np.linalg.norm(vectors[..., None, :] - tops, axis=-1)
        nearest = apart.argmin(axis=-1)
        return np.where(apart.min(axis=-1) < (self.high - self.low) / 200, nearest, -1)


def one_pass(landscape: Landscape, vectors: FloatArray, method: Walk, step: float) -> tuple[FloatArray, FloatArray]:
    """Take one step from many places at once, in one pass over the data.

    A step that is far too long would leave the numbers that double precision holds: whoever would go a hundred times
    the landscape's width away stays where it is.

    Parameters
    ----------
    landscape : Landscape
    vectors : array, shape (B, 2)
        Where they stand.
    method : "EM" or "fixed step"
        EM's step, or gradient ascent's of fixed length as in `ascend`.
    step : float
        Length of gradient ascent's step, in gradients of ℓ per point.

    Returns
    -------
    array, shape (B, 2)
        Where they stand after it.
    array, shape (B,)
        ℓ in nats where they stood before.
    """
    coordinates, data = landscape.coordinates, landscape.data
    mixtures = coordinates.mixture(vectors)
    statistics, heights = e_steps(data, mixtures)
    if method == "EM":
        # A component that has no point left stays where it is: nothing pulls at it.
        lost = statistics.counts < sys.float_info.min * data.n_points
        counts = np.where(lost, 1.0, statistics.counts)
        means = np.where(lost[..., None], mixtures.means, statistics.means)
        pulled = Statistics(counts, means, statistics.covariances, statistics.entropy)
        return coordinates.of(m_step(pulled, mixtures, coordinates.known)), heights
    moved = vectors + step * coordinates.gradient(statistics, mixtures) / data.n_points
    middle, width = (landscape.low + landscape.high) / 2, landscape.high - landscape.low
    lost = np.abs(moved - middle).max(axis=-1, keepdims=True) > _LOST * width
    return np.where(lost, vectors, moved), heights


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Where climbs from many starts ended.

    Attributes
    ----------
    vectors : array, shape (B, 2)
        The last places.
    passes : array of int, shape (B,)
        Passes over the data until then.
    """

    vectors: FloatArray
    passes: NDArray[np.intp]


def ends(
    landscape: Landscape, starts: FloatArray, method: Walk, *, step: float, tolerance: float, max_passes: int
) -> Ends:
    """Climb from many starts, each until its step raises ℓ by less than ``tolerance`` nats per point, as in `ascend`.

    Parameters are those of `one_pass` and `ascend`; ``starts`` has shape (B, 2).
    """
    vectors, passes = starts.copy(), np.zeros(len(starts), dtype=np.intp)
    before = np.full(len(starts), np.nan)
    going = np.arange(len(starts))
    for _ in range(max_passes):
        moved, heights = one_pass(landscape, vectors[going], method, step)
        passes[going] += 1
        on = ~(np.abs(heights - before[going]) < tolerance * landscape.data.n_points)
        before[going] = heights
        going = going[on]
        if not len(going):
            break
        vectors[going] = moved[on]
    return Ends(vectors, passes)


def trails(landscape: Landscape, starts: FloatArray, method: Walk, *, step: float, steps: int) -> FloatArray:
    """Where climbs from many starts, shape (B, 2), stand after 0, 1, ..., ``steps`` steps: shape (steps + 1, B, 2)."""
    places = [starts]
    for _ in range(steps):
        places.append(one_pass(landscape, places[-1], method, step)[0])
    return np.stack(places)


def level_axes(statistics: Statistics, variances: FloatArray, depth: FloatArray) -> FloatArray:
    """Half-axes of the ellipses on which L(r, ·), over two means in one dimension, lies so far below its top.

    L falls from its top by Σ_k N_k (μ_k - m_k)² / 2σ_k² exactly, so its level sets are ellipses along the axes.

    Parameters
    ----------
    statistics : Statistics
        Of the posterior r.
    variances : array, shape (2,)
        Known variances σ_k².
    depth : array, shape (T,)
        Nats under the top; where they are negative there is no such level.

    Returns
    -------
    array, shape (T, 2)
        NaN where there is no such level.
    """
    with np.errstate(invalid="ignore"):
        axes: FloatArray = np.sqrt(2 * depth[:, None] * variances / statistics.counts)
    return axes


def _kind(curvatures: FloatArray) -> Literal["maximum", "saddle", "minimum"]:
    if curvatures[1] < 0:
        return "maximum"
    return "minimum" if curvatures[0] > 0 else "saddle"
