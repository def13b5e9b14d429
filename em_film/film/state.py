"""The state of mobjects: to be brought back as often as wanted, and compared, so that what has moved is found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from manim import Mobject

__all__ = ["Snapshot", "mobjects_in"]


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
        return [part for (part, state), *later in rows if any(not _alike(state, seen) for _, seen in later)]

    def digest(self) -> str:
        """Return a digest of the points, colours, numbers and texts of all mobjects."""
        digest = hashlib.sha256()
        for _, state in self._states:
            for name, value in state.items():
                if isinstance(value, np.ndarray):
                    digest.update(f"{name}{value.dtype.str}{value.shape}".encode() + np.ascontiguousarray(value).data)
                elif isinstance(value, (str, int, float)):
                    digest.update(f"{name}{value!r}".encode())
        return digest.hexdigest()


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


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value.copy() if isinstance(value, (np.ndarray, list)) else value for name, value in state.items()}


def _alike(some: object, other: object) -> bool:
    if some is other:
        return True
    if isinstance(some, np.ndarray) and isinstance(other, np.ndarray):
        return some.shape == other.shape and bool(((some == other) | ((some != some) & (other != other))).all())
    if isinstance(some, dict) and isinstance(other, dict):
        return some.keys() == other.keys() and all(_alike(value, other[name]) for name, value in some.items())
    if isinstance(some, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(some) == len(other) and all(map(_alike, some, other))
    return bool(some == other)
