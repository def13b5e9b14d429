"""Movement: one real number moves, and what is drawn at each of its values is the model there."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from manim import Group, Mobject, Scene
from manim.utils.rate_functions import linear, smooth

from em_film.film.state import Snapshot, mobjects_in
from em_film.renderer.drawn import Drawn

__all__ = ["BEAT", "Drive", "Reveal", "at_once", "beats", "steady", "then"]

BEAT = 0.2
"""Seconds; run times are multiples of it, so that captions keep step at 15, 30 and 60 frames a second."""

_LOOKED_AT = (0.0, 0.5, 1.0)  # shares of the way at which what is drawn is compared


class Drive(Drawn):
    """Draw a function of one number, in every frame, on mobjects that stand in the scene by themselves.

    What moves is found by drawing the beginning, the middle and the end, and comparing them; what moves only between
    these is found in the frame in which it does. A digest of the three tells this movement from all others, for Manim's
    cache.

    Parameters
    ----------
    drawn : mobjects or panels
        All that ``draw`` sets: one of them, or a list.
    draw : callable
        Draws the share of the way, from 0 to 1.
    """

    def __init__(self, drawn: object, draw: Callable[[float], None], **kwargs: Any) -> None:
        touched = list(mobjects_in(drawn))
        before = Snapshot(touched)
        seen = []
        for share in _LOOKED_AT:
            draw(share)
            seen.append(Snapshot(touched))
        before.restore()
        self.digest = "/".join(snapshot.digest() for snapshot in seen)
        self._draw = _Hidden(draw)
        self._ends = seen[0], seen[-1]
        moving = seen[0].moved(seen[1:])
        self._watch = seen[0].watch(moving)
        self._moving = Group(*moving)
        super().__init__(self._moving, introducer=True, **kwargs)

    def begin(self) -> None:
        """Draw the beginning."""
        self._ends[0].restore()

    def finish(self) -> None:
        """Draw the end as it was before the movement: what was drawn between leaves no trace, and nothing drifts."""
        self._ends[1].restore()

    def interpolate(self, alpha: float) -> None:
        """Draw the share of the way that belongs to a share of the time."""
        self._draw.call(self.rate_func(min(max(alpha, 0.0), 1.0)))

    def notice(self) -> bool:
        """Whether something has begun to move that stood still when this was asked last."""
        found = self._watch.moved()
        self._moving.add(*found)
        return bool(found)

    def update_mobjects(self, dt: float) -> None:
        """Nothing moves but by `interpolate`."""


class Reveal(Drive):
    """Bring a mobject into the scene, drawn up to a share of it that grows."""

    def __init__(self, mobject: Mobject, draw: Callable[[float], None], **kwargs: Any) -> None:
        super().__init__(mobject, draw, **kwargs)
        self.revealed = mobject

    def enter(self, scene: Scene) -> None:
        """Add the mobject."""
        scene.add(self.revealed)


class _Hidden:
    """Keeps a function out of the cache key, which has the digest instead."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[float], None]) -> None:
        self.call = call


def beats(seconds: float) -> float:
    """Round a time up to whole beats; 0 for what is not positive."""
    return round(max(0, math.ceil(seconds / BEAT - 1e-6)) * BEAT, 6)


def steady(share: float) -> float:
    """Move evenly."""
    return float(linear(share))


def at_once(share: float) -> float:
    """Be done soon after the beginning of a movement."""
    return float(smooth(min(1.0, 8 * share)))


def then(share: float) -> float:
    """Begin when what goes at once has gone."""
    return float(smooth(min(1.0, max(0.0, 4 * share - 0.5))))
