"""The door of plain Manim: ``manim render`` makes a film without arguments, so that they come from the environment."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from em_model import EMError

__all__ = ["door"]


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


def _runs_manim() -> bool:
    context = click.get_current_context(silent=True)
    callback = context.find_root().command.callback if context else None
    return getattr(callback, "__module__", "").partition(".")[0] == "manim"
