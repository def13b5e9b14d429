"""The environment, read here and nowhere else: what plain Manim cannot be told otherwise."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

import platformdirs

from em_film.errors import UsageError
from em_film.wording import one_line

__all__ = ["cache_folder", "cores", "experiment", "jobs", "renderer", "theme"]

_MOST_JOBS = 256


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


def jobs() -> int | None:
    """Return how many processes ``EM_FILM_JOBS`` allows, None if it is not set; UsageError if it is no such number."""
    named = os.environ.get("EM_FILM_JOBS")
    if not named:
        return None
    if named.isdecimal() and 1 <= int(named[:9]) <= _MOST_JOBS:
        return int(named)
    raise UsageError(f"EM_FILM_JOBS: {one_line(named)[:40]} is no number of processes: give one from 1 to {_MOST_JOBS}")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def cache_folder() -> Path:
    """Return where renders keep what the next one can use: ``EM_FILM_CACHE``, or the system's place for caches."""
    named = os.environ.get("EM_FILM_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("em-film", appauthor=False)
