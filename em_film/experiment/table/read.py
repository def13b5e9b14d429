"""Which columns of a table are read: those asked for, or the first that are worth fitting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from em_film.errors import ExperimentError
from em_film.experiment.table.cells import Cells, comments_said
from em_film.experiment.table.columns import why_not
from em_film.experiment.table.judged import codes_in, figures_in, gaps_in, no_figures_in
from em_film.experiment.table.layout import layout_of
from em_film.experiment.table.saved_array import array_columns, read_array
from em_film.experiment.table.source import NPY, open_source
from em_film.experiment.table.table import UNREAD, CellError, ColumnError, Columns, EmptyTableError, Reading, Table
from em_film.wording import name_file, nearest, one_line, read_start, show
from em_model.errors import DataError
from em_model.mixture import FloatArray

__all__ = ["columns_of", "read_table"]

_AT_ONCE = 12  # columns read in one pass to find out whether they are worth fitting


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
        gaps = gaps_in(self._layout)
        figures = [index for index in figures_in(self._layout) if index not in gaps]
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
        beside = [
            f"column {one_line(name)} is passed over: it {why}" for name, why in no_figures_in(self._layout).items()
        ]
        return self._table(found, values, [*read_past, *notes, *beside])

    def columns(self) -> Columns:
        names = self._layout.names
        figures = [index for index in figures_in(self._layout) if names.count(names[index]) == 1]
        passed_over = no_figures_in(self._layout)
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
        passed_over |= {names[index]: why for index, why in gaps_in(self._layout).items()}
        for name in names:
            if name and names.count(name) > 1:
                passed_over[name] = "has the name of another column; rename one"
        return Columns(names, tuple(numeric), passed_over)

    def _why_not(self, index: int, values: FloatArray) -> str:
        """Return why a column is not fitted unless it is asked for; nothing where it may be."""
        return why_not(self._layout.names[index], values) or codes_in(self._layout, index)

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

    def _nothing_left(self, notes: Sequence[str]) -> str:
        told = "; ".join(note.replace(" is passed over: it", "") for note in notes[:4])
        return f"no column is worth fitting: {told}; give one that measures something, or name these in data.columns"
