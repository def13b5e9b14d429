"""Five seconds of the story by the film, matplotlib and ordinary Manim: ``python -m bench --only five_seconds``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import av

from bench.beside import MANIMS_OWN
from bench.copies import FULL, HEADS, NOTE, Copy, Cost, in_turns, row
from bench.timing import print_table

__all__ = ["main"]

_PLOTS = {"matplotlib, FuncAnimation": "FuncAnimation", "matplotlib, blitting by hand": "blitting"}


def main(quick: bool = False) -> None:
    """Print the table."""
    with TemporaryDirectory() as folder:
        print_five_seconds(Path(folder), FULL, times=1 if quick else 3)


def print_five_seconds(folder: Path, options: tuple[str, ...], times: int, frames: int | None = None) -> None:
    """Make the five seconds in every way, in turns, and print what each costs."""
    copy, film = Copy(folder / "copy"), "bench/cut.py"
    copy.render("-ql", "FiveSeconds", film=film)  # lays out type
    cases: dict[str, Callable[[], Cost]] = {"the film": lambda: copy.render(*options, "FiveSeconds", film=film)}
    if find_spec("matplotlib"):
        cases |= {name: partial(plotted, copy, way, frames) for name, way in _PLOTS.items()}
    cases["ordinary Manim"] = lambda: copy.render(
        *options, *MANIMS_OWN, "OrdinaryFiveSeconds", film=film, renderer="plain"
    )
    costs = in_turns(cases, times)
    whole = costs["the film"]
    rows = [(*row(name, cost), f"{_rate(cost) / _rate(whole):.2f}") for name, cost in costs.items()]
    rows += [(name, "not installed", *[""] * len(HEADS[1:])) for name in _PLOTS if name not in costs]
    by = "ffmpeg's command, beside the drawing" if which("ffmpeg") else "PyAV, in the same process: no ffmpeg is there"
    note = (
        f"{NOTE} Whole processes: start-up, some seconds, and the fit are in all of them. ×: wall s/s. matplotlib and "
        f"ordinary Manim encode with Manim's own settings, matplotlib by {by}."
    )
    print_table("Five seconds, 1080p60, N = 1,000: the first E-step and M-step", (*HEADS, "×"), rows, note)


def plotted(copy: Copy, way: str, frames: int | None) -> Cost:
    """Have matplotlib draw it."""
    file = copy.folder / f"{way}.mp4"
    _, cost = copy.run("-m", "bench.plots", way, str(file), *([] if frames is None else [str(frames)]))
    with av.open(str(file)) as container:
        seconds = float(container.duration or 0) / av.time_base
    return replace(cost, seconds=seconds, size=file.stat().st_size / 1e6)


def _rate(cost: Cost) -> float:
    return cost.wall / cost.seconds
