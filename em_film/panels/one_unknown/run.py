"""The run of a fit in which one mean is all that is unknown: one line holds every θ, and red on it never changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from em_film.page.ticks import marked
from em_film.page.window import Window
from em_film.panels.coordinates.run import CoordinateRun
from em_film.runs.memory import remembered
from em_film.runs.moment import Moment
from em_film.runs.profile import Mark, Profile
from em_model import CoordinateSlice, Data, Extrema, History, extrema, log_likelihood, lower_bound, statistics

__all__ = ["Ground", "SingleRun"]

_GRID = 481
_BESIDE = 0.04  # room beside the data and the starts, as a share of their range
_BELOW, _ABOVE = 0.05, 0.25  # room under red and above it, where hills are labelled, as shares of its height
_DEEPEST = 1.0  # how far under red the window follows the first bounds, as a share of red's height


class Ground:
    """The log-likelihood over the whole range of the unknown mean, and the window that shows it.

    Parameters
    ----------
    data : Data
        One-dimensional.
    histories : sequence of History
        Fits that differ in where the unknown mean begins; all are shown on this ground.
    component : int
        The component whose mean is unknown, from 0.
    """

    def __init__(self, data: Data, histories: Sequence[History], component: int) -> None:
        self.data = data
        self.line = CoordinateSlice(histories[0].start, component, 0)
        starts = [float(history.start.means[component, 0]) for history in histories]
        low = min(float(np.min(data.points)), *starts)
        high = max(float(np.max(data.points)), *starts)
        room = _BESIDE * (high - low)
        self.positions = np.linspace(low - room, high + room, _GRID)
        self.mixtures = self.line.at(self.positions)
        self.red = log_likelihood(data, self.mixtures)
        self.window = self._window([_first_bound(data, history) for history in histories])

    def extrema(self) -> Extrema:
        """Find the hills and the hollows between them."""
        return extrema(self.data, self.line, self.positions)

    def _window(self, bounds: Sequence[float]) -> Window:
        """Show red whole, and the bounds from which the first E-steps rise unless they are far below it."""
        low, high = float(self.red.min()), float(self.red.max())
        height = max(high - low, 1e-9 * abs(high))
        low = max(min(low, *bounds), low - _DEEPEST * height)
        left, right = float(self.positions[0]), float(self.positions[-1])
        window = Window.at_rest(left, right, low - _BELOW * height, high + _ABOVE * height)
        return replace(window, across=marked(left, right))


class SingleRun(CoordinateRun):
    """A fit on the one slice there is.

    In an M-step the slice stays where it is and θ moves along it, to blue's top.

    Parameters
    ----------
    ground : Ground
        Of the data that were fitted.
    history : History
        The fit; it has at least one step.
    """

    def __init__(self, ground: Ground, history: History) -> None:
        line, window = ground.line, ground.window
        super().__init__(ground.data, history, line.component, 0, left=window.left, right=window.right)
        self.ground = ground

    @property
    def decimals(self) -> int:
        """Decimals in which ℓ is written: they fit the height of the one window."""
        return self.ground.window.decimals

    def mean(self, step: int) -> float:
        """Value of the unknown mean after a step; after the last one for -1."""
        return self._coordinate(step)

    def e_step(self, step: int, share: float) -> Moment:
        """Moment in the E-step, as on any slice; the mark of the θ before the present one fades."""
        moment = super().e_step(step, share)
        if step == 1 or share >= 1:
            return replace(moment, certainty=1.0)  # the points were shared out before it

        def rising(risen: Moment) -> Profile:
            profile = moment.curves(risen)
            return replace(profile, marks=(Mark(step - 2, self._coordinate(step - 2), 1 - share), *profile.marks))

        return replace(moment, curves=rising)

    def slope(self, step: int) -> float:
        """Slope of red in nats per unit of μ after a step, from the shares there: N_k (μ_new - μ) / σ²."""
        shares = self.posterior(step + 1)[:, self.component]
        variance = float(self.history.start.covariances[self.component, 0, 0])
        points = np.asarray(self.data.points, dtype=np.float64)[:, 0]
        return float(shares @ (points - self.mean(step))) / variance

    def explore(self, position: float) -> Moment:
        """Moment before EM begins, with the unknown mean anywhere; points are grey."""
        before = replace(self._before(), certainty=0.0)
        return self._moved(before, position, curves=lambda _: replace(before.profile, here=position, marks=()))

    def share_out(self, share: float) -> Moment:
        """Moment at the start while points take on the colours in which the weights share them out."""
        return replace(self._before(), certainty=share)

    def m_step(self, step: int, position: float) -> Moment:
        """Moment in the M-step: the unknown mean is a share t = position of the way to blue's top."""
        start = self.m_start(step)
        if position <= 0:
            return start
        old, new = self._coordinate(step - 1), self._coordinate(step)
        here = new if position >= 1 else old + position * (new - old)

        def climbing(_: Moment) -> Profile:
            return replace(start.profile, here=here, marks=(*start.profile.marks, Mark(step, new, position)))

        return self._moved(start, here, progress=step - 1 + position, curves=climbing)

    def go_back(self, position: float, share: float) -> Moment:
        """Moment after the fit, on the way to another start: the unknown mean is anywhere, the posterior fades."""
        end = self.m_step(self.n_steps, 1.0)

        def going(_: Moment) -> Profile:
            return replace(end.profile, here=position, marks=(), touch=None)

        return self._moved(end, position, certainty=1 - share, curves=going)

    def _touching(self, moment: Moment) -> Profile:
        ground, here = self.ground, self._coordinate(moment.step - 1)
        return Profile(
            line=ground.line,
            window=ground.window,
            positions=ground.positions,
            mixtures=ground.mixtures,
            red=ground.red,
            blue=lower_bound(moment.statistics, ground.mixtures),
            here=here,
            marks=(Mark(moment.step - 1, here),),
            touch=here,
        )

    @remembered(1)
    def _before(self) -> Moment:
        """Moment before the first E-step."""
        return self.e_step(1, 0.0)

    def _moved(self, moment: Moment, position: float, **changes: Any) -> Moment:
        """Return a moment with the unknown mean elsewhere."""
        return replace(moment, mixture=self.ground.line.at(position), **changes)


def _first_bound(data: Data, history: History) -> float:
    """Lower bound at the start while each point is shared out by the weights."""
    shared = np.tile(history.start.weights, (data.n_rows, 1))
    return float(lower_bound(statistics(data, shared), history.start))
