"""Means with the straight edges between them, both curves times ε, ε and J, and where two fits differ."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from manim import Mobject, VGroup
from numpy.typing import NDArray

from em_film.drawing.axes import title_above
from em_film.drawing.number import Number
from em_film.drawing.shapes import Curve, tint
from em_film.drawing.type import Size, Type, formula, place, words
from em_film.page.layers import Layer
from em_film.page.layout import CAPTION_LINE, DETAIL_LINE, EDGE, Plane, Rect
from em_film.page.theme import Theme, rgb
from em_film.panels.data import CONTOURS, DataPanel
from em_film.panels.k_means.edges import edge
from em_film.panels.k_means.run import MeansRun
from em_film.panels.slice import SlicePanel
from em_film.runs.moment import Moment
from em_film.runs.run import Run
from em_model import Mixture
from em_model.mixture import FloatArray

__all__ = ["Differing", "MeansPanel", "Readout", "ScaledSlice"]

_BEFORE_NUMBER = 0.15
_ROOM = 1.15  # around the points, as a factor of their range
_MEAN = 0.12  # radius, in scene units
_GOING = 0.15  # of the widest standard deviation, under which the axis of densities loses its title
_STRETCH = 4.0  # up to this ratio both axes keep one scale


class MeansPanel(DataPanel):
    """Points, round Gaussians and means; at ε = 0 nothing is left of a Gaussian but its mean.

    Of data in one dimension or two `edges` are the straight lines between what is nearest to two means.

    Parameters
    ----------
    widest : float
        The largest ε, in data units squared, whose Gaussians the picture holds.
    *args, **kwargs
        Those of `DataPanel`.
    """

    def __init__(self, run: Run, *args: Any, widest: float = 0.0, **kwargs: Any) -> None:
        self._widest = widest
        self._reach = CONTOURS[-1] * np.sqrt(widest)
        self._upward: Type | None = None
        super().__init__(run, *args, **kwargs)
        for mean in self.means:  # few points are as large as a mean
            mean.radius = _MEAN
            mean.set_stroke(self.theme.ink, width=3.0)
        pairs = combinations(range(len(self.colours)), 2) if run.data.n_dimensions <= 2 else ()
        self._edges = {pair: Curve(color=self.theme.ink, width=2.4, clip=self.page) for pair in pairs}
        self.edges = VGroup(*self._edges.values()).set_z_index(Layer.COMPONENTS)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [*super().parts, self.edges]

    def choose_plane(self, run: Run, points: FloatArray) -> Plane:
        """Map the points and the start onto the page, both axes at one scale where that fits: round is round."""
        if self.flat:
            return super().choose_plane(run, np.concatenate([points, run.history.start.means[:, self.axes]]))
        means = run.history.start.means[:, self.axes]
        seen = np.concatenate([points, means - self._reach, means + self._reach])
        middle, half = (seen.max(axis=0) + seen.min(axis=0)) / 2, _ROOM * np.maximum(np.ptp(seen, axis=0) / 2, 1e-300)
        page = np.array([self.page.width / 2, self.page.height / 2])
        units = half / page
        if units.max() <= _STRETCH * units.min():
            half = units.max() * page
        return Plane(Rect(*(middle - half), *(middle + half)), self.page)

    def upward(self) -> Type | None:
        """Return what stands at the upward axis of one dimension: nothing where no Gaussian is to be seen."""
        self._upward = super().upward() if self._reach else None
        return self._upward

    def seen(self, mixture: Mixture) -> Mixture:
        """Return a mixture's marginal in the coordinates that are drawn, at ε = 0 as well."""
        kept = list(self.axes)
        covariances = mixture.covariances[..., kept, :][..., kept]
        return Mixture.trusted(mixture.weights, mixture.means[..., kept], covariances)

    def draw_mixture(self, mixture: Mixture) -> None:
        """Show the components, and the edges between them."""
        if mixture.covariances.any() or not self.flat:
            super().draw_mixture(mixture)
        else:
            self._draw_means_on_a_line(mixture)
        if self._upward is not None:  # it goes with the densities
            left = np.sqrt(float(mixture.covariances[0, 0, 0]) / self._widest)
            tint(self._upward, fill=min(1.0, float(left) / _GOING))
        seen = self.seen(mixture).means
        means = np.concatenate([seen, np.zeros_like(seen)], axis=1) if self.flat else seen
        for (i, j), curve in self._edges.items():
            ends = edge(means, i, j, self.plane.numbers)
            curve.set_path(self.plane.to_scene(ends) if len(ends) else ends)

    def _draw_means_on_a_line(self, mixture: Mixture) -> None:
        for bell, disc, mean in zip(self.contours, self.means, self.seen(mixture).means[:, 0], strict=True):
            for curve in bell:
                if isinstance(curve, Curve):
                    curve.set_path(np.zeros((0, 2)))
            disc.set_centre(self.plane.to_scene([mean, 0.0]))


