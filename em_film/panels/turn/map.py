"""The map of a turn: ℓ as a land, the next bound as rings on it, and the line that turns about θ⁽ⁱ⁾."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from manim import Mobject, VGroup, VMobject

from em_film.drawing.boxes import box_of
from em_film.drawing.shapes import Curve, Disc
from em_film.drawing.type import Size, Type, formula, place, words
from em_film.page.contours import ContourMap
from em_film.page.layers import Layer
from em_film.page.layout import Plane, Rect
from em_film.page.theme import Theme
from em_film.page.ticks import number_text
from em_film.panels.slice import SlicePanel
from em_film.panels.turn.run import TurnMap
from em_film.wording import superscript
from em_model.mixture import FloatArray

__all__ = ["CurveBeads", "TurnPanel", "shown_on"]

_FOOT = 0.98  # of the page, under the map, for what its directions and its lines are
_BEADS = 24
_SPAN = 3.0  # of v, the step being 1
_START = 1.0  # of v, under θ⁽ⁱ⁾
_POINTER = 0.55  # length of an arrow to what lies outside, in scene units
_AROUND = 0.06  # of a name, where no line of the map runs
_CLEAR = 0.2  # between a name and the edge, in scene units


def shown_on(page: Rect) -> Rect:
    """Return what a page shows of a plane, as (u, v): θ⁽ⁱ⁾ a third up in the middle, θ⁽ⁱ⁺¹⁾ a third over it."""
    height = page.height - _FOOT
    half = 0.5 * _SPAN * page.width / height
    return Rect(-half, -_START, half, _SPAN - _START)


class TurnPanel:
    """Level lines of ℓ in red, rings of the next bound in blue, three iterates, and the line.

    Parameters
    ----------
    land : TurnMap
        For ``shown_on(page)``.
    theme : Theme
    page : Rect
        Where it stands, in scene units, with room for its words under it.
    """

    def __init__(self, land: TurnMap, theme: Theme, page: Rect) -> None:
        self.land, self.theme = land, theme
        self.page = Rect(page.left, page.bottom + _FOOT, page.right, page.top)
        self.plane = Plane(land.shown, self.page)
        around = [(0, 1), (2, 1), (2, 3), (0, 3), (0, 1)]
        self.frame = Curve(color=theme.faint, width=1.8).set_path([[self.page[x], self.page[y]] for x, y in around])
        self._names: list[Rect] = []
        self.iterates = VGroup(self._iterates()).set_z_index(Layer.NAMES)
        self.levels = VGroup(*self._lines(land.red, land.levels, theme.red, self._level_look))
        self.levels.set_z_index(Layer.GROUND)
        self.rings = VGroup(*self._lines(land.blue, land.rings, theme.blue, self._ring_look)).set_z_index(Layer.BOUND)
        self.line = Curve(color=theme.ink, width=3.2, clip=self.page).set_z_index(Layer.COMPONENTS)
        self.beads = Beads(theme)
        edge = self._beside_names(self.plane.to_scene(land.edge))
        self.edge = Curve(color=theme.dim, width=2.4, clip=self.page).set_path(edge)
        self.edge.set_z_index(Layer.GROUND)
        middle = (page.left + page.right) / 2
        self.note = VGroup(
            *(
                place(words(line, color=theme.dim, size=Size.NOTE, width=page.width), middle, foot, "centre")
                for line, foot in zip(_notes(land), (self.page.bottom - 0.42, self.page.bottom - 0.84), strict=True)
            )
        )

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears; the rings come last."""
        return [self.frame, self.note, self.edge, self.levels, self.iterates, self.line, self.beads.discs, self.rings]

    def draw(self, share: float) -> None:
        """Show the line of the turn at φ = share, and where it crosses the level lines."""
        line = self.land.line(share)
        self.line.set_path(self.plane.to_scene(line.ends))
        self.beads.draw(self.plane.to_scene(line.crossings), self.page)

    def _lines(
        self, heights: FloatArray, levels: FloatArray, colour: str, look: Callable[[int, float], tuple[float, float]]
    ) -> list[Curve]:
        contours = ContourMap(self.land.places[..., 0], self.land.places[..., 1], heights, self.plane)
        lines = []
        for number, level in enumerate(levels):
            width, opacity = look(number, float(level))
            line = Curve(color=colour, width=width, clip=self.page, opacity=opacity)
            lines.append(line.set_path(self._beside_names(contours.level(float(level)))))
        return lines

    def _beside_names(self, path: FloatArray) -> FloatArray:
        """Break a path where a name stands: level lines are everywhere on a map."""
        path = path.copy()
        for name in self._names:
            inside = ((path > name[:2]) & (path < name[2:])).all(axis=1)
            path[inside] = np.nan
        return path

    def _level_look(self, number: int, level: float) -> tuple[float, float]:
        if level == self.land.here:
            return 4.6, 1.0
        return 1.9, 0.3 + 0.4 * number / max(len(self.land.levels) - 1, 1)

    def _ring_look(self, number: int, level: float) -> tuple[float, float]:
        return (4.6, 1.0) if number == 0 else (2.6, 0.8)

    def _iterates(self) -> list[VMobject]:
        parts: list[VMobject] = []
        spots = self.plane.to_scene(self.land.iterates)
        for number, spot in enumerate(spots, self.land.step - 1):
            if self.page.holds(spot):
                name = formula(f"theta^(({number}))", color=self.theme.ink, size=Size.INDEXED)
                # The line never comes to the lower right of where it turns, nor to the upper left of the others.
                pivot = number == self.land.step
                left, up = float(spot[0]) + (0.16 if pivot else -0.16 - float(name.width)), -0.42 if pivot else 0.14
                left = float(np.clip(left, self.page.left + 0.1, self.page.right - float(name.width) - _CLEAR))
                parts += [
                    Disc(color=self.theme.ink, radius=0.085, ring=self.theme.background, ring_width=3).set_centre(spot),
                    self._named(place(name, left, float(spot[1]) + up)),
                ]
            else:
                parts.append(self._pointer(number, spots[1], spot))
        return parts

    def _named(self, name: Type) -> Type:
        left, bottom, right, top = box_of(name)
        self._names.append(Rect(left - _AROUND, bottom - _AROUND, right + _AROUND, top + _AROUND))
        return name

    def _pointer(self, number: int, here: FloatArray, spot: FloatArray) -> VGroup:
        """Say at the edge of the map where a mixture lies outside it."""
        way = spot - here
        reach = [
            ((edge - here[axis]) / way[axis])
            for axis in (0, 1)
            for edge in ((self.page.left, self.page.right) if axis == 0 else (self.page.bottom, self.page.top))
            if way[axis] and (edge - here[axis]) / way[axis] > 0
        ]
        tip = here + (min(reach) * way)
        along = way / float(np.hypot(*way))
        side = np.array([-along[1], along[0]])
        end, barb = tip - 0.04 * along, tip - 0.22 * along
        arrow = Curve(color=self.theme.ink, width=3.2)
        arrow.set_path([tip - _POINTER * along, end, barb + 0.1 * side, end, barb - 0.1 * side])
        name = formula(f"theta^(({number}))", color=self.theme.ink, size=Size.INDEXED)
        # The line never comes to the upper left of it.
        aside = np.array([-abs(along[1]), abs(along[0])])
        half = np.array([float(name.width), float(name.height)]) / 2
        corner = tip - 0.5 * _POINTER * along + (0.18 + float(np.abs(aside) @ half)) * aside - half
        left = float(np.clip(corner[0], self.page.left + _CLEAR, self.page.right - float(name.width) - _CLEAR))
        bottom = float(np.clip(corner[1], self.page.bottom + _CLEAR, self.page.top - 0.5))
        return VGroup(arrow, self._named(place(name, left, bottom)))


