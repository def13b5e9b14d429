"""What a command costs before it can do anything: ``python -m bench --only startup``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.copies import Copy, Cost, in_turns
from bench.timing import print_table

__all__ = ["main"]

_EXPERIMENT = "assets/experiments/three_clusters.toml"
_COMMANDS = {
    "em-film check": ("check", _EXPERIMENT),
    "em-film still, em_step, 1080p": ("still", "em_step", "-q", "h", "--out", "stills"),
}


def main(quick: bool = False) -> None:
    """Print the table; three times is quick enough."""
    with TemporaryDirectory() as folder:
        copy = Copy(Path(folder) / "copy")
        cases = {name: partial(_cost, copy, *command) for name, command in _COMMANDS.items()}
        for case in cases.values():
            case()  # compiles modules, lays out type
        costs = in_turns(cases, 3)
    rows = [(name, f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.held:.0f}") for name, cost in costs.items()]
    print_table("Start-up, caches warm, medians of three", ("", "wall s", "CPU s", "peak MB"), rows)


def _cost(copy: Copy, *command: str) -> Cost:
    return copy.run("-m", "em_film", *command)[1]
