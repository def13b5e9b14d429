"""What stands on the red curve and stays: names of hills and hollows, where a fit began and where it ended."""

from __future__ import annotations

from collections.abc import Sequence

from manim import VGroup

from em_film.drawing.shapes import Curve, DashedSegment, Disc
from em_film.drawing.type import Size, Type, formula, place, words
from em_film.page.layers import Layer
from em_film.page.layout import Plane
from em_film.page.theme import Theme, blend, rgb
from em_film.page.ticks import number_text
from em_model import Extremum
from em_model.mixture import FloatArray

__all__ = ["Former", "Landmarks"]

_BESIDE, _ABOVE = 0.14, 0.2  # of a label from the top of its hill, in scene units
_CURVE_NAME = 0.8  # room at the right edge for the name of the curve
_LEVEL = 0.55  # half the length of the tangent in a hollow, in scene units
_FAINT = 0.35  # share of blue in a former parabola


class Landmarks:
    """Labels at places of the red curve, in the units of a slice panel.

    Parameters
    ----------
    theme : Theme
    plane : Plane
        Of positions and nats onto the panel.
    decimals : int
        In which ℓ is written.
    """

    def __init__(self, theme: Theme, plane: Plane, decimals: int) -> None:
        self.theme = theme
        self.plane = plane
        self.decimals = decimals

    def hill(self, spot: Extremum) -> VGroup:
        """Return ℓ over the top of a hill."""
        value = number_text(spot.log_likelihood, self.decimals).replace("−", "-")
        label = formula(f"ell = {value}", color=self.theme.red, size=Size.SMALL)
        return VGroup(self._over(label, spot)).set_z_index(Layer.NAMES)

    def hollow(self, spot: Extremum) -> VGroup:
        """Return the level tangent in a hollow, and what it says."""
        x, y = (float(part) for part in self.plane.to_scene([spot.position, spot.log_likelihood]))
        tangent = DashedSegment(color=self.theme.ink, width=3.0, clip=self.plane.page)
        tangent.set_ends([x - _LEVEL, y], [x + _LEVEL, y])
        label = words("slope 0", color=self.theme.ink, size=Size.SMALL)
        if x - _LEVEL - _BESIDE - float(label.width) > self.plane.page.left:
            place(label, x - _LEVEL - _BESIDE, y - 0.06, "right")
        else:
            place(label, x + _LEVEL + _BESIDE, y - 0.06)
        return VGroup(tangent, label).set_z_index(Layer.NAMES)

    def start(self, spot: Extremum) -> Disc:
        """Return a ring where a fit began."""
        ring = Disc(color=self.theme.background, radius=0.08, ring=self.theme.ink, ring_width=3)
        return ring.set_centre(self.plane.to_scene([spot.position, spot.log_likelihood])).set_z_index(Layer.NAMES)

    def _over(self, label: Type, spot: Extremum) -> Type:
        """Stand a label at one side of what hangs over the top."""
        x, y = (float(part) for part in self.plane.to_scene([spot.position, spot.log_likelihood]))
        if x + _BESIDE + float(label.width) < self.plane.page.right - _CURVE_NAME:
            return place(label, x + _BESIDE, y + _ABOVE)
        return place(label, x - _BESIDE, y + _ABOVE, "right")


class Former:
    """Lower bounds of steps gone by, faint and still.

    Parameters
    ----------
    theme : Theme
    plane : Plane
        Of positions and nats onto the panel.
    positions : array, shape (T,)
        Where the bounds are evaluated.
    """

    def __init__(self, theme: Theme, plane: Plane, positions: FloatArray) -> None:
        faint = blend([[_FAINT, 1 - _FAINT]], [rgb(theme.blue), rgb(theme.background)])[0]
        self.colour = "#" + "".join(f"{round(255 * part):02x}" for part in faint)
        self.plane = plane
        self.positions = positions

    def curve(self, bound: Sequence[float] | FloatArray) -> Curve:
        """Return the curve of a bound, in nats at each position."""
        path = [[x, y] for x, y in zip(self.positions, bound, strict=True)]
        curve = Curve(color=self.colour, width=2.4, clip=self.plane.page)
        return curve.set_path(self.plane.to_scene(path)).set_z_index(Layer.GROUND)
