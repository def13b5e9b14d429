"""Run the benchmarks: ``python -m bench [--only NAME] [--quick]``.

A benchmark is a module beside this one with a function ``main(quick)`` that prints its tables, entered below.
It is imported only when it runs, so that the numbers can be measured where nothing can be drawn.
"""

from __future__ import annotations

import argparse
from importlib import import_module

from bench.timing import print_machine

BENCHMARKS = {
    "em": "EM against scikit-learn and a plain loop; growth with N, memory, the curves",
    "limits": "what EM could cost at least on this machine, and how far from it it runs",
    "parts": "data in parts: Dask workers against one process, scikit-learn and Spark MLlib",
    "film": "the film against its encoder and ordinary Manim; once more; at other sizes",
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
    for name in options.only or BENCHMARKS:
        import_module(f"bench.{name}").main(quick=options.quick)


if __name__ == "__main__":
    main()
