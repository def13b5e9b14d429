"""Memory that passes over data work in: asked of the system once, not in every pass."""

from __future__ import annotations

import threading

import numpy as np

from em_model.mixture import FloatArray

__all__ = ["LINE", "scratch"]

LINE = 8  # numbers in a line of the cache; rows that begin on one are read and written faster
_MOST = 2**19  # numbers, 4 MiB, up to which a piece is kept


class _Shelf(threading.local):
    def __init__(self) -> None:
        self.free: list[FloatArray] = []


_SHELF = _Shelf()


class scratch:
    """Lend memory for so many numbers, aligned to the cache's lines, with anything in it.

    What a thread gives back it is lent again, so that a system that takes every freed piece back at once, as Dask's
    workers ask theirs to, need not clear it for each pass. Whoever borrows while something is lent gets another piece.

    Examples
    --------
    >>> with scratch(10) as memory:
    ...     memory.shape, memory.ctypes.data % 64
    ((10,), 0)
    """

    __slots__ = ("_memory", "_size")

    def __init__(self, size: int) -> None:
        self._size = size

    def __enter__(self) -> FloatArray:
        free = _SHELF.free
        memory = free.pop() if free else _aligned(self._size)
        self._memory = memory if len(memory) >= self._size else _aligned(self._size)
        return self._memory[: self._size]

    def __exit__(self, *_: object) -> None:
        if len(self._memory) <= _MOST:
            _SHELF.free.append(self._memory)


def _aligned(size: int) -> FloatArray:
    memory = np.empty(size + LINE)
    first = -(memory.ctypes.data // memory.itemsize) % LINE
    return memory[first : first + size]
