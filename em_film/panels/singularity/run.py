"""A fit on lines over one component's log σ, and the line on which that is slid down by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from em_film.page.ticks import marked
from em_film.page.window import Window
from em_film.panels.singularity.line import SpreadLine, spread
from em_film.panels.singularity.problem import Singularity
from em_film.runs.memory import remembered
from em_film.runs.moment import Moment
from em_film.runs.profile import Mark, Profile
from em_film.runs.run import Run
from em_model import History, Mixture
from em_model.mixture import FloatArray
from em_model.prior import Prior, log_prior

__all__ = ["SpreadRun"]

_GRID = 361
_BEYOND = 1.0  # log σ shown to the right of the widest component
_LEFT = 3.2  # and to the left of the start that falls
_BESIDE = 0.12  # room beside a dot, as a share of the window's width
_MARGIN = 0.04  # to the left of the narrowest component, as a share of the window's width
_ROOM = 0.12  # above and below what is shown, as a share of its height
_RISING, _NAMED = 0.25, 0.12  # more room for the first bound that rises, and for a long name over the hill


class SpreadRun(Run):
    """A fit of one-dimensional data whose curves are drawn over the log σ of one component.

    On the line a component is shrunk towards the point it may fall onto. It goes through θ, and in an M-step with it:
    blue touches red at its beginning, and has its top at its end.

    Parameters
    ----------
    problem : Singularity
    history : History
        Of the falling start, with a prior or without, or of a wider one; a collapsed one may have no step.
    """

    def __init__(self, problem: Singularity, history: History) -> None:
        super().__init__(problem.data, history)
        self.problem = problem
        self.component = problem.component
        self.right = problem.high + _BEYOND
        self.left = spread(problem.falling.start, self.component) - _LEFT

    def line_through(self, mixture: Mixture) -> SpreadLine:
        """Line on which the component of a mixture is shrunk towards the point."""
        return SpreadLine(mixture, self.component, self.problem.seat)

    def here(self, step: int) -> float:
        """Log σ of the component after a step; after the last one for -1."""
        return spread(self.history.mixtures[step], self.component)

    def deviation(self, component: int, step: int = -1) -> float:
        """Return σ of any component after a step, in data units."""
        return float(np.exp(spread(self.history.mixtures[step], component)))

    def m_step(self, step: int, position: float) -> Moment:
        """Moment in the M-step: log σ is a share of the way to blue's top, and θ with it on the step's line.

        Evenly in the line's own t one component would be as narrow as a point in the first frame of its fall.
        """
        return super().m_step(step, self._evenly(step, position))

    def slid(self, position: float, window: Window | None = None) -> Moment:
        """Moment before EM begins, the component on its point and log σ anywhere; red is drawn down to there."""
        line, seen = self.problem.line, window or self.window(0)

        def sliding(_: Moment) -> Profile:
            positions = np.linspace(position, max(seen.right, position + 1e-6), _GRID)
            mixtures = line.at(positions)
            blue = self.blue(self.statistics(0), mixtures)
            return Profile(line, seen, positions, mixtures, self.red(mixtures), blue, position)

        return replace(self.e_step(1, 0.0), mixture=line.at(position), curves=sliding)

    def followed(self, share: float) -> Moment:
        """Moment before EM begins, log σ on its way from the first window's left edge as far as numbers go."""
        position = (1 - share) * self.left + share * self.problem.narrowest
        return self.slid(position, _glided(self.window(0), self._deepest, share))

    def brought_back(self, share: float) -> Moment:
        """Moment before EM begins, θ on its way from there to θ⁽⁰⁾, on the line through that."""
        position = (1 - share) * self.problem.narrowest + share * self.here(0)
        mixture = self.line_through(self.history.start).at(position)
        return self._carried(mixture, _glided(self._deepest, self.window(0), share), share)

    def beyond(self) -> Moment:
        """Moment after the last E-step, the window open as far down as numbers go, and no higher than red and a hill.

        So that one sees where red is higher than the hill on which the wider starts end.
        """
        last = self.m_start(self.n_steps + 1)
        positions = np.linspace(self.problem.narrowest, self.right, _GRID)
        red = self.red(self.line_through(last.mixture).at(positions))
        hills = [float(history.log_likelihoods[-1]) for history in self.problem.wider]

        def opened(moment: Moment) -> Profile:
            window = _fitting(self._deepest.left, self.right, min(float(red.min()), *hills), float(red.max()))
            return self._over(moment, window, ())

        return replace(last, curves=opened)

    def weighed(self, share: float, start: Window) -> Moment:
        """Moment at θ⁽⁰⁾ with a prior of a share of its points, the window on its way to that of the whole one.

        Every one of these is a prior of its own; red and blue carry it.
        """
        prior, window = self.history.prior, _glided(start, self.window(0), share)
        moment = self._carried(self.history.start, window, 1.0)
        if prior is None or share >= 1:
            return moment
        part = Prior(share * prior.points, prior.spread) if share > 0 else None

        def lighter(value: FloatArray, mixture: Mixture) -> FloatArray:
            return value - log_prior(prior, mixture) + log_prior(part, mixture)

        def going(seen: Moment) -> Profile:
            whole = moment.curves(seen)
            return replace(whole, red=lighter(whole.red, whole.mixtures), blue=lighter(whole.blue, whole.mixtures))

        return replace(
            moment,
            likelihood=lambda mixture: float(lighter(self.red(mixture), mixture)),
            bound=lambda statistics, mixture: lighter(self.blue(statistics, mixture), mixture),
            curves=going,
        )

    @remembered(64)
    def window(self, step: int) -> Window:
        """Window on the line through θ⁽ⁱ⁾: one for all steps whose σ it holds, further to the left and up else."""
        here = [self.here(i) for i in range(len(self.history.mixtures.weights))]
        shared = [i for i, u in enumerate(here) if u >= self.left + _BESIDE]
        seen = [*shared, *(i for i in range(step + 1) if i not in shared)]
        curves = [self._shown(self.history.mixtures[i]) for i in seen]
        heights = [self.height(i) for i in seen]
        low, high = min(heights), max(*heights, *(float(curve.max()) for curve in curves))
        if not self.has_prior:
            low = min(low, float(curves[0].min()))  # with the hollow between spike and hill
            high = max(high, self.problem.height(self.left))  # down to where σ is slid by hand
        lowest = min(here[: step + 1])
        left = self.left if lowest >= self.left + _BESIDE else lowest - _BESIDE * (self.right - lowest)
        more = (high - low) if self.has_prior else 0.0
        return _fitting(left, self.right, low - _RISING * more, high + _NAMED * more)

    def height(self, step: int) -> float:
        """Return what is climbed after a step, in nats: ℓ, and log p(θ) with a prior."""
        return float(self.history.objectives[step])

    def top_of_blue(self) -> float:
        """Log σ at the top of blue after the last E-step; minus infinity where there is none."""
        statistics, k = self.history.statistics[-1], self.component
        with np.errstate(divide="ignore"):
            return 0.5 * float(np.log(max(statistics.covariances[k, 0, 0], 0.0)))

    @cached_property
    def _deepest(self) -> Window:
        """Window on the film's line as far down as numbers go."""
        home, low = self.window(0), self.problem.narrowest
        left = low - _MARGIN * (self.right - low)
        return _fitting(left, self.right, home.low, max(home.high, self.problem.height(low)))

    def _carried(self, mixture: Mixture, window: Window, share: float) -> Moment:
        """Moment before the first E-step with any mixture, whose mark comes in."""

        def carried(seen: Moment) -> Profile:
            return self._over(seen, window, (Mark(0, self.here(0), share),))

        return replace(self.e_step(1, 0.0), mixture=mixture, curves=carried)

    def _evenly(self, step: int, share: float) -> float:
        """Return t on a step's line at which log σ is a share of its way; 1/σ² is linear in t."""
        old, new = -2 * self.here(step - 1), -2 * self.here(step)
        if not 0 < share < 1 or old == new:
            return share
        return float(np.expm1(share * (new - old)) / np.expm1(new - old))

    def _shown(self, mixture: Mixture) -> FloatArray:
        """Red right of the narrowest start, where its hill is."""
        positions = np.linspace(self.left + _LEFT, self.right - _BEYOND, 41)
        return self.red(self.line_through(mixture).at(positions))

    def _touching(self, moment: Moment) -> Profile:
        here = self.here(moment.step - 1)
        profile = self._over(moment, self.window(moment.step - 1), (Mark(moment.step - 1, here),))
        return replace(profile, touch=here)

    def _climbing(self, start: Moment, moment: Moment, position: float) -> Profile:
        step = moment.step
        old, new, here = self.here(step - 1), self.here(step), spread(moment.mixture, self.component)
        share = float(np.clip((here - old) / (new - old), 0.0, 1.0)) if new != old else position
        window = _glided(self.window(step - 1), self.window(step), share)
        marks = (Mark(step - 1, self.here(step - 1), 1 - position), Mark(step, self.here(step), position))
        return self._over(moment, window, marks)

    def _over(self, moment: Moment, window: Window, marks: tuple[Mark, ...]) -> Profile:
        """Evaluate both curves over the window, on the line through θ."""
        here = spread(moment.mixture, self.component)
        left = max(window.left, self.problem.narrowest)
        positions = np.union1d(np.linspace(left, window.right, _GRID), here)
        line = self.line_through(moment.mixture)
        return self._profile(line, window, positions, moment, here, marks)


def _fitting(left: float, right: float, low: float, high: float) -> Window:
    """Window with some room over and under what is shown, and round numbers along both axes."""
    room = _ROOM * max(high - low, 1e-6 * abs(high), 1e-9)
    window = Window.at_rest(left, right, low - room, high + room)
    return replace(window, across=marked(left, right))


def _glided(start: Window, end: Window, share: float) -> Window:
    """Window on the way from one to another, whose numbers take the place of the first one's half-way."""
    if start == end or share <= 0 or share >= 1:
        return end if share > 0 else start
    left, right, low, high = (
        (1 - share) * getattr(start, side) + share * getattr(end, side) for side in ("left", "right", "low", "high")
    )
    window = start.between(end, share, low, high)
    lasting = {tick.value for tick in start.across} & {tick.value for tick in end.across}
    across = tuple(
        tick if tick.value in lasting else tick._replace(opacity=abs(1 - 2 * share))
        for tick in (start if share < 0.5 else end).across
    )
    return replace(window, left=left, right=right, across=across)
