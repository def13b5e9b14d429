"""The main film beside its encoder, Manim's own renderer and ordinary Manim: ``python -m bench --only beside``.

``bench/ordinary.py`` is the same film in ordinary Manim.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.copies import CUT, CUT_NAMED, FULL, HEADS, NOTE, Copy, Cost, in_turns, row
from bench.timing import print_table
from em_film.environment import cores

__all__ = ["MANIMS_OWN", "main"]

MANIMS_OWN = (
    *(part for option in ("preset=medium", "crf=23", "thread_type=slice") for part in ("--encoder-option", option)),
    *("--max-inflight-encoders", "1", "--encoder-queue-size", "8"),
)
"""Manim's own settings of its encoder, where ``manim.cfg`` says otherwise."""


def main(quick: bool = False) -> None:
    """Print the table."""
    options = (*FULL, "-n", "{},{}".format(*CUT)) if quick else FULL
    with TemporaryDirectory() as folder:
        print_beside(Path(folder), options, times=1 if quick else 3, what=CUT_NAMED if quick else "the whole film")


def print_beside(folder: Path, options: tuple[str, ...], times: int, what: str) -> None:
    """Render and encode in turns, and print what each costs."""
    film, yardstick = Copy(folder / "film"), Copy(folder / "yardstick")
    film.lay_out("em_step")
    yardstick.lay_out("em_step")
    # Encoding takes the frames of the film that its copy has rendered last, so it stands right behind it.
    cases: dict[str, Callable[[], Cost]] = {
        "the film": lambda: film.render(*options),
        f"its frames, encoded only, in {cores()}": film.encode,
        "the film, one process": lambda: film.render(*options, jobs=1),
        "EM_RENDERER=plain": lambda: yardstick.render(*options, renderer="plain"),
        "ordinary Manim": lambda: yardstick.render(*options, *MANIMS_OWN, film="bench/ordinary.py", renderer="plain"),
    }
    costs = in_turns(cases, times)
    whole = costs["the film"]
    rows = [
        (*row(name, cost), f"{cost.wall / whole.wall:.2f}", f"{cost.cpu / whole.cpu:.2f}")
        for name, cost in costs.items()
    ]
    note = (
        f"{NOTE} Encoded only: by as many processes as the film has, each with an equal share of its frames in memory, "
        "with the film's settings and number of threads, without start-up and drawing; whole pictures are converted, "
        "not tiles. EM_RENDERER=plain: Manim's renderer, in one process, with the film's encoder settings. Ordinary "
        "Manim: bench/ordinary.py, with Manim's own encoder settings."
    )
    print_table(f"em_step, 1080p60, N = 1,000, {what}", (*HEADS, "wall ×", "CPU ×"), rows, note)
