"""What programs and instruments write above, beside and under the rows of a table is read past, or refused by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from em_film.experiment.table import Table, read_table
from em_model.errors import DataError

_ROWS = [(20.5, 125.5), (19.25, 90.0), (21.75, 110.25), (18.5, 87.5), (22.25, 131.75), (20.75, 99.5)]


def _text(head: str, row: str, foot: str = "") -> str:
    """Write the rows: {a} and {b} plainly, {A} and {B} with a decimal comma, {n} its number, {m} one out of order."""
    lines = []
    for n, (a, b) in enumerate(_ROWS, 1):
        commas = {"A": f"{a}".replace(".", ","), "B": f"{b}".replace(".", ",")}
        lines.append(row.format(a=a, b=b, n=n, m=100 + n * 5 % 7, **commas))
    return head + "".join(lines) + foot


def read(folder: Path, content: str, *columns: str) -> Table:
    path = folder / "points.csv"
    path.write_text(content, encoding="utf-8")
    return read_table(path, columns)


KINDS = {
    "settings with an empty cell": (_text("Device,XY,\nRate,100,\nname,a,b\n", "x,{a},{b}\n"), "2 lines above"),
    "settings above R's names": (_text("Device\tXY\nRate\t100\na\tb\n", "r{n}\t{a}\t{b}\n"), "2 lines above"),
    "a title of more words than cells, above R's names": (
        _text("Results of the third experiment\n\na b\n", "r{n} {a} {b}\n"),
        "names of the rows",
    ),
    "a title, blanks and decimal commas": (_text("Results\n\na b\n", "{A} {B}\n"), "1 line above the names"),
    "an index between bars": (_text("|a|b\n", "{n}|{a}|{b}\n"), "column 1, which has no name"),
    "settings in as many cells": (
        _text("Device;XY-100\nSerial;12345\nDate;01.02.2024\na;b\n", "{A};{B}\n"),
        "3 lines above the names",
    ),
    "settings in fewer cells": (_text("rate, 1000\nchannels, 2\n\nname,a,b\n", "x,{a},{b}\n"), "2 lines above"),
    "a logger's station line": (
        _text(
            '"TOA5","CR1000","7","OS","prog","99"\n"TIME","a","b"\n"TS","degC","hPa"\n"","Avg","Avg"\n',
            '"2024-03-01 10:0{n}:00",{a},{b}\n',
        ),
        "1 line under the units read past",
    ),
    "preamble, units, an empty last column": (
        _text("Gerät: 7\nDatum: 2024-03-01 10:00\n\nname;a;b;\n;N;mm;\n", "x;{A};{B};\n"),
        "2 lines above the names",
    ),
    "the name of an index": (_text(",a,b\nidx,,\n", "{n},{a},{b}\n"), "1 line without a value under the names"),
    "a rule under the names": (_text("a b\n----- -----\n", "{a} {b}\n"), ""),
    "a rule under the names, commas": (_text("a,b\n----,----\n", "{a},{b}\n"), "1 line without a value"),
    "padded titles and an empty last column": (_text("Titel;;\n;;\na;b;\n", "{A};{B};\n"), "2 lines above the names"),
    "R's numbers of rows, a subset": (_text('"a" "b"\n', '"{m}" {a} {b}\n'), "names of the rows"),
    "R's numbers of rows, without quotes": (_text("a\tb\n", "{m}\t{a}\t{b}\n"), "names of the rows"),
    "names of two lines within a quoted cell": (_text('a,b,"note\n(free)"\n', '{a},{b},"x\ny"\n'), ""),
    "names in a comment above another": (
        _text("# a,b\n# -----\n\n", "{a},{b}\n"),
        "the names are those in the comment",
    ),
    "a column that is named #": (_text("#,a,b\n", "{n},{a},{b}\n"), "the names are those in the comment"),
    "the end of a file of DOS": (_text("a,b\n", "{a},{b}\n", "\x1a"), ""),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_around_the_rows_is_read_past_and_said(tmp_path: Path, kind: str) -> None:
    content, said = KINDS[kind]
    table = read(tmp_path, content, "a", "b")
    assert_array_equal(table.values, _ROWS)
    assert not said or any(said in note for note in table.notes), table.notes


def test_units_in_a_comment_under_the_names_are_units_and_no_names(tmp_path: Path) -> None:
    table = read(tmp_path, _text("# a,b\n# mm,kg\n", "{a},{b}\n"))
    assert table.columns == ("a", "b")
    assert table.units == ("mm", "kg")


@pytest.mark.parametrize("upper", [",left,left,right\n", ",left,,right\n"])
def test_names_in_two_lines_are_joined(tmp_path: Path, upper: str) -> None:
    content = _text(f"{upper},x,y,x\n", "{n},{a},{b},7{n}\n")
    assert read(tmp_path, content).columns == ("left x", "left y")
    assert_array_equal(read(tmp_path, content, "right x").values[:, 0], np.arange(71, 77))


@pytest.mark.parametrize("head", ["country,2019,2020", ",2019,2020", '"country name",code,1960,1970,'])
def test_years_at_even_steps_above_what_are_none_are_names(tmp_path: Path, head: str) -> None:
    beside = {",": "x{n},{a},{b}\n", "c": "x{n},{a},{b}\n", '"': "x{n},X{n},{a},{b},\n"}[head[0]]
    titles = '"Data Source","Indicators",\n"Updated","2024-03-01",\n' if head[0] == '"' else ""
    table = read(tmp_path, _text(f"{titles}{head}\n", beside))
    assert table.columns in {("2019", "2020"), ("1960", "1970")}
    assert_array_equal(table.values, _ROWS)


def test_types_under_the_names_are_no_names(tmp_path: Path) -> None:
    table = read(tmp_path, _text("# A tibble: 6 × 2\n      a     b\n  <dbl> <dbl>\n", "{n} {a} {b}\n"))
    assert table.columns == ("a", "b")
    assert_array_equal(read(tmp_path, _text("a,b\nfloat,int64\n", "{a},{b}\n")).values, _ROWS)


def test_a_column_with_few_values_is_not_chosen_while_there_are_others(tmp_path: Path) -> None:
    rows = "".join(f"{a},{9 if n == 3 else ''},{b}\n" for n, (a, b) in enumerate(_ROWS))
    table = read(tmp_path, "a,few,b\n" + rows)
    assert table.columns == ("a", "b")
    assert "column few is passed over: it lacks a value in 5 of the first 6 rows" in table.notes


FAULTS = {
    "a total": ("name,a,b\n", "x{n},{a},{b}\n", "Total,123,644\n", 'line 8: "Total" sums up the other rows', "remove"),
    "a total above": ("name,a,b\nTotal,123,644\n", "x{n},{a},{b}\n", "", 'line 2: "Total" sums up the other', "remove"),
    "a mean": (
        "name;a;b\n",
        "x{n};{A};{B}\n",
        "Mittelwert:;20,5;107,4\n",
        '"Mittelwert" sums up the other',
        "remove the line",
    ),
    "a footer": ("a,b\n", "{a},{b}\n", "n = 20\n", 'line 8: "n = 20" is no row of 2 value(s)', "remove the line"),
    "a count": (" a | b\n---+---\n", "{a} | {b}\n", "(6 rows)\n", 'line 9: "(6 rows)" is no row', "remove the line"),
    "names once more": (
        "a,b\n",
        "{a},{b}\n",
        "a,b\n1,2\n",
        "line 8: holds the names of the columns once more",
        "remove",
    ),
    "a line of words": (
        "a,b\nfurlongs,stones\n",
        "{a},{b}\n",
        "",
        'line 2, column a: "furlongs" is not',
        "remove the line",
    ),
    "years as names": ("2019,2020\n", "{a},{b}\n", "", "line 1: holds numbers instead", "write x2019 for 2019"),
    "rows like comments": (
        "id,a\n",
        "#{n},{a}\n",
        "",
        "has no rows under its header, only 6 lines of comment",
        "neither #",
    ),
    "no names": (",\n", "{a},{b}\n", "", "line 2: no column has a name", "write names above"),
    "another separator": ("a^b\n", "{a}^{b}\n", "", '"^" seems to part the cells', "sep=^"),
    "marks within": (
        "a,n\n",
        '{a},"Bob" Lee\n',
        "",
        "line 2: a cell goes on behind its closing quotation mark",
        "twice",
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_line_that_is_no_row_is_named_with_its_remedy(tmp_path: Path, kind: str) -> None:
    head, row, foot, problem, remedy = FAULTS[kind]
    with pytest.raises(DataError) as caught:
        read(tmp_path, _text(head, row, foot))
    told, _, advice = str(caught.value).partition("; ")
    assert problem in told
    assert remedy in advice


def test_the_separator_that_a_fault_proposes_is_read(tmp_path: Path) -> None:
    assert_array_equal(read(tmp_path, _text("sep=^\na^b\n", "{a}^{b}\n")).values, _ROWS)


def test_a_label_that_other_rows_have_too_is_no_total(tmp_path: Path) -> None:
    rows = "".join(f"{'max' if n % 2 else 'min'},{a},{b}\n" for n, (a, b) in enumerate(_ROWS))
    assert len(read(tmp_path, "kind,a,b\n" + rows).values) == len(_ROWS)


def test_numbers_that_blanks_part_are_taken_for_no_names_of_rows(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 2: 3 value\(s\) for the header's 2"):
        read(tmp_path, "a b\n1 250 3\n2 310 4\n4 125 7\n")
