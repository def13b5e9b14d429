"""What the tests of the command share: where things lie, a small experiment, and how the command is run."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from support import ROOT

__all__ = ["FILMS", "ROOT", "SMALL", "START", "Run", "Started"]

FILMS = Path(__file__).parent / "films"
SMALL = """\
seed = 3
[data]
points = 40
[[data.cluster]]
weight = 0.6
mean = [0.0, 0.0]
covariance = [[1.0, 0.5], [0.5, 1.0]]
[[data.cluster]]
weight = 0.4
mean = [3.0, 1.0]
covariance = [[1.0, 0.0], [0.0, 1.0]]
[start]
covariances = "data"
[fit]
max_steps = 4
"""
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
