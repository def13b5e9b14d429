"""The run on coordinate slices: one number of one mean varies, the rest of θ stays at a base that the M-step moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from em_film.page.layout import Rect
from em_film.page.ticks import Tick, in_few_signs, marked
from em_film.page.window import Window
from em_film.runs.memory import remembered
from em_film.runs.moment import Moment
from em_film.runs.profile import Ahead, Mark, Profile
from em_film.runs.run import Run
from em_model import CoordinateSlice, Data, History
from em_model.mixture import FloatArray

__all__ = ["CoordinateRun", "shown_range", "two_coordinates"]

_GRID = 161
_FOUND = 5  # positions that are enough to say from where to where red is seen
_MARGIN = 0.08  # room above and below what is shown, as a share of its height
_BELOW = 1.5  # how far down it goes under θ⁽ⁱ⁾, times as far as it goes up
_ARCH = 0.36  # of the height is under blue's top after an M-step, at least, so that its name has room in its arch
_BESIDE = 0.25  # room on both sides, as a share of where red is seen
_LEAST = 0.3  # of the whole fit's climb, at least
_TAIL = 0.01  # share of the points at either end that need not lie in the range shown
_ARRIVAL = 8.0  # the mark of θ_new is gone when θ is there, and whole an eighth of the way before


class CoordinateRun(Run):
    """A fit on the slices along one coordinate of one mean, through the present θ.

    In an E-step the base is θ_old and blue rises until it touches red at the base's own value. In an M-step the base
    moves from θ_old to θ_new along the line of the step; blue's top arrives at exactly the base's value. As long as
    the slice does not go through θ_new, its coordinate and ℓ(θ_new) stand apart from red: off this slice.

    Parameters
    ----------
    data : Data
        The points that were fitted.
    history : History
        The fit; it has at least one step.
    component, axis : int
        Which coordinate of the means varies, both from 0.
    left, right : float
        Values of it that are shown, in data units.
    """

    def __init__(self, data: Data, history: History, component: int, axis: int, *, left: float, right: float) -> None:
        super().__init__(data, history)
        self.component, self.axis = component, axis
        self.left, self.right = left, right
        self.across, self.counted = in_few_signs(left, right)  # numbers along the axis, and what they are counted in

    def look_ahead(self, step: int, share: float) -> Moment:
        """Moment between the E-step and the M-step, when it shows where θ_new will be; faded in by share."""
        start = self.m_start(step)
        if share <= 0:
            return start
        return replace(start, curves=lambda _: replace(start.profile, ahead=self._ahead(step, share)))

    def m_step(self, step: int, position: float) -> Moment:
        """Moment in the M-step: θ = θ(t) on the step's line at t = position, and the slice goes through it."""
        return self.look_ahead(step, 1.0) if position <= 0 else super().m_step(step, position)

    def _touching(self, moment: Moment) -> Profile:
        return self._on_slice(moment, self._window(moment.step - 1))

    def _climbing(self, start: Moment, moment: Moment, position: float) -> Profile:
        step = moment.step
        ahead = self._ahead(step, min(1.0, _ARRIVAL * (1 - position)))
        window = self._window_between(step, min(position, 1.0))
        profile = self._on_slice(moment, window)
        high = max(window.high, float(profile.red.max()) + _MARGIN * (window.high - window.low))
        return replace(profile, touch=None, ahead=ahead, window=replace(window, high=high))

    def _on_slice(self, moment: Moment, window: Window) -> Profile:
        step, line = moment.step, CoordinateSlice(moment.mixture, self.component, self.axis)
        here = line.position
        marks = (Mark(step - 1, self._coordinate(step - 1)), Mark(step, self._coordinate(step)))
        positions = self._positions(here, window.left, window.right)
        return self._profile(line, window, positions, moment, here, marks, touch=here)

    def _ahead(self, step: int, opacity: float) -> Ahead | None:
        """Return where the step leads; none if the slice through θ_old holds θ_new, so that red itself shows it."""
        old, new = self.history.mixtures[step - 1], self.history.mixtures[step]
        coordinate = self._coordinate(step)
        on_line = CoordinateSlice(old, self.component, self.axis).at(coordinate)
        if opacity <= 0 or all(
            np.array_equal(getattr(on_line, part), getattr(new, part)) for part in ("weights", "means", "covariances")
        ):
            return None
        return Ahead(coordinate, float(self.history.objectives[step]), opacity)

    def _coordinate(self, step: int) -> float:
        return float(self.history.mixtures.means[step, self.component, self.axis])

    def _positions(self, here: float, left: float, right: float) -> FloatArray:
        grid = np.linspace(left, right, _GRID)
        return np.union1d(grid, [here]) if left < here < right else grid

    @remembered(4)
    def _window(self, step: int) -> Window:
        """Show the slice through θ⁽ⁱ⁾ from under the bound before its E-step to over red and over what comes next."""
        left, low, right, high = self._extent(step)
        room = _MARGIN * (high - low)
        return Window.at_rest(left, right, low - room, high + room, across=self._marked(left, right))

    def _window_between(self, step: int, share: float) -> Window:
        """Go evenly from the window of θ⁽ⁱ⁻¹⁾ to that of θ⁽ⁱ⁾."""
        first, last = self._window(step - 1), self._window(step)
        if share >= 1:
            return last
        low, high = ((1 - share) * a + share * b for a, b in ((first.low, last.low), (first.high, last.high)))
        return first.between(last, share, low, high)

    @remembered(4)
    def _extent(self, step: int) -> Rect:
        """Values and nats that a window at rest must show: hollows of red that lie far below are left out."""
        ends = self.history.objectives
        here, mixture = float(ends[step]), self.history.mixtures[step]
        line = CoordinateSlice(mixture, self.component, self.axis)
        positions = self._positions(line.position, self.left, self.right)
        red = self.red(line.at(positions))
        high = max(float(red.max()), self._next(step))
        gap = here - float(self.blue(self.statistics(step), mixture))
        below = max(_BELOW * (high - here), _BELOW * _LEAST * float(ends[-1] - ends[0]), gap)
        low = max(float(red.min()), here - below) if gap < here - float(red.min()) else here - gap
        if step > 0:  # where blue is seen to stand after an M-step
            low = min(low, here - (gap + _ARCH * (high - here)) / (1 - _ARCH))
        over = self._over(low, line, positions, red)
        near = [float(over[0]), float(over[-1]), line.position, self._coordinate(min(step + 1, self.n_steps))]
        room = _BESIDE * (max(near) - min(near))
        left, right = max(self.left, min(near) - room), min(self.right, max(near) + room)
        return Rect(left, low, right, max(high, low + 1e-9 * abs(low)))

    def _over(self, low: float, line: CoordinateSlice, positions: FloatArray, red: FloatArray) -> FloatArray:
        """Return positions at which red is that high, found on ever finer grids where that is close about θ alone."""
        over, width = positions[red >= low], self.right - self.left
        while len(over) < _FOUND and width > 1e-9 * (self.right - self.left):
            width *= 8 / _GRID
            positions = np.union1d(np.linspace(line.position - width / 2, line.position + width / 2, _GRID), over)
            over = positions[self.red(line.at(positions)) >= low]
        return over

    def _marked(self, left: float, right: float) -> tuple[Tick, ...]:
        """Round numbers between two values, counted as those of the whole range are."""
        origin, unit = self.across[0].origin, self.across[0].unit
        marks = marked((left - origin) / unit, (right - origin) / unit)
        return tuple(Tick(origin + unit * tick.value, tick.decimals, 1.0, origin, unit) for tick in marks)

    def _next(self, step: int) -> float:
        """Return ℓ(θ⁽ⁱ⁺¹⁾), or ℓ(θ⁽ⁱ⁾) after the last step."""
        return float(self.history.objectives[min(step + 1, self.n_steps)])


