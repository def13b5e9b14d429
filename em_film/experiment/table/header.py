"""What stands above the rows of a table: titles, settings, names in one line or two, units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from em_film.experiment.table.figures import is_missing, looks_like_number
from em_film.experiment.table.rows import Row, ragged
from em_film.experiment.table.units import unit_of
from em_film.wording import counted, one_line
from em_model.errors import DataError

__all__ = ["header_of"]

_MOST = 60  # rows among which the names are looked for
_FIGURES = 0.8  # share of numbers from which a column is one of figures
_NO_UNIT = frozenset({"-", "–", "1", "[-]", "(-)"})
_WHEN = re.compile(r"\d[\d.:/ T-]{4,}\d")  # a date or a time
_TYPE = re.compile(
    r"<[a-z]{3,4}>|float(?:32|64)?|double|int(?:eger|32|64)?|str(?:ing)?|text|numeric|number|real|char|object|date(?:time)?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d")
_LONG_UNIT = 8  # letters from which what is not known is no unit


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
    place, width = _begin(rows, separator, quoted)
    notes: list[str] = []
    chosen = _among(rows, place, width)
    names = _joined(rows, chosen, width) if chosen > place else [cell.strip() for cell in rows[place][1]]
    place = chosen
    line, body = rows[place][0], rows[place + 1 :]
    if len(names) == width - 1:
        if all(not row[-1].strip() for _, row in body if len(row) == width):
            names.append("")
        else:
            names.insert(0, "")
            notes.append("the first column, which has no name, holds names of the rows and is read past")
    if _are_figures(names, body):
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
            if not any(units) and all(unit_of(cell) or cell in _NO_UNIT for cell in cells):
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


def _begin(rows: Sequence[Row], separator: str, quoted: bool) -> tuple[int, int]:
    """Return the first row that may hold the names, and how many cells a row of data has."""
    widths = Counter(len(row) for _, row in rows)
    width = max(widths, key=lambda size: (widths[size], size))
    place = next(index for index, (_, row) in enumerate(rows) if len(row) == width)
    named = _is_named(rows, place, width) or (place > 0 and _is_named_beside(rows, place, width))
    for line, row in rows[:place]:
        settings = named and bool(row[0].strip()) and not looks_like_number(row[0])
        if len(row) > width and not settings:
            raise ragged(rows[place][0], rows[place][1], len(row))
        if any(map(looks_like_number, row)) and not settings:
            raise ragged(line, row, width)
    before = place - 1
    while before > 0 and _are_types(rows[before][1]) and len(rows[before - 1][1]) == len(rows[before][1]):
        before -= 1
    if before >= 0 and len(rows[before][1]) == width - 1 and any(map(looks_like_number, rows[place][1])):
        body = [row for _, row in rows[place:] if len(row) == width]
        trailing = all(not row[-1].strip() for row in body)
        if trailing or _are_row_names(body, separator, quoted):
            return before, width
        raise ragged(rows[place][0], rows[place][1], width - 1)
    place = _below_padded_titles(rows, place, width)
    if before >= 0 and _are_figures(rows[place][1], rows[place + 1 :]):
        raise ragged(rows[place][0], rows[place][1], len(rows[before][1]))
    if _is_title(rows, place):
        place += 1
    return place, width


def _figures(rows: Sequence[Row], first: int, width: int) -> list[int]:
    """Return the columns that hold figures in the lower third of the rows."""
    lower = [row for _, row in rows[max(first, 2 * len(rows) // 3) :] if len(row) == width]
    found = []
    for index in range(width):
        present = [row[index] for row in lower if not is_missing(row[index])]
        if present and sum(map(looks_like_number, present)) >= _FIGURES * len(present):
            found.append(index)
    return found


def _is_named(rows: Sequence[Row], place: int, width: int) -> bool:
    """Tell whether a row has a name, and no two alike, for each column of figures below it; years may be names."""
    names, below = [cell.strip() for cell in rows[place][1]], rows[place + 1 :]
    numeric = [index for index, name in enumerate(names) if looks_like_number(name)]
    if numeric:
        return _are_years(names, numeric, [row for _, row in below if len(row) == width])
    return _names_all(names, _figures(rows, place + 1, width))


def _is_named_beside(rows: Sequence[Row], place: int, width: int) -> bool:
    """Tell whether the row before the first of so many cells holds names for all of these but the first, as R's do."""
    before = rows[place - 1][1]
    figures = _figures(rows, place, width)
    return (
        len(before) == width - 1 and bool(figures) and _names_all(["", *before], [index for index in figures if index])
    )


