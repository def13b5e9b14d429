"""An animation of mobjects that stand in the scene by themselves."""

from __future__ import annotations

from manim import Animation, Scene

__all__ = ["Drawn"]


class Drawn(Animation):
    """An animation whose mobject only says what it changes: Manim does not put it into the scene."""

    def enter(self, scene: Scene) -> None:
        """Put into the scene what appears; nothing, unless a kind of this says so."""

    def _setup_scene(self, scene: Scene) -> None:
        self.enter(scene)