def shown_range(data: Data, history: History, axis: int) -> tuple[float, float]:
    """Round numbers between which a mean's coordinate is varied, in data units.

    They hold the middle 98 % of the points along the axis, give or take half a rounding step, and all that the fit
    makes of the coordinate with half a step to spare.

    Parameters
    ----------
    data : Data
    history : History
    axis : int
        Coordinate, from 0.
    """
    points = np.asarray(data.points[:, axis], dtype=float)
    low, high = float(np.quantile(points, _TAIL)), float(np.quantile(points, 1 - _TAIL))
    means = history.mixtures.means[..., axis]
    first, last = float(means.min()), float(means.max())
    span = max(high - low, last - first) or float(np.ptp(points)) or 1.0
    step = _round_number(span / 10)
    left = min(round(low / step), np.floor(first / step - 0.5)) * step
    right = max(round(high / step), np.ceil(last / step + 0.5)) * step
    return float(left), float(right)


def two_coordinates(given: Sequence[tuple[int, int]], components: int, dimensions: int) -> tuple[tuple[int, int], ...]:
    """Return the first two of the slices that were asked for; after a single one, the next coordinate there is.

    Parameters
    ----------
    given : sequence of (int, int)
        Component and axis of each, from 0.
    components, dimensions : int
        How many there are.

    Examples
    --------
    >>> two_coordinates([(1, 0)], components=3, dimensions=2)
    ((1, 0), (2, 0))
    >>> two_coordinates([(0, 0)], components=1, dimensions=1)
    ((0, 0),)
    """
    every = [(component, axis) for axis in range(dimensions) for component in range(components)]
    at = every.index(given[0])
    return tuple(dict.fromkeys([*given, *every[at + 1 :], *every]))[:2]


def _round_number(value: float) -> float:
    """Return the 1, 2 or 5 times a power of ten that is nearest by factor."""
    power = np.floor(np.log10(value)) + np.arange(2)
    candidates = np.outer(10.0**power, [1.0, 2.0, 5.0]).ravel()
    return float(candidates[np.abs(np.log(candidates / value)).argmin()])