class ScaledSlice(SlicePanel):
    """Both curves times ε on the line on which all means move; at the limit red is -½ J.

    Parameters
    ----------
    theme : Theme
    page : Rect
    limit : bool
        Whether it stands for ε = 0.
    counted : str
        What is said of the power of ten in which numbers are counted, if any.
    """

    def __init__(self, theme: Theme, page: Rect, *, limit: bool, counted: str = "") -> None:
        super().__init__(theme, page, note="all means, each on a straight line", symbol="mu")
        self.ticks.remove(self._whole)
        from_touch = counted or ", from the dot"  # both would leave the names no room
        title = f"minus half the distortion{counted}" if limit else f"ε · log-likelihood{from_touch}"
        self._whole = title_above(words(title, color=theme.dim, size=Size.NOTE), page).set_z_index(Layer.AXES)
        self.ticks.add(self._whole)
        names = ("-min J\\/2", "-J\\/2") if limit else ("epsilon ell(mu)", "epsilon cal(L)(q, mu)")
        self.red_name, self.blue_name = (
            formula(name, color=colour, size=Size.CAPTION).set_z_index(Layer.NAMES)
            for name, colour in zip(names, (theme.red, theme.blue), strict=True)
        )


class Readout:
    """ε, or the step and J, at the top right.

    Parameters
    ----------
    theme : Theme
    run : MeansRun
        Whose numbers they are.
    limit : bool
        Whether it is J.
    """

    def __init__(self, theme: Theme, run: MeansRun, *, limit: bool) -> None:
        self.limit, self.unit = limit, run.unit
        highest, decimals = (
            (run.distortion(0), run.decimals) if limit else (run.variance / run.unit, run.epsilon_decimals)
        )
        self._value = Number(
            highest, color=theme.dim, places=decimals, size=Size.INDEXED, face="formula", anchor="right"
        )
        self._value.stand_at(EDGE, CAPTION_LINE)
        counted = f" \\/ 10^({run.power})" if run.power else ""
        name = formula(f"{'J' if limit else 'epsilon'}{counted} =", color=theme.dim, size=Size.INDEXED)
        self._step = Number(0.0, color=theme.dim, places=0, size=Size.NOTE, anchor="right").stand_at(EDGE, DETAIL_LINE)
        self.line = VGroup(place(name, EDGE - float(self._value.width) - _BEFORE_NUMBER, CAPTION_LINE, "right"))
        self.line.add(self._value)
        if limit:
            step = words("step", color=theme.dim, size=Size.NOTE)
            self.line.add(place(step, EDGE - 0.55, DETAIL_LINE, "right"), self._step)
        self.line.set_z_index(Layer.AXES)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.line]

    def draw(self, moment: Moment) -> None:
        """Show ε of the moment's mixture, or J of its means and of what is assigned to them (Bishop 9.1)."""
        epsilon = float(moment.mixture.covariances[0, 0, 0])
        self._value.set_value(-2 * moment.lower_bound if self.limit else epsilon / self.unit)
        self._step.set_value(moment.step)


class Differing:
    """Points on which two fits agree, faded in both of two panels; draws the share of the way.

    Parameters
    ----------
    panels : tuple of DataPanel
    agreed : array of bool, shape (N,)
        Of all rows of the data.
    colours : tuple of array, shape (M, 3)
        Of the points that each panel draws.
    """

    def __init__(
        self, panels: tuple[DataPanel, ...], agreed: NDArray[np.bool_], colours: tuple[FloatArray, ...]
    ) -> None:
        self.panels, self.agreed, self.colours = panels, agreed, colours

    @property
    def parts(self) -> list[Mobject]:
        """The points of both."""
        return [panel.scatter for panel in self.panels]

    def draw(self, share: float) -> None:
        """Fade what they agree on by a share."""
        for panel, colours in zip(self.panels, self.colours, strict=True):
            faded = share * self.agreed[panel.rows, None]
            panel.scatter.set_colors((1 - faded) * colours + faded * rgb(panel.theme.faint))
