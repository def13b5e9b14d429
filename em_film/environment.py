"""The environment, read here and nowhere else: what plain Manim cannot be told otherwise."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import platformdirs

from em_film.errors import UsageError

__all__ = ["cache_folder", "experiment", "renderer", "theme"]


def experiment() -> Path | None:
    """Return the experiment file that ``EM_EXPERIMENT`` names."""
    named = os.environ.get("EM_EXPERIMENT")
    return Path(named) if named else None


def theme() -> str | None:
    """Return the theme that ``EM_THEME`` names."""
    return os.environ.get("EM_THEME") or None


def renderer() -> Literal["fast", "plain"]:
    """Return the renderer that ``EM_RENDERER`` names, the fast one if none; UsageError if there is no such one."""
    named = os.environ.get("EM_RENDERER") or "fast"
    if named == "fast":
        return "fast"
    if named == "plain":
        return "plain"
    raise UsageError(f"EM_RENDERER: unknown renderer {named!r}: choose one of fast, plain")


def cache_folder() -> Path:
    """Return where renders keep what the next one can use: ``EM_FILM_CACHE``, or the system's place for caches."""
    named = os.environ.get("EM_FILM_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("em-film", appauthor=False)
