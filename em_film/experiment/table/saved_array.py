"""Reading points from an array that numpy saved: memory-mapped, so that it may be larger than the memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from em_film.wording import show
from em_model.errors import DataError

__all__ = ["read_array"]


class SavedArray(NamedTuple):
    """Names and values, shape (N, D), with nothing known about units."""

    columns: tuple[str, ...]
    values: NDArray[np.generic]
    units: tuple[str, ...]
    notes: tuple[str, ...]


def read_array(path: Path, columns: tuple[str, ...], most: int) -> SavedArray:
    """Map an array of shape (N,) or (N, D) from a ``.npy`` file; its columns are named "1", "2", and so on.

    Parameters
    ----------
    path : Path
    columns : tuple of str
        Names of the columns to take; the first few when empty.
    most : int
        How many to take then.

    Raises
    ------
    DataError
        If it holds no real numbers, or has other axes: "problem; remedy", without the file's name.
    """
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        raise DataError("is damaged, or holds Python objects; save a plain array of numbers by numpy.save") from None
    if array.dtype.kind not in "fiu":
        raise DataError(f"holds values of type {array.dtype}; save an array of real numbers by numpy.save")
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or 0 in array.shape:
        raise DataError(f"has shape {array.shape}; it must be (N, D), one row for each point")
    names = tuple(str(number) for number in range(1, array.shape[1] + 1))
    for name in columns:
        if name not in names:
            raise DataError(f'no column is named {show(name)}; give numbers from "1" to "{names[-1]}"')
    chosen = columns or names[:most]
    places = [names.index(name) for name in chosen]
    values = array if places == list(range(array.shape[1])) else array[:, places]
    passed = f"columns {most + 1} to {len(names)} are passed over" if len(names) > len(chosen) and not columns else ""
    return SavedArray(chosen, values, ("",) * len(chosen), (passed,) if passed else ())
