"""Where ``em-film`` begins."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command; without what it needs, say how to install it."""
    try:
        from scenes.publish.command import command
    except ModuleNotFoundError as error:
        if error.name not in {"click", "rich"}:
            raise
        sys.exit(f"em-film: {error.name} is not installed; install what films need: pip install -e '.[film]'")
    command(prog_name="em-film")
