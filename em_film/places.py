"""Where the storyboards, the experiments and Manim's settings lie: in the package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

__all__ = ["ASSETS", "MANIM_CFG", "SCENES"]

_PACKAGE = Path(__file__).resolve().parent


def _place(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name


SCENES = _place("scenes")
"""Folder of the storyboards, one film a file."""

ASSETS = _place("assets")
"""Folder of the experiments and data that come with the films."""

MANIM_CFG = _place("manim.cfg")
"""Manim's settings, which make players show the colours that were drawn."""
