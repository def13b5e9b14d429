"""Reading points from a table of the usual kinds, with errors that name the line and the column."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from em_film.errors import ExperimentError
from em_film.experiment.table.columns import why_not
from em_film.experiment.table.figures import (
    Decimal,
    Marks,
    decoration,
    is_missing,
    looks_like_number,
    number_of,
    plain_number,
)
from em_film.experiment.table.layout import Layout, Row, layout_of
from em_film.experiment.table.saved_array import read_array
from em_film.experiment.table.source import NPY, open_source
from em_film.wording import LARGEST_NUMBER, counted, name_file, nearest, read_start, show
from em_model.errors import DataError
from em_model.mixture import FloatArray

__all__ = ["ColumnError", "Columns", "EmptyTableError", "Reading", "Table", "columns_of", "read_table"]

Missing = Literal["refuse", "drop"]

_CHUNK = 8192  # rows read at a time
_AT_ONCE = 12  # columns read in one pass to find out whether they are worth fitting
_FEW_NUMBERS = 0.5  # share of a column's cells under which numbers do not make it a column of figures


class ColumnError(DataError):
    """Columns were asked for that the table does not have, or has none to offer."""


class EmptyTableError(DataError):
    """The table has names and nothing under them."""


class _CellError(DataError):
    """A cell of a column asked for is no number; the table as such is sound."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the owner of a table says about it.

    Attributes
    ----------
    missing : "refuse" or "drop"
        Whether rows without a value are left out.
    decimal : "." or ",", or empty
        The decimal mark; found for each column where it is not told.
    encoding : str
        Found where it is not told.
    """

    missing: Missing = "refuse"
    decimal: Decimal | Literal[""] = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Numbers read from a table.

    Attributes
    ----------
    columns : tuple of str
        Names of the columns read.
    values : array, shape (N, D)
        Their numbers, row by row, in the table's units.
    units : tuple of str
        Of the columns; empty where none is given.
    notes : tuple of str
        What was read past, left out or decided, each a phrase.
    """

    columns: tuple[str, ...]
    values: NDArray[np.generic]
    units: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Columns:
    """What a table has to offer.

    Attributes
    ----------
    names : tuple of str
        All columns, in order.
    numeric : tuple of str
        Those that hold numbers and can be asked for by name: not empty, and no other column's as well.
    passed_over : dict of str to str
        Columns of figures that are not chosen by default, and why.
    """

    names: tuple[str, ...]
    numeric: tuple[str, ...]
    passed_over: dict[str, str]

    @property
    def worth_fitting(self) -> tuple[str, ...]:
        """Columns of numbers that are chosen by default, in order."""
        return tuple(name for name in self.numeric if name not in self.passed_over)


def read_table(path: Path, columns: Sequence[str] = (), reading: Reading | None = None, most: int = 2) -> Table:
    """Read columns of numbers from a text file, or from an array saved as ``.npy``.

    Parameters
    ----------
    path : Path
    columns : sequence of str, optional
        Names of the columns to read; by default the first that are worth fitting.
    reading : Reading, optional
        What is known about how the table is written.
    most : int
        How many columns to choose by default, at most.

    Raises
    ------
    DataError
        If the file cannot be read, has no names or no rows, or a cell is wrong: one line "FILE: WHERE: what; remedy".
    ColumnError
        If a column asked for is missing, named twice, or none is worth fitting.
    """
    with _named(path):
        if _is_array(path):
            return Table(*read_array(path, tuple(columns), most))
        reader = _Reader(path, reading or Reading())
        return reader.chosen(tuple(columns)) if columns else reader.table(most)


def columns_of(path: Path, reading: Reading | None = None) -> Columns:
    """Return what a table has to offer; it is read as by `read_table`, with the same errors."""
    with _named(path):
        if _is_array(path):
            names = read_array(path, (), 100).columns
            return Columns(names, names, {})
        return _Reader(path, reading or Reading()).columns()


