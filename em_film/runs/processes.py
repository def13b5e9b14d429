"""The same work on many things, spread over all cores; the results are those of one process, to the last bit."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import TypeVar

from threadpoolctl import threadpool_limits

from em_film import environment

__all__ = ["spread"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_WAY_OF_STARTING = "fork" if sys.platform == "linux" else "spawn"


def spread(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    advance: Callable[[], None] = lambda: None,
    *,
    processes: int | None = None,
) -> list[Result]:
    """Return the results of the work on each item, in order.

    Parameters
    ----------
    work : callable
        It, the items and the results can be pickled.
    items : sequence
    advance : callable
        Called as results come in, once for each.
    processes : int, optional
        How many to use; when left out as many as ``EM_FILM_JOBS`` says, or as there are cores.
    """
    processes = min(processes or environment.jobs() or environment.cores(), len(items))
    results: list[Result] = []
    # One thread of BLAS in each: several in each of several processes get in each other's way, and sum differently.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*fork.*", DeprecationWarning)  # no thread of ours holds a lock for long
        if processes > 1:
            pool = ProcessPoolExecutor(processes, get_context(_WAY_OF_STARTING), _be_a_worker)
            try:
                for result in pool.map(work, items, chunksize=max(1, len(items) // (16 * processes))):
                    results.append(result)
                    advance()
            except BrokenProcessPool:
                pass  # somebody killed one of them: the rest is done here
            finally:
                pool.shutdown(cancel_futures=True)
        for item in items[len(results) :]:
            results.append(work(item))
            advance()
    return results


def _be_a_worker() -> None:
    """Leave Ctrl-C to the first process, end with it, and use one thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    import scipy.linalg  # noqa: F401  # brings BLAS, so that there is something to limit

    threadpool_limits(1)


def _end_with_the_first() -> None:
    first = parent_process()
    if first is not None:
        first.join()
        os._exit(1)