class Beads:
    """Dots where a line crosses level lines; a slice panel shows the same places on its red curve.

    Parameters
    ----------
    theme : Theme
    """

    def __init__(self, theme: Theme) -> None:
        self.discs = VGroup(
            *(Disc(color=theme.red, radius=0.065, ring=theme.background, ring_width=2.5) for _ in range(_BEADS))
        ).set_z_index(Layer.GAP)

    def draw(self, spots: FloatArray, page: Rect) -> None:
        """Stand the dots at these places, shape (C, 2) in scene units, as far as they lie on the page."""
        seen = [spot for spot in spots if page.holds(spot)][:_BEADS]
        for number, disc in enumerate(self.discs):
            disc.set_centre(seen[number] if number < len(seen) else np.full(2, np.nan))


class CurveBeads:
    """The crossings of the map on the red curve of a slice panel: the same places, and the same heights.

    Parameters
    ----------
    land : TurnMap
    panel : SlicePanel
        Which shows the line's profile.
    """

    def __init__(self, land: TurnMap, panel: SlicePanel) -> None:
        self.land, self.panel = land, panel
        self.beads = Beads(panel.theme)

    @property
    def parts(self) -> list[Mobject]:
        """The dots."""
        return [self.beads.discs]

    def draw(self, share: float) -> None:
        """Stand the dots where the line of the turn at φ = share has the heights of the map's level lines."""
        line, window = self.land.line(share), self.land.moment(share).profile.window
        places = np.stack([line.positions, line.heights], axis=1)
        self.beads.draw(self.panel.plane(window).to_scene(places), self.panel.page)


def _notes(land: TurnMap) -> tuple[str, str]:
    """Say what the map's directions are, and what its lines."""
    decimals = max(0, -int(np.floor(np.log10(land.interval))))
    apart = f"red: every {number_text(land.interval, decimals)} nat{'' if land.interval == 1 else 's'}"
    through = ", ".join(f"θ{superscript(step)}" for step in range(land.step - 1, land.step + 2))
    return f"the plane through {through}", f"{apart}; past grey, no mixture" if land.ends_inside else apart
