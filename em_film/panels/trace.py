"""The log-likelihood, step by step."""

from __future__ import annotations

import numpy as np
from manim import Mobject, VGroup

from em_film.drawing.axes import Ticks, corner
from em_film.drawing.shapes import Curve, Disc, tint
from em_film.drawing.type import Size, place, words
from em_film.page.layers import Layer
from em_film.page.layout import TRACE, Plane, Rect
from em_film.page.theme import Theme
from em_film.page.ticks import Tick, marked
from em_film.runs.moment import Moment
from em_film.runs.run import Run

__all__ = ["TracePanel"]

_DOTS = 60  # with more steps than this, dots would run into each other
_FIRST = 4.0  # how many times all later gain the first step may take before the range leaves it out


class TracePanel:
    """ℓ(θ⁽ⁱ⁾) over i, up to the present step.

    Where the first step gains more than all others together many times over, the range begins near θ⁽¹⁾ and the
    line comes from below.

    Parameters
    ----------
    run : Run
    theme : Theme
    page : Rect
        Where it stands, in scene units; numbers stand at its left, and numbers and a note below it.
    steps : int, optional
        Up to which step it goes; the last one when left out.
    """

    def __init__(self, run: Run, theme: Theme, page: Rect = TRACE, *, steps: int | None = None) -> None:
        last = run.n_steps if steps is None else min(steps, run.n_steps)
        self.values = run.history.objectives[: last + 1]
        low, high = float(self.values[0]), float(self.values[-1])
        later = high - float(self.values[min(1, len(self.values) - 1)])
        if 0 < _FIRST * later < high - low:
            low = high - 1.5 * later
        margin = 0.1 * (high - low) or 1.0
        low, high = low - margin, high + margin
        self.plane = Plane(Rect(0.0, low, float(last), high), page)
        nats = Ticks(page, "left", theme).draw(self.plane, marked(low, high, 3))
        counts = Ticks(page, "bottom", theme).draw(self.plane, [Tick(0.0, 0), Tick(float(last), 0)])
        self.frame = VGroup(corner(page, theme.dim), nats, counts)
        climbed = "log-likelihood + log p" if run.has_prior else "log-likelihood"
        self.note = place(
            words(f"{climbed}, step by step", color=theme.dim, size=Size.TICK),
            (page.left + page.right) / 2,
            page.bottom - 0.28,
            "centre",
        )
        self.line = Curve(color=theme.red, width=3.0, clip=page)
        radius = 0.042 if last <= _DOTS else 0.0
        places = self.plane.to_scene(np.stack([np.arange(len(self.values)), self.values], axis=1))
        self.dots = [Disc(color=theme.red, radius=radius or 0.01).set_centre(spot) for spot in places]
        self._visible = [radius > 0 and self._inside(i) for i in range(len(self.values))]
        self.trace = VGroup(self.line, *self.dots).set_z_index(Layer.COMPONENTS)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.frame, self.note, self.trace]

    def draw(self, moment: Moment) -> None:
        """Show the trace up to the steps taken; during an M-step it ends at ℓ of the present parameters."""
        whole = int(np.floor(moment.progress + 1e-9))
        path = np.stack([np.arange(whole + 1.0), self.values[: whole + 1]], axis=1)
        if moment.progress > whole + 1e-9:
            path = np.concatenate([path, [[moment.progress, moment.log_likelihood]]])
        self.line.set_path(self.plane.to_scene(path))
        for i, dot in enumerate(self.dots):
            tint(dot, fill=1.0 if self._visible[i] and i <= whole else 0.0)

    def _inside(self, step: int) -> bool:
        return bool(self.values[step] >= self.plane.numbers.bottom)
