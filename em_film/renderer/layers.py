"""What a play paints once, and what it paints in every frame.

Manim paints anew whatever comes after the first moving mobject in the order of painting. Most of that stands still,
and where it lies apart from all that is painted between, painting it beforehand gives the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
from manim import CapStyleType, LineJointType, Mobject, Scene, VMobject
from manim.utils.family import extract_mobject_family_members

from em_film.drawing.boxes import ends_of

__all__ = ["Layers", "painted_box"]

_EDGE = 0.05  # scene units around what is painted: more than a pixel's softness
_NOWHERE = (np.inf, np.inf, -np.inf, -np.inf)


class Layers:
    """The mobjects of a scene as a play begins, parted into still ones and the rest.

    Parameters
    ----------
    scene : Scene
        With its animations begun.
    sink : bool
        Whether still mobjects that lie apart from what is painted before them count as still.

    Attributes
    ----------
    still : list of Mobject
        To be painted once, in this order, under everything else.
    """

    def __init__(self, scene: Scene, *, sink: bool = True) -> None:
        order = extract_mobject_family_members([*scene.mobjects, *scene.foreground_mobjects], use_z_index=True)
        moving = {id(part) for family in _moved(scene) for part in family}
        self._cast = list(scene.mobjects)
        self._order = {id(part) for part in order}
        self._above: list[tuple[Mobject, bool]] = []
        self.still: list[Mobject] = []
        sunk: list[tuple[int, tuple[float, ...]]] = []
        boxes: list[tuple[float, ...]] = []
        for part in order:
            moves, box = id(part) in moving, painted_box(part)
            if not moves and box == _NOWHERE:
                continue
            if not moves and (not boxes or (sink and not _meet(np.array(boxes), np.array([box])).any())):
                self.still.append(part)
                if boxes:
                    sunk.append((len(boxes), box))
            else:
                self._above.append((part, moves))
                boxes.append(box)
        self._places = np.array([place for place, _ in sunk], dtype=np.intp)
        self._sunk = np.array([box for _, box in sunk]).reshape(-1, 4)

    def holds(self, scene: Scene) -> bool:
        """Whether the scene has the mobjects it had when the play began."""
        return self._cast == scene.mobjects

    def frame(self) -> list[Mobject] | None:
        """Mobjects to be painted over the still ones now; None if one of those does not lie apart any more."""
        shown: dict[int, Mobject] = {}
        for part, moves in self._above:
            for member in part.family_members_with_points() if moves else (part,):
                shown.setdefault(id(member), member)
        if len(self._sunk) and not (shown.keys() <= self._order and self._lie_apart()):
            return None
        return sorted(shown.values(), key=lambda member: member.z_index)

    def _lie_apart(self) -> bool:
        before = self._above[: self._places[-1]]
        meet = _meet(np.array([painted_box(part) for part, _ in before]), self._sunk)
        return not (meet & (np.arange(len(before))[:, None] < self._places)).any()


def _moved(scene: Scene) -> Iterator[Iterable[Any]]:
    animations = list(scene.animations or ())
    for animation in animations:
        yield animation.mobject.get_family()
        animations.extend(getattr(animation, "animations", ()))
    for mobject in chain(scene.mobjects, scene.foreground_mobjects):
        for part in mobject.get_family():
            if part.updaters or mobject in scene.foreground_mobjects:
                yield part.get_family()


def painted_box(part: Mobject) -> tuple[float, ...]:
    """Return left, bottom, right and top of all that is painted of a mobject, and a little more, in scene units."""
    points = part.points
    if not len(points):
        return _NOWHERE
    around = _EDGE + float(getattr(part, "radius", 0.0))
    if isinstance(part, VMobject):
        width = max(float(part.stroke_width), float(part.background_stroke_width)) / 100
        blunt = part.joint_type == LineJointType.ROUND and part.cap_style != CapStyleType.SQUARE
        around += width * (0.5 if blunt else 5.0)  # a mitre ends at ten times half the width
    (left, bottom, *_), (right, top, *_) = ends_of(points)
    return left - around, bottom - around, right + around, top + around


def _meet(some: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which boxes of some, shape (m, 4), overlap which of the others, shape (n, 4)."""
    some = some[:, None]
    apart = (some[..., :2] >= others[:, 2:]) | (some[..., 2:] <= others[:, :2])
    met: npt.NDArray[np.bool_] = np.logical_not(apart.any(axis=-1))
    return met
