"""Manim's configuration, without what the user has set for films of their own."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

import manim

__all__ = ["configure"]

_DEFAULTS = Path(manim.__file__).parent / "_config" / "default.cfg"


def configure(settings: Path) -> None:
    """Set Manim up by its own defaults and a file of settings, and nothing else.

    ``config.digest_file`` would read the ``manim.cfg`` in the user's home as well: a frame of another height there, and
    everything stands elsewhere.
    """
    parser = ConfigParser()
    parser.read_string(_DEFAULTS.read_text(encoding="utf-8"))
    parser.read_string(settings.read_text(encoding="ascii"))
    manim.config.digest_parser(parser)
