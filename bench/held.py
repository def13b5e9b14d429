"""The most memory that a process and all it starts have held at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

__all__ = ["most_held"]

_EVERY = 0.1  # seconds


@contextmanager
def most_held(process: int) -> Iterator[list[int]]:
    """Watch a process, and those it starts, while the block runs; yields a list whose only item is the peak in bytes.

    A page that several of them share counts once in all, where the system tells (Linux: proportional set size);
    elsewhere in each of them.
    """
    peak, done = [0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(process, peak, done), daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def _watch(process: int, peak: list[int], done: threading.Event) -> None:
    while not done.wait(_EVERY):
        with suppress(psutil.Error):
            first = psutil.Process(process)
            peak[0] = max(peak[0], sum(_held(one) for one in (first, *first.children(recursive=True))))


def _held(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        held = process.memory_full_info()
        return int(getattr(held, "pss", held.rss))
    return 0  # it has just ended
