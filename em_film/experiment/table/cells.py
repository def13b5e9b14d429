"""Columns of a table read whole, each by all its cells, with errors that name the line and the column."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np

from em_film.experiment.table.figures import (
    Decimal,
    Marks,
    decoration,
    is_missing,
    looks_like_number,
    number_of,
    plain_number,
)
from em_film.experiment.table.layout import Layout
from em_film.experiment.table.rows import Row
from em_film.experiment.table.table import CellError, EmptyTableError, Reading
from em_film.wording import LARGEST_NUMBER, counted, show
from em_model.errors import DataError
from em_model.mixture import FloatArray

__all__ = ["Cells", "comments_said"]

_CHUNK = 8192  # rows read at a time


class Cells:
    """The cells of a table whose layout is known.

    Parameters
    ----------
    layout : Layout
    reading : Reading
        What is known about how they are written.
    """

    def __init__(self, layout: Layout, reading: Reading) -> None:
        self._layout = layout
        self._reading = reading
        self._elsewhere = _decimals_of(layout)

    def read(self, indices: list[int], drop: bool = False) -> tuple[FloatArray, list[str]]:
        """Read columns whole, shape (N, D), with notes; ``drop`` leaves out rows without a value unasked."""
        comments: list[int] = []
        values = self.plain(indices, comments)
        notes: list[str] = []
        if values is None:
            comments.clear()
            values, notes = self._carefully(indices, comments, drop or self._reading.missing == "drop")
        return values, comments_said(comments) + notes

    def plain(self, indices: list[int], comments: list[int]) -> FloatArray | None:
        """Read columns in which every cell is written plainly; None where one is not, or could mean two things."""
        if self._reading.decimal == ",":
            return None
        parts: list[list[FloatArray]] = [[] for _ in indices]
        sure = [_shows_point(self._layout, index) for index in indices]
        rows = self._layout.rows(comments)
        while chunk := list(islice(rows, _CHUNK)):
            for place, index in enumerate(indices):
                cells = [row[index] for _, row in chunk]
                try:
                    read = np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
                except ValueError:
                    return None
                if not (np.abs(read) <= LARGEST_NUMBER).all() or "_" in "".join(cells):
                    return None
                if not sure[place] and not self._reading.decimal and "." in "".join(cells):
                    marks = Marks()
                    for line, cell in zip((line for line, _ in chunk), cells, strict=True):
                        marks.see(line, cell)
                    if "." not in marks.decimal:
                        return None
                    sure[place] = True
                parts[place].append(read)
        if not parts[0]:
            raise _empty(comments)
        values = np.empty((sum(map(len, parts[0])), len(indices)))
        for place in range(len(indices)):
            np.concatenate(parts[place], out=values[:, place])
            parts[place] = []
        return values

    def _carefully(self, indices: list[int], comments: list[int], drop: bool) -> tuple[FloatArray, list[str]]:
        marks = [Marks() for _ in indices]
        missing: dict[int, int] = {}
        rows_missing, first_missing, n_rows = 0, None, 0
        for line, row in self._layout.rows(comments):
            n_rows += 1
            lacking = [index for index in indices if is_missing(row[index])]
            for index in lacking:
                missing[index] = missing.get(index, 0) + 1
            if lacking:
                rows_missing += 1
                first_missing = first_missing or (line, lacking[0], row[lacking[0]])
            for index, seen in zip(indices, marks, strict=True):
                if index not in lacking and not seen.see(line, row[index]):
                    raise self._wrong(line, index, row)
        if not n_rows:
            raise _empty(comments)
        if first_missing is not None and not drop:
            raise self._missing(*first_missing, rows_missing)
        if rows_missing == n_rows:
            raise DataError("every row misses a value; choose other columns")
        readers = [self._reader_of(index, seen) for index, seen in zip(indices, marks, strict=True)]
        stores = [array("d") for _ in indices]
        for line, row in self._layout.rows():
            if any(is_missing(row[index]) for index in indices):
                continue
            for index, read, store in zip(indices, readers, stores, strict=True):
                value = read(row[index])
                if not abs(value) <= LARGEST_NUMBER:
                    raise self._wrong(line, index, row)
                store.append(value)
        names = self._layout.named
        notes = []
        if rows_missing:
            which = ", ".join(f"{names(index)} ({count})" for index, count in missing.items())
            left = counted(rows_missing, "row", words=False)
            notes.append(f"{left} of {n_rows} left out, a value missing in {which}")
        for index, seen in zip(indices, marks, strict=True):
            groups = [mark for mark in seen.group if mark in ".,"] or [
                mark for mark in seen.unsure if mark != self._decimal_of(index, seen)
            ]
            if groups or seen.group:
                mark = (groups or list(seen.group))[0]
                _, cell = (seen.group | seen.unsure).get(mark) or next(iter(seen.group.values()))
                value = number_of(self._decimal_of(index, seen))(cell)
                notes.append(f"column {names(index)}: {show(cell)} is read as {value:.12g}")
        return np.stack([np.frombuffer(store) for store in stores], axis=1), notes

    def _decimal_of(self, index: int, seen: Marks) -> Decimal:
        clash = seen.clash()
        if self._reading.decimal:
            other = self._reading.decimal
            wrong = seen.group.get(other) or seen.decimal.get("," if other == "." else ".")
            if wrong is not None:
                raise self._two_ways(index, *wrong, f"does not go with data.decimal = {show(other)}; change it")
            return other
        if clash is not None:
            (line, cell), (below, other_cell) = clash
            raise self._two_ways(
                index,
                max(line, below),
                cell if line > below else other_cell,
                f"does not go with {show(other_cell if line > below else cell)} in line {min(line, below)}; "
                "write the numbers of a column in one way",
            )
        settled = seen.settled(self._elsewhere, self._layout.separator != ";")
        if settled is None:
            line, cell = next(iter(seen.unsure.values()))
            mark = next(iter(seen.unsure))
            plain = cell.replace(mark, "")
            raise self._two_ways(
                index,
                line,
                cell,
                f"may be {plain} or {cell.replace(mark, '.')}; "
                'set data.decimal to "." or ",", or write it without thousands marks',
            )
        return settled

    def _reader_of(self, index: int, seen: Marks) -> Callable[[str], float]:
        return number_of(self._decimal_of(index, seen))

    def _two_ways(self, index: int, line: int, cell: str, problem: str) -> CellError:
        return CellError(f"line {line}, column {self._layout.named(index)}: {show(cell)} {problem}")

    def _missing(self, line: int, index: int, cell: str, count: int) -> CellError:
        where = f"line {line}, column {self._layout.named(index)}"
        what = f"{show(cell.strip())} marks a missing value" if cell.strip() else "is empty"
        more = f", and so in {counted(count - 1, 'more row', words=False)}" if count > 1 else ""
        remedy = 'set data.missing = "drop" to leave such rows out, or give the values'
        return CellError(f"{where}: {what}{more}; {remedy}")

    def _wrong(self, line: int, index: int, row: list[str]) -> CellError:
        cell, where = row[index], f"line {line}, column {self._layout.named(index)}"
        if [name.strip() for name in row] == list(self._layout.names):
            return CellError(f"line {line}: holds the names of the columns once more; remove the line")
        carried = decoration(cell)
        if carried:
            remedy = "write plain numbers and put the unit into the column's name, or choose other columns"
            return CellError(f"{where}: {show(cell.strip())} carries {show(carried)}; {remedy}")
        try:
            value = plain_number(cell.replace(",", "."))
        except ValueError:
            remedy = "write it plainly, such as 3.5, or choose other columns"
            if not any(map(looks_like_number, row)):
                remedy = "write it plainly, such as 3.5, or remove the line if it is no point"
            return CellError(f"{where}: {show(cell)} is not a number; {remedy}")
        problem = "is too large" if abs(value) < float("inf") else "is not a finite number"
        return CellError(f"{where}: {show(cell)} {problem}; give a number within ±1e50 or remove the row")


def _empty(comments: Sequence[int]) -> EmptyTableError:
    problem, remedy = "has no rows under its header", "give one line of numbers for each point"
    if comments:
        problem += f", only {counted(len(comments), 'line', words=False)} of comment"
        remedy += ", begun with neither # nor %"
    return EmptyTableError(f"{problem}; {remedy}")


def comments_said(comments: Sequence[int]) -> list[str]:
    """Say how many lines of comment were read past, if any."""
    return [f"{counted(len(comments), 'line', words=False)} of comment read past"] if comments else []


def _decimals_of(layout: Layout) -> frozenset[str]:
    """Return the marks that are decimal beyond doubt somewhere in the rows looked at."""
    found: set[str] = set()
    for index in range(len(layout.names)):
        marks = Marks()
        _see_all(marks, layout.sample, index, len(layout.names))
        if marks.clash() is None:
            found |= set(marks.decimal)
            found |= {"," if mark == "." else "." for mark in marks.group if mark in ".,"}
    return frozenset(found)


def _see_all(marks: Marks, rows: Sequence[Row], index: int, width: int) -> None:
    for line, row in rows:
        if len(row) == width and not is_missing(row[index]):
            marks.see(line, row[index])


def _shows_point(layout: Layout, index: int) -> bool:
    """Tell whether the rows looked at prove the point to be the column's decimal mark."""
    marks = Marks()
    _see_all(marks, layout.sample, index, len(layout.names))
    return "." in marks.decimal and marks.clash() is None and not marks.group
