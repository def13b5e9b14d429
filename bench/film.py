"""What the film costs: seconds per second of film, against its encoder, ordinary Manim, itself at other sizes.

Whole processes, each with folders of its own, interleaved; `bench/ordinary.py` is the same film in ordinary Manim.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
import psutil

from bench.timing import print_table

__all__ = ["main"]

_ROOT = Path(__file__).parent.parent
_DEFAULT = (_ROOT / "assets/experiments/three_clusters.toml").read_text(encoding="utf-8")
_CUT = ("-n", "17,29")  # the first E-step, M-step and turn, in which nearly everything moves
_FULL = ("-r", "1920,1080", "--fps", "60")
_MANIMS_OWN = ("preset=medium", "crf=23", "thread_type=slice")
_SENTENCE = "Colours: how far each Gaussian is responsible."


@dataclass(frozen=True, slots=True)
class Cost:
    """One command: seconds by the clock and of all cores, peak MB of its processes, seconds of film, plays, pieces."""

    wall: float
    cpu: float
    megabytes: float
    seconds: float
    plays: int = 0
    rendered: int = 0

    @classmethod
    def median(cls, costs: Sequence[Cost]) -> Cost:
        middle = {name: float(np.median([getattr(c, name) for c in costs])) for name in ("wall", "cpu", "megabytes")}
        return replace(costs[-1], **middle)


class Copy:
    """A copy of the code with one experiment and its own cache."""

    def __init__(self, folder: Path, *, points: int = 1000, detailed: int = 3) -> None:
        self.folder = folder
        for part in ("em_model", "scenes", "bench"):
            shutil.copytree(_ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(_ROOT / "manim.cfg", folder)
        text = _DEFAULT.replace("points = 1000", f"points = {points}")
        text = text.replace("detailed_steps = 3", f"detailed_steps = {detailed}")
        (folder / "film.toml").write_text(text, encoding="utf-8")

    def change(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text(encoding="utf-8")
        if old not in text:
            raise SystemExit(f"bench/film.py: {file} does not hold {old!r} any more")
        (self.folder / file).write_text(text.replace(old, new), encoding="utf-8")

    def render(
        self, *options: str, film: str = "scenes/em_step.py", fresh: bool = True, renderer: str = "fast", jobs: str = ""
    ) -> Cost:
        media = self.folder / "media"
        if fresh:
            shutil.rmtree(media, ignore_errors=True)
        quiet = ("--progress_bar", "none", "--media_dir", "media")
        began = time.time()
        done, cost = self.run(
            ["-m", "manim", "render", film, *options, *quiet], EM_RENDERER=renderer, EM_FILM_JOBS=jobs
        )
        video = max(media.glob("videos/*/*/*.mp4"), key=lambda path: path.stat().st_mtime)
        with av.open(str(video)) as container:
            seconds = float(container.duration or 0) / av.time_base
        plays = int(re.search(r"Played (\d+) animations", done)[1])  # type: ignore[index]
        pieces = media.glob("videos/*/*/partial_movie_files/*/*.mp4")
        rendered = sum(piece.stat().st_mtime >= began for piece in pieces)
        return replace(cost, seconds=seconds, plays=plays, rendered=rendered)

    def encode(self) -> Cost:
        """Encode the frames of the film that is there."""
        video = max(self.folder.glob("media/videos/*/*/*.mp4"), key=lambda path: path.stat().st_mtime)
        return Cost(**json.loads(self.run(["-m", "bench.encode_only", str(video)])[0].splitlines()[-1]))

    def run(self, command: Sequence[str], **given: str) -> tuple[str, Cost]:
        environment = {**os.environ, "PYTHONPATH": str(self.folder), "EM_EXPERIMENT": "film.toml", "COLUMNS": "300"}
        environment |= {"EM_THEME": "dark", **given}
        with TemporaryDirectory() as folder, (Path(folder) / "said").open("w+", encoding="utf-8") as said:
            start = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, *command], cwd=self.folder, env=environment, stdout=said, stderr=subprocess.STDOUT
            )
            peaks: list[int] = []
            threading.Thread(target=_watch_memory, args=(process.pid, peaks), daemon=True).start()
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            said.seek(0)
            text = said.read()
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{text[-2000:]}")
        return text, Cost(wall, usage.ru_utime + usage.ru_stime, max(peaks, default=0) / 1e6, 0.0)


def _watch_memory(process: int, seen: list[int]) -> None:
    """Note what a process and its children hold, as long as it runs; what they share is counted in each."""
    with suppress(psutil.Error):
        first = psutil.Process(process)
        while True:
            held = 0
            for one in (first, *first.children(recursive=True)):
                with suppress(psutil.Error):
                    held += one.memory_info().rss
            seen.append(held)
            time.sleep(0.1)


def main(quick: bool = False) -> None:
    """Print the tables."""
    times = 1 if quick else 3
    cut = _CUT if quick else ()
    with TemporaryDirectory() as folder:
        default = Copy(Path(folder) / "default")
        yardstick = Copy(Path(folder) / "yardstick")
        against_others(default, yardstick, times, cut)
        again(default)
        at_other_sizes(Path(folder), times)


def against_others(default: Copy, yardstick: Copy, times: int, cut: Sequence[str]) -> None:
    """Print the film beside its encoder, Manim's renderer and the film in ordinary Manim."""
    own = [part for option in _MANIMS_OWN for part in ("--encoder-option", option)]
    ordinary = (*own, "--max-inflight-encoders", "1", "--encoder-queue-size", "8")
    cases: dict[str, Callable[[], Cost]] = {
        "the film": lambda: default.render(*_FULL, *cut),
        "the film, one process": lambda: default.render(*_FULL, *cut, jobs="1"),
        "its frames, encoded only": default.encode,
        "the film, EM_RENDERER=plain": lambda: yardstick.render(*_FULL, *cut, renderer="plain"),
        "the same in ordinary Manim": lambda: yardstick.render(
            *_FULL, *cut, *ordinary, film="bench/ordinary.py", renderer="plain"
        ),
    }
    costs = measured(cases, times)
    film = costs["the film"]
    rows = [
        (*row(name, cost), f"{cost.wall / film.wall:.2f}", f"{cost.cpu / film.cpu:.2f}") for name, cost in costs.items()
    ]
    what = "plays 17 to 29" if cut else "the whole film"
    print_table(f"1080p60, N = 1,000, {what} ({film.seconds:.1f} s)", (*_HEADS, "wall ×", "CPU ×"), rows, _NOTE)


