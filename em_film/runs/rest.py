"""The last steps of a fit, one after the other on one scale, on which it is seen how they shrink."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from em_film.page.window import Window
from em_film.runs.moment import Moment
from em_film.runs.steps import LEAST_CLIMB, StepRun

__all__ = ["Rest"]

_BELOW, _ABOVE = 0.3, 0.4  # room, as shares of what the steps gain
_UNDER = 0.1  # room under the bound, as a share of the gap
_PHASES = 0.3, 0.65  # of a step: when its E-step ends, and its M-step; what is left is the turn


class Rest:
    """What is left of a run from a step on.

    Parameters
    ----------
    run : StepRun
    first : int
        The first of the steps.
    """

    def __init__(self, run: StepRun, first: int) -> None:
        self.run, self.first = run, first

    @property
    def count(self) -> int:
        """Number of steps."""
        return self.run.n_steps - self.first + 1

    @cached_property
    def window(self) -> Window:
        """From under the bound before the first step to over ℓ at the end; only its nats are looked at."""
        begin, ends = self.run.e_step(self.first, 0.0), self.run.history.objectives
        climb = max(float(ends[-1]) - begin.log_likelihood, LEAST_CLIMB)
        low = begin.log_likelihood - max(_BELOW * climb, (1 + _UNDER) * begin.gap)
        origin = (self.first - 1, begin.log_likelihood)
        return Window.at_rest(0.0, 1.0, low, float(ends[-1]) + _ABOVE * climb, origin=origin)

    def settle(self, share: float) -> Moment:
        """Moment before the first step, while the window glides to the one that is held from here on."""
        begin = self.run.e_step(self.first, 0.0)
        near, about = begin.profile.window, (begin.log_likelihood, begin.log_likelihood)
        window = near.glided(self._over(near), share, about) if share < 1 else self._over(near)
        return replace(begin, curves=lambda _: replace(begin.profile, window=window))

    def at(self, share: float) -> Moment:
        """Moment after a share of the steps, each with its E-step, its M-step and the turn to the next one."""
        way = share * self.count
        step = min(int(way), self.count - 1) + self.first
        within = way - (step - self.first)
        touched, climbed = _PHASES
        if within < touched:
            moment = self.run.rise(step, _eased(within / touched))
        elif within < climbed or step == self.run.n_steps:
            moment = self.run.m_step(step, _eased(min(1.0, (within - touched) / (climbed - touched))))
        else:
            moment = self.run.turn(step, _eased((within - climbed) / (1 - climbed)))
        return self._held(moment)

    def passing(self, share: float) -> Moment:
        """Moment after a share of the steps, each of which is seen at its end."""
        return self._held(self.run.m_step(self.first + min(int(share * self.count), self.count - 1), 1.0))

    def arrival(self, share: float) -> Moment:
        """Moment after the last step: the line turns to the one from θ⁽⁰⁾, as in `StepRun.arrival`."""
        return self.run.arrival(share, self._held(self.run.m_step(self.run.n_steps, 1.0)))

    def _held(self, moment: Moment) -> Moment:
        return replace(moment, curves=lambda _: replace(moment.profile, window=self._over(moment.profile.window)))

    def _over(self, window: Window) -> Window:
        """Return the nats that are held, over the positions of a window."""
        return replace(self.window, left=window.left, right=window.right)


def _eased(share: float) -> float:
    """Move from 0 to 1 without a jolt at either end."""
    return share * share * (3 - 2 * share)
