"""What N recoloured dots cost in a frame: a VGroup of Dots against a Scatter, in one run.

Run by hand: ``python -m bench --only scatter``. Ratios hold from machine to machine, milliseconds do not.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from manim.camera.camera import Camera
from manim.mobject.mobject import Mobject
from manim.utils.color import ManimColor
from manim.utils.hashing import get_json
from rich.console import Console
from rich.table import Table

from em_film.drawing.scatter import Scatter
from em_film.renderer.camera import StageCamera

SIZE = {"pixel_width": 1920, "pixel_height": 1080}
# Dots shrink as they grow in number, as they do in the films.
CASES = ((1_000, 0.03), (10_000, 0.016), (100_000, 0.008), (100_000, 0.026))
DOTS_UP_TO = 10_000


def milliseconds(action: Callable[[], object], times: int) -> float:
    """Median time of one call."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return 1e3 * float(np.median(taken))


def frame(camera: Camera, mobject: Mobject, recolour: Callable[[], object]) -> Callable[[], object]:
    def draw() -> None:
        recolour()
        camera.capture_mobject(mobject)

    return draw


def dots_frame(scatter: Scatter, colours: npt.NDArray[np.float64]) -> float:
    dots = scatter.as_dots()

    def recolour() -> None:
        for dot, colour in zip(dots, colours, strict=True):
            dot.set_color(ManimColor(colour))

    return milliseconds(frame(Camera(**SIZE), dots, recolour), 3)


def row(n: int, radius: float) -> list[str]:
    rng = np.random.default_rng(7)
    colours = rng.uniform(size=(2, n, 3))
    scatter = Scatter(rng.normal(size=(n, 2)) * [1.2, 0.9], colours[0], radius, opacity=0.75)
    camera = StageCamera(**SIZE)
    build = milliseconds(lambda: camera.capture_mobject(scatter.shift([1e-3, 0, 0])), 3)
    fade = milliseconds(lambda: camera.capture_mobject(scatter.fade(0.02)), 5)
    recoloured = frame(camera, scatter, lambda: scatter.set_colors(colours[1]))
    recoloured()
    ours = milliseconds(recoloured, 50)
    held = camera._layers._entries[0].nbytes / 1e6
    hashed = milliseconds(lambda: get_json(scatter), 5)
    theirs = dots_frame(scatter, colours[1]) if n <= DOTS_UP_TO else None
    against = [f"{theirs:.0f}", f"{theirs / ours:.0f} ×"] if theirs else ["-", "-"]
    figures = [f"{ours:.2f}", *against, f"{fade:.1f}", f"{build:.0f}", f"{held:.1f}", f"{hashed:.2f}"]
    return [f"{n}", f"{radius * 135:.1f}", *figures]


def main(quick: bool = False) -> None:
    """Print the table."""
    table = Table(title="N recoloured dots, 1920 × 1080, ms a frame")
    heads = ("N", "radius px", "Scatter", "Dots", "faster", "fading", "moving", "map MB", "hash ms")
    for head in heads:
        table.add_column(head, justify="right")
    for n, radius in CASES[:2] if quick else CASES:
        table.add_row(*row(n, radius))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
