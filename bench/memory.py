"""Measure one fit's peak of memory beyond its data: ``python -m bench.memory CONTENDER N`` prints JSON.

It needs a process of its own, because a peak never goes down again.
"""

from __future__ import annotations

import json
import resource
import sys
import tracemalloc
from functools import partial
from pathlib import Path

from threadpoolctl import threadpool_limits

from bench.problems import CONTENDERS, problem
from bench.timing import seconds

__all__ = ["main"]


def main() -> None:
    """Fit once for time and resident memory, once more under tracemalloc."""
    name, n_points = sys.argv[1], int(sys.argv[2])
    fit = CONTENDERS[name]
    with threadpool_limits(1):
        small, start = problem(3, 2, 1000)
        fit(small, start, 2)  # what the libraries load on first use is not the fit's
        before = resident("VmRSS")
        points, start = problem(3, 2, n_points)
        one, three = (seconds(partial(fit, points, start, steps)) for steps in (1, 3))
        beyond = resident("VmHWM") - before - points.nbytes
        tracemalloc.start()
        fit(points, start, 1)
        allocated = tracemalloc.get_traced_memory()[1]
    measured = {"data": points.nbytes, "beyond": beyond, "allocated": allocated, "seconds": (three - one) / 2}
    sys.stdout.write(json.dumps(measured))


def resident(field: str) -> int:
    """Bytes in memory now (VmRSS) or at most (VmHWM), as Linux keeps them; elsewhere the highest is all there is."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(field))


if __name__ == "__main__":
    main()
