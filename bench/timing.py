"""What every benchmark shares: interleaved repetitions, medians with their spread, tables."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

__all__ = ["Spread", "interleaved", "print_machine", "print_table", "seconds", "tell"]

_CONSOLE = Console(width=120, highlight=False)
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "manim", "av")
_BEGAN = time.monotonic()


@dataclass(frozen=True, slots=True)
class Spread:
    """Median of repeated measurements, with the lowest and the highest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: npt.ArrayLike) -> Spread:
        array = np.asarray(values, dtype=float)
        return cls(float(np.median(array)), float(array.min()), float(array.max()))

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(self.low)}–{_short(self.high)})"


def seconds(action: Callable[[], object], calls: int = 1) -> float:
    """Wall time of one call, taken over several in a row."""
    start = time.perf_counter()
    for _ in range(calls):
        action()
    return (time.perf_counter() - start) / calls


def interleaved(
    actions: Mapping[str, Callable[[], object]], repetitions: int, *, calls: int = 1
) -> dict[str, npt.NDArray[np.float64]]:
    """Seconds per call of every action in every repetition.

    Each repetition runs all actions, so that whatever else the machine does meets all of them; each starts with
    another one, so that none always follows the same.
    """
    names = list(actions)
    taken = {name: np.empty(repetitions) for name in names}
    for action in actions.values():
        action()
    for repetition in range(repetitions):
        first = repetition % len(names)
        for name in names[first:] + names[:first]:
            taken[name][repetition] = seconds(actions[name], calls)
    return taken


def print_table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]], note: str = "") -> None:
    """Print rows under heads; a note explains below."""
    table = Table()
    for head in heads:
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    _CONSOLE.print(title, style="bold")
    _CONSOLE.print(table)
    _CONSOLE.print(f"{note}\n" if note else "")


def tell(what: str) -> None:
    """Say what comes next and how long it has been going on, beside the tables: on standard error."""
    minutes, seconds = divmod(int(time.monotonic() - _BEGAN), 60)
    sys.stderr.write(f"[{minutes:2}:{seconds:02}] {what}\n")
    sys.stderr.flush()


def print_machine() -> None:
    """Print what the figures were taken on, without naming the machine."""
    versions = ", ".join(f"{library} {version(library)}" for library in _LIBRARIES)
    _CONSOLE.print(
        f"{datetime.now(UTC):%Y-%m-%d}, {_processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, {versions}\nmedian (lowest–highest) of interleaved repetitions\n"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _short(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