def _names_all(row: Sequence[str], figures: Sequence[int]) -> bool:
    cells = [row[index].strip() for index in figures if index or row[index].strip()]  # the first may be an index
    named = all(cell and not looks_like_number(cell) and not is_missing(cell) for cell in cells)
    return bool(cells) and named and len(set(cells)) == len(cells)


def _among(rows: Sequence[Row], place: int, width: int) -> int:
    """Return which of the rows above the first with numbers alone holds the names: below settings, or upper names."""
    figures = _figures(rows, place + 1, width)
    head = place
    texts: list[int] = []
    mixed = False
    while figures and head < min(len(rows), place + _MOST) and len(rows[head][1]) == width:
        cells = [rows[head][1][index].strip() for index in figures]
        numbers = [looks_like_number(cell) for cell in cells]
        if all(numbers):
            break
        if not any(numbers) and any(cell and not is_missing(cell) for cell in cells):
            texts.append(head)
        mixed = mixed or any(number or _WHEN.fullmatch(cell) for number, cell in zip(numbers, cells, strict=True))
        head += 1
    else:
        return place  # nowhere numbers alone
    named = [index for index in texts if _names_all(_joined(rows, index, width), figures)]
    named = [index for index in named if index == place or not _are_units(rows[index][1], rows[index + 1 :], figures)]
    if not named or (place in named and not (mixed and max(named) == max(texts))):
        return place
    return max(named)


def _joined(rows: Sequence[Row], place: int, width: int) -> list[str]:
    """Return the names in a row, each behind the one above it where those are of several columns each."""
    names = [cell.strip() for cell in rows[place][1]]
    upper = [cell.strip() for cell in rows[place - 1][1]] if place else []
    if len(upper) != width or any(map(looks_like_number, upper)) or sum(map(bool, upper)) < 2:
        return names
    for index in range(1, width):
        upper[index] = upper[index] or (upper[index - 1] if names[index] else "")
    several = {name for name in upper if upper.count(name) > 1 and name}
    if not several:
        return names
    return [f"{above} {name}".strip() if name else "" for above, name in zip(upper, names, strict=True)]


def _are_types(cells: Sequence[str]) -> bool:
    """Tell whether cells name the types of columns, as tibbles of R do: <dbl>, float."""
    return bool(cells) and all(_TYPE.fullmatch(cell.strip()) for cell in cells)


def _is_beside(row: Sequence[str], names: Sequence[str]) -> bool:
    """Tell whether a row under the names is a rule, types, or the name of an index alone, as pandas writes it."""
    cells = [cell.strip() for cell in row]
    if _are_types(cells):
        return True
    if len(cells) != len(names):
        return False
    rule = all(cell and not cell.strip("-=") for cell in cells) and any(len(cell) > 2 for cell in cells)
    index = not names[0] and bool(cells[0]) and not looks_like_number(cells[0]) and len(cells) > 1
    return rule or (index and not any(cells[1:]))


