"""What a second render costs: with nothing, a word or the experiment changed; ``python -m bench --only again``."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.copies import FULL, Copy, Cost
from bench.timing import print_table, tell

__all__ = ["CHANGES", "main"]

CHANGES = {
    "word": ("scenes/em_step.py", "It leads to the next guess.", "It leads to the new guess."),
    "experiment": ("assets/experiments/three_clusters.toml", "mean = [2.8, 1.5]", "mean = [2.7, 1.6]"),
}
"""A word of a caption, and a cluster's place: file, what stands there once, and what comes in its place."""


def main(quick: bool = False) -> None:
    """Print the table, each once: what is rendered again cannot be rendered anew in turns."""
    with TemporaryDirectory() as folder:
        print_again(Path(folder), FULL)


def print_again(folder: Path, options: tuple[str, ...]) -> None:
    """Render, change something, render again, and print what each costs."""
    copy, costs = Copy(folder / "again"), {}

    def rendered(name: str, *options: str, fresh: bool = False) -> Cost:
        tell(f"  {name}")
        costs[name] = copy.render(*options, fresh=fresh)
        return costs[name]

    copy.lay_out("em_step")
    rendered("first render", *options, fresh=True)
    rendered("nothing changed", *options)
    copy.change(*CHANGES["word"])
    rendered("one word of a caption changed", *options)
    rendered("first draft (-ql)", "-ql")
    copy.change(*CHANGES["experiment"])
    rendered("draft of an edited experiment", "-ql")
    rows = [(name, f"{c.wall:.1f}", f"{c.cpu:.1f}", f"{c.rendered} of {c.plays}") for name, c in costs.items()]
    print_table("Once more: em_step, whole", ("", "wall s", "CPU s", "plays rendered"), rows, "1080p60 and 480p15.")
