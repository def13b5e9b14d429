"""What stands above the rows of a table: titles, settings, names, units; and where the data begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from em_film.experiment.table.figures import is_missing, looks_like_number
from em_film.experiment.table.kinds import NO_UNIT, are_figures, are_types, are_units, figures_of
from em_film.experiment.table.names import first_names, joined_names, names_among
from em_film.experiment.table.rows import Row
from em_film.experiment.table.units import unit_of
from em_film.wording import counted, one_line
from em_model.errors import DataError

__all__ = ["header_of"]


class Header(NamedTuple):
    """What stands above the rows.

    Attributes
    ----------
    line : int
        That holds the names, from 1.
    names, units : list of str
        Of all columns.
    above : int
        Rows before the data, these among them.
    notes : list of str
        What was read past, each a phrase.
    """

    line: int
    names: list[str]
    units: list[str]
    above: int
    notes: list[str]


class _Told(NamedTuple):
    """Names, and units, that a comment above the rows gives."""

    names: list[str]
    units: list[str]


def header_of(rows: Sequence[Row], separator: str, quoted: bool, comments: Sequence[str]) -> Header:
    """Find the names of a table, and its units.

    Parameters
    ----------
    rows : sequence of (int, list of str)
        The first rows, none of them blank or a comment.
    separator : str
    quoted : bool
        Whether the first cells of the rows are quoted.
    comments : sequence of str
        Those right above the first row.

    Raises
    ------
    DataError
        If the columns have no names, or a row has other than so many cells.
    """
    place, width = first_names(rows, separator, quoted)
    notes: list[str] = []
    chosen = names_among(rows, place, width)
    names = joined_names(rows, chosen, width) if chosen > place else [cell.strip() for cell in rows[place][1]]
    place = chosen
    line, body = rows[place][0], rows[place + 1 :]
    if len(names) == width - 1:
        if all(not row[-1].strip() for _, row in body if len(row) == width):
            names.append("")
        else:
            names.insert(0, "")
            notes.append("the first column, which has no name, holds names of the rows and is read past")
    if are_figures(names, body):
        told = _told(comments, separator, width)
        if told is None:
            raise DataError(f"line {line}: holds numbers instead of column names; {_naming(names)}")
        return Header(
            line, told.names, told.units, place, [*_titles(place), "the names are those in the comment above"]
        )
    above = place + 1
    while above < len(rows) and _is_beside(rows[above][1], names):
        above += 1
    if above > place + 1:
        notes.append(f"{counted(above - place - 1, 'line', words=False)} without a value under the names read past")
    units, below = _units(rows, above, width)
    if below > above:
        notes.append("the line of units under the names is read as such")
    if below > above + 1:
        notes.append(f"{counted(below - above - 1, 'line', words=False)} under the units read past")
    return Header(line, names, units, below, _titles(place) + notes)


def _told(comments: Sequence[str], separator: str, width: int) -> _Told | None:
    """Return the names that the comments right above the first row hold, as numpy.savetxt writes them."""
    units = [""] * width
    for raw in reversed(comments):
        text = raw.lstrip("#%/").strip()
        if not text.strip("-=+ "):
            continue  # a rule
        for mark in dict.fromkeys((separator, " ")):
            cells = text.split() if mark == " " else text.split(mark) if mark else [text]
            cells = [cell.strip().strip('"') for cell in cells]
            cells[0] = cells[0] or raw[:1]  # a column that is named #
            if len(cells) != width or not all(cells) or any(map(looks_like_number, cells)):
                continue
            if not any(units) and all(unit_of(cell) or cell in NO_UNIT for cell in cells):
                units = [unit_of(cell) for cell in cells]
                break
            return _Told(cells, units)
        else:
            break
    return _Told(units, [""] * width) if all(units) else None


def _titles(count: int) -> list[str]:
    return [f"{counted(count, 'line', words=False)} above the names read past"] if count else []


def _naming(names: Sequence[str]) -> str:
    remedy = "put a line with the names above it"
    number = one_line(next((name for name in names if name.isdecimal()), ""))[:12]
    return f"{remedy}, or write x{number} for {number} if it is a name" if number else remedy


def _is_beside(row: Sequence[str], names: Sequence[str]) -> bool:
    """Tell whether a row under the names is a rule, types, or the name of an index alone, as pandas writes it."""
    cells = [cell.strip() for cell in row]
    if are_types(cells):
        return True
    if len(cells) != len(names):
        return False
    rule = all(cell and not cell.strip("-=") for cell in cells) and any(len(cell) > 2 for cell in cells)
    index = not names[0] and bool(cells[0]) and not looks_like_number(cells[0]) and len(cells) > 1
    return rule or (index and not any(cells[1:]))


def _units(rows: Sequence[Row], place: int, width: int) -> tuple[list[str], int]:
    """Return the units that a row holds, and the first row below that is data."""
    figures = figures_of(rows, place + 1, width)
    none = [""] * width
    if place >= len(rows) or len(rows[place][1]) != width or not are_units(rows[place][1], rows[place + 1 :], figures):
        return none, place
    below = place + 1
    while below < len(rows) - 1 and len(rows[below][1]) == width and _is_text(rows[below][1], figures):
        below += 1
    return [unit_of(cell) for cell in rows[place][1]], below


def _is_text(row: Sequence[str], figures: Sequence[int]) -> bool:
    """Tell whether a row has words, and no number or gap, where the rows below have figures."""
    cells = [row[index].strip() for index in figures]
    return any(cells) and not any(looks_like_number(cell) or (cell and is_missing(cell)) for cell in cells)
