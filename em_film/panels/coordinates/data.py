"""The data panel in two: the points with their responsibilities, and the components that they make."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Mobject
from numpy.typing import NDArray

from em_film.drawing.shapes import DashedSegment
from em_film.page.layout import Rect
from em_film.page.theme import Theme, rgb
from em_film.panels.data import DataPanel
from em_film.runs.moment import Moment
from em_film.runs.run import Run

__all__ = ["ComponentsPanel", "PointsPanel"]

_HALF_STEP = 3.3  # what the half-step's name over a panel takes at its right, and room before it, in scene units
_DASH, _GAP = 0.1, 0.12  # of the tracks, in scene units: where two coincide, each fills the other's gaps


class PointsPanel(DataPanel):
    """Points in the colours of their responsibilities, and nothing over them.

    In one dimension they are spread over the height of the panel, only to be told apart.
    """

    kept_free = _HALF_STEP

    def __init__(
        self,
        run: Run,
        theme: Theme,
        shown: NDArray[np.intp],
        page: Rect,
        axes: Sequence[int] = (0, 1),
        titles: Sequence[str] = (),
    ) -> None:
        super().__init__(run, theme, shown, page, axes, titles=titles, ticks=False)
        if self.flat:
            places = self.scatter.points[:, :2]
            low, high = places[:, 1].min(), places[:, 1].max()
            room = 0.08 * page.height
            shares = (places[:, 1] - low) / ((high - low) or 1.0)
            self.scatter.set_points(np.stack([places[:, 0], page.bottom + room + shares * (page.height - 2 * room)], 1))

    def upward(self) -> None:
        """Heights mean nothing."""

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.scatter]

    def draw(self, moment: Moment) -> None:
        """Show the posterior as the points' colours."""
        self.scatter.set_colors(self.point_colours(moment))


class ComponentsPanel(DataPanel):
    """The components over faint points, and through their means the lines on which slices move them.

    Parameters
    ----------
    run : Run
        Fixes the range, so that nothing moves but the model.
    theme : Theme
    shown : array of int, shape (M,)
        Rows of the data that are drawn.
    page : Rect
        Where it stands, in scene units.
    slices : sequence of (int, int)
        Component and axis of the coordinates that vary, from 0.
    axes : sequence of int
        The two coordinates that are drawn, from 0.
    """

    kept_free = _HALF_STEP

    def __init__(
        self,
        run: Run,
        theme: Theme,
        shown: NDArray[np.intp],
        page: Rect,
        slices: Sequence[tuple[int, int]],
        axes: Sequence[int] = (0, 1),
        titles: Sequence[str] = (),
    ) -> None:
        super().__init__(run, theme, shown, page, axes, titles=titles, ticks=False)
        self.scatter.set_colors(rgb(theme.faint))
        seen = [(k, self.axes.index(axis)) for k, axis in slices if axis in self.axes]
        self.slices = () if self.flat else tuple(seen)
        self.tracks = [
            DashedSegment(color=theme.cluster(k), width=2.2, dash=(_DASH, _GAP), clip=page, opacity=0.8)
            for k, _ in self.slices
        ]
        self.components.add(*self.tracks)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.frame, self.scatter, self.components]

    def draw(self, moment: Moment) -> None:
        """Show the mixture as contours and means."""
        self.draw_mixture(moment.mixture)
        numbers = self.plane.numbers
        for i, (component, axis) in enumerate(self.slices):
            ends = np.tile(self.seen(moment.mixture).means[component], (2, 1))
            ends[:, axis] = (numbers.left, numbers.right) if axis == 0 else (numbers.bottom, numbers.top)
            start, end = self.plane.to_scene(ends)
            start[axis] += i * (_DASH + _GAP) / len(self.slices)
            self.tracks[i].set_ends(start, end)
