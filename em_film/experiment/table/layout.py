"""How a table is laid out: its separator, what stands above its names, its names and units, and its rows."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from em_film.experiment.table.figures import Marks, is_missing, looks_like_number
from em_film.experiment.table.source import COMMENT, Source
from em_film.experiment.table.units import unit_of
from em_film.wording import counted, one_line
from em_model.errors import DataError

__all__ = ["Layout", "Row", "layout_of"]

Row = tuple[int, list[str]]  # the number of its last line, from 1, and its cells

_SAMPLE = 1000  # rows by which a table's layout is judged
_ERROR = re.compile(r"#(?:DIV/0!|N/A|VALUE!|REF!|NUM!|NAME\?|NULL!|NA)", re.IGNORECASE)  # a spreadsheet's
_SEPARATORS = "\t;,| "
_NONE = "\x1f"  # what csv is told to part cells at where there is one column
_TIDIED = " |"  # separators of which several in a row, or at the ends, are one
_SEP_LINE = re.compile(r'"?sep=(.|\\t)"?\s*', re.IGNORECASE)
_RULE = re.compile(r"[\s|+:=-]*--[\s|+:=-]*")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand in a table.

    Attributes
    ----------
    source : Source
    separator : str
        What parts the cells of a row; empty where there is one column.
    quote : str
        What stands around cells that are quoted.
    names : tuple of str
        Of all columns; empty where a column has none.
    units : tuple of str
        Of all columns; empty where none is given.
    header_line : int
        Line that holds the names, from 1.
    above : int
        Rows that stand above the data: titles, names and units.
    notes : tuple of str
        What was read past, each a phrase.
    told : bool
        Whether the first line tells the separator.
    sample : list of (int, list of str)
        The first rows of data, each with its line.
    """

    source: Source
    separator: str
    quote: str
    names: tuple[str, ...]
    units: tuple[str, ...]
    header_line: int
    above: int
    notes: tuple[str, ...]
    told: bool
    sample: list[Row]

    def rows(self, comments: list[int] | None = None) -> Iterator[Row]:
        """Yield every row of data; lines of comments are read past, and their numbers put into the list."""
        lines, width = self.source.lines(), len(self.names)
        if self.source.marked or self.separator in _TIDIED or self.told:
            rows = _rows(lines, self.separator, self.quote, [] if comments is None else comments)
        else:
            rows = _plain_rows(lines, self.separator, self.quote)
        for _ in range(self.above):
            next(rows)
        for line, row in rows:
            if len(row) != width:
                raise _ragged(line, row, width)
            yield line, row

    def named(self, index: int) -> str:
        """Name a column in a sentence: by its name, else by its number."""
        return one_line(self.names[index]) or str(index + 1)


def layout_of(source: Source) -> Layout:
    """Find out how a table is laid out, from its first thousand rows.

    Raises
    ------
    DataError
        If it is empty, or its columns have no names: "WHERE: problem; remedy", without the file's name.
    """
    head = source.head()
    separator, told_by_line = _separator(head), bool(head and _SEP_LINE.fullmatch(head[0]))
    quote = _quote(head)
    comments: list[int] = []
    rows = []
    for row in _rows(iter(head), separator, quote, comments):
        rows.append(row)
        if len(rows) == _SAMPLE:
            break
    if not rows:
        raise DataError("is empty; give a line of column names and then rows of numbers")
    place, width = _header(rows, separator)
    line, names = rows[place][0], [cell.strip() for cell in rows[place][1]]
    above, notes = place + 1, []
    if place:
        notes.append(f"{counted(place, 'line', words=False)} above the names read past")
    if len(names) == width - 1:
        if all(not row[-1].strip() for _, row in rows[above:] if len(row) == width):
            names.append("")
        else:
            names.insert(0, "")
            notes.append("the first column, which has no name, holds names of the rows and is read past")
    body = rows[above:]
    if _are_figures(names, body):
        told = _names_in_comment(head, comments, line, separator, width)
        if told is None:
            raise DataError(f"line {line}: holds numbers instead of column names; put a line with the names above it")
        names, above, body = told, place, rows[place:]
    units = [""] * width
    if body and _are_units(body[0][1], body[1:]):
        units = [unit_of(cell) for cell in body[0][1]]
        above, body = above + 1, body[1:]
        notes.append("the line of units under the names is read as such")
    if not names[-1] and body and all(not row[-1].strip() for _, row in body if len(row) == width):
        notes.append("the last column, which is empty, is read past")
    elif "" in names and not any("names of the rows" in note for note in notes):
        notes.append(f"column {names.index('') + 1}, which has no name, is read past")
    return Layout(source, separator, quote, tuple(names), tuple(units), line, above, tuple(notes), told_by_line, body)


