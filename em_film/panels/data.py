"""The data: points in the colours of their responsibilities, and the components over them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Mobject, VGroup
from numpy.typing import NDArray

from em_film.drawing.axes import TITLE_UNDER, UNDER, Ticks, corner, title_above, title_below
from em_film.drawing.scatter import Scatter
from em_film.drawing.shapes import CovarianceEllipse, Curve, Disc
from em_film.drawing.type import Size, Type, formula, words
from em_film.page.layers import Layer
from em_film.page.layout import DATA, Plane, Rect, jitter
from em_film.page.theme import Theme, blend, point_opacity, point_radius, rgb
from em_film.page.ticks import in_few_signs
from em_film.runs.moment import Moment
from em_film.runs.run import Run
from em_film.runs.shown import marginal
from em_model import Mixture
from em_model.mixture import FloatArray

__all__ = ["CONTOURS", "DataPanel", "weighted_density"]

Numbers = FloatArray | float

CONTOURS = (1.0, 2.0)  # standard deviations
_STRETCH = 1.6  # up to this ratio both axes keep one scale, so that circles are round
_EARLIER = 0.75  # of the range of points and final contours, on each side
_TICKS = 0.8  # for each scene unit of an axis, about
# Standard deviations from the mean at which a density is evaluated: out to where even that of a spike is nothing.
_AROUND = np.concatenate([np.linspace(-10, -5, 6), np.linspace(-4, 4, 81), np.linspace(5, 10, 6)])
_RUG = 0.55  # height of the strip of points under a density, in scene units


class DataPanel:
    """Scatter of the points with the components' contours at 1σ and 2σ; in one dimension, densities over a rug.

    Parameters
    ----------
    run : Run
        Fixes the range, so that nothing moves but the model.
    theme : Theme
    shown : array of int, shape (M,)
        Rows of the data that are drawn.
    page : Rect
        Where it stands, in scene units.
    axes : sequence of int
        The one or two coordinates that are drawn, from 0; of more dimensions these are what is seen.
    numbers : Rect, optional
        Range that is shown, in data units (in one dimension densities go up); all points and the fit when left out.
    titles : sequence of str, optional
        What the data's coordinates are called, all of them; x₁, x₂ and so on when left out.
    ticks : bool
        Whether numbers stand along the axes.
    """

    kept_free = 0.0
    """What stands over the panel at its right takes so much of the room for a title, in scene units."""

    def __init__(
        self,
        run: Run,
        theme: Theme,
        shown: NDArray[np.intp],
        page: Rect = DATA,
        axes: Sequence[int] = (0, 1),
        *,
        numbers: Rect | None = None,
        titles: Sequence[str] = (),
        ticks: bool = True,
    ) -> None:
        self.theme = theme
        self.page = page
        self.axes = tuple(axes)[: run.data.n_dimensions]
        self.flat = len(self.axes) == 1
        self.rows = shown
        points = np.asarray(run.data.points[shown], dtype=float)[:, self.axes]
        self.plane = self.choose_plane(run, points) if numbers is None else Plane(numbers, page)
        self.colours = theme.cluster_rgb(run.history.start.n_components)
        self.grey = rgb(theme.dim)
        places = self.plane.to_scene(_with_jitter(points, self.plane) if self.flat else points)
        count = len(points)
        self.frame = VGroup(corner(page, theme.dim), *self._axes(titles, ticks))
        self.scatter = Scatter(places, self.grey, point_radius(count), point_opacity(count), z_index=Layer.GROUND)
        self.components = VGroup()
        self.contours: list[list[Curve] | list[CovarianceEllipse]] = []
        self._bells: list[Curve] = []
        self._ellipses: list[list[CovarianceEllipse]] = []
        self.means: list[Disc] = []
        for k in range(len(self.colours)):
            self._add_component(theme.cluster(k))
        self.components.set_z_index(Layer.COMPONENTS)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.frame, self.scatter, self.components]

    def choose_plane(self, run: Run, points: FloatArray) -> Plane:
        """Map the range of all points, and of the mixtures of the fit, onto the page."""
        return (
            _density_plane(run, points, self.page)
            if self.flat
            else _plane(self.seen(run.history.mixtures), points, self.page)
        )

    def draw(self, moment: Moment) -> None:
        """Show the posterior as the points' colours, and the mixture as contours and means."""
        self.scatter.set_colors(self.point_colours(moment))
        self.draw_mixture(moment.mixture)

    def point_colours(self, moment: Moment) -> FloatArray:
        """Colours of the points, shape (M, 3): mixed by responsibility, grey as long as there is none."""
        mixed = blend(moment.posterior[self.rows], self.colours)
        return mixed if moment.certainty == 1 else (1 - moment.certainty) * self.grey + moment.certainty * mixed

    def seen(self, mixture: Mixture) -> Mixture:
        """Return a mixture's marginal in the coordinates that are drawn."""
        return marginal(mixture, self.axes)

    def draw_mixture(self, mixture: Mixture) -> None:
        """Show a mixture's components."""
        mixture = self.seen(mixture)
        for k, (mean, covariance) in enumerate(zip(mixture.means, mixture.covariances, strict=True)):
            if self.flat:
                path = self._bell(float(mixture.weights[k]), float(mean[0]), float(covariance[0, 0]))
                self._bells[k].set_path(path)
                place = self.plane.to_scene([mean[0], 0.0])
            else:
                place = self.plane.to_scene(mean)
                root = self._root(covariance)
                for ellipse, deviations in zip(self._ellipses[k], CONTOURS, strict=True):
                    ellipse.set_ellipse(place, deviations * root)
            page = self.plane.page
            inside = page.holds(place)
            self.means[k].set_centre(place if inside else np.full(2, np.nan))

    def truth(self, mixture: Mixture) -> VGroup:
        """Return a mixture's components as dashed lines in ink: the clusters the points were drawn from."""
        lines = VGroup()
        mixture = self.seen(mixture)
        for weight, mean, covariance in zip(mixture.weights, mixture.means, mixture.covariances, strict=True):
            if self.flat:
                line = Curve(color=self.theme.ink, width=2.2, clip=self.page, dash=(0.1, 0.09))
                lines.add(line.set_path(self._bell(float(weight), float(mean[0]), float(covariance[0, 0]))))
            else:
                ellipse = CovarianceEllipse(color=self.theme.ink, width=2.2, clip=self.page, dash=(0.1, 0.09))
                lines.add(ellipse.set_ellipse(self.plane.to_scene(mean), CONTOURS[-1] * self._root(covariance)))
        lines.set_z_index(Layer.BOUND)
        return lines

    def _axes(self, titles: Sequence[str], numbered: bool) -> list[VGroup | Type]:
        """Numbers along the axes, and what these are called; a density's height has no numbers."""
        page, numbers = self.page, self.plane.numbers
        across, apart = in_few_signs(numbers.left, numbers.right, max(3, round(page.width * _TICKS)))
        up, more = in_few_signs(numbers.bottom, numbers.top, max(3, round(page.height * _TICKS)))
        parts: list[VGroup | Type] = []
        if numbered:
            parts.append(Ticks(page, "bottom", self.theme).draw(self.plane, across))
            parts += [] if self.flat else [Ticks(page, "left", self.theme).draw(self.plane, up)]
        under = TITLE_UNDER if numbered else UNDER
        parts.append(title_below(self._title(titles, 0, apart * numbered), page, under))
        upward = self.upward() if self.flat else self._title(titles, 1, more * numbered)
        return parts if upward is None else [*parts, title_above(upward, page)]

    def upward(self) -> Type | None:
        """Return what stands at the upward axis of data of one dimension."""
        return words("density, by weight", color=self.theme.dim, size=Size.NOTE)

    def _title(self, titles: Sequence[str], which: int, apart: str) -> Type:
        axis = self.axes[which]
        if titles:
            text = f"{titles[axis]}{apart}"
            width = self.page.width - (self.kept_free if which else 0.0)
            return words(text, color=self.theme.dim, size=Size.NOTE, width=width)
        source = "x" if self.flat else f"x_{axis + 1}"
        return formula(f'{source} "{apart}"' if apart else source, color=self.theme.dim, size=Size.INDEXED)

    def _add_component(self, colour: str) -> None:
        if self.flat:
            self._bells.append(Curve(color=colour, width=4.5, clip=self.page))
            self.contours.append(self._bells[-1:])
        else:
            strokes = ((4.5, 1.0), (2.4, 0.62))
            ellipses = [CovarianceEllipse(color=colour, width=w, clip=self.page, opacity=o) for w, o in strokes]
            self._ellipses.append(ellipses)
            self.contours.append(ellipses)
        mean = Disc(color=colour, radius=0.1, ring=self.theme.background, ring_width=5)
        self.means.append(mean)
        self.components.add(*self.contours[-1], mean)

    def _root(self, covariance: FloatArray) -> FloatArray:
        """Return Σ^(1/2) in scene units; the symmetric root is continuous in Σ."""
        values, vectors = np.linalg.eigh(covariance)
        root: FloatArray = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        return self.plane.scale[:, None] * root

    def _bell(self, weight: float, mean: float, variance: float) -> FloatArray:
        numbers = self.plane.numbers
        near = mean + np.sqrt(variance) * _AROUND
        x = np.union1d(np.linspace(numbers.left, numbers.right, 121), near)
        return self.plane.to_scene(np.stack([x, weighted_density(x, weight, mean, variance)], axis=1))


