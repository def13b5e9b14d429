"""The log-likelihood, step by step."""

from __future__ import annotations

import numpy as np
from manim import Mobject, VGroup, VMobject
from numpy.typing import NDArray

from em_film.drawing.axes import AXIS_WIDTH, UNDER, Ticks, corner, title_above
from em_film.drawing.shapes import Curve, Disc, tint
from em_film.drawing.type import Size, formula, place, words
from em_film.page.layers import Layer
from em_film.page.layout import TRACE, Plane, Rect
from em_film.page.theme import Theme
from em_film.page.ticks import Tick, in_few_signs
from em_film.runs.moment import Moment
from em_film.runs.run import Run
from em_model.mixture import FloatArray

__all__ = ["TracePanel"]

_DOTS = 60  # with more steps than this, dots would run into each other
_FIRST = 4.0  # how many times all later gain the first step may take before the axis is broken
_LATER = 1.3  # of the later gain, how much is shown over the break
_MARGIN = 0.1
_BANDS = (0.12, 0.34, 1.0)  # where θ⁽⁰⁾, the break and the top stand, as shares of a broken axis


class TracePanel:
    """ℓ(θ⁽ⁱ⁾) over i, up to the present step.

    Where the first step gains more than all others together many times over, the axis is broken: under the break
    nats count for less, and ℓ(θ⁽⁰⁾) has its number.

    Parameters
    ----------
    run : Run
    theme : Theme
    page : Rect
        Where it stands, in scene units; numbers stand at its left and below it.
    steps : int, optional
        Up to which step it goes; the last one when left out.
    """

    def __init__(self, run: Run, theme: Theme, page: Rect = TRACE, *, steps: int | None = None) -> None:
        last = run.n_steps if steps is None else min(steps, run.n_steps)
        self.page = page
        self.values = run.history.objectives[: last + 1]
        first, high = float(self.values[0]), float(self.values[-1])
        later = high - float(self.values[min(1, len(self.values) - 1)])
        self.broken = 0 < _FIRST * later < high - first
        low = high - _LATER * later if self.broken else first
        margin = _MARGIN * (high - low) or 1.0
        low, high = low if self.broken else low - margin, high + margin
        heights = np.array([first, low, high]) if self.broken else np.array([low, high])
        shares = np.array(_BANDS if self.broken else (0.0, 1.0))
        self.scale = heights, page.bottom + shares * page.height
        self.across = Plane(Rect(0.0, 0.0, float(last), 1.0), page)
        self.frame = VGroup(corner(page, theme.dim), *self._axes(run.has_prior, theme))
        self.line = Curve(color=theme.red, width=3.0, clip=page)
        radius = 0.042 if last <= _DOTS else 0.0
        places = self.to_scene(np.arange(len(self.values)), self.values)
        self.dots = [Disc(color=theme.red, radius=radius or 0.01).set_centre(spot) for spot in places]
        self._dotted = radius > 0
        self.trace = VGroup(self.line, *self.dots).set_z_index(Layer.COMPONENTS)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.frame, self.trace]

    def to_scene(self, steps: FloatArray | NDArray[np.int_], values: FloatArray) -> FloatArray:
        """Scene coordinates (T, 2) of ℓ, shape (T,), at counts of steps, shape (T,)."""
        across = self.across.to_scene(np.stack([steps, np.zeros(len(steps))], axis=1))
        return np.stack([across[:, 0], np.interp(values, *self.scale)], axis=1)

    def draw(self, moment: Moment) -> None:
        """Show the trace up to the steps taken; during an M-step it ends at ℓ of the present parameters."""
        whole = int(np.floor(moment.progress + 1e-9))
        steps, values = np.arange(whole + 1.0), self.values[: whole + 1]
        if moment.progress > whole + 1e-9:
            steps, values = np.append(steps, moment.progress), np.append(values, moment.log_likelihood)
        self.line.set_path(self.to_scene(steps, values))
        for i, dot in enumerate(self.dots):
            tint(dot, fill=1.0 if self._dotted and i <= whole else 0.0)

    def _axes(self, prior: bool, theme: Theme) -> list[VMobject]:
        """Numbers along both axes, what these are called, and the break in one of them."""
        page, (heights, places) = self.page, self.scale
        upper = Rect(page.left, float(places[-2]), page.right, page.top)
        plane = Plane(Rect(0.0, float(heights[-2]), 1.0, float(heights[-1])), upper)
        marks, apart = in_few_signs(float(heights[-2]), float(heights[-1]), 2 if self.broken else 3, few=8)
        counts = [Tick(0.0, 0), Tick(self.across.numbers.right, 0)]
        parts: list[VMobject] = [
            Ticks(upper, "left", theme).draw(plane, marks),
            Ticks(page, "bottom", theme).draw(self.across, counts),
            place(words("step", color=theme.dim, size=Size.NOTE), sum(page[::2]) / 2, page.bottom - UNDER, "centre"),
            title_above(formula(f'{"ell + log p" if prior else "ell"} "{apart}"', color=theme.dim), page),
        ]
        if self.broken:
            first = marks[0]._replace(value=float(heights[0]))
            foot = Plane(Rect(0.0, first.value - 1.0, 1.0, first.value + 1.0), _around(page, float(places[0])))
            parts += [Ticks(foot.page, "left", theme).draw(foot, [first]), *_break(page.left, upper.bottom, theme)]
        return parts


def _around(page: Rect, height: float) -> Rect:
    return Rect(page.left, height - 0.1, page.right, height + 0.1)


def _break(x: float, y: float, theme: Theme) -> list[Curve]:
    """Two strokes across an axis: what lies between them is left out."""
    ends = [[[x - 0.1, y + up - 0.05], [x + 0.1, y + up + 0.05]] for up in (-0.04, 0.04)]
    return [Curve(color=theme.dim, width=AXIS_WIDTH).set_path(line) for line in ends]
