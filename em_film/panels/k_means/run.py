"""The moments of k-means and of its way to the limit: at any ε, at any λ of an assignment, at any t of an average."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np

from em_film.page.ticks import number_text
from em_film.page.window import Window, decimals_for, low_under
from em_film.runs.memory import remembered
from em_film.runs.moment import Moment
from em_film.runs.profile import Mark, Profile
from em_film.wording import power_text
from em_model import Data, Mixture, Statistics, statistics
from em_model.k_means.curves import scaled_bound, scaled_log_likelihood
from em_model.k_means.line import MeansSlice, round_mixture
from em_model.k_means.lloyd import Centres, assign, average
from em_model.mixture import FloatArray

__all__ = ["MeansRun"]

_LEFT, _RIGHT = -1.2, 2.8  # positions t shown: far enough for points to change hands
_GRID = 281
_SLOWLY = 3  # power of the share that is left, as which ε goes to 0
_HEIGHTS = 9  # values of ε at which is looked how high red goes
_UNDER, _OVER = 1.1, 0.25  # room under the touch and over red, as shares of what red rises
_HELD, _FAR = 1.2, 3.0  # room down to blue, as a factor of its gap; up to how many rises that is given
_BELOW = 0.1  # room under blue where it begins too far below, as a share of what is over it
_FINE = 401
_SEEN = 0.01  # of the window's height, by which a hill has to be higher
_PLAIN = 4  # powers of ten of ε up to which numbers are written as they are


class MeansRun:
    """A run of k-means, and the way of its first E-step from ε down to 0.

    Both curves are multiplied by ε, without what depends on no mean. On the way down they are counted from the touch,
    so that it stays where it is; at the limit red is -½ J.

    Parameters
    ----------
    data : Data
    steps : Centres
        k-means on these points.
    variance : float
        The largest ε, in data units squared.

    Attributes
    ----------
    power : int
        Both curves, and J, are counted in this power of ten of data units squared, the ``unit``: 0 for most data.
    """

    def __init__(self, data: Data, steps: Centres, variance: float) -> None:
        self.data, self.steps, self.variance = data, steps, variance
        self.count = steps.means.shape[1]
        power = math.floor(math.log10(variance)) if variance > 0 else 0
        self.power = power if not -_PLAIN <= power < _PLAIN else 0
        self.unit = 10.0**self.power

    @property
    def counted(self) -> str:
        """What is said of a number that is counted in a power of ten; nothing if it is not."""
        return f" / {power_text(self.power)}" if self.power else ""

    @property
    def decimals(self) -> int:
        """Decimals in which J is written: as many as its fall takes."""
        return max(1, decimals_for(self.distortion(0) - self.distortion(-1)) - 1)

    @property
    def epsilon_decimals(self) -> int:
        """Decimals in which ε is written."""
        return max(2, decimals_for(self.variance / self.unit) - 1)

    @property
    def n_steps(self) -> int:
        """Number of steps."""
        return self.steps.n_steps

    def distortion(self, step: int) -> float:
        """J after a step, in units."""
        return float(self.steps.distortions[step]) / self.unit

    @remembered(16)
    def kept(self, step: int) -> float:
        """J after the average of a step while all points stay with their means, in units."""
        found = statistics(self.data, self._hard(step))
        return -2 * float(scaled_bound(found, self.steps.means[step], 0.0)) / self.unit

    @property
    def begins_far_below(self) -> bool:
        """Whether blue begins below what is shown of red."""
        return self._soft_window(0.0) != self._first_window

    def opened(self, share: float) -> Moment:
        """Moment before the first E-step, with a share in view of what it takes to hold blue."""
        far = self._soft_window(0.0)
        return self._softened(0.0, self._first_window.glided(far, share, (0.0, 0.0)) if share < 1 else far)

    def soften(self, share: float) -> Moment:
        """Moment in the first E-step at the largest ε: from equal shares to the posterior at λ = share."""
        return self._softened(share, self._soft_window(share))

    def hardened(self, share: float) -> Moment:
        """Moment after the first E-step at an ε that has gone a share of its way to 0; means rest."""
        variance = self.variance * (1 - share) ** _SLOWLY
        means, posterior = self.steps.means[0], self._soft(variance)
        line = self._line(means, average(statistics(self.data, posterior), means), variance)
        zero = float(self._red(means, variance))
        return self._moment(1, 0.0, line, posterior, 0.0, self._first_window, zero=zero, touch=0.0)

    def assigned(self, step: int, share: float) -> Moment:
        """Moment at the limit while points change hands: (1 - λ) r_old + λ r_new at λ = share."""
        posterior = self._hard(step)
        if share < 1 and step > 1:
            posterior = (1 - share) * self._hard(step - 1) + share * posterior
        touch = 0.0 if share >= 1 else None
        # The bound is linear in a posterior whose entropy counts for nothing, as at ε = 0.
        before = self._gap_before(step)
        window = _holding(self.window(step), -0.5 * self.distortion(step - 1), before, (1 - share) * before)
        return self._moment(step, step - 1.0, self._step_line(step), posterior, 0.0, window, touch=touch)

    def averaged(self, step: int, position: float) -> Moment:
        """Moment at the limit while all means move, each to the middle of its points, at t = position."""
        progress = step - 1 + position
        line, window = self._step_line(step), self.window(step)
        return self._moment(
            step, progress, line, self._hard(step), position, window, touch=0.0 if position <= 0 else None
        )

    def turned(self, step: int, share: float) -> Moment:
        """Moment between two steps: the line turns about the means, which rest, to that of the next step."""
        if share <= 0:
            return self.averaged(step, 1.0)
        old, new = self._step_line(step), self._step_line(step + 1)
        direction = (1 - share) * old.direction + share * new.direction
        here = 1 - share
        line = MeansSlice(self.steps.means[step] - here * direction, direction, 0.0)
        height = -0.5 * self.distortion(step)
        window = self.window(step).glided(self.window(step + 1), share, (height, height))
        marks = (
            Mark(step - 1, -share, max(0.0, 1 - 3 * share)),
            Mark(step, here),
            Mark(step + 1, 1 + here, max(0.0, 3 * share - 2)),
        )
        return self._moment(step, float(step), line, self._hard(step), here, window, marks=marks)

    def swept(self, share: float) -> Moment:
        """Moment after a share of all steps, along the lines of their averages."""
        way = share * self.n_steps
        step = min(int(way) + 1, self.n_steps)
        return self.averaged(step, way - (step - 1))

    def all_have_points(self, step: int) -> bool:
        """Tell whether each mean is the nearest one of some point in a step; one that is not stays where it is."""
        return bool(self._hard(step).any(axis=0).all())

    def changed(self, step: int) -> int:
        """Return how many points change hands in the assignment of a step."""
        return int((self._hard(step) != self._hard(step - 1)).any(axis=1).sum())

    def kinks(self) -> int:
        """Count the kinks of red at the limit of the first line, as it is shown: points that change hands there."""
        line, window = self._step_line(1), self.window(1)
        positions = np.linspace(_LEFT, _RIGHT, _FINE)
        seen = self._red(line.means(positions), 0.0) > window.low
        nearest = np.stack([assign(self.data, means).argmax(axis=1) for means in line.means(positions)])
        return int((np.diff(nearest, axis=0) != 0)[seen[1:] & seen[:-1]].sum())

    def higher_hill(self) -> bool:
        """Whether red is seen, on the last line, to go higher than where k-means ends."""
        profile = self.averaged(self.n_steps, 1.0).profile
        window, end = profile.window, -0.5 * self.distortion(-1)
        seen = (profile.red > end + _SEEN * (window.high - window.low)) & (profile.red < window.high)
        return bool(seen.any())

    @remembered(16)
    def window(self, step: int) -> Window:
        """Window of a step at the limit, from under the touch to over red."""
        touch = -0.5 * self.distortion(step - 1)
        line = self._step_line(step)
        positions = np.linspace(0.0, _RIGHT, _GRID)
        high = float(self._red(line.means(positions), 0.0).max())
        return _fitting(touch, high, self._gap_before(step))

    def _softened(self, share: float, window: Window) -> Moment:
        means = self.steps.means[0]
        line = self._line(means, average(statistics(self.data, self._soft(self.variance)), means), self.variance)
        zero, touch = float(self._red(means, self.variance)), 0.0 if share >= 1 else None
        posterior = self._on_the_way(share)
        return self._moment(1, 0.0, line, posterior, 0.0, window, zero=zero, touch=touch, certainty=share)

    def _on_the_way(self, share: float) -> FloatArray:
        end = self._soft(self.variance)
        return (1 - share) * np.full_like(end, 1 / self.count) + share * end

    def _soft_window(self, share: float) -> Window:
        return _holding(self._first_window, 0.0, self._soft_gap(0.0), self._soft_gap(share))

    def _soft_gap(self, share: float) -> float:
        """Return how far blue is under red at the largest ε and λ = share."""
        means, found = self.steps.means[0], statistics(self.data, self._on_the_way(share))
        return float(self._red(means, self.variance) - scaled_bound(found, means, self.variance) / self.unit)

    @remembered(4)
    def _gap_before(self, step: int) -> float:
        """Return how far blue is under red before the assignment of a step."""
        if step == 1:
            return 0.0
        found, means = statistics(self.data, self._hard(step - 1)), self.steps.means[step - 1]
        return float(self._red(means, 0.0) - scaled_bound(found, means, 0.0) / self.unit)

    @cached_property
    def _first_window(self) -> Window:
        """Window for the way to 0: as high above the touch as red goes at any ε."""
        rises, positions = [], np.linspace(0.0, _RIGHT, _GRID)
        for share in np.linspace(0.0, 1.0, _HEIGHTS):
            variance = self.variance * (1 - float(share)) ** _SLOWLY
            means = self.steps.means[0]
            line = self._line(means, average(statistics(self.data, self._soft(variance)), means), variance)
            red = self._red(line.means(positions), variance)
            rises.append(float(red.max() - red[0]))
        return _fitting(0.0, max(rises))

    def _numbers(self, moment: Moment, variance: float, *, at_the_limit: bool) -> tuple[tuple[str, str], ...]:
        """Return what is told of a moment: ε, or at the limit the step and J, of its points as they are assigned."""
        if not at_the_limit:
            return ((f"ε{self.counted}", number_text(variance / self.unit, self.epsilon_decimals)),)
        distortion = number_text(-2 * moment.lower_bound, self.decimals)
        return ("steps taken", f"{moment.progress:.0f}"), (f"distortion J{self.counted}", distortion)

    def _red(self, means: FloatArray, variance: float) -> FloatArray:
        return scaled_log_likelihood(self.data, means, variance) / self.unit

    def _soft(self, variance: float) -> FloatArray:
        return assign(self.data, self.steps.means[0], variance)

    @remembered(4)
    def _hard(self, step: int) -> FloatArray:
        return assign(self.data, self.steps.means[step - 1])

    def _step_line(self, step: int) -> MeansSlice:
        return MeansSlice.through(self.steps.means[step - 1], self.steps.means[step], 0.0)

    def _line(self, old: FloatArray, new: FloatArray, variance: float) -> MeansSlice:
        return MeansSlice.through(old, new, variance)

    def _moment(
        self,
        step: int,
        progress: float,
        line: MeansSlice,
        posterior: FloatArray,
        here: float,
        window: Window,
        *,
        zero: float | None = None,
        touch: float | None = None,
        certainty: float = 1.0,
        marks: tuple[Mark, ...] = (),
    ) -> Moment:
        """Moment at a position of a line, both curves counted from zero, or, at the limit, from nothing."""
        variance, at_the_limit, zero = line.variance, zero is None, zero or 0.0
        shown = marks or (Mark(step - 1, 0.0), Mark(step, 1.0))

        def red(mixture: Mixture) -> FloatArray:
            return self._red(mixture.means, variance) - zero

        def blue(found: Statistics, mixture: Mixture) -> FloatArray:
            return scaled_bound(found, mixture.means, variance) / self.unit - zero

        def curves(moment: Moment) -> Profile:
            positions = np.union1d(np.linspace(_LEFT, _RIGHT, _GRID), [0.0, 1.0, here])
            mixtures = line.at(positions)
            drawn = red(mixtures), blue(moment.statistics, mixtures)
            return Profile(line, window, positions, mixtures, *drawn, here, shown, touch)

        return Moment(
            step=step,
            progress=progress,
            mixture=round_mixture(line.means(here), variance),
            posterior=posterior,
            certainty=certainty,
            likelihood=lambda mixture: float(red(mixture)),
            bound=blue,
            summary=lambda: statistics(self.data, posterior),
            curves=curves,
            numbers=lambda moment: self._numbers(moment, variance, at_the_limit=at_the_limit),
        )


def _holding(near: Window, touch: float, before: float, now: float) -> Window:
    """Window that holds blue now, a gap under the touch, where before it began too far below for the near one."""
    if touch - before >= near.low:
        return near
    foot, reach = (low_under(near.high, touch - gap, _BELOW) for gap in (before, now))
    return Window.at_rest(near.left, near.right, foot, near.high).closing_up(near, foot, reach)


def _fitting(touch: float, high: float, gap: float = 0.0) -> Window:
    """Window from under the touch, and under blue a gap below it where that takes not too much, to over red."""
    rise = max(high - touch, 1e-9 * abs(touch), 1e-300)
    under = max(_UNDER * rise, _HELD * gap if gap <= _FAR * rise else 0.0)
    return Window.at_rest(_LEFT, _RIGHT, touch - under, high + _OVER * rise)
