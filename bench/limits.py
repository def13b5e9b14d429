"""What an EM iteration could cost at least on this machine, and how far from that it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

import em_model
from bench.problems import problem
from bench.timing import Spread, interleaved, print_table
from em_model.densities import Densities

__all__ = ["main"]

_BIG = 2**25  # numbers, 256 MiB: far beyond any cache
_WIDE = 768  # side of a matrix product that shows the core's speed


@dataclass(frozen=True, slots=True)
class Machine:
    """What one core does at most: bytes per second read and copied, operations per second in a large product."""

    read: float
    copied: float
    flops: float


def main(quick: bool = False) -> None:
    """Print the tables."""
    with threadpool_limits(1):
        machine = measure_machine(repetitions=3 if quick else 7)
        for n_components, n_dimensions, n_points in ((3, 2, 10**6), (10, 10, 10**5)):
            n_points = n_points // 10 if quick else n_points
            print_floor(machine, n_components, n_dimensions, n_points, repetitions=5 if quick else 15)


def measure_machine(repetitions: int) -> Machine:
    """Measure memory and multiplication by large arrays, print and return them."""
    big, copy = np.ones(_BIG), np.empty(_BIG)
    square = np.full((_WIDE, _WIDE), 0.5)
    actions: dict[str, Callable[[], object]] = {
        "read (a dot product)": lambda: big.dot(big),
        "copy (read and written)": lambda: np.copyto(copy, big),
        "matrix product": lambda: square @ square,
    }
    taken = interleaved(actions, repetitions)
    work = (big.nbytes, 2 * big.nbytes, 2 * _WIDE**3)
    rates = {name: amount / taken[name] / 1e9 for name, amount in zip(actions, work, strict=True)}
    units = ("GB/s", "GB/s", "Gflop/s")
    rows = [(name, Spread.of(rate), unit) for (name, rate), unit in zip(rates.items(), units, strict=True)]
    print_table("One core of this machine", ("", "rate", "unit"), rows)
    return Machine(*(1e9 * float(np.median(rate)) for rate in rates.values()))


def print_floor(machine: Machine, n_components: int, n_dimensions: int, n_points: int, repetitions: int) -> None:
    """Print what each part of an iteration costs per point, the least that it could, and what the fit takes."""
    points, start = problem(n_components, n_dimensions, n_points)
    data = em_model.Data(points)
    rows = min(data.chunk_rows(2 * n_components), n_points)
    parts = chunk_parts(data, start, rows)
    # Enough chunks in a row for a clock's tick to be nothing.
    calls = max(1, 100_000 // rows)
    taken = interleaved({"whole": lambda: em_model.e_step(data, start), **parts}, repetitions, calls=calls)
    whole = 1e9 * taken.pop("whole") / n_points
    per_point = {name: 1e9 * values / rows for name, values in taken.items()}

    least = {
        "read the point": 1e9 * 8 * n_dimensions / machine.read,
        "products, at the speed of a large one": 1e9 * _flops(n_components, n_dimensions) / machine.flops,
        "exponentials": float(np.median(per_point["exp"])),
        "logarithm": float(np.median(per_point["log"])),
    }
    floor = sum(least.values())
    together = sum(per_point.values())
    title = f"K = {n_components}, D = {n_dimensions}, ns per point and iteration, one thread"
    rows_least = [(name, f"{value:.2f}", f"{100 * value / floor:.0f} %") for name, value in least.items()]
    print_table(f"{title}: the least", ("", "ns", "of it"), [*rows_least, ("the least", f"{floor:.2f}", "")])
    rows_parts = [
        (name, Spread.of(value), f"{np.median(value / whole) * 100:.0f} %") for name, value in per_point.items()
    ]
    ends = [
        ("all parts", Spread.of(together), f"{np.median(together / whole) * 100:.0f} %"),
        (f"the iteration, N = {n_points:,}", Spread.of(whole), ""),
        ("iteration / the least", Spread.of(whole / floor), ""),
        ("iteration / all parts", Spread.of(whole / together), ""),
    ]
    note = f"Parts are NumPy's calls on one chunk of {rows:,} points, in cache."
    print_table(f"{title}: as it runs", ("", "ns", "of it"), [*rows_parts, *ends], note)


def chunk_parts(data: em_model.Data, mixture: em_model.Mixture, rows: int) -> dict[str, Callable[[], object]]:
    """Return the calls that an E-step makes for each chunk, on arrays of a chunk's size."""
    coefficients = Densities(data, mixture).coefficients
    block = data.points[:rows]
    features = next(data.chunks(rows))[1].copy()
    joint = coefficients @ features
    joint -= joint.max(axis=0)
    powers = np.exp(joint)
    totals = powers.sum(axis=0)
    out, row = np.empty_like(joint), np.empty(rows)
    workspace = np.empty((data.n_features, rows))
    return {
        "features": lambda: data.frame.features(block, workspace),
        "product: log-densities": lambda: coefficients @ features,
        "max and subtract": lambda: np.subtract(joint, joint.max(axis=0), out=out),
        "exp": lambda: np.exp(joint, out=out),
        "sum and divide": lambda: np.divide(powers, powers.sum(axis=0), out=out),
        "log": lambda: np.log(totals, out=row),
        "product: statistics": lambda: powers @ features.T,
    }


def _flops(n_components: int, n_dimensions: int) -> float:
    """Count multiplications and additions per point and iteration in products that cannot be avoided."""
    n_features = (n_dimensions + 1) * (n_dimensions + 2) // 2
    whitening, squares = n_dimensions * (2 * n_dimensions + 1), n_dimensions * (n_dimensions + 1) // 2
    return whitening + squares + 4 * n_components * n_features


if __name__ == "__main__":
    main()
