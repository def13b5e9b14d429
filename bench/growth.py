"""How the cost of the film grows: points, components, pixels, length, processes; ``python -m bench --only growth``."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.copies import CUT, CUT_NAMED, FULL, HEADS, NOTE, Copy, Cost, in_turns, row
from bench.timing import print_table

__all__ = ["clusters", "main"]

POINTS = (100, 1_000, 10_000, 100_000)
COMPONENTS = (2, 3, 5, 8)
SIZES = ((854, 480, 15), (1280, 720, 30), (1920, 1080, 60), (2560, 1440, 60), (3840, 2160, 60))
DETAILED = (1, 3, 6)
JOBS = (1, 2, 4)
_CUT = ("-n", "{},{}".format(*CUT))


def main(quick: bool = False) -> None:
    """Print the tables."""
    with TemporaryDirectory() as folder:
        print_growth(Path(folder), times=1 if quick else 3)


def print_growth(
    folder: Path,
    times: int,
    *,
    options: tuple[str, ...] = FULL,
    points: tuple[int, ...] = POINTS,
    components: tuple[int, ...] = COMPONENTS,
    sizes: tuple[tuple[int, int, int], ...] = SIZES,
    detailed: tuple[int, ...] = DETAILED,
    jobs: tuple[int, ...] = JOBS,
) -> None:
    """Print a table for each of what grows, with ratios to its second row, or to its only one."""
    base = _copy(folder / "base")
    cases: dict[str, dict[str, Callable[[], Cost]]] = {
        f"points, K = 3, 1080p60, {CUT_NAMED}": {
            f"N = {count:,}": _cut(_copy(folder / f"n{count}", clusters(points=count)), *options) for count in points
        },
        f"components, N = 1,000, 1080p60, {CUT_NAMED}": {
            f"K = {count}": _cut(_copy(folder / f"k{count}", clusters(count)), *options) for count in components
        },
        f"pixels and rate, N = 1,000, {CUT_NAMED}": {
            f"{height}p{rate}": _cut(base, "-r", f"{width},{height}", "--fps", str(rate))
            for width, height, rate in sizes
        },
        "length, 480p15, the whole film": {
            f"{count} detailed step{'s' * (count > 1)}": _whole(
                _copy(folder / f"long{count}", clusters(detailed=count)), "-ql"
            )
            for count in detailed
        },
        "processes, 1080p60, the whole film": {
            f"{count} process{'es' * (count > 1)}": _whole(base, *options, jobs=count) for count in jobs
        },
    }
    for what, some in cases.items():
        costs = in_turns(some, times)
        unit = list(costs.values())[min(1, len(costs) - 1)]
        rows = [
            (*row(name, cost), f"{_rate(cost.wall, cost) / _rate(unit.wall, unit):.2f}") for name, cost in costs.items()
        ]
        note = f"{NOTE} ×: wall s/s, in units of the second row."
        if what.startswith("points"):
            note += " Of 100,000 points, all are fitted and 50,000 drawn."
        print_table(f"em_step, growth with {what}", (*HEADS, "×"), rows, note)


def clusters(components: int = 3, *, points: int = 1_000, detailed: int = 3) -> str:
    """Return an experiment: elongated clusters on a ring, close enough together for EM to take its time."""
    parts = []
    for k in range(components):
        angle = 2 * math.pi * k / components
        mean = f"[{3 * math.cos(angle):.3f}, {3 * math.sin(angle):.3f}]"
        parts.append(
            f"[[data.cluster]]\nweight = {1 / components}\nmean = {mean}\ncovariance = [[1.0, 0.4], [0.4, 0.8]]\n"
        )
    return (
        f'title = "A ring of clusters"\nseed = 4\n[data]\npoints = {points}\n{"".join(parts)}'
        f"[fit]\ncomponents = {components}\nmax_steps = 40\n[film]\ndetailed_steps = {detailed}\n"
    )


def _copy(folder: Path, experiment: str | None = None) -> Copy:
    copy = Copy(folder, clusters() if experiment is None else experiment)
    copy.lay_out("em_step")
    return copy


def _cut(copy: Copy, *options: str) -> Callable[[], Cost]:
    return lambda: copy.render(*options, *_CUT)


def _whole(copy: Copy, *options: str, jobs: int | None = None) -> Callable[[], Cost]:
    return lambda: copy.render(*options, jobs=jobs)


def _rate(seconds: float, cost: Cost) -> float:
    return seconds / cost.seconds