def again(copy: Copy) -> None:
    """Print what a second render costs: with nothing, a word, or the experiment changed."""
    rows = []
    first = copy.render(*_FULL)
    rows.append(("first render", first))
    rows.append(("second, nothing changed", copy.render(*_FULL, fresh=False)))
    copy.change("scenes/em_step.py", _SENTENCE, _SENTENCE.replace("far", "much"))
    rows.append(("third, one word of a caption changed", copy.render(*_FULL, fresh=False)))
    copy.render("-ql", fresh=False)
    copy.change("film.toml", "mean = [2.8, 1.5]", "mean = [2.7, 1.6]")
    rows.append(("draft (-ql) of an edited experiment", copy.render("-ql", fresh=False)))
    cells = [(name, f"{c.wall:.1f}", f"{c.cpu:.1f}", f"{c.rendered} of {c.plays}") for name, c in rows]
    print_table("Once more", ("", "wall s", "CPU s", "plays rendered"), cells)


def at_other_sizes(folder: Path, times: int) -> None:
    """Print how the cost grows with points, resolution and length."""
    many = {size: Copy(folder / f"n{size}", points=size) for size in (100, 1_000, 10_000, 100_000)}
    base = many[1_000]
    long = {steps: Copy(folder / f"long{steps}", detailed=steps) for steps in (1, 6)}
    cases: dict[str, Callable[[], Cost]] = {}
    for size, copy in many.items():
        cases[f"N = {size:,}, 1080p60"] = lambda copy=copy: copy.render(*_FULL, *_CUT)
    for width, height, rate in ((854, 480, 15), (1280, 720, 30), (2560, 1440, 60)):
        options = ("-r", f"{width},{height}", "--fps", str(rate), *_CUT)
        cases[f"N = 1,000, {height}p{rate}"] = lambda options=options: base.render(*options)
    for steps, copy in long.items():
        cases[f"whole film, {steps} detailed steps, 480p15"] = lambda copy=copy: copy.render("-ql")
    costs = measured(cases, times)
    whole = costs["N = 1,000, 1080p60"]
    rows = [
        (*row(name, cost), f"{cost.wall / whole.wall:.2f}", f"{cost.cpu / whole.cpu:.2f}")
        for name, cost in costs.items()
    ]
    note = "Plays 17 to 29 unless the whole film is said. Of 100,000 points, all are fitted and 50,000 drawn."
    print_table("Growth", (*_HEADS, "wall ×", "CPU ×"), rows, note)


_HEADS = ("", "film s", "wall s", "wall s/s", "CPU s/s", "peak MB")
_NOTE = (
    "s/s: seconds for each second of film. CPU: of all cores, which other work on the machine moves less than the "
    "clock. Encoded only: without start-up, from pictures in memory, with the same settings."
)


def row(name: str, cost: Cost) -> tuple[str, ...]:
    rates = (f"{cost.wall / cost.seconds:.2f}", f"{cost.cpu / cost.seconds:.2f}")
    return name, f"{cost.seconds:.1f}", f"{cost.wall:.1f}", *rates, f"{cost.megabytes:.0f}"


def measured(cases: dict[str, Callable[[], Cost]], times: int) -> dict[str, Cost]:
    """Measure every case in every round, and give the medians."""
    rounds = [{name: case() for name, case in cases.items()} for _ in range(times)]
    return {name: Cost.median([costs[name] for costs in rounds]) for name in cases}


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
