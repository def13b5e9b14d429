"""The rows of a table whose separator is known, each with its line, and what is wrong with one."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from em_film.experiment.table.figures import ERROR, is_missing, looks_like_number
from em_film.experiment.table.source import COMMENT
from em_film.wording import one_line, show
from em_model.errors import DataError

__all__ = ["SEP_LINE", "TIDIED", "Row", "is_comment", "plain_rows", "ragged", "require_no_total", "rows_of"]

Row = tuple[int, list[str]]  # the number of its last line, from 1, and its cells

TIDIED = " |"  # separators of which several in a row, or at the ends, are one
SEP_LINE = re.compile(r'"?sep=(.|\\t)"?\s*', re.IGNORECASE)
_NONE = "\x1f"  # what csv is told to part cells at where there is one column
_RULES = {"|": re.compile(r"[\s|+:=-]*--[\s|+:=-]*"), " ": re.compile(r"\s*(?:-{3}|={3})[\s=+-]*")}
_TOTALS = re.compile(
    r"(?:grand )?total|sub-?total|sums?|summen?|gesamt|insgesamt|somme|totale?s?|suma|means?|averages?|avg|"
    r"mittel(?:wert)?|durchschnitt|moyennes?|media|medians?|std|stdev|stabw|standardabweichung|minimum|maximum|all",
    re.IGNORECASE,
)
_FEW = 3  # rows under which there is nothing to sum up
_BLANK = " \t\r\n\f\v\x1a\xa0"  # with the mark that ends a file of DOS


def is_comment(raw: str) -> bool:
    """Tell whether a line begins as comments do, and not as an error of a spreadsheet does."""
    return raw.startswith(COMMENT) and not ERROR.match(raw)


def rows_of(lines: Iterator[str], separator: str, quote: str, comments: list[int]) -> Iterator[Row]:
    """Yield every row that is neither blank nor a comment, with the number of its last line."""
    line = 0

    def tidy() -> Iterator[str]:
        nonlocal line
        for raw in lines:
            line += 1
            if is_comment(raw) or (line == 1 and SEP_LINE.fullmatch(raw)):
                comments.append(line)
            elif separator in TIDIED and separator and _RULES[separator].fullmatch(raw):
                yield ""
            elif separator == " ":
                yield raw.strip().replace("\t", " ")
            elif separator == "|":
                text = raw.strip()
                yield text[1:-1] if len(text) > 1 and text[0] == text[-1] == "|" else text
            else:
                yield raw

    begun = 0
    reader = csv.reader(tidy(), delimiter=separator or _NONE, quotechar=quote, skipinitialspace=True, strict=True)
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip(_BLANK)):
                yield line, row
            begun = line
    except csv.Error as error:
        raise _broken(begun + 1, error) from None


def plain_rows(lines: Iterator[str], separator: str, quote: str) -> Iterator[Row]:
    """Yield what `rows_of` does where no line begins as a comment, in half the time."""
    reader = csv.reader(lines, delimiter=separator or _NONE, quotechar=quote, skipinitialspace=True, strict=True)
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip(_BLANK)):
                yield reader.line_num, row
    except csv.Error as error:
        raise _broken(reader.line_num, error) from None


def _broken(line: int, error: csv.Error) -> DataError:
    if "expected after" in str(error):
        remedy = 'write a quotation mark within a cell twice, as ""'
        return DataError(f"line {line}: a cell goes on behind its closing quotation mark; {remedy}")
    return DataError(f"line {line}: {one_line(str(error))}; close every quotation mark and keep values short")


def ragged(line: int, row: Sequence[str], width: int) -> DataError:
    """Return what is wrong with a row that has other than so many cells."""
    filled = [cell for cell in row if cell.strip()]
    if len(filled) == 1 and not looks_like_number(filled[0]) and not is_missing(filled[0]):
        remedy = "remove the line, or begin it with #"
        return DataError(f"line {line}: {show(filled[0].strip())} is no row of {width} value(s); {remedy}")
    found = f"{len(row)} value(s) for the header's {width} column(s)"
    remedy = "give every row one value for each name in the header"
    if filled and not looks_like_number(filled[0]):
        remedy += ", or remove the line if it is none"
    return DataError(f"line {line}: {found}; {remedy}")


def require_no_total(row_in_line: Row, sample: Sequence[Row]) -> None:
    """Refuse a row, the first or the last, that sums up the others, as spreadsheets and pandas write it: no point."""
    line, row = row_in_line
    if not any(map(looks_like_number, row)) or len(sample) < _FEW:
        return
    for index, cell in enumerate(row):
        word = cell.strip().rstrip(":")
        if _TOTALS.fullmatch(word) and not any(cell in other[index : index + 1] for at, other in sample if at != line):
            raise DataError(f"line {line}: {show(word)} sums up the other rows and is no point; remove the line")