def weighted_density(x: FloatArray, weight: Numbers, mean: Numbers, variance: Numbers) -> FloatArray:
    """Return components' shares π_k N(x; μ_k, σ_k²) of the density per data unit; shapes broadcast."""
    squares = np.square(x - mean) / variance
    return np.asarray(weight * np.exp(-0.5 * squares) / np.sqrt(2 * np.pi * variance))


def _plane(mixtures: Mixture, points: FloatArray, page: Rect) -> Plane:
    """Range of two-dimensional data: all points and the 2σ contours of the fit, both axes at one scale where that fits.

    Contours of earlier steps may take so much room and no more, the final ones all they need.
    """
    reach = CONTOURS[-1] * np.sqrt(np.diagonal(mixtures.covariances, axis1=-2, axis2=-1))
    lows, highs = (mixtures.means - reach).min(axis=-2), (mixtures.means + reach).max(axis=-2)
    low, high = np.minimum(points.min(axis=0), lows[-1]), np.maximum(points.max(axis=0), highs[-1])
    room = _EARLIER * (high - low)
    low, high = (
        np.maximum(np.minimum(low, lows.min(axis=0)), low - room),
        np.minimum(np.maximum(high, highs.max(axis=0)), high + room),
    )
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-12 * np.abs(high).max() + 1e-300) * 1.05
    units = half / np.array([page.width / 2, page.height / 2])
    if units.max() <= _STRETCH * units.min():
        half = units.max() * np.array([page.width / 2, page.height / 2])
    return Plane(Rect(middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1]), page)


def _density_plane(run: Run, points: FloatArray, page: Rect) -> Plane:
    """Range of one-dimensional data: density 0 stands above the rug, the highest component under the top."""
    low, high = float(points.min()), float(points.max())
    margin = 0.05 * (high - low)
    mixtures = run.history.mixtures
    peaks = mixtures.weights / np.sqrt(2 * np.pi * mixtures.covariances[..., 0, 0])
    above = 1.12 * float(peaks.max())
    below = above * _RUG / (page.height - _RUG)
    return Plane(Rect(low - margin, -below, high + margin, above), page)


def _with_jitter(points: FloatArray, plane: Plane) -> FloatArray:
    """Spread the points of a rug over its strip."""
    heights = jitter(len(points))
    return np.stack([points[:, 0], plane.numbers.bottom * (0.18 + 0.64 * heights)], axis=1)
