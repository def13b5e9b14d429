"""Films watched without being rendered: what type stands on the page, clear of what, whenever a section ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from types import UnionType
from typing import TypeVar

import numpy as np
import pytest
from manim import Mobject, tempconfig
from numpy.typing import NDArray

from em_film.drawing.number import Number
from em_film.drawing.shapes import CovarianceEllipse, Curve, DashedSegment
from em_film.drawing.type import OnLine, Row, Type
from em_film.film.film import Film
from em_film.page.layout import Rect

_LINES = Curve | DashedSegment | CovarianceEllipse  # guides and contours as much as curves
State = list[tuple[str, Rect]]
_Played = TypeVar("_Played", bound=Film)


class Watched(Film):
    """Mixed into a film, notes the boxes of its type whenever a section ends, and which of it is cut."""

    def setup(self) -> None:
        super().setup()
        self.states: list[State] = []
        self.crossings: list[str] = []
        self.cut: list[str] = []

    def next_section(self, name: str = "unnamed", *args: object, **kwargs: object) -> None:
        self.note_state()
        super().next_section(name)

    def tear_down(self) -> None:
        self.note_state()
        super().tear_down()

    def note_state(self) -> None:
        seen = [_box(mobject) for top in self.mobjects for mobject in _of_kind(top, OnLine | Row)]
        state = [box for box in seen if box is not None]
        lines = [_along(line) for top in self.mobjects for line in _of_kind(top, _LINES)]
        self.crossings += [
            f"state {len(self.states)}: a line runs through {name} {box}"
            for name, box in state
            if any(_runs_through(line, box) for line in lines)
        ]
        pieces = [piece for top in self.mobjects for piece in _of_kind(top, Type)]
        self.cut += [f"state {len(self.states)}: {_box(piece)}" for piece in pieces if piece.is_cut]
        self.states.append(state)


@contextmanager
def dry(experiment: Path, theme: str = "dark") -> Iterator[None]:
    """Set up for films of an experiment that draw nothing and write nothing."""
    with pytest.MonkeyPatch.context() as patch, tempconfig({"dry_run": True, "media_dir": str(experiment.parent)}):
        patch.setenv("EM_EXPERIMENT", str(experiment))
        patch.setenv("EM_THEME", theme)
        yield


def played(kind: type[_Played], experiment: Path, theme: str = "dark") -> _Played:
    """Play a whole film of an experiment that way, and return it."""
    with dry(experiment, theme):
        film = kind(skip_animations=True)
        film.render()
    return film


def outside(states: list[State]) -> list[str]:
    """Name every piece of type that leaves the frame, or comes too near to its edge."""
    frame = Rect(-7.05, -3.95, 7.05, 3.95)
    return [
        f"state {number}: {name} {box}"
        for number, state in enumerate(states)
        for name, box in state
        if _leaves(box, frame)
    ]


def overlaps(states: list[State]) -> list[str]:
    """Name every two pieces of type of which one lies over the other."""
    return [
        f"state {number}: {name} {box} over {other_name} {other}"
        for number, state in enumerate(states)
        for (name, box), (other_name, other) in combinations(state, 2)
        if _overlap(box, other)
    ]


def _of_kind(mobject: Mobject, kind: type | UnionType) -> list[Mobject]:
    if isinstance(mobject, kind):
        return [mobject]
    return [found for child in mobject.submobjects for found in _of_kind(child, kind)]


def _along(line: Mobject) -> NDArray[np.float64]:
    """Points close together along a line, as far as it can be seen."""
    if line.get_stroke_opacity() <= 0.02 or not len(line.points):
        return np.zeros((0, 2))
    starts, ends = line.points[0::4, None, :2], line.points[3::4, None, :2]
    return np.asarray(starts + np.linspace(0, 1, 17)[:, None] * (ends - starts)).reshape(-1, 2)


def _runs_through(points: NDArray[np.float64], box: Rect) -> bool:
    """Whether a line has a point inside a box."""
    x, y = points.T
    return bool(((x > box.left) & (x < box.right) & (y > box.bottom) & (y < box.top)).any())


def _box(mobject: Mobject) -> tuple[str, Rect] | None:
    inked = [part for part in mobject.family_members_with_points() if part.get_fill_opacity() > 0.02]
    points = [part.points[12:] if isinstance(part, Number) else part.points[4:] for part in inked]
    if not any(len(part) for part in points):
        return None
    all_points = np.concatenate(points)
    (left, bottom), (right, top) = all_points[:, :2].min(axis=0), all_points[:, :2].max(axis=0)
    return type(mobject).__name__, Rect(float(left), float(bottom), float(right), float(top))


def _leaves(box: Rect, frame: Rect) -> bool:
    return box.left < frame.left or box.right > frame.right or box.bottom < frame.bottom or box.top > frame.top


def _overlap(a: Rect, b: Rect) -> bool:
    return a.left < b.right and b.left < a.right and a.bottom < b.top and b.bottom < a.top
