"""Memory that passes over data work in: asked of the system once, not in every pass."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from em_model.mixture import FloatArray

__all__ = ["LINE", "scratch"]

LINE = 8  # numbers in a line of the cache; rows that begin on one are read and written faster
_MOST = 2**19  # numbers, 4 MiB, up to which a piece is kept


class _Shelf(threading.local):
    def __init__(self) -> None:
        self.free: list[FloatArray] = []


_SHELF = _Shelf()


@contextmanager
def scratch(size: int) -> Iterator[FloatArray]:
    """Lend memory for so many numbers, aligned to the cache's lines, with anything in it.

    What a thread gives back it is lent again, so that a system that takes every freed piece back at once, as Dask's
    workers ask theirs to, need not clear it for each pass. Whoever borrows while something is lent gets another piece.

    Examples
    --------
    >>> with scratch(10) as memory:
    ...     memory.shape, memory.ctypes.data % 64
    ((10,), 0)
    """
    memory = _SHELF.free.pop() if _SHELF.free else _aligned(size)
    if len(memory) < size:
        memory = _aligned(size)
    try:
        yield memory[:size]
    finally:
        if len(memory) <= _MOST:
            _SHELF.free.append(memory)


def _aligned(size: int) -> FloatArray:
    memory = np.empty(size + LINE)
    first = -(memory.ctypes.data // memory.itemsize) % LINE
    return memory[first : first + size]