def _rows(lines: Iterator[str], separator: str, quote: str, comments: list[int]) -> Iterator[Row]:
    """Yield every row that is neither blank nor a comment, with the number of its last line."""
    line = 0

    def tidy() -> Iterator[str]:
        nonlocal line
        for raw in lines:
            line += 1
            if (raw.startswith(COMMENT) and not _ERROR.match(raw)) or (line == 1 and _SEP_LINE.fullmatch(raw)):
                comments.append(line)
            elif separator == " ":
                yield raw.strip().replace("\t", " ")
            elif separator == "|":
                yield "" if _RULE.fullmatch(raw) else raw.strip().strip("|")
            else:
                yield raw

    begun = 0
    reader = csv.reader(tidy(), delimiter=separator or _NONE, quotechar=quote, skipinitialspace=True, strict=True)
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield line, row
            begun = line
    except csv.Error as error:
        raise _broken(begun + 1, error) from None


def _plain_rows(lines: Iterator[str], separator: str, quote: str) -> Iterator[Row]:
    """Yield what `_rows` does where no line begins as a comment, in half the time."""
    reader = csv.reader(lines, delimiter=separator or _NONE, quotechar=quote, skipinitialspace=True, strict=True)
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield reader.line_num, row
    except csv.Error as error:
        raise _broken(reader.line_num, error) from None


def _broken(line: int, error: csv.Error) -> DataError:
    return DataError(f"line {line}: {one_line(str(error))}; close every quotation mark and keep values short")


def _quote(head: Sequence[str]) -> str:
    """Return the mark around quoted cells: single quotes where the names begin with one."""
    first = next((line for line in head if line.strip() and not line.startswith(COMMENT)), "")
    return "'" if first.startswith("'") and '"' not in first else '"'


def _separator(head: Sequence[str]) -> str:
    """Return what parts the cells: told by a line ``sep=``, or found by clevercsv and borne out by the lines."""
    told = _SEP_LINE.fullmatch(head[0]) if head else None
    if told:
        return told[1].replace("\\t", "\t")
    lines = [line for line in head[:300] if line.strip() and not (line.startswith(COMMENT) and not _ERROR.match(line))]
    bare = [re.sub(r'"[^"]*"', '""', line.strip("\r\n")) for line in lines]
    least = max(1, int(0.8 * (len(bare) - 1)))  # rows of data, the names aside
    likely = [mark for mark in _SEPARATORS if sum(len(_parted(line, mark)) > 1 for line in bare[1:]) >= least]
    if len(bare) == 1:
        likely = [mark for mark in "\t;,|" if mark in bare[0]]
    if not likely:
        named = [mark for mark in "\t;,|" if bare and mark in bare[0]]
        return named[0] if named and not any(mark in line for mark in ".,;" for line in bare[1:]) else ""
    found = _sniffed("".join(lines))
    if found not in likely:
        found = likely[0]
    return "" if _is_within_numbers(found, bare) else found


def _sniffed(text: str) -> str:
    import clevercsv  # heavy, and of use here alone

    try:
        dialect = clevercsv.Sniffer().sniff(text, delimiters=list(_SEPARATORS))
    except Exception:  # whatever it cannot cope with is decided by the lines alone
        return ""
    return "" if dialect is None else str(dialect.delimiter or "")


def _parted(line: str, mark: str) -> list[str]:
    return line.split() if mark == " " else line.split(mark)


def _is_within_numbers(mark: str, bare: Sequence[str]) -> bool:
    """Tell whether a mark is part of the numbers of a single column: 3,5 or 1 250 under one name."""
    if mark not in ", ":
        return False
    marks = Marks()
    first = next((place for place, line in enumerate(bare) if place and looks_like_number(line)), 0)
    if not first or any(mark in line.strip() or '"' in line for line in bare[:first]):
        return False
    return all(marks.see(0, line) for line in bare[first:] if line.strip()) and marks.clash() is None


