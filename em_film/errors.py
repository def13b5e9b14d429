"""What can go wrong with a film: in the experiment file, in what was typed, in the render."""

from __future__ import annotations

import os
import tempfile
import traceback
from pathlib import Path

from em_model.errors import EMError, one_line

__all__ = ["FILM_PACKAGES", "INSTALL", "ExperimentError", "RenderError", "UsageError", "broken"]

FILM_PACKAGES = {
    "av",
    "clevercsv",
    "click",
    "contourpy",
    "filelock",
    "manim",
    "PIL",
    "platformdirs",
    "pptx",
    "psutil",
    "pydantic",
    "rich",
    "srt",
    "typst",
    "watchfiles",
}
INSTALL = "install what films need: pip install 'em-film[film]'"


class ExperimentError(EMError):
    """An experiment file that cannot be used; the message names file, key and remedy."""


class UsageError(EMError):
    """What was typed cannot be done; the message says what would be right. Exit status 2."""


class RenderError(Exception):
    """A render failed for a reason that is not the user's; the message names the log. Exit status 1."""


def broken(error: Exception, so_far: str = "") -> str:
    """Return one line for what should not have happened, having kept the whole story in a log that it names."""
    number, name = tempfile.mkstemp(prefix="em-film-", suffix=".log")
    os.close(number)
    story = "".join(traceback.format_exception(error))
    Path(name).write_text(f"{so_far}{story}", encoding="utf-8", errors="backslashreplace")
    short = one_line(f"{type(error).__name__}: {error}")
    return f"broke off ({short if len(short) <= 200 else short[:199] + '…'}); the log is {name}"
