"""The door of plain Manim: ``manim render`` makes a film without arguments, so that they come from the environment."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from em_film import environment
from em_film.errors import UsageError
from em_film.page.theme import theme_named
from em_model import EMError

__all__ = ["door", "plain_theme"]


@contextmanager
def door() -> Iterator[None]:
    """Turn what is wrong into a line and exit status 2 where the ``manim`` command runs; elsewhere let it be raised."""
    try:
        yield
    except EMError as error:
        if not _runs_manim():
            raise
        print(error, file=sys.stderr)
        raise SystemExit(2) from None


def plain_theme() -> str | None:
    """Return the theme that the environment asks for; UsageError if there is no such theme."""
    named = environment.theme()
    if named is not None:
        try:
            theme_named(named)
        except EMError as error:
            raise UsageError(f"EM_THEME: {error}") from None
    return named


def _runs_manim() -> bool:
    context = click.get_current_context(silent=True)
    callback = context.find_root().command.callback if context else None
    return getattr(callback, "__module__", "").partition(".")[0] == "manim"
