"""Reading points from an array that numpy saved: memory-mapped, so that it may be larger than the memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from em_film.experiment.table.columns import why_not
from em_film.wording import LARGEST_NUMBER, counted, show
from em_model.errors import DataError

__all__ = ["array_columns", "read_array"]

_LOOKED_AT = 100_000  # rows by which it is judged whether a column is worth fitting
_CHUNK = 1_000_000  # rows looked through at a time
_MOST_OFFERED = 100
_WIDE, _SHORT = 4, 8  # an array of so few rows, and so many times as many columns, lies on its side


class SavedArray(NamedTuple):
    """Names and values, shape (N, D), with nothing known about units."""

    columns: tuple[str, ...]
    values: NDArray[np.generic]
    units: tuple[str, ...]
    notes: tuple[str, ...]


def read_array(path: Path, columns: tuple[str, ...], most: int, drop: bool = False) -> SavedArray:
    """Map an array of shape (N,) or (N, D) from a ``.npy`` file; its columns are named "1", "2", and so on.

    Parameters
    ----------
    path : Path
    columns : tuple of str
        Names of the columns to take; when empty, the first few that are worth fitting.
    most : int
        How many to take then.
    drop : bool
        Whether to leave out rows that hold a NaN. The rest is then held in memory.

    Raises
    ------
    DataError
        If it holds no real numbers, other than finite ones, or has other axes: "problem; remedy", without the file's
        name.
    """
    array = _mapped(path)
    names = _names(array)
    for name in columns:
        if name not in names:
            raise DataError(f'no column is named {show(name)}; give numbers from "1" to "{names[-1]}"')
    notes: list[str] = []
    chosen = columns
    if not chosen:
        passed_over = _passed_over(array, most)
        found = [name for name in names if name not in passed_over][:most]
        if not found:
            told = "; ".join(f"{name} {why}" for name, why in list(passed_over.items())[:4])
            raise DataError(f"no column is worth fitting: {told}; name some in data.columns")
        chosen = tuple(found)
        notes = [
            f"column {name} is passed over: it {why}"
            for name, why in passed_over.items()
            if int(name) <= int(found[-1])
        ]
        left = len(names) - int(found[-1])
        notes += [f"{counted(left, 'more column', words=False)} of {len(names)} passed over"] if left else []
    places = [names.index(name) for name in chosen]
    beside = places == list(range(places[0], places[0] + len(places)))  # then nothing is copied
    values = array[:, places[0] : places[0] + len(places)] if beside else array[:, places]
    values, dropped = _finite(values, chosen, drop)
    return SavedArray(chosen, values, ("",) * len(chosen), (*notes, *dropped))


def array_columns(path: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the names of an array's columns, the first hundred, and why some are not chosen by default."""
    array = _mapped(path)
    return _names(array)[:_MOST_OFFERED], _passed_over(array, _MOST_OFFERED)


def _mapped(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        raise DataError("is damaged, or holds Python objects; save a plain array of numbers by numpy.save") from None
    if array.dtype.names:
        fields = ", ".join(array.dtype.names[:6])
        raise DataError(f"holds fields ({fields}); save an array of real numbers, shape (N, D), by numpy.save")
    if array.dtype.kind not in "fiu":
        raise DataError(f"holds values of type {array.dtype}; save an array of real numbers by numpy.save")
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or 0 in array.shape:
        raise DataError(f"has shape {array.shape}; it must be (N, D), one row for each point")
    n_rows, n_columns = array.shape
    if n_rows <= _SHORT and n_columns >= max(_SHORT, _WIDE * n_rows):
        raise DataError(f"has shape {array.shape}, a row for each column; save its transpose, one row for each point")
    return array


def _names(array: NDArray[Any]) -> tuple[str, ...]:
    return tuple(str(number) for number in range(1, array.shape[1] + 1))


def _passed_over(array: NDArray[Any], wanted: int) -> dict[str, str]:
    """Return which columns are not worth fitting, and why, until so many are found that are."""
    part = "" if len(array) <= _LOOKED_AT else f" in its first {_LOOKED_AT} rows"
    found: dict[str, str] = {}
    for index in range(min(array.shape[1], _MOST_OFFERED)):
        values = np.asarray(array[:_LOOKED_AT, index], dtype=np.float64)
        values = values[np.isfinite(values)]
        why = why_not(str(index + 1), values) if len(values) else "holds no value"
        if why:
            found[str(index + 1)] = why + part
        elif index + 1 - len(found) == wanted:
            break
    return found


def _finite(values: NDArray[Any], names: tuple[str, ...], drop: bool) -> tuple[NDArray[Any], list[str]]:
    """Return the rows without NaN, and how many are left out; refuse them unasked, and numbers out of range."""
    if values.dtype.kind != "f":
        return values, []
    lacking = 0
    first: tuple[int, int] | None = None
    largest = min(LARGEST_NUMBER, float(np.finfo(values.dtype).max))
    for begin, chunk in _chunks(values):
        sound = np.abs(chunk) <= largest
        if sound.all():
            continue
        missing = np.isnan(chunk)
        wrong = np.argwhere(~missing & ~sound)
        if len(wrong):
            row, axis = (int(place) for place in wrong[0])
            where = f"row {begin + row + 1}, column {names[axis]}"
            value = float(chunk[row, axis])
            problem = "is too large" if abs(value) < np.inf else "is not a finite number"
            raise DataError(f"{where}: {value:g} {problem}; give numbers within ±1e50, or remove the row")
        lacking += int(missing.any(axis=1).sum())
        if first is None:
            row, axis = (int(place) for place in np.argwhere(missing)[0])
            first = begin + row + 1, axis
    if first is None:
        return values, []
    if not drop:
        more = f", and so in {counted(lacking - 1, 'more row', words=False)}" if lacking > 1 else ""
        remedy = 'set data.missing = "drop" to leave such rows out, or give the values'
        raise DataError(f"row {first[0]}, column {names[first[1]]}: is NaN{more}; {remedy}")
    if lacking == len(values):
        raise DataError("every row misses a value; choose other columns")
    kept = np.concatenate([chunk[~np.isnan(chunk).any(axis=1)] for _, chunk in _chunks(values)])
    return kept, [f"{counted(lacking, 'row', words=False)} of {len(values)} left out, a value missing"]


def _chunks(values: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    for begin in range(0, len(values), _CHUNK):
        yield begin, np.asarray(values[begin : begin + _CHUNK])
