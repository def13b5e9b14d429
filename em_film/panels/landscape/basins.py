"""The basins of a method: every start on a grid in the colour of the summit it ends on."""

from __future__ import annotations

import numpy as np
from manim import Group, VGroup, VMobject
from numpy.typing import NDArray

from em_film.page.layers import Layer
from em_film.page.layout import Plane
from em_film.page.theme import Theme, blend, rgb
from em_film.panels.landscape.beads import Beads
from em_film.panels.landscape.map import MapPanel
from em_model.ascent.landscape import Stationary
from em_model.mixture import FloatArray

__all__ = ["BasinPanel", "summit_colours"]

_OVERLAP = 0.006  # by which cells reach under their neighbours, so that no seam shows
_GROUND = 0.3
_TWIN = 0.45  # how much of the ground is mixed into the colour of a summit as high as one before it
_ALIKE = 1e-6  # relative difference in ℓ of two summits of one height
_GRAIN = 0.036
_HUES = (3, 4, 5, 6, 7)


def summit_colours(summits: tuple[Stationary, ...], theme: Theme, ground: float = _GROUND) -> FloatArray:
    """Colours of summits, highest first, shape (S, 3): one hue for each height, paler for a second of the same.

    Parameters
    ----------
    summits : tuple of Stationary
    theme : Theme
    ground : float
        Share of the background's colour mixed into all; large fields are easier to look at when paler.
    """
    colours: list[FloatArray] = []
    rank = -1
    for i, summit in enumerate(summits):
        before = summits[i - 1].log_likelihood if i else np.inf
        twin = abs(before - summit.log_likelihood) <= _ALIKE * abs(summit.log_likelihood)
        rank += 0 if twin else 1
        hue = rgb(theme.cluster(_HUES[rank % len(_HUES)]))
        share = ground + (1 - ground) * (_TWIN if twin else 0.0)
        colours.append(blend([[1 - share, share]], [hue, rgb(theme.background)])[0])
    return np.array(colours).reshape(-1, 3)


class BasinPanel:
    """Cells over a map, and grains that climb over it.

    Parameters
    ----------
    panel : MapPanel
    reached : array of int, shape (G, G)
        Summit that each start ends on, rows from the bottom; -1 for none.
    trails : array, shape (T + 1, B, 2)
        Where grains stand after 0, 1, ..., T steps.
    grain_reached : array of int, shape (B,)
        Summit that each grain ends on.
    cells, grains : array, shape (S, 3)
        Colours of the summits, for the cells and for the grains.
    theme : Theme
    """

    def __init__(
        self,
        panel: MapPanel,
        reached: NDArray[np.intp],
        trails: FloatArray,
        grain_reached: NDArray[np.intp],
        cells: FloatArray,
        grains: FloatArray,
        theme: Theme,
    ) -> None:
        self.panel, self.trails = panel, trails
        self.cells = Group(*(_cells(panel.plane, reached == i, colour) for i, colour in enumerate(cells)))
        self.cells.set_z_index(Layer.GROUND)
        self._members = [grain_reached == summit for summit in range(-1, len(grains))]
        hues = [theme.dim, *(_hex(colour) for colour in grains)]
        self.grains = VGroup(*(Beads(color=hue, radius=_GRAIN) for hue in hues)).set_z_index(Layer.BOUND)
        self.draw(0.0)

    def draw(self, steps: float) -> None:
        """Move the grains to where they stand after so many steps, on the straight line of the step under way."""
        last = len(self.trails) - 1
        whole = min(int(np.floor(steps)), last)
        ahead = self.trails[min(whole + 1, last)]
        places = self.trails[whole] + (steps - whole) * (ahead - self.trails[whole])
        page = self.panel.page
        low, high = [page.left, page.bottom], [page.right, page.top]
        seen = np.clip(self.panel.plane.to_scene(places), low, high)
        for beads, members in zip(self.grains, self._members, strict=True):
            beads.set_centres(seen[members])


def _cells(plane: Plane, wanted: NDArray[np.bool_], colour: FloatArray) -> VMobject:
    """One filled path of all cells wanted, those side by side in a row joined."""
    count = len(wanted)
    page = plane.page
    edges_x = np.linspace(page.left, page.right, count + 1)
    edges_y = np.linspace(page.bottom, page.top, count + 1)
    corners = []
    for row in range(count):
        line = np.concatenate([[0], wanted[row].astype(int), [0]])
        begins, ends = np.flatnonzero(np.diff(line) > 0), np.flatnonzero(np.diff(line) < 0)
        low, high = edges_y[row], min(edges_y[row + 1] + _OVERLAP, page.top)
        for begin, end in zip(begins, ends, strict=True):
            left, right = edges_x[begin], min(edges_x[end] + _OVERLAP, page.right)
            corners.append([[left, low], [right, low], [right, high], [left, high]])
    shape = VMobject(fill_opacity=1, stroke_width=0)
    shape.set_fill(_hex(colour), opacity=1)
    if corners:
        starts = np.array(corners, dtype=np.float64)
        stops = np.roll(starts, -1, axis=1)
        third = (stops - starts) / 3
        path = np.stack([starts, starts + third, stops - third, stops], axis=2).reshape(-1, 2)
        points = np.zeros((len(path), 3))
        points[:, :2] = path
        shape.points = points
    return shape


def _hex(colour: FloatArray) -> str:
    red, green, blue = (round(255 * float(part)) for part in colour)
    return f"#{red:02X}{green:02X}{blue:02X}"
