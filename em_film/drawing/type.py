"""All type of the stage, set by Typst: words and formulas that know their baseline.

A piece of type is one filled path (and one for each coloured part), so it is cheap to draw and to fade.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Literal, TypeVar

import numpy as np
from manim import VMobject
from numpy.typing import NDArray

from em_film.drawing.boxes import anchors_of, ends_of, family_of
from em_film.drawing.outline import Outline, outline

__all__ = [
    "EM",
    "M",
    "OnLine",
    "Row",
    "Size",
    "Type",
    "align_baseline",
    "broken",
    "formula",
    "place",
    "row_of",
    "way_to",
    "words",
]

Floats = NDArray[np.float64]
Weight = Literal["regular", "bold"]
Side = Literal["left", "centre", "right"]

EM = 1 / 96
"""Scene units in one em, for each point of font size."""


_RAISED = re.compile("([⁽⁾⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)")
_LOWERED = str.maketrans("⁽⁾⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "()0123456789−")


class Size(IntEnum):
    """The scale of font sizes, in Manim's points (96 to a scene unit).

    Films are shown in lecture halls: at 1080p a digit is 24 pixels high or more, and a capital 28.
    """

    TITLE = 60
    INDEXED = 37  # formulas whose index is to be read, such as θ⁽¹⁾
    CAPTION = 34
    LABEL = 32
    NOTE = 31  # the least for words
    TICK = 28  # the least for digits


class OnLine(VMobject):
    """Anything that stands on a line of type; its first point lies on the baseline."""

    @property
    def baseline(self) -> float:
        """Height of the (first) baseline, in scene units."""
        return float(self.family_members_with_points()[0].points[0, 1])

    def get_critical_point(self, direction: Sequence[float] | Floats) -> Floats:
        """Return a corner, the middle of an edge or the centre, as Manim does: labels ask for them in every frame."""
        anchors = anchors_of(self)
        if not len(anchors):
            return np.zeros(3)
        ends = zip(*ends_of(anchors), direction, strict=True)
        return np.array([low if way < 0 else high if way > 0 else (low + high) / 2 for low, high, way in ends])

    def length_over_dim(self, dim: int) -> float:
        """Return the width, height or depth of all points, handles included, as Manim does."""
        along = np.concatenate([part.points[:, dim] for part in family_of(self)])
        return float(along.max() - along.min()) if len(along) else 0.0


M = TypeVar("M", bound=OnLine)


class Type(OnLine):
    """A piece of type: one filled path, and one child for each named part.

    Its first curve is a single point where the baseline meets the left edge. It has no area and is never
    seen, but goes wherever the type goes, so ``baseline`` holds after moving, scaling and copying.

    Attributes
    ----------
    is_cut : bool
        Whether there was no room for its end, and three dots stand there.
    """

    is_cut = False

    def __init__(self, set_type: Outline, *, size: float, color: str, colors: Mapping[str, str]) -> None:
        super().__init__(color=color, fill_opacity=1, stroke_width=0)
        ink = [points for _, points in set_type.runs if len(points)]
        left = min((float(points[:, 0].min()) for points in ink), default=0.0)
        runs = dict(set_type.runs)
        anchor = np.tile([left, 0.0], (4, 1))
        self.set_points(_flat(np.concatenate([anchor, runs.pop("", anchor[:0])]), size * EM))
        self.names = tuple(runs)
        for name, points in runs.items():
            part = VMobject(color=colors.get(name, color), fill_opacity=1, stroke_width=0)
            self.add(part.set_points(_flat(points, size * EM)))
        self.center()

    def part(self, name: str) -> VMobject:
        """Return the named part, to colour, move or fade by itself."""
        part: VMobject = self.submobjects[self.names.index(name)]
        return part


class Row(OnLine):
    """Pieces of type side by side on one baseline."""

    def __init__(self, *parts: OnLine) -> None:
        super().__init__()
        self.add(*parts)


def words(
    text: str,
    *,
    color: str,
    size: float = Size.LABEL,
    weight: Weight = "regular",
    width: float | None = None,
) -> Type:
    """Set one line of serif text, taking every character for itself: ``#``, ``$``, ``*`` are no markup.

    Parameters
    ----------
    text : str
        What to say; white space is collapsed, and it may be empty.
    color : str
        ``#RRGGBB``.
    size : float
        Font size in points (96 to a scene unit), see `Size`.
    weight : {"regular", "bold"}
        Weight of the type.
    width : float, optional
        Greatest width in scene units. A longer line is set smaller, as far as it can still be read (`Size.NOTE`);
        if it is longer yet, its end is left out, and three dots say so.
    """
    content = _content(text)
    source = f'#pen#text(weight: "{weight}")[{content}]' if content else ""
    line = Type(outline(source), size=size, color=color, colors={})
    if width is None or line.width <= width:
        return line
    least = min(float(size), float(Size.NOTE))
    if line.width * least <= width * size:
        return line.scale(width / line.width)
    clean = " ".join(text.split())
    for kept in range(min(len(clean) - 1, int(len(clean) * width * size / (line.width * least)) + 2), -1, -1):
        line = words(f"{clean[:kept].rstrip()}…", color=color, size=least, weight=weight)
        if line.width <= width:
            break
    line.is_cut = True
    return line


def broken(text: str, *, color: str, size: float, width: float, most: int) -> list[Type]:
    """Set text as `words` does, in as many lines as it needs, between words where that can be.

    Parameters
    ----------
    text : str
        What to say.
    color : str
        ``#RRGGBB``.
    size : float
        Font size in points, see `Size`; a line that is but a little too long is set smaller.
    width : float
        Greatest width of a line in scene units.
    most : int
        Most lines; what does not go into the last one is left out, and three dots say so.

    Returns
    -------
    list of Type
        One or more, each still to be placed.
    """
    whole = words(text, color=color, size=size)
    if most < 2 or whole.width * min(size, Size.NOTE) <= width * size:
        return [words(text, color=color, size=size, width=width)]
    clean = " ".join(text.split())
    for signs in range(int(len(clean) * width / whole.width) + 6, 0, -1):
        first, *rest = textwrap.wrap(clean, signs, break_on_hyphens=False)
        line = words(first, color=color, size=size)
        if line.width <= width:
            break
    later = broken(" ".join(rest), color=color, size=size, width=width, most=most - 1) if rest else []
    return [line, *later]


def formula(
    source: str,
    *,
    color: str,
    size: float = Size.LABEL,
    colors: Mapping[str, str] | None = None,
) -> Type:
    """Set a formula in Typst's mathematics; parts written ``{{ x : name }}`` can be coloured by name.

    Parameters
    ----------
    source : str
        Such as ``"ell(theta) - {{ cal(L)(q, theta) : bound }}"``.
    color : str
        ``#RRGGBB`` of what has no name of its own.
    size : float
        Font size in points (96 to a scene unit), see `Size`.
    colors : mapping of str to str, optional
        Colours of named parts.

    Raises
    ------
    ValueError
        If a colour is given for a name that no part has.
    """
    setting = outline(source, mathematics=True)
    unknown = set(colors or {}) - {name for name, _ in setting.runs}
    if unknown:
        raise ValueError(f"no part of the formula {source!r} is named {', '.join(sorted(unknown))}")
    return Type(setting, size=size, color=color, colors=colors or {})


def align_baseline(mobject: M, to: OnLine | float) -> M:
    """Move type up or down until it stands on the baseline of `to` (or at that height); return it."""
    height = to.baseline if isinstance(to, OnLine) else to
    mobject.shift((0.0, height - mobject.baseline, 0.0))
    return mobject


def row_of(*parts: OnLine, buff: float = 0.18) -> Row:
    """Set pieces of type side by side, `buff` scene units apart, on the baseline of the first."""
    for left, right in pairwise(parts):
        align_baseline(right, left)
        right.shift((left.get_right()[0] + buff - right.get_left()[0], 0.0, 0.0))
    return Row(*parts)


def place(mobject: M, x: float, y: float, side: Side = "left") -> M:
    """Stand type on the baseline `y` with its left edge, centre or right edge at `x`; return it."""
    mobject.shift(way_to(mobject, x, y, side))
    return mobject


def way_to(mobject: OnLine, x: float, y: float, side: Side = "left") -> Floats:
    """Return by what `place` would move type, shape (3,): to set points of type that is to stay where it is."""
    edge = {"left": mobject.get_left, "centre": mobject.get_center, "right": mobject.get_right}[side]()
    return np.array([x - float(edge[0]), y - mobject.baseline, 0.0])


def _content(text: str) -> str:
    """Write text as Typst's content; raised figures are set larger than a font has them, so that they can be read."""
    clean = "".join(c for c in " ".join(text.split()) if c.isprintable())
    clean = re.sub(r"(?<=\w)'(?=\w)", "’", clean)
    parts = [part for part in _RAISED.split(clean) if part]
    return "".join(
        f"#super(typographic: false, size: 0.83em, baseline: -0.34em, {_literal(part.translate(_LOWERED))})"
        if _RAISED.fullmatch(part)
        else f"#{_literal(part)}"
        for part in parts
    )


def _literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _flat(points: Floats, em: float) -> Floats:
    return np.column_stack([points * em, np.zeros(len(points))])
