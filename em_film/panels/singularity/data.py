"""The points on a line with the components over them, the one that is fallen onto, and those that a prior imagines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Mobject, VGroup
from numpy.typing import NDArray
from scipy.special import ndtri

from em_film.drawing.shapes import Disc
from em_film.page.layers import Layer
from em_film.page.layout import Rect
from em_film.page.theme import Theme
from em_film.panels.data import DataPanel
from em_film.panels.singularity.problem import Singularity
from em_film.panels.singularity.run import SpreadRun
from em_film.runs.moment import Moment
from em_model import Mixture
from em_model.mixture import FloatArray
from em_model.prior import Prior

__all__ = ["Imagined", "LinePanel", "imagined_points"]

_STRIP = 1.7  # height of the strip of points under the density, in scene units
_HEADROOM = 1.5  # of the density over the highest component of a fit that is none of a point
_MARGIN = 0.06  # beside the points, as a share of their range
_FAR = 0.4  # beside them, as a share of it, up to where imagined points are shown
_RING = 0.13  # radius of the ring about the point, in scene units
_POINT = 0.04  # and of the point in it
_MOST = 24  # imagined points that are drawn for each Gaussian
_ROW = 0.095  # of the strip, from its upper edge, where they stand


class LinePanel(DataPanel):
    """The flat data panel, its height that of an ordinary fit, so that a component on one point leaves at the top.

    Parameters
    ----------
    run : SpreadRun
    theme : Theme
    shown : array of int, shape (M,)
        Rows of the data that are drawn.
    page : Rect
        Where it stands, in scene units.
    titles : sequence of str
        What the one coordinate is called; x if empty.
    """

    def __init__(
        self, run: SpreadRun, theme: Theme, shown: NDArray[np.intp], page: Rect, titles: Sequence[str] = ()
    ) -> None:
        problem = run.problem
        points = np.asarray(run.data.points[:, 0], dtype=np.float64)
        low, high = _seen(points, problem)
        margin = _MARGIN * (high - low)
        above = _HEADROOM * max(_highest(history.final) for history in (problem.mended, *problem.wider))
        below = above * _STRIP / (page.height - _STRIP)
        numbers = Rect(low - margin, -below, high + margin, above)
        super().__init__(run, theme, shown, page, (0,), numbers=numbers, titles=titles)
        self.seats = VGroup(
            *(
                VGroup(self._point(places), self._ring(places))
                for row, places in zip(shown, self.scatter.points[:, :2], strict=True)
                if abs(points[row] - problem.seat) <= 1e-9 * points.std()
            )
        ).set_z_index(Layer.NAMES)

    def _point(self, spot: FloatArray) -> Disc:
        """Return what is ringed, large enough to be seen where a point of so many is not."""
        return Disc(color=self.theme.ink, radius=_POINT).set_centre(spot)

    def _ring(self, spot: FloatArray) -> Disc:
        ring = Disc(color=self.theme.background, radius=_RING, ring=self.theme.ink, ring_width=3)
        ring.set_fill(opacity=0.0)
        return ring.set_centre(spot)


class Imagined:
    """The points that a prior lets each Gaussian see beside the real ones, as rings about its mean.

    Their mean is the Gaussian's, and the mean of their squared distances from it is Ψ exactly.

    Parameters
    ----------
    prior : Prior
        In one dimension.
    panel : LinePanel
        On which they stand, above the real points.
    """

    def __init__(self, prior: Prior, panel: LinePanel) -> None:
        self.panel = panel
        self.offsets = imagined_points(prior)
        theme, count = panel.theme, len(panel.colours)
        self.rings = [
            [Disc(color=theme.background, radius=0.07, ring=theme.cluster(k), ring_width=3.4) for _ in self.offsets]
            for k in range(count)
        ]
        self.group = VGroup(*(ring for rings in self.rings for ring in rings)).set_z_index(Layer.BOUND)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.group]

    def draw(self, moment: Moment) -> None:
        """Stand them about the moment's means; those outside the panel are not seen."""
        plane = self.panel.plane
        for mean, rings in zip(moment.mixture.means[:, 0], self.rings, strict=True):
            for ring, offset in zip(rings, self.offsets, strict=True):
                spot = plane.to_scene([mean + offset, _ROW * plane.numbers.bottom])
                ring.set_centre(spot if plane.page.holds(spot) else np.full(2, np.nan))


def imagined_points(prior: Prior) -> FloatArray:
    """Distances of a prior's points from the mean, in data units: as many as it counts, and 2 to 24 of them.

    Examples
    --------
    >>> from em_model import Prior
    >>> found = imagined_points(Prior(5, [[4.0]]))
    >>> print(found.round(2), f"{(found**2).mean():.2f}")
    [-3.11 -1.27  0.    1.27  3.11] 4.00
    """
    count = int(np.clip(round(prior.points), 2, _MOST))
    quantiles = np.asarray(ndtri((np.arange(count) + 0.5) / count), dtype=np.float64)
    return np.asarray(quantiles * np.sqrt(float(prior.spread[0, 0]) / np.square(quantiles).mean()))


def _seen(points: FloatArray, problem: Singularity) -> tuple[float, float]:
    """Return between what the points lie, and those that are imagined unless they lie far away."""
    low, high = float(points.min()), float(points.max())
    means, offsets = problem.mended.mixtures.means, imagined_points(problem.prior)
    most = _FAR * (high - low)
    first, last = float(means.min() + offsets.min()), float(means.max() + offsets.max())
    return max(min(low, first), low - most), min(max(high, last), high + most)


def _highest(mixture: Mixture) -> float:
    return float((mixture.weights / np.sqrt(2 * np.pi * mixture.covariances[:, 0, 0])).max())
