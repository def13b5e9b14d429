"""Movement: one real number moves, and what is drawn at each of its values is the model there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from manim import Animation, Group, Mobject, Scene
from manim.utils.rate_functions import linear

from em_film.film.cache import Kept

__all__ = ["BEAT", "Drive", "Reveal", "beats", "steady"]

BEAT = 0.2
"""Seconds; run times are multiples of it, so that captions keep step at 15, 30 and 60 frames a second."""


class Drive(Animation):
    """Draw a function of one number, in every frame, on mobjects that stand in the scene by themselves.

    Parameters
    ----------
    moving : sequence of Mobject
        What changes in the picture.
    draw : callable
        Draws the share of the way, from 0 to 1.
    key : str
        Tells this movement from all others of the film, for Manim's cache.
    touched : sequence of Mobject
        What else ``draw`` sets.
    """

    def __init__(
        self,
        moving: Sequence[Mobject],
        draw: Callable[[float], None],
        key: str,
        *,
        touched: Sequence[Mobject] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(Group(*moving), introducer=True, **kwargs)
        self.key = key
        self._draw = _Hidden(draw)
        self._touched = _Hidden(lambda: Kept([*moving, *touched]))

    def begin(self) -> None:
        """Draw the beginning."""
        self._start = self._touched.call()
        self.interpolate(0.0)

    def finish(self) -> None:
        """Draw the end, from where it began: what was drawn between leaves no trace, and nothing drifts."""
        self._start.restore()
        self.interpolate(1.0)

    def interpolate(self, alpha: float) -> None:
        """Draw the share of the way that belongs to a share of the time."""
        self._draw.call(self.rate_func(min(max(alpha, 0.0), 1.0)))

    def update_mobjects(self, dt: float) -> None:
        """Nothing moves but by `interpolate`."""

    def _setup_scene(self, scene: Scene) -> None:
        """Leave the scene's mobjects where they are: the group only says which of them change."""


class Reveal(Drive):
    """Bring a mobject into the scene, drawn up to a share of it that grows."""

    def __init__(self, mobject: Mobject, draw: Callable[[float], None], key: str, **kwargs: Any) -> None:
        super().__init__([mobject], draw, key, **kwargs)
        self.revealed = mobject

    def _setup_scene(self, scene: Scene) -> None:
        scene.add(self.revealed)


class _Hidden:
    """Keeps a function out of the cache key, which has the animation's own key instead."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[..., Any]) -> None:
        self.call = call


def beats(seconds: float) -> float:
    """Round a time up to whole beats; 0 for what is not positive."""
    return round(max(0, math.ceil(seconds / BEAT - 1e-6)) * BEAT, 6)


def steady(share: float) -> float:
    """Move evenly."""
    return float(linear(share))