def _units(rows: Sequence[Row], place: int, width: int) -> tuple[list[str], int]:
    """Return the units that a row holds, and the first row below that is data."""
    figures = _figures(rows, place + 1, width)
    none = [""] * width
    if place >= len(rows) or len(rows[place][1]) != width or not _are_units(rows[place][1], rows[place + 1 :], figures):
        return none, place
    below = place + 1
    while below < len(rows) - 1 and len(rows[below][1]) == width and _is_text(rows[below][1], figures):
        below += 1
    return [unit_of(cell) for cell in rows[place][1]], below


def _is_text(row: Sequence[str], figures: Sequence[int]) -> bool:
    """Tell whether a row has words, and no number or gap, where the rows below have figures."""
    cells = [row[index].strip() for index in figures]
    return any(cells) and not any(looks_like_number(cell) or (cell and is_missing(cell)) for cell in cells)


def _are_units(row: Sequence[str], body: Sequence[Row], figures: Sequence[int]) -> bool:
    """Tell whether a row holds the units of the columns: known ones at least for half of those that have one."""
    if not body or any(map(looks_like_number, row)):
        return False
    told = [row[index].strip() for index in figures if row[index].strip()]
    known = [cell for cell in told if unit_of(cell)]
    others = [cell for cell in told if cell not in known and cell not in _NO_UNIT]
    beside = [cell.strip() for index, cell in enumerate(row) if index not in figures and cell.strip()]
    words = [cell for cell in others + beside if not unit_of(cell) and not is_missing(cell)]
    short = all(len(cell) < _LONG_UNIT and " " not in cell for cell in words)
    return bool(known) and short and len(known) > len(others)


def _below_padded_titles(rows: Sequence[Row], place: int, width: int) -> int:
    """Return the row below those that hold one cell at most, titles as a spreadsheet writes them, and empty rows."""
    below = place
    while below + 1 < len(rows) and sum(bool(cell.strip()) for cell in rows[below][1]) <= 1 < len(rows[below][1]):
        below += 1
    if below == place or len(rows[below][1]) != width:
        return place
    used = [index for index in range(width) if any(row[index].strip() for _, row in rows[below:] if len(row) == width)]
    cells = [rows[below][1][index].strip() for index in used]
    return below if all(cell and not looks_like_number(cell) for cell in cells) else place


def _are_row_names(body: Sequence[Sequence[str]], separator: str, quoted: bool) -> bool:
    """Tell whether the first cells of rows are what R writes there: names, or numbers of rows."""
    cells = [row[0].strip() for row in body]
    if len(set(cells)) < len(cells):
        return False
    if list(cells) == [str(number) for number in range(1, len(cells) + 1)] or not any(map(looks_like_number, cells)):
        return True
    whole = all(cell.isdecimal() and cell.isascii() for cell in cells)
    if separator == " ":  # which may also part thousands, as in 1 250
        whole = whole and not all(row[1].strip()[:3].isdecimal() and len(row[1].strip()) == 3 for row in body)
    return (quoted or separator in "\t ") and whole


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
    return not _are_years(names, numeric, rows)


def _are_years(names: Sequence[str], numeric: Sequence[int], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether numbers among names are years at even steps, above numbers that are none, beside words of their own.

    So statistical offices write a column for each year: country, 2019, 2020.
    """
    years = [int(names[index]) for index in numeric if _YEAR.fullmatch(names[index].strip())]
    steps = {later - earlier for earlier, later in pairwise(years)}
    if len(years) < max(2, len(numeric)) or len(steps) != 1 or steps == {0}:
        return False
    below = [row[index].strip() for row in rows for index in numeric]
    words = [index for index, name in enumerate(names) if index not in numeric and name]
    own = all(names[index] not in {row[index] for row in rows} for index in words)
    corner = not names[0] and not any(looks_like_number(row[0]) for row in rows)
    return own and (bool(words) or corner) and not all(_YEAR.fullmatch(cell) for cell in below if not is_missing(cell))


def _are_numbers(cells: Sequence[str]) -> bool:
    present = [cell for cell in cells if not is_missing(cell)]
    return bool(present) and all(map(looks_like_number, present))
