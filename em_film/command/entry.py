"""Where ``em-film`` begins."""

from __future__ import annotations

import sys
from io import TextIOWrapper

from em_film.errors import INSTALL

__all__ = ["main"]


def main() -> None:
    """Run the command; without what it needs, say how to install it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # not every terminal has every letter
    try:
        from em_film.command.command import command
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        print(f"click is not installed; {INSTALL}", file=sys.stderr)
        sys.exit(2)
    command(prog_name="em-film")
