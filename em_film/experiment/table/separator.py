"""What parts the cells of a table, and what stands around those that are quoted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from em_film.experiment.table.figures import Marks, looks_like_number
from em_film.experiment.table.rows import SEP_LINE, is_comment

__all__ = ["other_separator", "quote_of", "separator_of"]

_SEPARATORS = "\t;,| "
_LINES = 300  # lines by which a separator is judged
_OTHERS = re.compile(r"[-+.,\d\s]+(?:([^\w\s.,+\-\"'])[-+.,\d\s]+)(?:\1[-+.,\d\s]+)*")  # 3.5^2.5
_OPENED = re.compile(r'(?:^|[\t;,| ])"[^"]*$')


def quote_of(head: Sequence[str]) -> str:
    """Return the mark around quoted cells: single quotes where the names begin with one."""
    first = next((line for line in head if line.strip() and not is_comment(line)), "")
    return "'" if first.startswith("'") and '"' not in first else '"'


def separator_of(head: Sequence[str]) -> str:
    """Return what parts the cells: told by a line ``sep=``, or found by clevercsv and borne out by the lines.

    Empty where there is one column.
    """
    told = SEP_LINE.fullmatch(head[0]) if head else None
    if told:
        return told[1].replace("\\t", "\t")
    lines = _whole([line for line in head[:_LINES] if line.strip() and not is_comment(line)])
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
    if not _has_names(found, bare):
        found = next((mark for mark in likely if _has_names(mark, bare)), found)
    return "" if _is_within_numbers(found, bare) else found


def other_separator(name: str, cells: Sequence[str]) -> str:
    """Return a mark that seems to part the cells of what is read as one column, as ^ in 3.5^2.5; else nothing."""
    found = _OTHERS.fullmatch(cells[0].strip()) if cells else None
    if found is None:
        return ""
    mark = found[1]
    count = cells[0].count(mark)
    alike = all(cell.count(mark) == count and all(map(looks_like_number, cell.split(mark))) for cell in cells)
    return mark if alike and name.count(mark) == count else ""


def _whole(lines: Sequence[str]) -> list[str]:
    """Join the lines of a quoted cell that breaks over them; leave all as they are where such a cell never ends."""
    joined: list[str] = []
    is_open = False
    for line in lines:
        if is_open:
            joined[-1] += line
            is_open = line.count('"') % 2 == 0
        else:
            joined.append(line)
            is_open = line.count('"') % 2 == 1 and _OPENED.search(line) is not None
    return list(lines) if is_open and len(lines) < _LINES else joined


def _sniffed(text: str) -> str:
    import clevercsv  # heavy, and of use here alone

    try:
        dialect = clevercsv.Sniffer().sniff(text, delimiters=list(_SEPARATORS))
    except Exception:  # whatever it cannot cope with is decided by the lines alone
        return ""
    return "" if dialect is None else str(dialect.delimiter or "")


def _parted(line: str, mark: str) -> list[str]:
    return line.split() if mark == " " else line.split(mark)


def _has_names(mark: str, bare: Sequence[str]) -> bool:
    """Tell whether a line above the first with a number has as many cells as those below, or one fewer, as R's has."""
    cells = [_parted(line, mark) for line in bare]
    first = next((place for place, row in enumerate(cells) if any(map(looks_like_number, row))), 0)
    if not first:
        return True  # nothing to judge by
    width = Counter(len(row) for row in cells[first:]).most_common(1)[0][0]
    return any(len(row) in (width, width - 1) and len(row) > 1 for row in cells[:first])


def _is_within_numbers(mark: str, bare: Sequence[str]) -> bool:
    """Tell whether a mark is part of the numbers of a single column: 3,5 or 1 250 under one name."""
    if mark not in ", ":
        return False
    marks = Marks()
    first = next((place for place, line in enumerate(bare) if place and looks_like_number(line)), 0)
    if not first or any(mark in line.strip() or '"' in line for line in bare[:first]):
        return False
    return all(marks.see(0, line) for line in bare[first:] if line.strip()) and marks.clash() is None
