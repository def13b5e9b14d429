"""Which columns of a table hold figures, by the rows looked at; and what the others hold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from em_film.experiment.table.figures import decoration, is_missing, looks_like_number
from em_film.experiment.table.layout import Layout
from em_film.experiment.table.separator import other_separator
from em_film.experiment.table.table import ColumnError
from em_film.wording import show

__all__ = ["codes_in", "figures_in", "gaps_in", "no_figures_in"]

_CODE = re.compile(r"0\d+(?:\.\d+)?|\d{16,}", re.ASCII)  # double precision tells numbers of 15 digits apart
_FEW_VALUES = 0.5  # share of the rows that have a value under which a column is not chosen by default
_FEW_NUMBERS = 0.5  # share of a column's cells under which numbers do not make it a column of figures


def figures_in(layout: Layout) -> list[int]:
    """Return the columns that hold figures, plain or with a unit, in most of the rows looked at."""
    found = [index for index, share in _shares(layout).items() if share >= _FEW_NUMBERS]
    if layout.sample and not found:
        raise ColumnError(f"line {layout.sample[0][0]}: {_why_none(layout)}")
    return found or [index for index, name in enumerate(layout.names) if name][:1] or [0]


def gaps_in(layout: Layout) -> dict[int, str]:
    """Return which columns lack a value in most rows, where not all columns of figures do."""
    figures = figures_in(layout)
    rows = _whole_rows(layout)
    counts = {index: sum(not is_missing(row[index]) for row in rows) for index in figures}
    gaps = {index: count for index, count in counts.items() if count < _FEW_VALUES * len(rows)}
    if len(gaps) == len(figures):
        return {}
    return {
        index: f"lacks a value in {len(rows) - count} of the first {len(rows)} rows" for index, count in gaps.items()
    }


def no_figures_in(layout: Layout) -> dict[str, str]:
    """Return which columns are no columns of figures though they hold numbers, in a way, or hold nothing at all."""
    found: dict[str, str] = {}
    rows = _whole_rows(layout)
    for index, share in _shares(layout).items():
        cells = [row[index].strip() for row in rows]
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


def codes_in(layout: Layout, index: int) -> str:
    """Tell of figures that are written as codes are, such as 01067 or 16 digits and more, and measure nothing."""
    cells = [row[index].strip() for row in _whole_rows(layout)]
    first = next((cell for cell in cells if _CODE.fullmatch(cell)), "")
    if not first or not all(cell.replace(".", "").isdecimal() for cell in cells if not is_missing(cell)):
        return ""
    return f"holds codes, such as {show(first)}"


def _why_none(layout: Layout) -> str:
    """Say why no column holds figures, and what would help."""
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


def _whole_rows(layout: Layout) -> list[list[str]]:
    """Return the rows looked at that have a cell for each column."""
    return [row for _, row in layout.sample if len(row) == len(layout.names)]


def _shares(layout: Layout) -> dict[int, float]:
    """Return the share of figures in each column with a name; -1 where no row has a value."""
    rows = _whole_rows(layout)
    return {
        index: _share_of_figures([row[index] for row in rows])
        for index, name in enumerate(layout.names)
        if name and rows
    }


def _share_of_figures(cells: Sequence[str]) -> float:
    """Return the share of the cells with a value that hold a number, plain or with a unit; -1 without any."""
    present = [cell for cell in cells if not is_missing(cell)]
    if not present:
        return -1.0
    plain = sum(map(looks_like_number, present))
    carried = [mark for mark in map(decoration, present) if mark]
    shared = max((carried.count(mark) for mark in set(carried)), default=0)
    return (plain + shared) / len(present)
