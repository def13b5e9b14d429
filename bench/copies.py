"""Films rendered by a copy of the code, in processes and folders of their own; what that costs, and a row of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile

import av
import numpy as np

from bench.held import most_held
from bench.timing import tell

__all__ = ["CUT", "CUT_NAMED", "FULL", "HEADS", "NOTE", "Copy", "Cost", "in_turns", "row"]

_ROOT = Path(__file__).parent.parent
_PARTS = ("em_model", "em_film", "scenes", "bench", "assets")
_EXPERIMENT = "assets/experiments/three_clusters.toml"

FULL = ("-r", "1920,1080", "--fps", "60")
CUT = (24, 40)
"""Plays of em_step's first E-step, M-step and turn, in which nearly everything moves; what Manim's ``-n`` takes."""
CUT_NAMED = "the first E-step, M-step and turn"

HEADS = ("", "film s", "wall s", "wall s/s", "CPU s/s", "peak MB", "file MB")
NOTE = (
    "s/s: seconds for each second of film. CPU: of all cores, which other work on the machine moves less than the "
    "clock. Peak: of all processes together; what they share counts once (Linux)."
)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one command costs, and what came of it.

    Attributes
    ----------
    wall, cpu : float
        Seconds by the clock, and of all cores.
    held : float
        Peak of the memory of its processes, in MB.
    seconds, size : float
        Length of the film, and MB of its file.
    plays, rendered : int
        Plays of the film, and those that were not taken from the cache.
    """

    wall: float
    cpu: float
    held: float = 0.0
    seconds: float = 0.0
    size: float = 0.0
    plays: int = 0
    rendered: int = 0

    @classmethod
    def median(cls, costs: Sequence[Cost]) -> Cost:
        middle = {name: float(np.median([getattr(cost, name) for cost in costs])) for name in ("wall", "cpu", "held")}
        return replace(costs[-1], **middle)


class Copy:
    """A copy of the code, with a cache of its own.

    Parameters
    ----------
    folder : Path
    experiment : str, optional
        What the main film's experiment is in it.
    """

    def __init__(self, folder: Path, experiment: str | None = None) -> None:
        self.folder = folder
        for part in _PARTS:
            shutil.copytree(_ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(_ROOT / "manim.cfg", folder)
        if experiment is not None:
            (folder / _EXPERIMENT).write_text(experiment, encoding="utf-8")

    def change(self, file: str, old: str, new: str) -> None:
        """Replace some text that must be there, once."""
        text = (self.folder / file).read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise SystemExit(f"{file} does not hold {old!r} once any more: what is measured here is to be told anew")
        (self.folder / file).write_text(text.replace(old, new), encoding="utf-8")

    def forget(self) -> None:
        """Remove what renders have kept: type and heavy runs."""
        shutil.rmtree(self.folder / "cache", ignore_errors=True)

    def lay_out(self, film: str) -> None:
        """Have type and heavy runs of a film kept, as they are once it has been played."""
        tell(f"  laying out {film} ({self.folder.name})")
        self.run("-m", "em_film", "still", film, "--at", "0", "-q", "l", "--out", "stills")

    def render(
        self,
        *options: str,
        film: str = "scenes/em_step.py",
        fresh: bool = True,
        jobs: int | None = None,
        renderer: str = "fast",
    ) -> Cost:
        """Render a film as ``manim`` does; ``fresh`` leaves nothing of what was rendered before."""
        if fresh:
            shutil.rmtree(self.folder / "media", ignore_errors=True)
        began = time.time()
        quiet = ("--progress_bar", "none", "--media_dir", "media")
        around = {"EM_RENDERER": renderer, "EM_FILM_JOBS": str(jobs or "")}
        said, cost = self.run("-m", "manim", "render", film, *options, *quiet, **around)
        video = self._video()
        pieces = self.folder.glob("media/videos/*/*/partial_movie_files/*/*.mp4")
        with av.open(str(video)) as container:
            seconds = float(container.duration or 0) / av.time_base
        return replace(
            cost,
            seconds=seconds,
            size=video.stat().st_size / 1e6,
            plays=int(re.search(r"Played (\d+) animations", said)[1]),  # type: ignore[index]
            rendered=sum(piece.stat().st_mtime >= began for piece in pieces),
        )

    def encode(self) -> Cost:
        """Encode the frames of the film that was rendered last, and do nothing else."""
        said, _ = self.run("-m", "bench.encode_only", str(self._video()))
        return Cost(**json.loads(said.splitlines()[-1]))

    def run(self, *command: str, **around: str) -> tuple[str, Cost]:
        """Run Python in the copy; return what it said, and what it cost."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("EM_")}
        environment |= {
            "PYTHONPATH": os.pathsep.join([str(self.folder), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "EM_FILM_CACHE": str(self.folder / "cache"),
            "EM_THEME": "dark",
            "COLUMNS": "300",
            **around,
        }
        with TemporaryFile("w+", encoding="utf-8") as output:
            start = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, *command], cwd=self.folder, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
            with most_held(process.pid) as peak:
                _, status, usage = os.wait4(process.pid, 0)
                wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            said = output.read()
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{said[-2000:]}")
        return said, Cost(wall, usage.ru_utime + usage.ru_stime, peak[0] / 1e6)

    def _video(self) -> Path:
        return max(self.folder.glob("media/videos/*/*/*.mp4"), key=lambda path: path.stat().st_mtime)


def in_turns(cases: Mapping[str, Callable[[], Cost]], times: int) -> dict[str, Cost]:
    """Measure every case in every round, and give the medians."""
    costs: dict[str, list[Cost]] = {name: [] for name in cases}
    for turn in range(times):
        for number, (name, case) in enumerate(cases.items(), 1):
            tell(f"  {name} ({turn * len(cases) + number} of {times * len(cases)})")
            costs[name].append(case())
    return {name: Cost.median(some) for name, some in costs.items()}


def row(name: str, cost: Cost) -> tuple[str, ...]:
    """Give a film's row under `HEADS`; what was not measured stays empty."""
    rates = (f"{cost.wall / cost.seconds:.2f}", f"{cost.cpu / cost.seconds:.2f}")
    rest = (f"{cost.held:.0f}" if cost.held else "", f"{cost.size:.1f}" if cost.size else "")
    return name, f"{cost.seconds:.1f}", f"{cost.wall:.1f}", *rates, *rest
