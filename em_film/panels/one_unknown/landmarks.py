"""What stands on the red curve and stays: its name, ℓ over a hill, where a fit began, and which way is up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import VGroup

from em_film.drawing.boxes import box_of
from em_film.drawing.shapes import Curve, Disc
from em_film.drawing.type import Size, Type, formula, place
from em_film.page.labels import reach
from em_film.page.layers import Layer
from em_film.page.layout import Plane, Rect
from em_film.page.theme import Theme
from em_film.page.ticks import number_text
from em_film.panels.one_unknown.room import Room
from em_model import Extremum
from em_model.mixture import FloatArray

__all__ = ["LEVEL", "Landmarks"]

LEVEL = 0.02
"""Slope on the page, as rise over run, up to which the ground looks level."""

_BESIDES = 0.14, 0.35, 0.6  # of a label from the top of its hill, in scene units: as near as it is clear
_ABOVE = 0.2
_CLEAR = 0.07  # around a label
_APART = 0.4  # between the name of red and the label of a hill
_RISES = 0.0, 0.42, -0.45, -0.9, -1.35  # how much higher it stands where something is written or drawn
_OVER = 0.45  # of a label over the panel or to the right of it, at most: beyond that other things begin
_ARROW, _TIP = 1.1, 0.17  # lengths of the arrow along the slope, and of its tip
_SHORTEST = 0.5  # length of an arrow that has little room over it


class Landmarks:
    """Labels at places of the red curve, in the units of a slice panel.

    Parameters
    ----------
    theme : Theme
    plane : Plane
        Of positions and nats onto the panel.
    decimals : int
        In which ℓ is written.
    red : array, shape (T, 2)
        The curve, in scene units.
    """

    def __init__(self, theme: Theme, plane: Plane, decimals: int, red: FloatArray) -> None:
        self.theme, self.plane, self.decimals, self.red = theme, plane, decimals, red

    def red_name(self, hills: Sequence[Extremum], guides: Sequence[float]) -> Type:
        """Return the name of the red curve, over a stretch of it that is clear of hills, their labels and guides.

        Parameters
        ----------
        hills : tuple of Extremum
        guides : sequence of float
            Values of μ at which an upright line stands.
        """
        name = formula("ell(mu)", color=self.theme.red, size=Size.CAPTION).set_z_index(Layer.NAMES)
        labels = [self.hill(hill).submobjects[0] for hill in hills]
        room = Room(self.plane.page, float(name.width), float(name.height))
        taken = [(float(label.get_left()[0]) - _APART, float(label.get_right()[0]) + _APART) for label in labels]
        across = [float(self.plane.to_scene([guide, 0.0])[0]) for guide in guides]
        spot = room.over(self.red, [*taken, *((x, x) for x in across)])
        return name.move_to((*spot, 0.0))

    def hill(
        self,
        spot: Extremum,
        taken: Sequence[Rect] = (),
        curves: Sequence[FloatArray] = (),
        guides: Sequence[float] = (),
    ) -> VGroup:
        """Return ℓ over the top of a hill, at one side of what hangs over it, clear of what is written and drawn.

        It stands higher, or a little over the panel, before it stands under red, where blue is.

        Parameters
        ----------
        spot : Extremum
        taken : sequence of Rect
            What is written in the panel and over it.
        curves : sequence of array, shape (T, 2)
            What else is drawn there while the label stands, in scene units.
        guides : sequence of float
            Values of μ at which an upright line will stand; the label is clear of them where it can be.
        """
        value = number_text(spot.log_likelihood, self.decimals).replace("−", "-")
        label = formula(f"ell = {value}", color=self.theme.red, size=Size.NOTE)
        x, y = (float(part) for part in self.plane.to_scene([spot.position, spot.log_likelihood]))
        right = x + _BESIDES[0] + float(label.width) < self.plane.page.right
        sides = (1, -1) if right else (-1, 1)
        spots = [(x + side * beside, y + _ABOVE + rise) for rise in _RISES for beside in _BESIDES for side in sides]
        drawn, page = [self.red, *curves], self.plane.page
        across = [float(self.plane.to_scene([guide, 0.0])[0]) for guide in guides]
        uprights = [Rect(x, page.bottom, x, page.top + _OVER) for x in across]
        free = [spot for spot in spots if self._is_free(label, x, spot, taken, drawn)]
        clear = [spot for spot in free if self._is_free(label, x, spot, uprights, drawn)]
        best = (clear or free or spots)[0]
        _stand_beside(label, x, best)
        return VGroup(label).set_z_index(Layer.NAMES)

    def _is_free(
        self, label: Type, hill: float, spot: tuple[float, float], taken: Sequence[Rect], drawn: Sequence[FloatArray]
    ) -> bool:
        """Whether a label that begins or ends at a spot beside a hill is clear of curves and of what is taken."""
        _stand_beside(label, hill, spot)
        (left, bottom, right, top), page = box_of(label), self.plane.page
        box = Rect(left - _CLEAR, bottom - _CLEAR, right + _CLEAR, top + _CLEAR)
        across = page.left < box.left and box.right < page.right + _OVER
        upright = page.bottom < box.bottom and box.top < page.top + _OVER
        reaches = [reach(curve, box.left, box.right) for curve in drawn]
        struck = any(low < box.top and box.bottom < high for low, high in reaches)
        return across and upright and not struck and not any(_overlap(box, other) for other in taken)

    def start(self, spot: Extremum) -> Disc:
        """Return a ring where a fit began."""
        ring = Disc(color=self.theme.background, radius=0.08, ring=self.theme.ink, ring_width=3)
        return ring.set_centre(self.plane.to_scene([spot.position, spot.log_likelihood])).set_z_index(Layer.NAMES)

    def steepness(self, slope: float) -> float:
        """Slope on the page, as rise over run, of a slope in nats per unit of μ."""
        across, up = self.plane.scale
        return float(slope * up / across)

    def uphill(self, spot: Extremum, slope: float) -> VGroup:
        """Return an arrow uphill along the slope at a place, in nats per unit of μ, which stays in the panel."""
        foot = self.plane.to_scene([spot.position, spot.log_likelihood])
        run = np.array([1.0, self.steepness(slope)])
        along = np.sign(slope) * run / np.linalg.norm(run)
        room = (self.plane.page.top - float(foot[1])) / float(along[1])
        end = foot + min(_ARROW, max(room, _SHORTEST)) * along
        beside = np.array([-along[1], along[0]])
        barbs = [end - _TIP * along + 0.6 * _TIP * side * beside for side in (1, -1)]
        shaft = Curve(color=self.theme.ink, width=5.0).set_path([foot, end])
        tip = Curve(color=self.theme.ink, width=5.0).set_path([barbs[0], end, barbs[1]])
        return VGroup(shaft, tip).set_z_index(Layer.NAMES)


def _stand_beside(label: Type, hill: float, spot: tuple[float, float]) -> None:
    place(label, *spot, "left" if spot[0] > hill else "right")


def _overlap(one: Rect, other: Rect) -> bool:
    return one.left < other.right and other.left < one.right and one.bottom < other.top and other.bottom < one.top
