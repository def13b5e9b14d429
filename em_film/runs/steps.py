"""The run on step slices: the main film's moments, at any λ of an E-step, t of an M-step, φ of the turn between two."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from em_film.page.window import Window, decimals_for, low_under
from em_film.runs.memory import remembered
from em_film.runs.moment import Moment
from em_film.runs.profile import Mark, Profile
from em_film.runs.run import Run
from em_model import Slice, Statistics, StepSlice, entropy, turned
from em_model.mixture import FloatArray

__all__ = ["LEAST_CLIMB", "StepRun"]

_LEFT, _RIGHT = -0.6, 2.2  # positions t shown: a little before θ_old and beyond θ_new
LEAST_CLIMB = 1e-3  # nats; a smaller rise is shown as the nothing it is
_START, _SUMMIT = -0.3, 0.8  # where θ⁽⁰⁾ and θ⁽ⁿ⁾ stand on the last line
_UNDER = 0.12  # room under the bound, as a share of what is over it
_STILL = 1.3  # up to so many times the height that a step needs, its window stands still for the bound to come up
_ALIKE = 1e-3  # so near to each other the heights of two windows are the same
_GRID = 161
_BEND, _FINE = 0.05, 33  # of the last line's picture, the share about θ⁽⁰⁾ that has a grid of its own, and its size
_AWAY = 0.04  # how far from the end of a line's domain the picture ends, as a share of the window, where that is near
_EDGE = 1e-3  # how near to the end of a line's domain the curves are evaluated, as a share of the window


class StepRun(Run):
    """A fit on the straight lines of its own steps."""

    def rises(self, step: int) -> bool:
        """Whether a step's rise is shown as one; a smaller one is shown as the nothing it is."""
        return float(self.history.objectives[step] - self.history.objectives[step - 1]) >= LEAST_CLIMB

    def gap_places(self, step: int) -> int:
        """Decimals that show a hundredth of the step's rise, and no fewer than those of ℓ; before the first, as in it.

        The scale changes while a gap stands open; how it is written does not.
        """
        before, after = self.history.objectives[max(step, 1) - 1 :][:2]
        return max(self.decimals, decimals_for(10 * float(after - before)))

    @remembered(2)
    def turn(self, step: int, share: float, aside: float | None = None) -> Moment:
        """Moment after a step, before the next: the line turns about θ⁽ⁱ⁾ by φ = share; θ and the posterior stay.

        The window moves on to the next step's with it, or has gone a share ``aside`` of that way: where it went all of
        it beforehand, both dots stay where they are while the line turns, but for a line that ends within the picture.
        """
        end, aside = self._end(step), share if aside is None else aside
        if max(share, aside) <= 0:
            return end
        return replace(end, curves=lambda moment: self._turning(moment, share, aside))

    def arrival(self, share: float, end: Moment | None = None) -> Moment:
        """Moment after the last step: the line turns about θ⁽ⁿ⁾ to the one from θ⁽⁰⁾; the posterior takes its E-step.

        Where the fit has converged, blue touches red at its own top. It begins with the moment ``end``, that of the
        last M-step's end when left out.
        """
        n = self.n_steps
        end = self._end(n) if end is None else end
        if share <= 0:
            return end
        posterior = (1 - share) * self.posterior(n) + share * self.posterior(n + 1)

        def mixed() -> Statistics:
            return self.statistics(n).mixed(self.statistics(n + 1), share, entropy(posterior, self.data.weights))

        return replace(
            end, posterior=posterior, summary=mixed, curves=lambda moment: self._arriving(end, moment, share)
        )

    @remembered(2)
    def _end(self, step: int) -> Moment:
        """Moment at the end of an M-step."""
        return self.m_step(step, 1.0)

    def _touching(self, moment: Moment) -> Profile:
        step, line = moment.step, self.line(moment.step)
        anywhere = Window(*_shown(line), 0.0, 1.0)
        positions = _positions(line, anywhere, 0.0)
        marks = (Mark(step - 1, 0.0), Mark(step, 1.0))
        profile = self._profile(line, anywhere, positions, moment, 0.0, marks, touch=0.0)
        return replace(profile, window=self._window(step, line, positions, profile.red))

    def _rising(self, start: Moment, moment: Moment) -> Window:
        """Hold the bound in view where it begins far below what the M-step is to show, and close up as it rises."""
        near, far = start.profile.window, self._far(moment.step)
        if far == near:
            return near
        reach = low_under(near.high, moment.lower_bound, _UNDER)
        return far.closing_up(near, self._foot(moment.step), reach)

    @remembered(4)
    def _far(self, step: int) -> Window:
        """Window at the beginning of an E-step: that of its end, if the bound is in it already."""
        near, foot = self.m_start(step).profile.window, self._foot(step)
        if foot >= near.low:
            return near
        return Window.at_rest(near.left, near.right, foot, near.high, origin=self._origin(step))

    def _foot(self, step: int) -> float:
        """Return where a window ends that reaches up to the step's and holds the bound before its E-step."""
        high = self.m_start(step).profile.window.high
        return low_under(high, self._bound_before(step), _UNDER)

    @remembered(4)
    def _bound_before(self, step: int) -> float:
        return float(self.blue(self.statistics(step - 1), self.history.mixtures[step - 1]))

    @remembered(2)
    def _scale(self, step: int) -> Window:
        return self.m_start(step).profile.window

    def _risen_before(self, step: int) -> int:
        """Return the last step before a step that rises, or the first one."""
        return next((earlier for earlier in range(step - 1, 1, -1) if self.rises(earlier)), 1)

    def _origin(self, step: int) -> tuple[int, float]:
        return step - 1, float(self.history.objectives[step - 1])

    def _climbing(self, start: Moment, moment: Moment, position: float) -> Profile:
        return replace(start.profile, here=position)

    def _turning(self, moment: Moment, share: float, aside: float) -> Profile:
        step, before, after = moment.step, self._end(moment.step).profile, self.e_step(moment.step + 1, 0.0).profile
        line = turned(self.line(step), self.line(step + 1), share) if share < 1 else self.line(step + 1)
        window = before.window.glided(after.window, aside, (moment.log_likelihood, moment.log_likelihood))
        ahead = aside - share  # of the line, in its steps
        window = replace(window, left=window.left + ahead, right=window.right + ahead)
        window = window.within(*_shown(line, ahead, 1 + ahead, ahead))
        marks = (
            Mark(step - 1, -share, max(0.0, 1 - 3 * max(share, aside))),
            Mark(step, 1 - share),
            Mark(step + 1, 2 - share, max(0.0, 3 * share - 2)),
        )
        return self._profile(line, window, _positions(line, window, 1 - share), moment, 1 - share, marks)

    def _arriving(self, end: Moment, moment: Moment, share: float) -> Profile:
        n, before = self.n_steps, end.profile.window
        window = before.glided(self._whole_window, share, (moment.log_likelihood, moment.log_likelihood))
        # Near its top a curve is as high as the square of its width: so the line lengthens as the window grows.
        first, now, last = (np.sqrt(w.high - w.low) for w in (before, window, self._whole_window))
        alike = abs(last - first) < _ALIKE * last
        turn = share if alike or share >= 1 else (now - first) / (last - first)
        line = turned(self.line(n), self._whole, turn, pivots=(1.0, _SUMMIT))
        here = (1 - turn) + turn * _SUMMIT
        window = window.within(*_shown(line, turn * _START, here))
        marks = (
            Mark(n - 1, here - 1, max(0.0, 1 - 3 * share)),
            Mark(n, here),
            Mark(0, _START, max(0.0, 3 * share - 2), dotted=True),
        )
        touch = here if share >= 1 else None
        # Just beyond θ⁽⁰⁾ the line may end, and red bends down to there: more finely than the grid is.
        bend = np.linspace(window.left, window.left + _BEND * (window.right - window.left), _FINE)
        positions = np.union1d(_positions(line, window, here), np.append(bend, turn * _START))
        return self._profile(line, window, positions, moment, here, marks, touch)

    @cached_property
    def _whole(self) -> StepSlice:
        """The line from θ⁽⁰⁾ to θ⁽ⁿ⁾, over the whole fit."""
        start = self.history.start.natural()
        direction = (self.history.final.natural() - start).scaled(1 / (_SUMMIT - _START))
        return StepSlice(start, direction, _START)

    @cached_property
    def _whole_window(self) -> Window:
        """Show red on it from under θ⁽⁰⁾ to over its highest point."""
        low, high = (float(self.history.objectives[i]) for i in (0, -1))
        left, right = _shown(self._whole, _START, _SUMMIT)
        positions = _positions(self._whole, Window(left, right, 0.0, 1.0), _SUMMIT)
        highest = float(self.red(self._whole.at(positions)).max())
        room = 0.15 * max(highest - low, 1e-9 * abs(high), 1e-9)
        return Window.at_rest(left, right, low - room, highest + 2 * room, origin=(0, low))

    def _window(self, step: int, line: Slice, positions: FloatArray, red: FloatArray) -> Window:
        """Fit the nats to the step: from under the touch to over the red curve, blue's climb never a mere ripple.

        The bound before the E-step is held in view as well, where that leaves enough of the height to the climb. A step
        that gains nothing is seen on the scale of the last one that did.
        """
        if step > 1 and not self.rises(step):
            return replace(self._scale(self._risen_before(step)), left=_shown(line)[0], right=_shown(line)[1])
        touch = float(self.history.objectives[step - 1])
        top = float(self.blue(self.statistics(step), self.history.mixtures[step]))
        climb = max(top - touch, 1e-9 * abs(touch), LEAST_CLIMB)
        arrival = float(self.history.objectives[step])
        highest = float(red[positions >= 0].max(initial=arrival))
        high = min(highest + 0.25 * climb, max(arrival + 0.5 * climb, touch + 4.0 * climb))
        low = touch - 0.45 * (high - touch)
        held = low_under(high, self._bound_before(step), _UNDER)
        if high - held <= _STILL * (high - low):
            low = min(low, held)
        return Window.at_rest(*_shown(line), low, high, origin=self._origin(step))


