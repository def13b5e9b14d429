"""The state of mobjects: to be brought back as often as wanted, and compared, so that what has moved is found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from manim import Mobject

__all__ = ["Snapshot", "mobjects_in"]

# What Manim's camera and ours paint a mobject by.
_PAINTED = ("points", "rgbas", "fill_rgbas", "stroke_rgbas", "background_stroke_rgbas", "stroke_width")


class Snapshot:
    """The state of mobjects and of all their parts at one time.

    Parameters
    ----------
    mobjects : iterable of Mobject
        With their families.
    """

    __slots__ = ("_states",)  # and no __dict__, so that Manim's hash does not look inside

    def __init__(self, mobjects: Iterable[Mobject]) -> None:
        family = {id(part): part for mobject in mobjects for part in mobject.get_family()}
        self._states = [(part, _copied(vars(part))) for part in family.values()]

    def restore(self) -> None:
        """Make every mobject what it was."""
        for part, state in self._states:
            vars(part).update(_copied(state))

    def moved(self, others: Iterable[Snapshot]) -> list[Mobject]:
        """Mobjects that are another in one of some later snapshots of the same mobjects; their parts are judged apart.

        Parameters
        ----------
        others : iterable of Snapshot
            Of the same mobjects.
        """
        rows = zip(self._states, *(other._states for other in others), strict=True)
        return [part for (part, state), *later in rows if any(_seen_to_move(state, seen) for _, seen in later)]

    def watch(self, known: Iterable[Mobject]) -> Watch:
        """Watch what is painted of all mobjects but those that are known to move."""
        moving = {id(part) for part in known}
        return Watch([(part, state) for part, state in self._states if id(part) not in moving])

    def digest(self) -> str:
        """Return a digest of the points, colours, numbers and texts of all mobjects."""
        told: list[bytes] = []
        for _, state in self._states:
            for name, value in state.items():
                if isinstance(value, np.ndarray):
                    told += name.encode(), value.dtype.str.encode(), repr(value.shape).encode(), value.tobytes()
                elif isinstance(value, (str, int, float)):
                    told.append(f"{name}{value!r}".encode())
        return hashlib.sha256(b"/".join(told)).hexdigest()


class Watch:
    """Tells which of the mobjects that were thought to stand still are painted otherwise than before.

    Parameters
    ----------
    states : list of (Mobject, dict)
        The mobjects, with their attributes as they were.
    """

    __slots__ = ("_seen", "_still")

    def __init__(self, states: list[tuple[Mobject, dict[str, Any]]]) -> None:
        self._still = [(part, {name: state[name] for name in _PAINTED if name in state}) for part, state in states]
        self._seen = self._look([painted for _, painted in self._still])

    def moved(self) -> list[Mobject]:
        """Return those that have moved, and watch them no longer."""
        if self._look([vars(part) for part, _ in self._still]) == self._seen:
            return []
        found = [
            part
            for part, painted in self._still
            if any(not _alike(value, vars(part)[name]) for name, value in painted.items())
        ]
        gone = {id(part) for part in found}
        self._still = [entry for entry in self._still if id(entry[0]) not in gone]
        self._seen = self._look([painted for _, painted in self._still])
        return found

    def _look(self, states: list[dict[str, Any]]) -> list[Any]:
        """All that is painted, by attributes, to be compared at once: nearly always nothing has moved."""
        seen: list[Any] = []
        for name in _PAINTED:
            values = [state[name] for state, (_, painted) in zip(states, self._still, strict=True) if name in painted]
            arrays = [value for value in values if isinstance(value, np.ndarray)]
            seen.append([value for value in values if not isinstance(value, np.ndarray)])
            seen.append([array.shape for array in arrays])
            seen.append(b"".join([array.tobytes() for array in arrays]))
        return seen


def mobjects_in(thing: object) -> Iterator[Mobject]:
    """Find the mobjects that a panel, or a list of panels, holds in its attributes."""
    if isinstance(thing, Mobject):
        yield thing
    elif isinstance(thing, (list, tuple)):
        for part in thing:
            yield from mobjects_in(part)
    elif isinstance(thing, dict):
        yield from mobjects_in(list(thing.values()))
    elif hasattr(thing, "draw") and hasattr(thing, "__dict__"):
        yield from mobjects_in(list(vars(thing).values()))


def _seen_to_move(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether a mobject is painted otherwise; groups have no points and are not painted."""
    if not len(before["points"]) and not len(after["points"]):
        return False
    return any(not _alike(before[name], after[name]) for name in _PAINTED if name in before)


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value.copy() if isinstance(value, (np.ndarray, list)) else value for name, value in state.items()}


def _alike(some: object, other: object) -> bool:
    if some is other:
        return True
    if isinstance(some, np.ndarray) and isinstance(other, np.ndarray):
        if some.shape != other.shape or some.tobytes() == other.tobytes():  # most are, and this is told fastest
            return bool(some.shape == other.shape)
        return bool(((some == other) | ((some != some) & (other != other))).all())
    if isinstance(some, dict) and isinstance(other, dict):
        return some.keys() == other.keys() and all(_alike(value, other[name]) for name, value in some.items())
    if isinstance(some, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(some) == len(other) and all(map(_alike, some, other))
    return bool(some == other)
