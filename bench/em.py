"""What EM costs: against scikit-learn and a plain loop, as N grows, in memory; and what the two curves cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import ThreadpoolController, threadpool_limits

import em_model
from bench.problems import CONTENDERS, apart, problem
from bench.timing import Spread, interleaved, print_table

__all__ = ["main"]

_AGREE = 1e-8  # relative; after the same number of steps from the same start
_GRID = 200


@dataclass(frozen=True, slots=True)
class Case:
    n_components: int
    n_dimensions: int
    n_points: int
    steps: int


CASES = (
    Case(3, 2, 1_000, 500),
    Case(3, 2, 100_000, 20),
    Case(3, 2, 1_000_000, 4),
    Case(10, 10, 100_000, 6),
    Case(8, 32, 50_000, 3),
    Case(32, 64, 30_000, 2),
)


def main(quick: bool = False) -> None:
    """Print the tables."""
    with threadpool_limits(1):
        against_others(CASES[:2] if quick else CASES, repetitions=3 if quick else 7)
        curves(repetitions=5 if quick else 15)
    growth([10**power for power in range(3, 7 if quick else 8)], repetitions=3 if quick else 5)
    memory(10**6 if quick else 10**7)


def against_others(cases: tuple[Case, ...], repetitions: int) -> None:
    rows = [row(case, repetitions) for case in cases]
    heads = ("K", "D", "N", "µs", "scikit-learn ×", "plain loop ×", "whole fit: sk-learn ×", "loop ×", "apart")
    note = (
        "Full covariances, same start, one thread. µs: an iteration of em_model; ×: times as long as that, with the "
        "fit of 1 iteration taken off. Whole fit: with all that goes before. "
        "Apart: largest relative difference of the fitted parameters."
    )
    print_table("One EM iteration", heads, rows, note)


def row(case: Case, repetitions: int) -> list[object]:
    points, start = problem(case.n_components, case.n_dimensions, case.n_points)
    steps = case.steps
    ours, *others = (fit(points, start, steps + 1) for fit in CONTENDERS.values())
    differ = max(apart(ours, other) for other in others)
    if differ > _AGREE:
        raise SystemExit(f"the fits disagree by {differ:.1e} at {case}; their times compare nothing")
    actions = {
        f"{name} {n}": lambda fit=fit, n=n: fit(points, start, n)
        for name, fit in CONTENDERS.items()
        for n in (1, steps + 1)
    }
    taken = interleaved(actions, repetitions)
    whole = [taken[f"{name} {steps + 1}"] for name in CONTENDERS]
    each = [(taken[f"{name} {steps + 1}"] - taken[f"{name} 1"]) / steps for name in CONTENDERS]
    return [
        case.n_components,
        case.n_dimensions,
        f"{case.n_points:,}",
        f"{1e6 * np.median(each[0]):,.0f}",
        *(Spread.of(other / each[0]) for other in each[1:]),
        *(Spread.of(other / whole[0]) for other in whole[1:]),
        f"{differ:.0e}",
    ]


def curves(repetitions: int) -> None:
    """Print what the blue and the red curve cost on a grid."""
    grid = np.linspace(0, 1, _GRID)
    blue, red = {}, {}
    for n_points in (1_000, 1_000_000):
        points, start = problem(3, 2, n_points)
        data = em_model.Data(points)
        history = em_model.fit(data, start, max_steps=2, tolerance=0)
        line = em_model.StepSlice.through(history.mixtures[0], history.mixtures[1])
        statistics = history.statistics[0]
        blue[f"{n_points:,}"] = lambda s=statistics, line=line: em_model.lower_bound(s, line.at(grid))
        if n_points == 1_000:
            red["red"] = lambda d=data, line=line: em_model.log_likelihood(d, line.at(grid))
    blue_taken = interleaved(blue, repetitions, calls=20)
    few, many = blue_taken.values()
    red_taken = interleaved(red, repetitions, calls=5)["red"]
    rows = [
        ("blue, N = 1,000", Spread.of(1e3 * few), "1"),
        ("blue, N = 1,000,000", Spread.of(1e3 * many), Spread.of(many / few)),
        ("red, N = 1,000", Spread.of(1e3 * red_taken), f"{np.median(red_taken) / np.median(few):.3g}"),
    ]
    note = "The mixtures along the line included. K = 3, D = 2, one thread."
    print_table(f"A curve on {_GRID} points of a step slice", ("curve", "ms", "× blue at 1,000"), rows, note)


def growth(sizes: list[int], repetitions: int) -> None:
    """Print time per point as N grows, and the slope of log time over log N."""
    pool, threads = ThreadpoolController(), sorted({1, os.cpu_count() or 1})
    points, start = problem(3, 2, max(sizes))
    steps = {size: max(1, 200_000 // size) for size in sizes}
    actions = {
        f"{size} {count}": _fit(em_model.Data(points[:size]), start, steps[size], pool, count)
        for size in sizes
        for count in threads
    }
    taken = interleaved(actions, repetitions)
    # A fit of n steps takes n + 1 E-steps and n M-steps, whose cost is nothing beside them.
    each = {(size, n): taken[f"{size} {n}"] / (steps[size] + 1) for size in sizes for n in threads}
    rows = [[f"{size:,}", *(Spread.of(1e9 * each[size, n] / size) for n in threads)] for size in sizes]
    for low in (sizes[0], 10**5, 10**6):
        kept = [size for size in sizes if size >= low]
        if len(kept) < 2:
            continue
        slopes = [_slope(kept, [float(np.median(each[size, n])) for size in kept]) for n in threads]
        rows.append([f"slope from {low:,}", *(f"{slope:.3f}" for slope in slopes)])
    heads = ("N", *(f"ns per point, {n} thread{'s' if n > 1 else ''}" for n in threads))
    note = "Slope of log(time of an iteration) over log(N): 1 is linear. Threads are the linear algebra's."
    print_table("Growth with N (K = 3, D = 2)", heads, rows, note)


def _fit(
    data: em_model.Data, start: em_model.Mixture, steps: int, pool: ThreadpoolController, threads: int
) -> Callable[[], None]:
    def fit() -> None:
        with pool.limit(limits=threads):
            em_model.fit(data, start, max_steps=steps, tolerance=0)

    return fit


def _slope(sizes: list[int], times: list[float]) -> float:
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def memory(n_points: int) -> None:
    """Print the peak of memory beyond the data, each fit in a process of its own."""
    rows = []
    for name in CONTENDERS:
        command = [sys.executable, "-m", "bench.memory", name, str(n_points)]
        run = subprocess.run(command, cwd=Path(__file__).parent.parent, check=True, capture_output=True, text=True)
        measured = json.loads(run.stdout)
        megabytes = [f"{measured[key] / 1e6:.0f}" for key in ("data", "beyond", "allocated")]
        rows.append([name, *megabytes, f"{measured['seconds']:.2f}"])
    heads = ("", "data MB", "peak beyond MB", "of it arrays MB", "s per iteration")
    note = (
        "Peak beyond: the process's highest resident set, less the data and what was resident before them. "
        "Of it arrays: the most that Python and NumPy held at once during a fit (tracemalloc)."
    )
    print_table(f"Memory at N = {n_points:,} (K = 3, D = 2, one thread)", heads, rows, note)


if __name__ == "__main__":
    main()