def _header(rows: Sequence[Row], separator: str) -> tuple[int, int]:
    """Return which row holds the names, and how many cells a row of data has."""
    widths = Counter(len(row) for _, row in rows)
    width = max(widths, key=lambda size: (widths[size], size))
    place = next(index for index, (_, row) in enumerate(rows) if len(row) == width)
    for line, row in rows[:place]:
        if len(row) > width:
            raise _ragged(rows[place][0], rows[place][1], len(row))
        if any(map(looks_like_number, row)):
            raise _ragged(line, row, width)
    before = place - 1
    if before >= 0 and len(rows[before][1]) == width - 1 and any(map(looks_like_number, rows[place][1])):
        body = [row for _, row in rows[place:] if len(row) == width]
        trailing = all(not row[-1].strip() for row in body)
        if trailing or _are_row_names([row[0] for row in body], separator):
            return before, width
        raise _ragged(rows[place][0], rows[place][1], width - 1)
    place = _below_padded_titles(rows, place)
    if before >= 0 and _are_figures(rows[place][1], rows[place + 1 :]):
        raise _ragged(rows[place][0], rows[place][1], len(rows[before][1]))
    if _is_title(rows, place):
        place += 1
    return place, width


def _below_padded_titles(rows: Sequence[Row], place: int) -> int:
    """Return the row below those that hold one cell at most, titles as a spreadsheet writes them, and empty rows."""
    below = place
    while below + 1 < len(rows) and sum(bool(cell.strip()) for cell in rows[below][1]) <= 1 < len(rows[below][1]):
        below += 1
    full = all(cell.strip() and not looks_like_number(cell) for cell in rows[below][1])
    return below if full else place


def _are_row_names(cells: Sequence[str], separator: str) -> bool:
    """Tell whether the first cells of rows are what R writes there: names, or the numbers from 1."""
    if len(set(cells)) < len(cells):
        return False
    numbered = [str(number) for number in range(1, len(cells) + 1)]
    return list(cells) == numbered or not any(map(looks_like_number, cells)) or (separator == " " and len(cells) < 2)


def _is_title(rows: Sequence[Row], place: int) -> bool:
    """Tell whether a row is a title: apart from the rows below, the first of which is a row of names itself."""
    if len(rows) < place + 3:
        return False
    (line, row), (below, names), (_, first) = rows[place : place + 3]
    words = not any(looks_like_number(cell) for cell in [*row, *names])
    return words and below > line + 1 and any(map(looks_like_number, first))


def _are_figures(names: Sequence[str], body: Sequence[Row]) -> bool:
    """Tell whether numbers stand where the names should, with nothing that shows them to be names."""
    numeric = [index for index, name in enumerate(names) if looks_like_number(name)]
    if not numeric:
        return False
    rows = [row for _, row in body if len(row) == len(names)]
    if names[0] == "" and list(names[1:]) == [str(index) for index in range(len(names) - 1)]:
        return False  # as pandas names columns that have no names
    for index, name in enumerate(names):
        if name and index not in numeric and not is_missing(name) and _are_numbers([row[index] for row in rows]):
            return False  # text above numbers: a row of names, in which numbers are names too
    return True


def _are_numbers(cells: Sequence[str]) -> bool:
    present = [cell for cell in cells if not is_missing(cell)]
    return bool(present) and all(map(looks_like_number, present))


def _names_in_comment(
    head: Sequence[str], comments: Sequence[int], line: int, separator: str, width: int
) -> list[str] | None:
    """Return the names that the comment right above the first row holds, as numpy.savetxt writes them."""
    if line - 1 not in comments:
        return None
    text = head[line - 2].lstrip("#%/").strip()
    for mark in dict.fromkeys((separator, " ")):
        names = [name.strip().strip('"') for name in _parted(text, mark)] if mark else [text]
        if len(names) == width and all(names) and not any(map(looks_like_number, names)):
            return names
    return None


def _are_units(row: Sequence[str], body: Sequence[Row]) -> bool:
    """Tell whether a row holds the units of the columns: units alone, above numbers."""
    if not body or len(body[0][1]) != len(row) or any(map(looks_like_number, row)):
        return False
    found = False
    for index, cell in enumerate(row):
        numbers = _are_numbers([below[index] for _, below in body if len(below) == len(row)])
        if cell.strip() and numbers:
            if not unit_of(cell) and cell.strip() not in {"-", "–", "1", "[-]", "(-)"}:
                return False
            found = found or bool(unit_of(cell))
        elif cell.strip() and not unit_of(cell) and not is_missing(cell):
            return False
    return found


def _ragged(line: int, row: Sequence[str], width: int) -> DataError:
    found = f"{len(row)} value(s) for the header's {width} column(s)"
    return DataError(f"line {line}: {found}; give every row one value for each name in the header")
