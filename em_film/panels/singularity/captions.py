"""What stands beside the picture: titles of the axes, ℓ and log σ, and what the check says."""

from __future__ import annotations

import textwrap

import numpy as np
from manim import Mobject, VGroup

from em_film.drawing.axes import title_below
from em_film.drawing.boxes import box_of
from em_film.drawing.number import Number
from em_film.drawing.shapes import DashedSegment
from em_film.drawing.type import Row, Size, Type, formula, place, row_of, words
from em_film.page.labels import apart, reach
from em_film.page.layers import Layer
from em_film.page.layout import CAPTION_LINE, DETAIL_LINE, EDGE, Rect
from em_film.page.theme import Theme
from em_film.page.ticks import number_text
from em_film.panels.singularity.line import spread
from em_film.panels.singularity.problem import Singularity
from em_film.panels.slice import SlicePanel
from em_film.runs.moment import Moment
from em_model.mixture import FloatArray

__all__ = ["CheckText", "Readout", "level_line", "spread_title"]

_LINE = 0.42  # from one line of the check to the next, in scene units
_LETTER = 0.0048  # mean width of a letter, in scene units for each point of its size
_BEFORE_NUMBER = 0.15
_OVER = 0.12  # a level line, its number, and as far under it
_ASIDE = 0.25  # between places that are tried for it
_UNDER = 1.2  # the title of the axis, under the names of the marks


def spread_title(theme: Theme, page: Rect, unit: str) -> Row:
    """Return the title of a panel's axis of log σ.

    Parameters
    ----------
    theme : Theme
    page : Rect
    unit : str
        In which it is measured; none if empty.
    """
    parts: list[Type] = [formula("log sigma", color=theme.dim, size=Size.INDEXED)]
    if unit:
        parts.append(words(f"(in {unit})", color=theme.dim, size=Size.NOTE))
    return title_below(row_of(*parts), page, _UNDER).set_z_index(Layer.AXES)


def level_line(panel: SlicePanel, moment: Moment, nats: float, decimals: int) -> VGroup:
    """Return a line across a slice panel at a height, and its number where that is clear of red and of its name.

    The panel shows the moment already. The number stands at the right over the line, else under it, else further left.
    """
    plane = panel.plane(moment.profile.window)
    window, page = plane.numbers, panel.page
    ends = plane.to_scene([[window.left, nats], [window.right, nats]])
    line = DashedSegment(color=panel.theme.ink, width=3.0).set_ends(*ends).set_z_index(Layer.GAP)
    number = words(number_text(nats, decimals), color=panel.theme.ink, size=Size.NOTE).set_z_index(Layer.NAMES)
    red = plane.to_scene(np.stack([moment.profile.positions, moment.profile.red], axis=1))
    height, rights = float(ends[1][1]), np.arange(page.right, page.left + float(number.width), -_ASIDE)
    spots = [(float(x), height + rise) for x in rights for rise in (_OVER, -_OVER - float(number.height))]
    clear = (spot for spot in spots if _is_clear(place(number, *spot, "right"), red, panel))
    return VGroup(line, place(number, *next(clear, spots[0]), "right"))


def _is_clear(number: Type, red: FloatArray, panel: SlicePanel) -> bool:
    box = box_of(number)
    low, high = reach(red, box.left, box.right)
    struck = low < box.top and box.bottom < high
    return not struck and box.bottom > panel.page.bottom and apart(box, box_of(panel.red_name)) > 0


class Readout:
    """ℓ, or ℓ + log p, and log σ under it, at the top right; the digits exchanged as the model moves.

    Parameters
    ----------
    theme : Theme
    problem : Singularity
    decimals : int
        Of ℓ.
    prior : bool
        Whether ℓ carries log p(θ).
    """

    def __init__(self, theme: Theme, problem: Singularity, decimals: int, *, prior: bool = False) -> None:
        self.component = problem.component
        widest = float(problem.mended.objectives.min()), problem.narrowest
        self._values = [
            Number(value, color=theme.dim, places=places, size=Size.INDEXED, face="formula", anchor="right")
            for value, places in zip(widest, (decimals, 1), strict=True)
        ]
        self.line = VGroup(z_index=Layer.AXES)
        names = ("ell + log p =" if prior else "ell =", "log sigma =")
        for value, source, height in zip(self._values, names, (CAPTION_LINE, DETAIL_LINE), strict=True):
            value.stand_at(EDGE, height)
            name = formula(source, color=theme.dim, size=Size.INDEXED)
            self.line.add(place(name, EDGE - float(value.width) - _BEFORE_NUMBER, height, "right"), value)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.line]

    def draw(self, moment: Moment) -> None:
        """Show ℓ and log σ of the moment's mixture."""
        self._values[0].set_value(moment.log_likelihood)
        self._values[1].set_value(spread(moment.mixture, self.component))


class CheckText:
    """A command, what it says, and what to write in the file, as lines of type in a column.

    Parameters
    ----------
    theme : Theme
    page : Rect
        The column; lines begin at its top.
    command, answer : str
        What is typed, and what is said.
    remedy : str
        The lines for the file.
    after : str
        What comes of it.
    """

    def __init__(self, theme: Theme, page: Rect, command: str, answer: str, remedy: str, after: str) -> None:
        size = Size.NOTE
        letters = int(page.width / (_LETTER * size))
        self.groups: list[VGroup] = []
        y = page.top
        for text, colour, gap in (
            (command, theme.ink, 0.0),
            (answer, theme.red, 0.1),
            (remedy, theme.ink, 0.35),
            (after, theme.dim, 0.1),
        ):
            y -= gap
            group = VGroup().set_z_index(Layer.NAMES)
            for part in text.splitlines():
                for line in textwrap.wrap(part, letters, break_long_words=True) or [""]:
                    group.add(place(words(line, color=colour, size=size, width=page.width), page.left, y))
                    y -= _LINE
            self.groups.append(group)
