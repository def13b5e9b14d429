"""Reading points from a CSV file of the usual kinds, with errors that name the line and the column."""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path

import numpy as np

from em_film.errors import ExperimentError
from em_film.wording import LARGEST_NUMBER, name_file, nearest, one_line, read_file, show
from em_model.errors import DataError
from em_model.mixture import FloatArray

__all__ = ["LARGEST_TABLE", "ColumnError", "Columns", "Table", "columns_of", "read_csv"]

LARGEST_TABLE = 2**30  # bytes
_DIGITS = re.compile(r"[-+]?[.,_ ]*\d[\d.,_ ]*")  # linear: what precedes the first digit holds none
_ROWS_JUDGED = 100  # rows that decide which columns hold numbers


class ColumnError(DataError):
    """Columns were asked for that the file does not have, or has none to offer."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Numbers read from a CSV file.

    Parameters
    ----------
    columns : tuple of str
        Names of the columns read, one or two.
    values : array, shape (N, D)
        Their numbers, row by row, in the file's units.
    """

    columns: tuple[str, ...]
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Columns:
    """What the header of a CSV file offers.

    Attributes
    ----------
    names : tuple of str
        All columns, in order.
    numeric : tuple of str
        Those that hold numbers and can be asked for by name: not empty, and no other column's as well.
    """

    names: tuple[str, ...]
    numeric: tuple[str, ...]


def columns_of(path: Path) -> Columns:
    """Return what a CSV file has to offer; a file is read as by `read_csv`, with the same errors."""
    with _named(path):
        return _Reading(_decode(read_file(path, LARGEST_TABLE))).columns()


