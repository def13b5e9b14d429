"""What the cells of a row are, or of those below it: names, figures, units, types, years."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from em_film.experiment.table.figures import is_missing, looks_like_number
from em_film.experiment.table.rows import Row
from em_film.experiment.table.units import unit_of

__all__ = ["NO_UNIT", "are_figures", "are_types", "are_units", "are_years", "figures_of", "names_all"]

_FIGURES = 0.8  # share of numbers from which a column is one of figures
NO_UNIT = frozenset({"-", "–", "1", "[-]", "(-)"})
_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d")
_TYPE = re.compile(
    r"<[a-z]{3,4}>|float(?:32|64)?|double|int(?:eger|32|64)?|str(?:ing)?|text|numeric|number|real|char|object|date(?:time)?",
    re.IGNORECASE,
)
_LONG_UNIT = 8  # letters from which what is not known is no unit


def figures_of(rows: Sequence[Row], first: int, width: int) -> list[int]:
    """Return the columns that hold figures in the lower third of the rows."""
    lower = [row for _, row in rows[max(first, 2 * len(rows) // 3) :] if len(row) == width]
    found = []
    for index in range(width):
        present = [row[index] for row in lower if not is_missing(row[index])]
        if present and sum(map(looks_like_number, present)) >= _FIGURES * len(present):
            found.append(index)
    return found


def names_all(row: Sequence[str], figures: Sequence[int]) -> bool:
    """Tell whether a row has a name, and no two alike, for each of the columns."""
    cells = [row[index].strip() for index in figures if index or row[index].strip()]  # the first may be an index
    named = all(cell and not looks_like_number(cell) and not is_missing(cell) for cell in cells)
    return bool(cells) and named and len(set(cells)) == len(cells)


def are_types(cells: Sequence[str]) -> bool:
    """Tell whether cells name the types of columns, as tibbles of R do: <dbl>, float."""
    return bool(cells) and all(_TYPE.fullmatch(cell.strip()) for cell in cells)


def are_units(row: Sequence[str], body: Sequence[Row], figures: Sequence[int]) -> bool:
    """Tell whether a row holds the units of the columns: known ones at least for half of those that have one."""
    if not body or any(map(looks_like_number, row)):
        return False
    told = [row[index].strip() for index in figures if row[index].strip()]
    known = [cell for cell in told if unit_of(cell)]
    others = [cell for cell in told if cell not in known and cell not in NO_UNIT]
    beside = [cell.strip() for index, cell in enumerate(row) if index not in figures and cell.strip()]
    words = [cell for cell in others + beside if not unit_of(cell) and not is_missing(cell)]
    short = all(len(cell) < _LONG_UNIT and " " not in cell for cell in words)
    return bool(known) and short and len(known) > len(others)


def are_figures(names: Sequence[str], body: Sequence[Row]) -> bool:
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
    return not are_years(names, numeric, rows)


def are_years(names: Sequence[str], numeric: Sequence[int], rows: Sequence[Sequence[str]]) -> bool:
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
