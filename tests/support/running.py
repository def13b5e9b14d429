"""What the tests of the command share: where things lie, a small experiment, how the command is run and waited for."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from support import ROOT
from support.experiments import two_clusters

__all__ = ["FILMS", "ROOT", "SMALL", "START", "Run", "Started", "wait_for"]

FILMS = Path(__file__).parent / "films"
SMALL = two_clusters(40, "[fit]\nmax_steps = 4\n", seed=3)
START = """
import sys
from pathlib import Path
from em_film.publish import films
films.FOLDERS.append(Path(sys.argv.pop(1)))
{patch}
from em_film.command.command import command
command(prog_name="em-film")
"""

Run = Callable[..., Result]
Started = Callable[..., "subprocess.Popen[str]"]


def wait_for(happened: Callable[[], bool], seconds: int) -> None:
    """Wait until something has happened, in another process; fail if it does not in time."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"it did not happen in {seconds} seconds"
        time.sleep(0.05)
