"""Where ``em-film`` begins."""

from __future__ import annotations

import sys
from io import TextIOWrapper

__all__ = ["main"]


def main() -> None:
    """Run the command; without what it needs, say how to install it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # not every terminal has every letter
    try:
        from em_film.command.command import command
    except KeyboardInterrupt:
        print("interrupted before anything was done", file=sys.stderr)
        sys.exit(130)
    except ModuleNotFoundError as error:
        from em_film.errors import FILM_PACKAGES, INSTALL

        if error.name not in FILM_PACKAGES:
            raise
        print(f"{error.name} is not installed; {INSTALL}", file=sys.stderr)
        sys.exit(2)
    command(prog_name="em-film")
