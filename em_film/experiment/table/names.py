"""Which row of a table holds the names of its columns: below titles and settings, in one line or in two."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from em_film.experiment.table.figures import is_missing, looks_like_number
from em_film.experiment.table.kinds import are_figures, are_types, are_units, are_years, figures_of, names_all
from em_film.experiment.table.rows import Row, ragged

__all__ = ["first_names", "joined_names", "names_among"]

_MOST = 60  # rows among which the names are looked for
_WHEN = re.compile(r"\d[\d.:/ T-]{4,}\d")  # a date or a time


def first_names(rows: Sequence[Row], separator: str, quoted: bool) -> tuple[int, int]:
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
    while before > 0 and are_types(rows[before][1]) and len(rows[before - 1][1]) == len(rows[before][1]):
        before -= 1
    if before >= 0 and len(rows[before][1]) == width - 1 and any(map(looks_like_number, rows[place][1])):
        body = [row for _, row in rows[place:] if len(row) == width]
        trailing = all(not row[-1].strip() for row in body)
        if trailing or _are_row_names(body, separator, quoted):
            return before, width
        raise ragged(rows[place][0], rows[place][1], width - 1)
    place = _below_padded_titles(rows, place, width)
    if before >= 0 and are_figures(rows[place][1], rows[place + 1 :]):
        raise ragged(rows[place][0], rows[place][1], len(rows[before][1]))
    if _is_title(rows, place):
        place += 1
    return place, width


def _is_named(rows: Sequence[Row], place: int, width: int) -> bool:
    """Tell whether a row has a name, and no two alike, for each column of figures below it; years may be names."""
    names, below = [cell.strip() for cell in rows[place][1]], rows[place + 1 :]
    numeric = [index for index, name in enumerate(names) if looks_like_number(name)]
    if numeric:
        return are_years(names, numeric, [row for _, row in below if len(row) == width])
    return names_all(names, figures_of(rows, place + 1, width))


def _is_named_beside(rows: Sequence[Row], place: int, width: int) -> bool:
    """Tell whether the row before the first of so many cells holds names for all of these but the first, as R's do."""
    before = rows[place - 1][1]
    figures = figures_of(rows, place, width)
    return (
        len(before) == width - 1 and bool(figures) and names_all(["", *before], [index for index in figures if index])
    )


def names_among(rows: Sequence[Row], place: int, width: int) -> int:
    """Return which of the rows above the first with numbers alone holds the names: below settings, or upper names."""
    figures = figures_of(rows, place + 1, width)
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
    named = [index for index in texts if names_all(joined_names(rows, index, width), figures)]
    named = [index for index in named if index == place or not are_units(rows[index][1], rows[index + 1 :], figures)]
    if not named or (place in named and not (mixed and max(named) == max(texts))):
        return place
    return max(named)


def joined_names(rows: Sequence[Row], place: int, width: int) -> list[str]:
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
