"""A part of the data: a file, or so many of its rows that they are at hand at once, read when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from em_film.parts.files import reached
from em_film.wording import nearest, one_line, show
from em_model.errors import DataError
from em_model.mixture import FloatArray

__all__ = ["NUMBERS", "ArrayPart", "Part", "array_parts", "checked", "column_of"]

NUMBERS = 2**20  # in a part, where the file lets it be cut: 8 MB


class Part(Protocol):
    """Some of the points; it travels to whoever reads it.

    Attributes
    ----------
    name : str
        What it is called in sentences.
    columns : tuple of str
    size : int
        How much of the work it is, in any unit: rows, or bytes.
    """

    @property
    def name(self) -> str:
        """What it is called in sentences."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of its columns."""

    @property
    def size(self) -> int:
        """How much of the work it is, in the unit of its kind."""

    def read(self) -> FloatArray:
        """Return its points, shape (n, D); DataError, which names it, if they cannot be had."""


@dataclass(frozen=True, slots=True)
class ArrayPart:
    """Rows of a saved array (``numpy.save``).

    Parameters
    ----------
    file : str
    columns : tuple of str
        ``"1"``, ``"2"`` and so on.
    first, last : int
        Rows, from 0; the last one is not among them.
    drop : bool
        Whether rows with a NaN are left out.
    name : str
    """

    file: str
    columns: tuple[str, ...]
    first: int
    last: int
    drop: bool
    name: str

    @property
    def size(self) -> int:
        """Rows."""
        return self.last - self.first

    def read(self) -> FloatArray:
        """Return the points."""
        array = np.load(self.file, mmap_mode="r", allow_pickle=False)
        array = array[:, None] if array.ndim == 1 else array
        places = [int(column) - 1 for column in self.columns]
        return checked(np.array(array[self.first : self.last, places], dtype=np.float64), self, self.drop)


def array_parts(file: str, columns: tuple[str, ...], most: int, drop: bool) -> list[ArrayPart]:
    """Cut a saved array into parts.

    Parameters
    ----------
    file : str
    columns : tuple of str
        Those to take; the first few when empty.
    most : int
        How many to take then.
    drop : bool

    Raises
    ------
    DataError
        If it is none, or lacks a column; it names the file.
    """
    name = one_line(file)
    with reached(file), open(file, "rb") as opened:
        try:
            version = np.lib.format.read_magic(opened)
            reader = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}[version[0]]
            shape, _, dtype = reader(opened)
        except (ValueError, KeyError):
            raise DataError(f"{name}: is no saved array, or damaged; save it by numpy.save") from None
    if dtype.kind not in "fiu" or len(shape) not in (1, 2):
        raise DataError(f"{name}: holds {dtype} of shape {shape}; save real numbers, one row for each point")
    names = tuple(str(number) for number in range(1, (shape[1] if len(shape) == 2 else 1) + 1))
    chosen = columns or names[:most]
    for column in chosen:
        column_of(column, names, name)
    rows = max(1, NUMBERS // len(chosen))
    cuts = range(0, max(shape[0], 1), rows)
    return [
        ArrayPart(file, chosen, first, min(first + rows, shape[0]), drop, _named(name, first, len(cuts)))
        for first in cuts
    ]


def checked(points: FloatArray, part: Part, drop: bool) -> FloatArray:
    """Return points of a part whose every number is finite; rows with a NaN are left out with ``drop``.

    Raises
    ------
    DataError
        If one is not: it names part, row and column.
    """
    finite = np.isfinite(points)
    if finite.all():
        return points
    if drop:
        kept = ~np.isnan(points).any(axis=1)
        return checked(points[kept], part, False)
    row, axis = (int(place) for place in np.argwhere(~finite)[0])
    value, column = points[row, axis], show(part.columns[axis])
    remedy = 'set data.missing = "drop" to leave such rows out' if np.isnan(value) else "remove the row"
    raise DataError(f"{part.name}: row {row + 1}, column {column}: {value:g} is no finite number; {remedy}")


def column_of(column: str, names: Iterable[str], file: str) -> str:
    """Return a column that is among the names; DataError, which names the file, if it is not."""
    offered = list(names)
    if column in offered:
        return column
    near = nearest(column, offered)
    listed = ", ".join(map(show, offered[:6])) + (", …" if len(offered) > 6 else "")
    remedy = f"did you mean {show(near)}?" if near else f"it has {listed}"
    raise DataError(f"{file}: no column is named {show(column)}; {remedy}")


def _named(file: str, first: int, cuts: int) -> str:
    return file if cuts == 1 else f"{file}, rows from {first + 1}"
