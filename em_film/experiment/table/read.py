"""Which columns of a table are read: those asked for, or the first that are worth fitting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from em_film.errors import ExperimentError
from em_film.experiment.table.cells import Cells, comments_said
from em_film.experiment.table.columns import why_not
from em_film.experiment.table.figures import decoration, is_missing, looks_like_number
from em_film.experiment.table.layout import layout_of
from em_film.experiment.table.saved_array import array_columns, read_array
from em_film.experiment.table.separator import other_separator
from em_film.experiment.table.source import NPY, open_source
from em_film.experiment.table.table import UNREAD, CellError, ColumnError, Columns, EmptyTableError, Reading, Table
from em_film.wording import name_file, nearest, one_line, read_start, show
from em_model.errors import DataError
from em_model.mixture import FloatArray

__all__ = ["columns_of", "read_table"]

_AT_ONCE = 12  # columns read in one pass to find out whether they are worth fitting
_CODE = re.compile(r"0\d+(?:\.\d+)?|\d{16,}", re.ASCII)  # double precision tells numbers of 15 digits apart
_FEW_VALUES = 0.5  # share of the rows that have a value under which a column is not chosen by default
_FEW_NUMBERS = 0.5  # share of a column's cells under which numbers do not make it a column of figures


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
            return Table(*read_array(path, tuple(columns), most, (reading or Reading()).missing == "drop"))
        reader = _Reader(path, reading or Reading())
        return reader.chosen(tuple(columns)) if columns else reader.table(most)


def columns_of(path: Path, reading: Reading | None = None) -> Columns:
    """Return what a table has to offer; it is read as by `read_table`, with the same errors."""
    with _named(path):
        if _is_array(path):
            names, passed_over = array_columns(path)
            return Columns(names, names, passed_over)
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
        self._cells = Cells(self._layout, reading)

    def chosen(self, columns: tuple[str, ...]) -> Table:
        indices = [self._index(name) for name in columns]
        values, notes = self._cells.read(indices)
        return self._table(indices, values, notes)

    def table(self, most: int) -> Table:
        """Read the first columns worth fitting; a column of figures that cannot be read is named, not passed over."""
        gaps = self._gaps()
        figures = [index for index in self._figures() if index not in gaps]
        found: list[int] = []
        notes: list[str] = [
            f"column {self._layout.named(index)} is passed over: it {why}" for index, why in gaps.items()
        ]
        known: dict[int, FloatArray] = {}  # columns that are read already, and need not be read again
        passed: list[str] = []
        for first in range(0, len(figures), _AT_ONCE):
            some = figures[first : first + _AT_ONCE]
            comments: list[int] = []
            together = self._cells.plain(some, comments)
            if together is not None:
                judged = list(together.T)
                known.update(zip(some, judged, strict=True))
                passed = comments_said(comments)
            elif self._reading.missing == "drop":
                # Only rows that miss a value of the columns chosen are left out, so each is judged by its own.
                judged = [self._cells.read([index])[0][:, 0] for index in some]
            else:
                judged = self._columns_until_found(some, most - len(found))
            for index, values in zip(some, judged, strict=False):
                why = self._why_not(index, values)
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
            values, read_past = self._cells.read(found)
        beside = [f"column {one_line(name)} is passed over: it {why}" for name, why in self._beside().items()]
        return self._table(found, values, [*read_past, *notes, *beside])

    def columns(self) -> Columns:
        names = self._layout.names
        figures = [index for index in self._figures() if names.count(names[index]) == 1]
        passed_over = self._beside()
        numeric = []
        for first in range(0, len(figures), _AT_ONCE):
            some = figures[first : first + _AT_ONCE]
            together = self._cells.plain(some, [])
            for place, index in enumerate(some):
                try:
                    values = self._cells.read([index], drop=True)[0][:, 0] if together is None else together[:, place]
                except CellError as error:
                    passed_over[names[index]] = f"{UNREAD}{error}"
                    continue
                numeric.append(names[index])
                why = self._why_not(index, values)
                if why:
                    passed_over[names[index]] = why
        passed_over |= {names[index]: why for index, why in self._gaps().items()}
        for name in names:
            if name and names.count(name) > 1:
                passed_over[name] = "has the name of another column; rename one"
        return Columns(names, tuple(numeric), passed_over)

    def _why_not(self, index: int, values: FloatArray) -> str:
        """Return why a column is not fitted unless it is asked for; nothing where it may be."""
        return why_not(self._layout.names[index], values) or self._are_codes(index)

    def _are_codes(self, index: int) -> str:
        """Tell of figures that are written as codes are, such as 01067 or 16 digits and more, and measure nothing."""
        cells = [row[index].strip() for _, row in self._layout.sample if len(row) == len(self._layout.names)]
        first = next((cell for cell in cells if _CODE.fullmatch(cell)), "")
        if not first or not all(cell.replace(".", "").isdecimal() for cell in cells if not is_missing(cell)):
            return ""
        return f"holds codes, such as {show(first)}"

    def _columns_until_found(self, indices: list[int], wanted: int) -> list[FloatArray]:
        """Read columns, as many at once as can be; one that is wrong is an error only if it is needed."""
        try:
            values, _ = self._cells.read(indices)
            return list(values.T)
        except CellError:
            pass
        columns, found = [], 0
        for index in indices:
            values, _ = self._cells.read([index])
            columns.append(values[:, 0])
            found += not self._why_not(index, values[:, 0])
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
            raise ColumnError(f"line {layout.sample[0][0]}: {self._no_figures()}")
        return found or [index for index, name in enumerate(layout.names) if name][:1] or [0]

    def _no_figures(self) -> str:
        """Say why no column holds figures, and what would help."""
        layout = self._layout
        if not any(layout.names):
            return "no column has a name; write names above the rows"
        cells = [row[0] for _, row in layout.sample if row]
        mark = "" if len(layout.names) > 1 else other_separator(layout.names[0], cells)
        if mark:
            remedy = f"part them by commas, or put a line sep={mark} above all others"
            return f"no column holds numbers, as {show(mark)} seems to part the cells; {remedy}"
        near = next((cell for cell in layout.sample[0][1] if any(map(str.isdigit, cell))), "")
        told = f": {show(near.strip())} is none" if near else ""
        return f"no column holds numbers{told}; give one or two that do"

    def _gaps(self) -> dict[int, str]:
        """Return which columns lack a value in most rows, where not all columns of figures do."""
        layout, figures = self._layout, self._figures()
        rows = [row for _, row in layout.sample if len(row) == len(layout.names)]
        counts = {index: sum(not is_missing(row[index]) for row in rows) for index in figures}
        gaps = {index: count for index, count in counts.items() if count < _FEW_VALUES * len(rows)}
        if len(gaps) == len(figures):
            return {}
        return {
            index: f"lacks a value in {len(rows) - count} of the first {len(rows)} rows"
            for index, count in gaps.items()
        }

    def _beside(self) -> dict[str, str]:
        """Return which columns are no columns of figures though they hold numbers, in a way, or hold nothing at all."""
        layout = self._layout
        found: dict[str, str] = {}
        for index, share in self._shares().items():
            cells = [row[index].strip() for _, row in layout.sample if len(row) == len(layout.names)]
            present = [cell for cell in cells if not is_missing(cell)]
            with_digits = [cell for cell in present if any(map(str.isdigit, cell))]
            if share >= _FEW_NUMBERS:
                continue
            if share == -1:
                found[layout.names[index]] = "holds no value"
            elif share > 0:
                found[layout.names[index]] = "holds mostly text"
            elif len(with_digits) > len(present) / 2:
                found[layout.names[index]] = f"holds no plain numbers, such as {show(with_digits[0])}"
        return found

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


def _share_of_figures(cells: Sequence[str]) -> float:
    """Return the share of the cells with a value that hold a number, plain or with a unit; -1 without any."""
    present = [cell for cell in cells if not is_missing(cell)]
    if not present:
        return -1.0
    plain = sum(map(looks_like_number, present))
    carried = [mark for mark in map(decoration, present) if mark]
    shared = max((carried.count(mark) for mark in set(carried)), default=0)
    return (plain + shared) / len(present)