def _is_array(path: Path) -> bool:
    return read_start(path, 2**62, len(NPY)) == NPY


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Have what is wrong with a file begin with its name."""
    try:
        yield
    except (ColumnError, EmptyTableError) as error:
        raise type(error)(f"{name_file(path)}: {error}") from None
    except (DataError, ExperimentError) as error:
        raise DataError(f"{name_file(path)}: {error}") from None


class _Reader:
    """A table whose layout is known."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self._source = open_source(path, reading.encoding)
        self._layout = layout_of(self._source)
        self._reading = reading
        self._elsewhere = _decimals_of(self._layout)

    def chosen(self, columns: tuple[str, ...]) -> Table:
        indices = [self._index(name) for name in columns]
        values, notes = self._read(indices)
        return self._table(indices, values, notes)

    def table(self, most: int) -> Table:
        """Read the first columns worth fitting; a column of figures that cannot be read is named, not passed over."""
        figures = self._figures()
        found: list[int] = []
        notes: list[str] = []
        known: dict[int, FloatArray] = {}  # columns that are read already, and need not be read again
        passed: list[str] = []
        for first in range(0, len(figures), _AT_ONCE):
            some = figures[first : first + _AT_ONCE]
            comments: list[int] = []
            together = self._plain(some, comments)
            if together is not None:
                judged = list(together.T)
                known.update(zip(some, judged, strict=True))
                passed = _comments_said(comments)
            elif self._reading.missing == "drop":
                # Only rows that miss a value of the columns chosen are left out, so each is judged by its own.
                judged = [self._read([index])[0][:, 0] for index in some]
            else:
                judged = self._columns_until_found(some, most - len(found))
            for index, values in zip(some, judged, strict=False):
                why = why_not(self._layout.names[index], values)
                if why:
                    notes.append(f"column {self._layout.named(index)} is passed over: it {why}")
                else:
                    found.append(index)
                if len(found) == most:
                    break
            if len(found) == most:
                break
        if not found:
            raise ColumnError(self._nothing_left(notes))
        if known.keys() >= set(found):
            values, read_past = np.stack([known[index] for index in found], axis=1), passed
        else:
            values, read_past = self._read(found)
        return self._table(found, values, [*read_past, *notes, *self._beside()])

    def columns(self) -> Columns:
        names = self._layout.names
        figures = [index for index in self._figures() if names.count(names[index]) == 1]
        passed_over: dict[str, str] = {}
        numeric = []
        for first in range(0, len(figures), _AT_ONCE):
            some = figures[first : first + _AT_ONCE]
            together = self._plain(some, [])
            for place, index in enumerate(some):
                try:
                    values = self._read([index], drop=True)[0][:, 0] if together is None else together[:, place]
                except _CellError as error:
                    passed_over[names[index]] = str(error)
                    continue
                numeric.append(names[index])
                why = why_not(names[index], values)
                if why:
                    passed_over[names[index]] = why
        return Columns(names, tuple(numeric), passed_over)

    def _columns_until_found(self, indices: list[int], wanted: int) -> list[FloatArray]:
        """Read columns, as many at once as can be; one that is wrong is an error only if it is needed."""
        try:
            values, _ = self._read(indices)
            return list(values.T)
        except _CellError:
            pass
        columns, found = [], 0
        for index in indices:
            values, _ = self._read([index])
            columns.append(values[:, 0])
            found += not why_not(self._layout.names[index], values[:, 0])
            if found == wanted:
                break
        return columns

    def _table(self, indices: list[int], values: FloatArray, notes: list[str]) -> Table:
        layout = self._layout
        return Table(
            tuple(layout.names[index] for index in indices),
            values,
            tuple(layout.units[index] for index in indices),
            (*self._source.notes, *layout.notes, *notes),
        )

    def _index(self, name: str) -> int:
        names, where = self._layout.names, f"line {self._layout.header_line}"
        if names.count(name) > 1:
            raise ColumnError(f"{where}: two columns are named {show(name)}; rename one")
        if name in names:
            return names.index(name)
        near = nearest(name, names)
        offered = [column for column in names if column]
        listed = ", ".join(show(column) for column in offered[:6]) + (", …" if len(offered) > 6 else "")
        remedy = f"did you mean {show(near)}?" if near else f"choose from {listed}"
        raise ColumnError(f"{where}: no column is named {show(name)}; {remedy}")

    def _figures(self) -> list[int]:
        """Return the columns that hold figures, plain or with a unit, in most of the rows looked at."""
        layout = self._layout
        found = [index for index, share in self._shares().items() if share >= _FEW_NUMBERS]
        if layout.sample and not found:
            raise ColumnError(f"line {layout.sample[0][0]}: no column holds numbers; give one or two that do")
        return found or [index for index, name in enumerate(layout.names) if name][:1] or [0]

    def _beside(self) -> list[str]:
        """Say which columns hold some numbers, or nothing at all, and are no columns of figures."""
        told = {0.0: "", -1.0: "holds no value"}
        notes = []
        for index, share in self._shares().items():
            why = told.get(share, "holds mostly text")
            if why and share < _FEW_NUMBERS:
                notes.append(f"column {self._layout.named(index)} is passed over: it {why}")
        return notes

    def _shares(self) -> dict[int, float]:
        """Return the share of figures in each column with a name; -1 where no row has a value."""
        layout = self._layout
        rows = [row for _, row in layout.sample if len(row) == len(layout.names)]
        return {
            index: _share_of_figures([row[index] for row in rows])
            for index, name in enumerate(layout.names)
            if name and rows
        }

    def _nothing_left(self, notes: Sequence[str]) -> str:
        told = "; ".join(note.replace(" is passed over: it", "") for note in notes[:4])
        return f"no column is worth fitting: {told}; give one that measures something, or name these in data.columns"

    def _read(self, indices: list[int], drop: bool = False) -> tuple[FloatArray, list[str]]:
        """Read columns whole, shape (N, D), with notes; ``drop`` leaves out rows without a value unasked."""
        comments: list[int] = []
        values = self._plain(indices, comments)
        notes: list[str] = []
        if values is None:
            comments.clear()
            values, notes = self._carefully(indices, comments, drop or self._reading.missing == "drop")
        return values, _comments_said(comments) + notes

    def _plain(self, indices: list[int], comments: list[int]) -> FloatArray | None:
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
            raise EmptyTableError("has no rows under its header; give one line of numbers for each point")
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
                    raise self._wrong(line, index, row[index])
        if not n_rows:
            raise EmptyTableError("has no rows under its header; give one line of numbers for each point")
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
                    raise self._wrong(line, index, row[index])
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

    def _two_ways(self, index: int, line: int, cell: str, problem: str) -> _CellError:
        return _CellError(f"line {line}, column {self._layout.named(index)}: {show(cell)} {problem}")

    def _missing(self, line: int, index: int, cell: str, count: int) -> _CellError:
        where = f"line {line}, column {self._layout.named(index)}"
        what = f"{show(cell.strip())} marks a missing value" if cell.strip() else "is empty"
        more = f", and so in {counted(count - 1, 'more row', words=False)}" if count > 1 else ""
        remedy = 'set data.missing = "drop" to leave such rows out, or give the values'
        return _CellError(f"{where}: {what}{more}; {remedy}")

    def _wrong(self, line: int, index: int, cell: str) -> _CellError:
        where = f"line {line}, column {self._layout.named(index)}"
        carried = decoration(cell)
        if carried:
            remedy = "write plain numbers and put the unit into the column's name, or choose other columns"
            return _CellError(f"{where}: {show(cell.strip())} carries {show(carried)}; {remedy}")
        try:
            value = plain_number(cell.replace(",", "."))
        except ValueError:
            remedy = "write it plainly, such as 3.5, or choose other columns"
            return _CellError(f"{where}: {show(cell)} is not a number; {remedy}")
        problem = "is too large" if abs(value) < float("inf") else "is not a finite number"
        return _CellError(f"{where}: {show(cell)} {problem}; give a number within ±1e50 or remove the row")


def _comments_said(comments: Sequence[int]) -> list[str]:
    return [f"{counted(len(comments), 'line', words=False)} of comment read past"] if comments else []


def _share_of_figures(cells: Sequence[str]) -> float:
    """Return the share of the cells with a value that hold a number, plain or with a unit; -1 without any."""
    present = [cell for cell in cells if not is_missing(cell)]
    if not present:
        return -1.0
    plain = sum(map(looks_like_number, present))
    carried = [mark for mark in map(decoration, present) if mark]
    shared = max((carried.count(mark) for mark in set(carried)), default=0)
    return (plain + shared) / len(present)


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