def read_csv(path: Path, columns: Sequence[str] = ()) -> Table:
    """Read one or two columns of numbers.

    The first line that is not blank names the columns. Values are separated by tabs, semicolons, commas or blanks,
    whichever the header shows first in this order; with semicolons a decimal comma is understood as well.
    Blank lines are skipped.

    Parameters
    ----------
    path : Path
        A text file in UTF-8, with or without a byte-order mark.
    columns : sequence of str, optional
        Header names of the columns to read; by default the first one or two that hold numbers.

    Returns
    -------
    Table

    Raises
    ------
    DataError
        If the file cannot be read, has no header or no rows, or a row is wrong: one line "FILE: WHERE: what; remedy".
    ColumnError
        If a column asked for is missing, named twice, or none holds numbers.
    """
    with _named(path):
        return _Reading(_decode(read_file(path, LARGEST_TABLE))).table(tuple(columns))


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Have what is wrong with a file begin with its name."""
    try:
        yield
    except ColumnError as error:
        raise ColumnError(f"{name_file(path)}: {error}") from None
    except (DataError, ExperimentError) as error:
        raise DataError(f"{name_file(path)}: {error}") from None


class _Reading:
    """One pass over the text of a CSV file, knowing its separator and its header."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._separator = _separator(text)
        self._parse: Callable[[str], float] = float
        if self._separator == ";":
            self._parse = _parse_decimal_comma
        elif "_" in text:
            self._parse = _parse_plain
        rows = self._rows()
        first = next(rows, None)
        if first is None:
            raise DataError("is empty; give a line of column names and then rows of numbers")
        self._header_line, cells = first
        self.header = tuple(cell.strip() for cell in cells)
        if all(self._is_number(cell) for cell in self.header):
            raise DataError(
                f"line {self._header_line}: holds numbers instead of column names; put a line with the names above it"
            )

    def table(self, columns: tuple[str, ...]) -> Table:
        indices = [self._index(name) for name in columns] if columns else self._numeric()
        stores = [array("d") for _ in indices]
        rows = self._rows()
        next(rows)
        self._collect(rows, list(zip(indices, stores, strict=True)))
        if not stores[0]:
            raise DataError("has no rows under its header; give one line of numbers for each point")
        values = np.stack([np.frombuffer(store) for store in stores], axis=1)
        return Table(tuple(self.header[index] for index in indices), values)

    def _collect(self, rows: Iterator[tuple[int, list[str]]], targets: list[tuple[int, array[float]]]) -> None:
        width, parse = len(self.header), self._parse
        for line, row in rows:
            if len(row) != width:
                found = f"{len(row)} value(s) for the header's {width} column(s)"
                raise DataError(f"line {line}: {found}; give every row one value for each name in the header")
            for index, store in targets:
                try:
                    value = parse(row[index])
                except ValueError:
                    raise self._wrong(line, index, row[index]) from None
                if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
                    raise self._wrong(line, index, row[index])
                store.append(value)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the number of its last line and the cells of every row that is not blank, header included."""
        lines: Iterator[str] = StringIO(self._text, newline="")
        if self._separator == " ":
            lines = (line.strip().replace("\t", " ") for line in lines)
        reader = csv.reader(lines, delimiter=self._separator, skipinitialspace=True, strict=True)
        line = 0
        try:
            for row in reader:
                line = reader.line_num
                if row and (len(row) > 1 or row[0].strip()):
                    yield line, row
        except csv.Error as error:
            raise DataError(
                f"line {line + 1}: {one_line(str(error))}; close every quotation mark and keep values short"
            ) from None

    def _is_number(self, cell: str) -> bool:
        try:
            self._parse(cell)
        except ValueError:
            return False
        return True

    def _is_meant_as_number(self, cell: str) -> bool:
        # 1,000 in a whole column must be an error, not a column silently passed over.
        return self._is_number(cell) or _DIGITS.fullmatch(cell) is not None

    def _index(self, name: str) -> int:
        if self.header.count(name) > 1:
            raise ColumnError(f"line {self._header_line}: two columns are named {show(name)}; rename one")
        if name in self.header:
            return self.header.index(name)
        near = nearest(name, self.header)
        names = ", ".join(show(column) for column in self.header[:6]) + (", …" if len(self.header) > 6 else "")
        remedy = f"did you mean {show(near)}?" if near else f"choose from {names}"
        raise ColumnError(f"line {self._header_line}: no column is named {show(name)}; {remedy}")

    def columns(self) -> Columns:
        found = [self.header[index] for index in self._numbers(self._judged())]
        return Columns(self.header, tuple(name for name in found if name and self.header.count(name) == 1))

    def _judged(self) -> list[list[str]]:
        return [row for _, row in islice(self._rows(), 1, 1 + _ROWS_JUDGED)]

    def _numbers(self, judged: list[list[str]]) -> list[int]:
        return [
            index
            for index in range(len(self.header))
            if any(len(row) > index and self._is_meant_as_number(row[index]) for row in judged)
        ]

    def _numeric(self) -> list[int]:
        """Return the first one or two columns in which a number stands; one with stray text is thus found and named."""
        judged = self._judged()
        found = self._numbers(judged)
        if judged and not found:
            raise ColumnError(f"line {self._header_line + 1}: no column holds numbers; give one or two that do")
        return found[:2] or [0]

    def _wrong(self, line: int, index: int, cell: str) -> DataError:
        where = f"line {line}, column {one_line(self.header[index]) or index + 1}"
        if not cell.strip():
            return DataError(f"{where}: is empty; give a number or remove the row")
        try:
            value = self._parse(cell)
        except ValueError:
            return DataError(
                f"{where}: {show(cell)} is not a number; write it plainly, such as 3.5, or choose other columns"
            )
        problem = "is too large" if abs(value) < float("inf") else "is not a finite number"
        return DataError(f"{where}: {show(cell)} {problem}; give a number within ±1e50 or remove the row")


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError("is in UTF-16; save it as CSV in UTF-8")
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise DataError(f"line {line}: holds a NUL byte, so this is no text file; export the data as CSV")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"line {line}: is not UTF-8 text; save the file as CSV in UTF-8") from None


def _separator(text: str) -> str:
    lines = list(islice((line for line in StringIO(text) if line.strip()), 2))
    if lines:
        header = re.sub(r'"[^"]*"', "", lines[0])
        for separator in "\t;,":
            if separator in header:
                return separator
    # A title such as "waiting time" over a single column holds a blank as well, so the first row decides.
    return " " if len(lines) == 2 and len(lines[1].split()) > 1 else ","


def _parse_plain(cell: str) -> float:
    if "_" in cell:  # Python's float reads 1_000, no other program does
        raise ValueError
    return float(cell)


def _parse_decimal_comma(cell: str) -> float:
    return _parse_plain(cell.replace(",", "."))
