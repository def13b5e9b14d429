"""The picture of the objective: log-likelihood in red and lower bound in blue, on one line through parameter space."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from manim import Mobject, VGroup
from numpy.typing import NDArray

from em_film.drawing.axes import ABOVE, UNDER, Ticks, corner, title_above, title_below
from em_film.drawing.boxes import box_of
from em_film.drawing.number import DIGIT_HEIGHT, Number
from em_film.drawing.shapes import Curve, DashedSegment, Disc, tint
from em_film.drawing.type import EM, OnLine, Row, Size, Type, formula, place, way_to, words
from em_film.page.labels import Candidate, apart, choose, clear_of, reach
from em_film.page.layers import Layer
from em_film.page.layout import SLICE, Plane, Rect
from em_film.page.theme import Theme
from em_film.page.window import Window
from em_film.runs.moment import Moment
from em_film.runs.profile import Mark, Profile
from em_model.mixture import FloatArray

__all__ = ["SlicePanel", "written_once"]

_RED_WIDTH, _BLUE_WIDTH = 4.6, 6.4
_MARKS = 3
_UNDER_NUMBERS = 0.8  # where the marks' names stand where numbers stand along the axis
_APART = (0.08, 0.081)  # between marks' names, in scene units, where the earlier one goes: hardly one rests there
_SHUT = (0.06, 0.061)  # gaps on the page, in scene units, between which their name appears: hardly one rests there
_NARROW = 24  # of the picture's width, one part in so many: where a curve is seen over less, its name fades
_CLEAR = 0.08  # of a name, on which no guide runs
_SPACE = 0.1  # between the name of a gap and its number


class SlicePanel:
    """Axes, both curves, the parameters' place on them, and the gap between them.

    Parameters
    ----------
    theme : Theme
    page : Rect
        Where it stands, in scene units.
    note : str
        What the line is, at the lower right under the panel.
    symbol : str
        What the curves are functions of, in Typst's mathematics.
    tick : float
        Font size of the numbers along the axes.
    prior : bool
        Whether both curves carry log p(θ), which their names then say.
    gap_places : int, optional
        Decimals of the gap, where several panels show the same one; the moment's when left out, or what the ticks need.
    """

    def __init__(
        self,
        theme: Theme,
        page: Rect = SLICE,
        note: str = "a straight line through parameter space",
        symbol: str = "theta",
        tick: float = Size.TICK,
        *,
        prior: bool = False,
        gap_places: int | None = None,
    ) -> None:
        self.theme = theme
        self._gap_places = gap_places
        self.page = page
        self.symbol = symbol
        title = words(
            "log-likelihood + log p, nats" if prior else "log-likelihood, nats", color=theme.dim, size=Size.NOTE
        )
        self.frame = corner(page, theme.dim)
        self._whole = title_above(title, page)
        self._since = OnLine(color=theme.dim, fill_opacity=1, stroke_width=0)
        self.note = title_below(words(note, color=theme.dim, size=Size.NOTE), page)
        self._nats = Ticks(page, "left", theme, tick)
        self._across = Ticks(page, "bottom", theme, tick)
        self.ticks = VGroup(self._nats, self._across, self._whole, self._since).set_z_index(Layer.AXES)
        self.red = Curve(color=theme.red, width=_RED_WIDTH, clip=page).set_z_index(Layer.LIKELIHOOD)
        self.blue = Curve(color=theme.blue, width=_BLUE_WIDTH, clip=page).set_z_index(Layer.BOUND)
        more = f" + log p({symbol})" if prior else ""
        self.red_name = formula(f"ell({symbol}){more}", color=theme.red, size=Size.CAPTION).set_z_index(Layer.NAMES)
        self.blue_name = formula(f"cal(L)(q, {symbol}){more}", color=theme.blue, size=Size.CAPTION).set_z_index(
            Layer.NAMES
        )
        self.marks = VGroup()
        self._guides = [DashedSegment(color=theme.dim, width=1.6, clip=page) for _ in range(_MARKS)]
        self._mark_names = [OnLine(color=theme.ink, fill_opacity=1, stroke_width=0) for _ in range(_MARKS)]
        self.marks.add(*self._guides, *self._mark_names).set_z_index(Layer.COMPONENTS)
        self.past_dot = Disc(color=theme.red, radius=0.07).set_z_index(Layer.DOTS)
        self.gap = DashedSegment(color=theme.ink, width=3.0, clip=page).set_z_index(Layer.GAP)
        self._gap_word = words("gap", color=theme.ink, size=Size.NOTE)
        self._gap_value = Number(0.0, color=theme.ink, size=Size.NOTE)
        self.gap_name = Row(self._gap_word, self._gap_value).set_z_index(Layer.NAMES)
        self.red_dot = Disc(color=theme.red, radius=0.09).set_z_index(Layer.DOTS)
        self.blue_dot = Disc(color=theme.blue, radius=0.09).set_z_index(Layer.UPPER_DOTS)
        self.touch = Disc(color=theme.ink, radius=0.065).set_z_index(Layer.TOUCH)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [
            self.frame,
            self.note,
            self.ticks,
            *self.likelihood,
            self.marks,
            *self.bound,
        ]

    @property
    def bound(self) -> list[Mobject]:
        """What appears with the lower bound."""
        return [self.blue, self.blue_name, self.gap, self.gap_name, self.past_dot, self.blue_dot, self.touch]

    @property
    def likelihood(self) -> list[Mobject]:
        """What appears with the log-likelihood."""
        return [self.red, self.red_name, self.red_dot]

    def plane(self, window: Window) -> Plane:
        """Map of positions and nats onto the page."""
        return Plane(Rect(window.left, window.low, window.right, window.high), self.page)

    def draw(self, moment: Moment) -> None:
        """Show both curves on the moment's line, its place on them and the gap there."""
        profile = moment.profile
        plane = self.plane(profile.window)
        self.draw_axes(profile)
        red = plane.to_scene(np.stack([profile.positions, profile.red], axis=1))
        blue = plane.to_scene(np.stack([profile.positions, profile.blue], axis=1))
        self.red.set_path(red)
        self.blue.set_path(blue)
        self._name_curve(self.red_name, red, blue, 1.0)
        self._name_curve(self.blue_name, blue, red, -1.0)
        self.draw_place(moment)
        self._name_gap(red, blue, moment)
        self._part_the_guides()

    def draw_place(self, moment: Moment) -> None:
        """Show where the parameters stand on both curves, and the gap there."""
        profile = moment.profile
        plane = self.plane(profile.window)
        on_red, on_blue = plane.to_scene([[profile.here, moment.log_likelihood], [profile.here, moment.lower_bound]])
        self._put(self.red_dot, on_red)
        self._put(self.blue_dot, on_blue)
        touch = np.nan if profile.touch is None else profile.touch
        self._put(self.touch, plane.to_scene([touch, np.interp(touch, profile.positions, profile.red)]))
        # Bounds are as low as they like; nobody counts dashes where nothing is drawn.
        self.gap.set_ends(on_red, [on_blue[0], max(float(on_blue[1]), self.page.bottom - 1.0)])

    def draw_axes(self, profile: Profile) -> None:
        """Show ticks in nats and the marked mixtures."""
        plane, marks = self.plane(profile.window), self.marked(profile)
        self._nats.draw(plane, profile.window.ticks)
        self._draw_title(profile.window)
        self._across.draw(plane, profile.window.across)
        row = self.page.bottom - (_UNDER_NUMBERS if profile.window.across else UNDER)
        for i in range(_MARKS):
            if i < len(marks):
                red = float(np.interp(marks[i].position, profile.positions, profile.red))
                self._draw_mark(i, plane, marks[i], red, row)
            else:
                self._draw_no_mark(i)
        self._put_past(plane, profile, next((mark for mark in marks if mark.dotted), None))
        self._part_the_names()

    def _draw_title(self, window: Window) -> None:
        """Say what the numbers of nats count: the log-likelihood, or nats above that of a θ⁽ⁱ⁾."""
        counted = window.since is not None
        tint(self._whole, fill=0.0 if counted else window.named)
        written = written_once(f'"nats above" ell({self.symbol}^(({window.since or 0})))', self.theme.dim)
        self._since.points = written.points + way_to(written, self.page.left, self.page.top + ABOVE)
        tint(self._since, fill=window.named if counted else 0.0)

    def marked(self, profile: Profile) -> tuple[Mark, ...]:
        """Mixtures that are marked under the axis."""
        return profile.marks

    def draw_red(self, profile: Profile, share: float) -> None:
        """Show the red curve up to a share of the window, evaluated and not yet shown beyond it."""
        self.red.set_path(self._up_to(profile, profile.red, share))

    def draw_blue(self, profile: Profile, share: float) -> None:
        """Show the blue curve up to a share of the window, as `draw_red` does red."""
        self.blue.set_path(self._up_to(profile, profile.blue, share))

    def _up_to(self, profile: Profile, curve: FloatArray, share: float) -> FloatArray:
        window = profile.window
        seen = profile.positions <= window.left + share * (window.right - window.left)
        return self.plane(window).to_scene(np.stack([profile.positions, curve], axis=1))[seen]

    def _name_gap(self, red: FloatArray, blue: FloatArray, moment: Moment) -> None:
        """Stand the gap's name beside it, between the curves; without room there, above red or under blue."""
        decimals = moment.gap_places if self._gap_places is None else self._gap_places
        if decimals is None:
            decimals = moment.profile.window.decimals
        self._gap_value.set_value(max(moment.gap, 0.0), min(decimals, 5))
        plane, page, here = self.plane(moment.profile.window), self.page, moment.profile.here
        (x, top), (_, foot) = plane.to_scene([[here, moment.log_likelihood], [here, moment.lower_bound]])
        width = float(self._gap_word.width) + _SPACE + float(self._gap_value.width)
        depth = self._gap_word.baseline - float(self._gap_word.get_bottom()[1])
        height = depth + DIGIT_HEIGHT * EM * Size.NOTE
        left, right = float(x) + 0.16, float(x) + 0.16 + width
        floor, ceiling = max(reach(blue, left, right)[1], page.bottom), min(reach(red, left, right)[0], page.top)
        before = left - 0.32 - width
        above = max(reach(red, before, float(x))[1], float(top)) + 0.1
        beneath = min(reach(blue, float(x), right)[0], float(foot)) - 0.1 - height
        below = min(reach(blue, before, float(x))[0], float(foot)) - 0.1 - height
        middle = float(x) - width / 2
        under = reach(blue, middle, middle + width)[0] - 0.1 - height
        inside = min(middle - page.left, page.right - middle - width)
        margin = page.right + 0.15 - right
        spots = (
            Candidate(left, (floor + ceiling - height) / 2, min(ceiling - floor - height - 0.16, margin)),
            Candidate(middle, under, min(under - page.bottom, 0.9 - (float(foot) - under), inside)),
            Candidate(before, above, min(before - page.left - 0.1, page.top + 0.1 - above - height)),
            Candidate(left, beneath, min(beneath - page.bottom, 0.7 - (float(foot) - beneath), margin)),
            Candidate(before, below, min(below - page.bottom, before - page.left - 0.1)),
        )
        x, y, seen = choose(self._spots_of_the_gap_name(spots, width, height))
        gap = float(top) - max(float(foot), page.bottom)
        seen *= self._gap_value.text.strip("0.") != ""  # a number that is too small to be written is not written
        seen *= float(np.clip((gap - _SHUT[0]) / (_SHUT[1] - _SHUT[0]), 0.0, 1.0))
        place(self._gap_word, x, y + depth)
        self._gap_value.stand_at(x + float(self._gap_word.width) + _SPACE, y + depth)
        tint(self.gap_name, fill=seen)
        self._clear_the_gap_name(seen, blue)

    def _spots_of_the_gap_name(self, spots: Sequence[Candidate], width: float, height: float) -> list[Candidate]:
        """Have the gap's name keep clear of red's."""
        return clear_of(spots, width, height, [box_of(self.red_name)])

    def _clear_the_gap_name(self, seen: float, blue: FloatArray) -> None:
        """Stand blue's name behind the gap's where it would run into it, or over the panel where there is no room."""
        name, label = self.blue_name, self.gap_name
        left, foot, right, top = box_of(name)
        beside = label.get_left()[0] > right + 0.1 or label.get_right()[0] + 0.1 < left
        apart = label.get_bottom()[1] > top + 0.05 or label.get_top()[1] + 0.05 < foot
        if seen == 0 or beside or apart:
            return
        shift = float(label.get_right()[0]) + 0.15 - left
        low, high = reach(blue, left + shift - 0.05, right + shift + 0.05)
        if right + shift <= self.page.right + 0.1 and (high < foot or low > top):
            name.shift((seen * shift, 0.0, 0.0))
        elif seen < 0.5:
            tint(name, fill=(1.0 - 2 * seen) * name.get_fill_opacity())
        else:
            x, y, room = self._aloft(name)
            tint(name.move_to((x, y, 0.0)), fill=(2 * seen - 1.0) * (room > 0))

    def _draw_mark(self, index: int, plane: Plane, mark: Mark, red: float, row: float) -> None:
        """Mark a mixture under the axis, with a guide up to red."""
        x, y = (float(number) for number in plane.to_scene([mark.position, red]))
        opacity = mark.opacity if self.page.left <= x <= self.page.right else 0.0
        if opacity == 0:
            self._draw_no_mark(index)
            return
        guide, name = self._guides[index], self._mark_names[index]
        guide.set_ends([x, self.page.bottom], [x, max(y, self.page.bottom)])
        tint(guide, stroke=0.75 * opacity)
        written = written_once(f"{self.symbol}^(({mark.step}))", self.theme.ink)
        x = max(x, self.page.left + float(written.width) / 2)  # beside the axis stand its numbers
        name.points = written.points + way_to(written, x, row, "centre")
        tint(name, fill=opacity)

    def _draw_no_mark(self, index: int) -> None:
        """Have nothing stand where a mark could."""
        guide, name = self._guides[index], self._mark_names[index]
        guide.points, name.points = np.zeros((0, 3)), np.zeros((0, 3))
        tint(guide, stroke=0.0)
        tint(name, fill=0.0)

    def _part_the_guides(self) -> None:
        """Have no guide run through the name of a curve or of the gap: it ends before it, or begins behind it."""
        names = [name for name in (self.red_name, self.blue_name, self.gap_name) if name.get_fill_opacity() > 0]
        for guide in self._guides:
            if not len(guide.points):
                continue
            x, foot, head = float(guide.points[0, 0]), self.page.bottom, float(guide.points[:, 1].max())
            for name in names:
                left, bottom, right, top = box_of(name)
                if left - _CLEAR < x < right + _CLEAR and bottom < head and top > foot:
                    if bottom + top < foot + head:
                        foot = top + _CLEAR
                    else:
                        head = bottom - _CLEAR
            guide.set_ends([x, foot], [x, max(foot, head)])

    def _part_the_names(self) -> None:
        """Fade a mark's name where it would run into a later one's."""
        for name, later in combinations(self._mark_names, 2):
            if later.get_fill_opacity() > 0:
                apart = max(later.get_left()[0] - name.get_right()[0], name.get_left()[0] - later.get_right()[0])
                room = 1.0 - later.get_fill_opacity() * (1.0 - float(np.interp(apart, _APART, (0.0, 1.0))))
                name.set_fill(opacity=room * name.get_fill_opacity())

    def _name_curve(self, name: Type, path: FloatArray, other: FloatArray, side: float) -> None:
        """Stand a curve's name over its right end (side 1) or under it (-1), clear of both; else where it leaves."""
        inside = self._visible(path)
        if not inside.any():
            tint(name, fill=0.0)
            return
        page, half, tall = self.page, float(name.width) / 2, float(name.height) / 2
        end = float(path[inside, 0].max())
        x = min(end, page.right - half)
        beside = np.clip(reach(path, x - half - 0.1, x + half + 0.1), page.bottom, page.top)
        y = float(beside[1]) + 0.32 if side > 0 else float(beside[0]) - 0.32
        foot = page.bottom + 0.3
        beyond = reach(other, end + 0.1, end + 0.3 + 2 * half)[0] if side < 0 else np.inf
        high = path[inside & (path[:, 1] > foot + tall + 0.15), 0].max(initial=page.left) - 0.1 - half
        red_name = box_of(self.red_name)
        past = np.inf  # red and its name, which blue's may stand behind
        if side < 0:
            past = max(float(other[self._visible(other), 0].max(initial=end)), red_name.right) + 0.2
        over = float(beside[1]) + 0.1 + tall
        between = min(reach(other, x - half - 0.1, x + half + 0.1)[0], page.top) - over - tall - 0.1
        between = min(between, apart(Rect(x - half, over - tall, x + half, over + tall), red_name))
        spots = (
            Candidate(x, y, y - tall - page.bottom - 0.04),
            Candidate(end + 0.2 + half, foot, min(page.right - end - 0.2 - 2 * half, beyond - foot - tall)),
            Candidate(high, foot, min(reach(path, high - half, high + half)[0] - foot - tall, high - half - page.left)),
            Candidate(past + half, foot, page.right - past - 2 * half),
            Candidate(x, over, between if side < 0 else -1.0),
            self._aloft(name),
        )
        x, y, seen = choose(spots)
        tint(name.move_to((x, y, 0.0)), fill=seen * min(1.0, _NARROW * float(inside.mean())))

    def _aloft(self, name: Type) -> Candidate:
        """Return where a name stands over the panel, and its room between the axis's title and the name of red."""
        right, width = self.page.right - float(self.red_name.width) - 0.3, float(name.width)
        room = right - width - 0.2 - max(float(title.get_right()[0]) for title in (self._whole, self._since))
        return Candidate(right - width / 2, self.page.top + 0.32, room)

    def _put_past(self, plane: Plane, profile: Profile, mark: Mark | None) -> None:
        """Show a dot on red at a mixture that the fit has left, where one is to be seen."""
        position = np.nan if mark is None else mark.position
        self._put(self.past_dot, plane.to_scene([position, np.interp(position, profile.positions, profile.red)]))
        tint(self.past_dot, fill=0.0 if mark is None else mark.opacity)

    def _put(self, dot: Disc, spot: FloatArray) -> None:
        """Show a dot at its spot, and not at all where that is outside the panel."""
        page = self.page
        inside = page.holds(spot)
        dot.set_centre(spot if inside else np.full(2, np.nan))

    def _visible(self, path: FloatArray) -> NDArray[np.bool_]:
        """Which vertices of a curve stand inside the panel."""
        low, high = np.array(self.page[:2]) - 1e-9, np.array(self.page[2:]) + 1e-9
        return np.asarray(((path >= low) & (path <= high)).all(axis=1), dtype=np.bool_)


@lru_cache(maxsize=256)
def written_once(source: str, colour: str) -> Type:
    """Set a formula whose points are taken from it in many frames; it stays where it is."""
    return formula(source, color=colour, size=Size.INDEXED)
