"""One-dimensional data as a rug, the mixture's density over it, and the unknown mean as a handle."""

from __future__ import annotations

import numpy as np
from manim import VGroup, VMobject
from numpy.typing import NDArray

from em_film.drawing.axes import corner
from em_film.drawing.shapes import Curve, Disc
from em_film.drawing.type import Size, formula, place, words
from em_film.page.layers import Layer
from em_film.page.layout import Plane, Rect
from em_film.page.theme import Theme
from em_film.panels.data import DataPanel, weighted_density
from em_film.runs.run import Run
from em_model import Mixture
from em_model.mixture import FloatArray

__all__ = ["DensityPanel"]

_RUG = 0.5  # height of the strip of points under the density, in scene units
_HEADROOM = 1.06
_GRID = 321
_HANDLE = 0.19  # radius, in scene units: the letter stands inside


class DensityPanel(DataPanel):
    """The flat data panel with the whole density p(x) over its components, on a range of x that another panel shares.

    Parameters
    ----------
    run : Run
        A fit of one-dimensional data.
    theme : Theme
    shown : array of int, shape (M,)
        Rows of the data that are drawn.
    page : Rect
        Where it stands, in scene units.
    unknown : int
        The component whose mean is the handle, from 0.
    left, right : float
        Range of x, in data units.
    """

    def __init__(
        self,
        run: Run,
        theme: Theme,
        shown: NDArray[np.intp],
        page: Rect,
        unknown: int,
        *,
        left: float,
        right: float,
    ) -> None:
        self.left, self.right = left, right
        super().__init__(run, theme, shown, page)
        title = place(words("density", color=theme.dim, size=Size.NOTE), page.left, page.top + 0.16)
        axis = place(formula("x", color=theme.dim, size=Size.CAPTION), page.right + 0.14, page.bottom)
        self.frame = VGroup(corner(page, theme.dim), title, axis)
        self.unknown = unknown
        self.whole = Curve(color=theme.ink, width=2.6, clip=page)
        self.handle = Disc(color=theme.cluster(unknown), radius=_HANDLE, ring=theme.background, ring_width=5)
        self._letter = VMobject(color=theme.background, fill_opacity=1, stroke_width=0)
        self._written = formula("mu", color=theme.background, size=Size.LABEL)
        # The handle stands for the unknown mean's dot; means stand over all curves.
        known = [mean for k, mean in enumerate(self.means) if k != unknown]
        self.components.remove(*self.means).add(self.whole, *known, self.handle, self._letter)
        self.components.set_z_index(Layer.COMPONENTS)

    def choose_plane(self, run: Run, points: FloatArray) -> Plane:
        """Map the given range onto the page; all components at one place would reach its top."""
        start = run.history.start
        peaks = start.weights / np.sqrt(2 * np.pi * start.covariances[:, 0, 0])
        above = _HEADROOM * float(peaks.sum())
        return Plane(Rect(self.left, -above * _RUG / (self.page.height - _RUG), self.right, above), self.page)

    def draw_mixture(self, mixture: Mixture) -> None:
        """Show a mixture: its components' shares of the density, their sum, and the handle."""
        super().draw_mixture(mixture)
        weights, means, variances = mixture.weights, mixture.means[:, 0], mixture.covariances[:, 0, 0]
        near = means[:, None] + np.sqrt(variances)[:, None] * np.linspace(-4, 4, 81)
        x = np.union1d(np.linspace(self.left, self.right, _GRID), near)
        parts = weighted_density(x, weights[:, None], means[:, None], variances[:, None])
        self.whole.set_path(self.plane.to_scene(np.stack([x, parts.sum(axis=0)], axis=1)))
        spot = self.plane.to_scene([float(means[self.unknown]), 0.0])
        self.handle.set_centre(spot)
        self._letter.points = place(self._written, float(spot[0]), float(spot[1]) - 0.07, "centre").points.copy()
