"""Fades: only colours change, so that what fades stays where it is to the last bit, and is painted as it was."""

from __future__ import annotations

import manim
from manim import Mobject

__all__ = ["FadeIn", "FadeOut"]


class _ColoursOnly(manim.Transform):
    """Manim's fades also move the points between two places that are the same but for rounding."""

    # The arguments are those of Transform, which differ from those of Animation.
    def interpolate_submobject(  # type: ignore[override]
        self, submobject: Mobject, starting_submobject: Mobject, target_copy: Mobject, alpha: float
    ) -> _ColoursOnly:
        """Take the colours between those of the beginning and the end."""
        submobject.interpolate_color(starting_submobject, target_copy, alpha)
        return self


class FadeIn(_ColoursOnly, manim.FadeIn):
    """Manim's, of mobjects that stay where they are."""


class FadeOut(_ColoursOnly, manim.FadeOut):
    """Manim's, of mobjects that stay where they are."""
