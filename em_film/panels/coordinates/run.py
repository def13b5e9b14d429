"""The run on coordinate slices: one number of one mean varies, the rest of θ stays at a base that the M-step moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from em_film.page.ticks import in_few_signs
from em_film.page.window import Window
from em_film.runs.memory import remembered
from em_film.runs.moment import Moment
from em_film.runs.profile import Ahead, Mark, Profile
from em_film.runs.run import Run
from em_model import CoordinateSlice, Data, History
from em_model.mixture import FloatArray

__all__ = ["CoordinateRun", "shown_range"]

_GRID = 241
_MARGIN = 0.08  # room above and below red, as a share of its height
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
        profile = self._on_slice(moment, self._window(step - 1))
        window = self._window_between(step, min(position, 1.0), profile.red)
        return replace(profile, touch=None, ahead=ahead, window=window)

    def _on_slice(self, moment: Moment, window: Window) -> Profile:
        step, line = moment.step, CoordinateSlice(moment.mixture, self.component, self.axis)
        here = line.position
        marks = (Mark(step - 1, self._coordinate(step - 1)), Mark(step, self._coordinate(step)))
        return self._profile(line, window, self._positions(here), moment, here, marks, touch=here)

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

    def _positions(self, here: float) -> FloatArray:
        grid = np.linspace(self.left, self.right, _GRID)
        return np.union1d(grid, [here]) if self.left < here < self.right else grid

    @remembered(4)
    def _window(self, step: int) -> Window:
        """Show red whole on the slice through θ⁽ⁱ⁾, hills and hollows, and the height ℓ(θ⁽ⁱ⁺¹⁾) of what comes next."""
        low, high = self._extent(step)
        room = _MARGIN * (high - low)
        return Window.at_rest(self.left, self.right, low - room, high + room, across=self.across)

    def _window_between(self, step: int, share: float, red: FloatArray) -> Window:
        """Show red whole on the way from θ⁽ⁱ⁻¹⁾ to θ⁽ⁱ⁾ as well; the room above and below it changes evenly."""
        first, last = self._window(step - 1), self._window(step)
        if share >= 1:
            return last
        rooms = np.array([self._rooms(step - 1), self._rooms(step)])
        below, above = (1 - share) * rooms[0] + share * rooms[1]
        ascent = self._next(step) - self._next(step - 1)
        low, high = float(red.min()), max(float(red.max()), self._next(step - 1) + share * ascent)
        height = high - low
        return first.between(last, share, low - below * height, high + above * height)

    def _rooms(self, step: int) -> tuple[float, float]:
        """Room below and above what a window at rest must show, as shares of the height of that."""
        (low, high), window = self._extent(step), self._window(step)
        return (low - window.low) / (high - low), (window.high - high) / (high - low)

    @remembered(4)
    def _extent(self, step: int) -> tuple[float, float]:
        """Lowest and highest value that a window at rest must show."""
        line = CoordinateSlice(self.history.mixtures[step], self.component, self.axis)
        red = self.red(line.at(self._positions(line.position)))
        low, high = float(red.min()), max(float(red.max()), self._next(step))
        return low, max(high, low + 1e-9 * abs(low))

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


def _round_number(value: float) -> float:
    """Return the 1, 2 or 5 times a power of ten that is nearest by factor."""
    power = np.floor(np.log10(value)) + np.arange(2)
    candidates = np.outer(10.0**power, [1.0, 2.0, 5.0]).ravel()
    return float(candidates[np.abs(np.log(candidates / value)).argmin()])
