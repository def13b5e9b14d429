"""One-dimensional data over a rug, and the mixture over them as bells: what one point of a map stands for."""

from __future__ import annotations

import numpy as np
from manim import VGroup

from em_film.drawing.axes import UNDER, corner, title_above, title_below
from em_film.drawing.scatter import Scatter
from em_film.drawing.shapes import Curve
from em_film.drawing.type import Size, formula, place, words
from em_film.page.layers import Layer
from em_film.page.layout import Plane, Rect, jitter
from em_film.page.theme import Theme, point_opacity, point_radius
from em_model import Data, Mixture
from em_model.ascent.landscape import Landscape
from em_model.mixture import FloatArray

__all__ = ["BellsPanel"]

_RUG = 0.5  # height of the strip of points under the densities, in scene units
_SAMPLES = 161
_APART, _TOUCHING, _LINE = 0.7, 0.45, 0.42  # of the means' names, in scene units


class BellsPanel:
    """Each component's density, weighted, over the points; the mean of each named under the axis.

    Parameters
    ----------
    data : Data
        One-dimensional.
    landscape : Landscape
        Tells the range and what is known.
    theme : Theme
    page : Rect
    label : str
        What the data are called, with their unit; x if empty.
    """

    def __init__(self, data: Data, landscape: Landscape, theme: Theme, page: Rect, *, label: str = "") -> None:
        self.theme, self.page = theme, page
        low, high, base = landscape.low, landscape.high, landscape.coordinates.base
        tallest = 1.2 * float((base.weights / np.sqrt(2 * np.pi * base.covariances[:, 0, 0])).max())
        below = tallest * _RUG / (page.height - _RUG)
        self.plane = Plane(Rect(low, -below, high, tallest), page)
        self.frame = corner(page, theme.dim)
        called = words(label, color=theme.dim, size=Size.NOTE, width=page.width)
        self.note = VGroup(
            title_above(words("density", color=theme.dim, size=Size.NOTE), page),
            title_below(called if label else formula("x", color=theme.dim, size=Size.INDEXED), page, UNDER),
        )
        x = np.asarray(data.points, dtype=np.float64)[:, 0]
        heights = jitter(len(x))
        places = self.plane.to_scene(np.stack([x, -below * (0.82 - 0.64 * heights)], axis=1))
        self.scatter = Scatter(places, theme.dim, point_radius(len(x)), point_opacity(len(x)), z_index=Layer.GROUND)
        self.bells = [Curve(color=theme.ink, width=3.6, clip=page, smooth=True) for _ in (0, 1)]
        self.names = [formula(f"mu_{k}", color=theme.ink, size=Size.INDEXED) for k in (1, 2)]
        self.feet = [Curve(color=theme.ink, width=2.0) for _ in (0, 1)]
        self.mixture = VGroup(*self.bells, *self.feet, *self.names).set_z_index(Layer.COMPONENTS)

    def draw_mixture(self, mixture: Mixture) -> None:
        """Show a mixture of two components."""
        grid = np.linspace(self.plane.numbers.left, self.plane.numbers.right, _SAMPLES)
        variances = mixture.covariances[:, 0, 0]
        peaks = mixture.weights / np.sqrt(2 * np.pi * variances)
        tops = self.plane.to_scene(np.stack([mixture.means[:, 0], peaks], axis=1))
        # Where the names would run into each other the second stands over the first.
        near = np.clip((_APART - np.abs(tops[1] - tops[0])) / (_APART - _TOUCHING), 0.0, 1.0)
        lift = 0.0, _LINE * float(near.min())
        for k in (0, 1):
            mean, variance = float(mixture.means[k, 0]), float(variances[k])
            self.bells[k].set_path(self.plane.to_scene(self._bell(grid, float(mixture.weights[k]), mean, variance)))
            x, foot = (float(v) for v in self.plane.to_scene([mean, 0.0]))
            shown = 1.0 if self.page.left <= x <= self.page.right else 0.0
            self.feet[k].set_path([[x, foot - 0.06], [x, foot + 0.1]]).set_stroke(opacity=shown)
            name = formula(f"mu_{k + 1}", color=self.theme.ink, size=Size.INDEXED)
            height = min(float(tops[k, 1]), self.page.top) + 0.14 + lift[k]
            self.names[k].points = place(name, x, height, "centre").points
            self.names[k].set_fill(opacity=shown)

    def _bell(self, grid: FloatArray, weight: float, mean: float, variance: float) -> FloatArray:
        x = np.union1d(grid, mean + np.sqrt(variance) * np.linspace(-4, 4, 41))
        density = weight * np.exp(-0.5 * np.square(x - mean) / variance) / np.sqrt(2 * np.pi * variance)
        return np.stack([x, density], axis=1)
