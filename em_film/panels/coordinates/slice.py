"""The picture of the objective along one coordinate of one mean, with its base and where the M-step leads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Mobject, VGroup

from em_film.drawing.axes import title_below
from em_film.drawing.boxes import box_of
from em_film.drawing.shapes import Disc, tint
from em_film.drawing.type import OnLine, Size, Type, formula, place, row_of, way_to, words
from em_film.page.labels import Candidate, apart, choose, clear_of, reach
from em_film.page.layers import Layer
from em_film.page.layout import Plane, Rect
from em_film.page.theme import Theme
from em_film.panels.slice import SlicePanel, written_once
from em_film.runs.moment import Moment
from em_film.runs.profile import Mark, Profile
from em_model.mixture import FloatArray

__all__ = ["CoordinatePanel"]

_OFF = (0.13, 0.136)  # distance from red, in scene units, up to which θ_new is on the slice, and from which it is off
_AWAY = (0.3, 0.306)  # distance from red's dot, from which on it has its name even where red passes it
_RISEN = 0.35  # from blue's top to red, in scene units, up to which blue's name may stand over red
_INDEX = 0.6  # room for the index of θ, in scene units


class CoordinatePanel(SlicePanel):
    """A slice panel that says which coordinate varies and at which θ⁽ⁱ⁾ all else stays.

    Where the M-step leads stands as a hollow dot with its name at the new coordinate and ℓ(θ_new), said to be off this
    slice as long as red does not pass there.

    Parameters
    ----------
    theme : Theme
    page : Rect
        Where the axes stand, in scene units.
    component, axis : int
        Which coordinate varies, both from 0.
    n_dimensions : int
        Of the data.
    name : str
        What that coordinate is called; x₁, x₂ and so on if empty.
    counted : str
        What the numbers along it are counted in, or from.
    prior : bool
        Whether both curves carry log p(θ).
    gap_places : int, optional
        Decimals of the gap, which is the same in every slice; as many as the ticks need when left out.
    """

    def __init__(
        self,
        theme: Theme,
        page: Rect,
        *,
        component: int,
        axis: int,
        n_dimensions: int,
        name: str = "",
        counted: str = "",
        prior: bool = False,
        gap_places: int | None = None,
    ) -> None:
        super().__init__(theme, page, note="", prior=prior, gap_places=gap_places)
        parts: list[OnLine] = [formula(f"mu_{component + 1}", color=theme.cluster(component), size=Size.INDEXED)]
        if n_dimensions > 1:
            along = (
                words(name, color=theme.dim, size=Size.NOTE, width=page.width - 2.0) if name else _unnamed(axis, theme)
            )
            parts += [words("along", color=theme.dim, size=Size.NOTE), along]
        if counted:
            parts.append(words(counted, color=theme.dim, size=Size.NOTE))
        self._theta = formula("theta", color=theme.ink, size=Size.INDEXED)
        rest = row_of(words("all else at", color=theme.dim, size=Size.NOTE), self._theta, buff=0.09)
        place(rest, page.right - _INDEX, page.top + 0.16, "right")
        self.title = VGroup(title_below(row_of(*parts, buff=0.1), page), rest)
        self._base = OnLine(color=theme.ink, fill_opacity=1, stroke_width=0)
        self.base = VGroup(self._base).set_z_index(Layer.NAMES)
        self.value = Disc(color=theme.cluster(component), radius=0.085, ring=theme.background, ring_width=4)
        self.value.set_z_index(Layer.COMPONENTS)
        self.ring = Disc(color=theme.background, radius=0.085, ring=theme.red, ring_width=3.5).set_z_index(Layer.GAP)
        self._off = words("off this slice", color=theme.red, size=Size.NOTE)
        self._off_name = OnLine(color=theme.red, fill_opacity=1, stroke_width=0)
        self.off_note = VGroup(self._off_name, self._off).set_z_index(Layer.NAMES)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.frame, self.title, self.ticks, self.base, *self.likelihood, *self.bound, *self.ahead]

    @property
    def likelihood(self) -> list[Mobject]:
        """What appears with the log-likelihood, the coordinate's present value included."""
        return [*super().likelihood, self.value]

    @property
    def ahead(self) -> list[Mobject]:
        """What appears when it is known where the M-step leads."""
        return [self.ring, self.off_note]

    def marked(self, profile: Profile) -> tuple[Mark, ...]:
        """Mark none: the coordinate has numbers of its own."""
        return ()

    def draw(self, moment: Moment) -> None:
        """Show both curves, the base of the slice, and where the M-step leads."""
        profile = moment.profile
        plane = self.plane(profile.window)
        self._draw_ahead(plane, moment)
        super().draw(moment)
        self._put(self.value, plane.to_scene([profile.here, profile.window.low]))
        self._draw_base(moment)
        self._name_ahead(plane, moment)

    def _name_curve(self, name: Type, path: FloatArray, other: FloatArray, side: float) -> None:
        """Stand red's name over its right end; blue is an arch: its name stands in it, else beside it."""
        if side > 0:
            super()._name_curve(name, path, other, side)
            return
        self._paths = (other, path)
        foot, height, width = self.page.bottom + 0.14, float(name.height), float(name.width)
        red_name = box_of(self.red_name)
        head = foot + height + 0.1
        over, seen = np.flatnonzero(path[:, 1] >= head), np.flatnonzero(path[:, 1] >= self.page.bottom)
        if not len(over):
            tint(name, fill=0.0)
            return
        left, right = float(path[over[0], 0]), float(path[over[-1], 0])
        inside = min(right - left - width - 0.2, float(path[over, 1].max()) - head - 0.1)
        start = (left + right - width) / 2
        inside = min(inside, apart(Rect(start, foot, start + width, head), red_name))
        spots = [Candidate((left + right) / 2, foot + height / 2, inside)]
        before, behind = float(path[seen[0], 0]) - 0.12 - width, float(path[seen[-1], 0]) + 0.12
        beside = (behind, self.page.right - behind - width), (before, before - self.page.left)
        for start, room in beside:
            under = reach(other, start, start + width)[0] - head
            under = min(under, apart(Rect(start, foot, start + width, head), red_name))
            spots.append(Candidate(start + width / 2, foot + height / 2, min(room, under)))
        top = int(path[:, 1].argmax())
        risen = _RISEN - float(other[top, 1] - path[top, 1])
        for start, room in beside:
            lower = max(reach(other, start, start + width)[1], self.page.bottom) + 0.14
            upper = self.page.top - lower - height
            clear = apart(Rect(start, lower, start + width, lower + height), red_name)
            spots.append(Candidate(start + width / 2, lower + height / 2, min(room, upper, clear, risen)))
        x, y, shown = choose(spots)
        tint(name.move_to((x, y, 0.0)), fill=shown)

    def _spots_of_the_gap_name(self, spots: Sequence[Candidate], width: float, height: float) -> list[Candidate]:
        """Have the gap's name keep clear of the hollow dot and of blue's name, which stands in the arch, too."""
        others = [box_of(self.red_name)]
        others += [box_of(self.ring)] * bool(np.isfinite(self.ring.points).all() and len(self.ring.points))
        places = [*spots, self._over_red(spots[0].x, width, height)]
        without = clear_of(places, width, height, others)
        if not self.blue_name.get_fill_opacity() > 0:
            return without
        with_blue = clear_of(without, width, height, [box_of(self.blue_name)])
        return [*with_blue, *without]  # where there is no room for both

    def _over_red(self, left: float, width: float, height: float) -> Candidate:
        """Place of the gap's name behind the dot on red, over the curve."""
        y = reach(self._paths[0], left - 0.16, left + width)[1] + 0.1
        return Candidate(left, y, min(self.page.right - left - width, self.page.top + 0.1 - y - height))

    def _clear_the_gap_name(self, seen: float, blue: FloatArray) -> None:
        """Have blue's name make room for the gap's: where it stands over red, it goes."""
        name, red = self.blue_name, self._paths[0]
        box = box_of(name)
        if box.bottom < reach(red, box.left, box.right)[1]:
            super()._clear_the_gap_name(seen, blue)
        elif apart(box, box_of(self.gap_name)) < 0:
            tint(name, fill=max(0.0, 1.0 - 2 * seen) * name.get_fill_opacity())

    def _aloft(self, name: Type) -> Candidate:
        """Leave no room over the panel, where it is said what all else is held at."""
        return super()._aloft(name)._replace(room=-1.0)

    def _draw_base(self, moment: Moment) -> None:
        """Name the θ⁽ⁱ⁾ that the slice goes through; on the way from one to the next it has no number."""
        way = moment.progress - (moment.step - 1)
        step = moment.step - 1 if way < 0.5 else moment.step
        written = _theta(step, self.theme.ink)
        way_there = way_to(written, float(self._theta.get_left()[0]), self._theta.baseline)
        self._base.points = written.part("number").points + way_there
        tint(self._base, fill=abs(1 - 2 * way))

    def _draw_ahead(self, plane: Plane, moment: Moment) -> None:
        ahead = moment.profile.ahead
        if ahead is None:
            self.ring.set_centre(np.full(2, np.nan))
            return
        self._put(self.ring, plane.to_scene([ahead.position, ahead.log_likelihood]))
        tint(self.ring, fill=ahead.opacity, stroke=ahead.opacity)

    def _name_ahead(self, plane: Plane, moment: Moment) -> None:
        """Say which θ the hollow dot is, and that it is off this slice where red does not pass it."""
        profile = moment.profile
        ahead = profile.ahead
        if ahead is None:
            tint(self.off_note, fill=0.0)
            return
        spot = plane.to_scene([ahead.position, ahead.log_likelihood])
        on_red = plane.to_scene([ahead.position, np.interp(ahead.position, profile.positions, profile.red)])
        off = _share_of(abs(float(spot[1] - on_red[1])), _OFF)
        name = _theta(moment.step, self.theme.red)
        left, y, clear = choose(self._beside_ahead(spot, name, float(self._off.width) + 0.1))
        place(self._off, left + float(name.width) + 0.1, y)
        tint(self._off, fill=off * clear * ahead.opacity)
        if off * clear > 0:
            tint(self._off_name, fill=off * clear * ahead.opacity)
        else:  # room for its name, at least
            left, y, clear = choose(self._beside_ahead(spot, name))
            away = _share_of(float(np.linalg.norm(spot - self.red_dot.get_center()[:2])), _AWAY)
            tint(self._off_name, fill=away * clear * ahead.opacity)
        points = np.concatenate([name.points, *(part.points for part in name.submobjects)])
        self._off_name.points = points + way_to(name, left, y)

    def _beside_ahead(self, spot: FloatArray, name: Type, more: float = 0.0) -> list[Candidate]:
        """Places beside the hollow dot for its name, and for more that is said of it, clear of all that is there."""
        width, height = float(name.width) + more, float(name.height)
        x, y = float(spot[0]), min(float(spot[1]) - 0.07, self.page.top + 0.05 - height)
        others = [box_of(it) for it in (self.gap_name, self.red_name, self.blue_name) if it.get_fill_opacity() > 0]
        spots = []
        for left, room in (
            (x - 0.2 - width, x - 0.3 - width - self.page.left),
            (x + 0.2, self.page.right - x - 0.2 - width),
        ):
            box = Rect(left, y - 0.05, left + width, y + height)
            reaches = [reach(path, box.left, box.right) for path in self._paths]
            off = [max(box.bottom - high, low - box.top) - 0.05 for low, high in reaches]
            spots.append(Candidate(left, y, min(room, *off, *(apart(box, other) for other in others), 1.0)))
        return spots


def _share_of(distance: float, limits: tuple[float, float]) -> float:
    """Return how far a distance is between two, from 0 to 1."""
    return float(np.clip((distance - limits[0]) / (limits[1] - limits[0]), 0.0, 1.0))


def _theta(step: int, colour: str) -> Type:
    return written_once(f"theta^({{{{ ({step}) : number }}}})", colour)


def _unnamed(axis: int, theme: Theme) -> Type:
    return formula(f"x_{axis + 1}", color=theme.dim, size=Size.INDEXED)
