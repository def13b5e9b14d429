"""How a table is laid out: its separator, what stands above its names, its names and units, and its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from em_film.experiment.table.header import header_of
from em_film.experiment.table.rows import (
    SEP_LINE,
    TIDIED,
    Row,
    is_comment,
    plain_rows,
    ragged,
    require_no_total,
    rows_of,
)
from em_film.experiment.table.separator import quote_of, separator_of
from em_film.experiment.table.source import Source
from em_film.wording import counted, one_line
from em_model.errors import DataError

__all__ = ["Layout", "layout_of"]

_SAMPLE = 1000  # rows by which a table's layout is judged


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
        if self.source.marked or self.separator in TIDIED or self.told:
            rows = rows_of(lines, self.separator, self.quote, [] if comments is None else comments)
        else:
            rows = plain_rows(lines, self.separator, self.quote)
        for _ in range(self.above):
            next(rows)
        if self.sample:
            require_no_total(self.sample[0], self.sample)
        last: Row = (0, [])
        for last in rows:
            if len(last[1]) != width:
                raise ragged(*last, width)
            yield last
        require_no_total(last, self.sample)

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
    separator, told_by_line = separator_of(head), bool(head and SEP_LINE.fullmatch(head[0]))
    quote = quote_of(head)
    comments: list[int] = []
    rows = []
    for row in rows_of(iter(head), separator, quote, comments):
        rows.append(row)
        if len(rows) == _SAMPLE:
            break
    if not rows:
        if comments:
            problem = f"holds nothing but {counted(len(comments), 'line', words=False)} of comment"
            raise DataError(f"{problem}; give names and rows that begin with neither # nor %")
        raise DataError("is empty; give a line of column names and then rows of numbers")
    quoted = all(head[line - 1].lstrip().startswith(quote) for line, _ in rows[1:] if line <= len(head))
    header = header_of(rows, separator, quoted, _right_above(head, rows[0][0]))
    names, notes, body = header.names, header.notes, rows[header.above :]
    if not names[-1] and body and all(not row[-1].strip() for _, row in body if len(row) == len(names)):
        notes.append("the last column, which is empty, is read past")
    elif "" in names and not any("names of the rows" in note for note in notes):
        notes.append(f"column {names.index('') + 1}, which has no name, is read past")
    return Layout(
        source,
        separator,
        quote,
        tuple(names),
        tuple(header.units),
        header.line,
        header.above,
        tuple(notes),
        told_by_line,
        body,
    )


def _right_above(head: list[str], line: int) -> list[str]:
    """Return the lines of comment above a line, with nothing but blank ones between."""
    first = line - 1
    while first and (is_comment(head[first - 1]) or not head[first - 1].strip()):
        first -= 1
    return [raw for raw in head[first : line - 1] if raw.strip()]
