"""Run the benchmarks: ``python -m bench [--only NAME] [--quick]``.

A benchmark is a module beside this one with a function ``main(quick)`` that prints its tables, entered below.
It is imported only when it runs, so that the numbers can be measured where nothing can be drawn.
"""

from __future__ import annotations

import argparse
from importlib import import_module

from bench.timing import print_machine, tell

BENCHMARKS = {
    "films": "every film: seconds, memory and bytes for each second of film",
    "beside": "the main film beside its encoder, Manim's own renderer and ordinary Manim",
    "five_seconds": "five seconds of the story by the film, matplotlib and ordinary Manim",
    "again": "a second render, with nothing, a word or the experiment changed",
    "growth": "the main film as points, components, pixels, length and processes grow",
    "startup": "what em-film check and a still take",
    "em": "EM against scikit-learn and a plain loop; growth with N, memory, the curves",
    "limits": "what EM could cost at least on this machine, and how far from it it runs",
    "parts": "data in parts: Dask workers against one process, scikit-learn and Spark MLlib",
    "encoder": "what the encoder's settings cost, and what they do to the pictures",
    "scatter": "a frame of N recoloured dots against Manim's Dots",
}


def main() -> None:
    """Run what was asked for, or everything."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Print how fast it is, as ratios measured in one run.",
        epilog="benchmarks: " + "; ".join(f"{name}: {what}" for name, what in BENCHMARKS.items()),
    )
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="this benchmark; may be given again")
    parser.add_argument("--quick", action="store_true", help="smaller data and fewer repetitions: a rough look")
    options = parser.parse_args()
    print_machine()
    names = options.only or list(BENCHMARKS)
    for number, name in enumerate(names, 1):
        tell(f"{name}, {number} of {len(names)}: {BENCHMARKS[name]}")
        import_module(f"bench.{name}").main(quick=options.quick)
    tell("done")


if __name__ == "__main__":
    main()
