"""Films watched without being rendered: what type stands on the page whenever a section ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from manim import Mobject, tempconfig

from scenes.stage.film import Film
from scenes.stage.layout import Rect
from scenes.stage.number import Number
from scenes.stage.type import Line, OnLine

State = list[tuple[str, Rect]]


class Watched(Film):
    """Mixed into a film, notes the boxes of its type whenever a section ends."""

    def setup(self) -> None:
        super().setup()
        self.states: list[State] = []

    def next_section(self, name: str = "unnamed", *args: object, **kwargs: object) -> None:
        self.note_state()
        super().next_section(name)

    def tear_down(self) -> None:
        self.note_state()
        super().tear_down()

    def note_state(self) -> None:
        seen = [_box(mobject) for top in self.mobjects for mobject in _texts(top)]
        self.states.append([box for box in seen if box is not None])


@contextmanager
def dry(experiment: Path, theme: str = "dark") -> Iterator[None]:
    """Set up for films of an experiment that draw nothing and write nothing."""
    with pytest.MonkeyPatch.context() as patch, tempconfig({"dry_run": True, "media_dir": str(experiment.parent)}):
        patch.setenv("EM_EXPERIMENT", str(experiment))
        patch.setenv("EM_THEME", theme)
        yield


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


def _texts(mobject: Mobject) -> list[Mobject]:
    if isinstance(mobject, OnLine | Line):
        return [mobject]
    return [text for child in mobject.submobjects for text in _texts(child)]


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