def _shown(line: Slice, first: float = 0.0, last: float = 1.0, ahead: float = 0.0) -> tuple[float, float]:
    """Positions that are shown of a line: within its domain, so that no curve ends before the picture does.

    The picture may have gone ahead on the line by some of its steps.

    At its ends red falls without end. The picture keeps away from there, as far as two positions that it holds allow:
    what fell in the last column would look like a wall.
    """
    begin, end = line.domain
    least, most = _EDGE * (_RIGHT - _LEFT), _AWAY * (_RIGHT - _LEFT)
    away = [max(least, min(most, room / 2)) for room in (first - begin, end - last)]
    return max(_LEFT + ahead, begin + away[0]), min(_RIGHT + ahead, end - away[1])


def _positions(line: Slice, window: Window, pivot: float) -> FloatArray:
    """Positions t at which the curves are evaluated: an even grid, the marked places, and more where the line ends."""
    left, right = window.left, window.right
    grid = np.linspace(left, right, _GRID)
    marked = [position for position in (0.0, pivot, 1.0) if left < position < right]
    towards_ends = (grid[1] - grid[0]) * 0.5 ** np.arange(1, 6)
    near = 2 * _EDGE * (_RIGHT - _LEFT)
    ends = []
    if left - line.domain[0] < near:
        ends.append(left + towards_ends)
    if line.domain[1] - right < near:
        ends.append(right - towards_ends)
    return np.unique(np.concatenate([grid, marked, *ends]))
