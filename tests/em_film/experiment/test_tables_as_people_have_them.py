"""Tables of the kinds that people bring: each is read to the right numbers, and says what was read past."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from em_film.experiment.table import ColumnError, Reading, Table, columns_of, read_table
from em_model.errors import DataError

_A = (20.5, 19.25, 21.75, 18.5, 22.25, 20.75, 19.5, 21.25, 18.25)
_B = (1250.5, 900.0, 1102.25, 875.5, 1310.75, 990.5, 1005.0, 860.25, 1200.5)
_ROWS = list(zip(_A, _B, strict=True))


def _text(head: str, row: str, **write: str) -> str:
    """Write the rows in some way: {a} and {b} plainly, {A} and {B} with a decimal comma, {n} the row's number."""
    lines = []
    for n, (a, b) in enumerate(_ROWS):
        cells = {"a": f"{a}", "b": f"{b}", "A": f"{a}".replace(".", ","), "B": f"{b}".replace(".", ","), "n": n + 1}
        for name, form in write.items():
            cells[name] = f"{b:{form}}"
        lines.append(row.format(**cells))
    return head + "".join(lines)


def _german(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def _lines(head: str, *cells: object, separator: str = ";") -> str:
    return head + "".join(f"{a}{separator}{b}\n" for a, b in zip(*cells, strict=True))  # type: ignore[call-overload]


def read(folder: Path, content: str | bytes, *columns: str, reading: Reading | None = None) -> Table:
    path = folder / "points.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, columns, reading)


KINDS: dict[str, tuple[str | bytes, str]] = {
    "pipes": (_text("a|b\n", "{a}|{b}\n"), ""),
    "a table of Markdown": (_text("| a | b |\n|---|---|\n", "| {a} | {b} |\n"), ""),
    "tabs and decimal commas": (_text("a\tb\n", "{A}\t{B}\n"), ""),
    "blanks and decimal commas": (_text("a b\n", "{A}   {B}\n"), ""),
    "quoted decimal commas": (_text("a,b\n", '"{A}","{B}"\n'), ""),
    "thousands by dot": (_lines("a;b\n", [str(a).replace(".", ",") for a in _A], map(_german, _B)), "read as"),
    "thousands by comma": (_text("a;b\n", "{a};{t}\n", t=",.2f"), "read as"),
    "thousands by comma, quoted": (_text("a,b\n", '{a},"{t}"\n', t=",.2f"), "read as"),
    "thousands by apostrophe": (_lines("a;b\n", _A, [f"{b:,.2f}".replace(",", "'") for b in _B]), "read as"),
    "thousands by curly apostrophe": (_lines("a;b\n", _A, [f"{b:,.2f}".replace(",", "’") for b in _B]), "read as"),
    "thousands by no-break blank": (_lines("a;b\n", _A, [f"{b:,.2f}".replace(",", "\xa0") for b in _B]), "read as"),
    "thousands by narrow blank": (_lines("a;b\n", _A, [f"{b:,.2f}".replace(",", "\u202f") for b in _B]), "read as"),
    "thousands by blank": (_lines("a;b\n", _A, [f"{b:,.2f}".replace(",", " ") for b in _B]), "read as"),
    "comments above": (_text("# exported by 7\n# station Ä, hall\na,b\n", "{a},{b}\n"), "2 lines of comment"),
    "comments within": (_text("a,b\n20.5,1250.5\n# pause\n", "{a},{b}\n").replace("20.5,1250.5\n", "", 1), "1 line of"),
    "a title": (_text("Results, of the third run\n\na;b\n", "{a};{b}\n"), "1 line above the names"),
    "a title of as many cells": (
        _text("Run 3, hall B\n\na,b\n", "{a},{b}\n").replace("Run 3", "Run III"),
        "1 line above",
    ),
    "two titles": (_text("My data\nfrom Monday\na,b\n", "{a},{b}\n"), "2 lines above the names"),
    "sep=": (_text("sep=;\na;b\n", "{a};{b}\n"), ""),
    "units": (_text("a,b\n[mm],[km/h]\n", "{a},{b}\n"), "units"),
    "units without brackets": (_text("a;b\nmm;kg\n", "{A};{B}\n"), "units"),
    "units of some": (_text("a,b,name\nmm,g,\n", "{a},{b},x\n"), "units"),
    "pandas' index": (_text(",a,b\n", "{n},{a},{b}\n"), "column 1, which has no name"),
    "R's row names": (_text('"a" "b"\n', '"{n}" {a} {b}\n'), "names of the rows"),
    "R's row names of words": (_text('"a" "b"\n', '"Mazda RX{n}" {a} {b}\n'), "names of the rows"),
    "R's row names, commas": (_text('"","a","b"\n', '"{n}",{a},{b}\n'), "column 1, which has no name"),
    "R's row names, tabs": (_text("a\tb\n", "x{n}\t{a}\t{b}\n"), "names of the rows"),
    "an empty last column": (_text("a,b,\n", "{a},{b},\n"), "last column, which is empty"),
    "rows that end with a separator": (_text("a;b\n", "{a};{b};\n"), "last column, which is empty"),
    "names in a comment": (_text("# a,b\n", "{a},{b}\n"), ""),
    "names in a comment, blanks": (_text("# a b\n", "{a} {b}\n"), ""),
    "a label": (_text("kind,a,b\n", "x,{a},{b}\n"), ""),
    "a label at the end": (_text("a,b,kind\n", "{a},{b},x\n"), ""),
    "dates": (_text("day,a,b\n", "2024-03-{n:02d} 10:00,{a},{b}\n"), ""),
    "German dates": (_text("tag;a;b\n", "{n:02d}.03.2024;{A};{B}\n"), ""),
    "an id": (_text("id,a,b\n", "{n},{a},{b}\n"), "column id is passed over: it only numbers the rows"),
    "ids in disorder": (
        "customer_id,a,b\n" + "".join(f"{i * 7919 % 10007},{a},{b}\n" for i, (a, b) in enumerate(_ROWS)),
        "column customer_id is passed over: it only numbers the rows",
    ),
    "ranks that fall": (
        "pos,a,b\n" + "".join(f"{9 - i},{a},{b}\n" for i, (a, b) in enumerate(_ROWS)),
        "pos is passed over: it only numbers",
    ),
    "years": (
        "when,a,b\n" + "".join(f"{1990 + i},{a},{b}\n" for i, (a, b) in enumerate(_ROWS)),
        "column when is passed over: it only",
    ),
    "years, several rows each": (
        "year,a,b\n" + "".join(f"{1990 + i // 2},{a},{b}\n" for i, (a, b) in enumerate(_ROWS)),
        "column year is passed over: it only times the rows",
    ),
    "Unix times": (
        "t0,a,b\n" + "".join(f"{1700000000 + 37 * i + i % 3},{a},{b}\n" for i, (a, b) in enumerate(_ROWS)),
        "column t0 is passed over: it only times the rows",
    ),
    "milliseconds": (
        "ts,a,b\n" + "".join(f"{1700000000000 + 37 * i},{a},{b}\n" for i, (a, b) in enumerate(_ROWS)),
        "column ts is passed over: it only times the rows",
    ),
    "elapsed time": (_text("time,a,b\n", "0.{n},{a},{b}\n"), "column time is passed over: it only times the rows"),
    "one value": (_text("k,a,b\n", "5,{a},{b}\n"), "column k is passed over: it holds one value, 5"),
    "0 and 1": (
        "on,a,b\n" + "".join(f"{i % 2},{a},{b}\n" for i, (a, b) in enumerate(_ROWS)),
        "it holds 0 and 1 only",
    ),
    "a column without values": (_text("e,a,b\n", "NA,{a},{b}\n"), "column e is passed over: it holds no value"),
    "notes with a number": (
        _text("note,a,b\n", "see {n},{a},{b}\n").replace("see 3", "3"),
        "column note is passed over: it holds mostly text",
    ),
    "byte-order mark": (_text("a,b\n", "{a},{b}\n").encode("utf-8-sig"), ""),
    "UTF-16": (_text("a\tb\n", "{a}\t{b}\n").encode("utf-16"), "UTF-16"),
    "UTF-16 without a mark": (_text("a\tb\n", "{a}\t{b}\n").encode("utf-16-le"), "UTF-16"),
    "gzip": (gzip.compress(_text("a,b\n", "{a},{b}\n").encode()), "gzip"),
    "single quotes": (_text("'a','b'\n", "'{a}','{b}'\n"), ""),
    "powers of ten as Fortran writes them": (
        _lines("a,b\n", _A, [f"{b:.8e}".replace("e", "D") for b in _B], separator=","),
        "",
    ),
    "a spreadsheet's title": (_text("Report,\n,\na,b\n", "{a},{b}\n"), "2 lines above the names"),
    "ranks with ties": ("rank,a,b\n" + "".join(f"{i // 2 + 1},{a},{b}\n" for i, (a, b) in enumerate(_ROWS)), "rank is"),
    "days in digits": (
        "date,a,b\n" + "".join(f"202403{30 - i * 7 % 10},{a},{b}\n" for i, (a, b) in enumerate(_ROWS)),
        "date is",
    ),
    "months": ("month,a,b\n" + "".join(f"{i * 5 % 12 + 1},{a},{b}\n" for i, (a, b) in enumerate(_ROWS)), "month is"),
    "codes": (
        "sex,a,b\n" + "".join(f"{i % 2 + 1},{a},{b}\n" for i, (a, b) in enumerate(_ROWS)),
        "it holds 1 and 2 only",
    ),
    "numbers as names among words": (_text("7,a,b,name\n", "x,{a},{b},y\n"), ""),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_of_any_kind_gives_its_numbers_and_says_what_was_read_past(tmp_path: Path, kind: str) -> None:
    content, said = KINDS[kind]
    table = read(tmp_path, content)
    assert table.columns == ("a", "b")
    assert_array_equal(table.values, _ROWS)
    if said:
        assert any(said in note for note in table.notes), table.notes


def test_units_under_the_names_are_kept(tmp_path: Path) -> None:
    assert read(tmp_path, KINDS["units"][0]).units == ("mm", "km/h")
    assert read(tmp_path, KINDS["units of some"][0]).units == ("mm", "g")


def test_a_column_is_settled_by_all_its_cells_and_those_of_the_table(tmp_path: Path) -> None:
    mixed = "Gewicht;Preis\n900;182,69\n1.250;171,98\n905;192,06\n"
    table = read(tmp_path, mixed)
    assert_array_equal(table.values[:, 0], [900, 1250, 905])
    assert any('"1.250" is read as 1250' in note for note in table.notes)
    assert_array_equal(read(tmp_path, "a;b\n900;1,5\n1.25;2,5\n").values[:, 0], [900, 1.25])
    assert_array_equal(read(tmp_path, "a;b\n1.250.000;1\n1.250;2\n").values[:, 0], [1250000, 1250])
    assert_array_equal(read(tmp_path, "a,b\n1.250,3.5\n1.375,2.5\n").values[:, 0], [1.25, 1.375])
    assert_array_equal(read(tmp_path, 'a,b\n"1,250",3.5\n"900",2.5\n').values[:, 0], [1250, 900])


@pytest.mark.parametrize("row", ["1.250;7\n900;8\n", "1,250;7\n2,375;8\n", "1.250;7\n1.375;8\n"])
def test_what_may_mean_two_things_is_refused_until_the_owner_says(tmp_path: Path, row: str) -> None:
    with pytest.raises(DataError, match=r"line 2, column a: .* may be 1250 or 1\.250; set data\.decimal"):
        read(tmp_path, f"a;b\n{row}")
    mark = "." if "." in row else ","
    other = "," if mark == "." else "."
    assert read(tmp_path, f"a;b\n{row}", reading=Reading(decimal=mark)).values[0, 0] == 1.25  # type: ignore[arg-type]
    assert read(tmp_path, f"a;b\n{row}", reading=Reading(decimal=other)).values[0, 0] == 1250  # type: ignore[arg-type]


def test_an_ambiguous_number_far_down_is_found(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'line 20002, column a: "1\.250" may be 1250'):
        read(tmp_path, "a,b\n" + "900,7\n" * 20000 + "1.250,7\n1.5,8\n".replace("1.5", "901"), "a", "b")


@pytest.mark.parametrize(
    "mark", ["NA", "N/A", "n/a", "", "?", "nan", "NaN", "NULL", "-", "#DIV/0!", "#N/A", "None", "."]
)
def test_missing_values_are_refused_with_the_way_out_or_left_out_and_counted(tmp_path: Path, mark: str) -> None:
    content = _text("a,b\n", "{a},{b}\n") + f"{mark},7\n{mark},{mark}\n8,9\n"
    with pytest.raises(DataError, match=r'line 11, column a: .*; set data\.missing = "drop"'):
        read(tmp_path, content)
    table = read(tmp_path, content, reading=Reading(missing="drop"))
    assert_array_equal(table.values, [*_ROWS, (8, 9)])
    assert any("2 rows of 12 left out, a value missing in a (2), b (1)" in note for note in table.notes)


def test_only_rows_that_miss_a_value_of_the_columns_read_are_left_out(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b,c\n1,2,NA\n2,NA,3\n4,5,6\n", "a", "c", reading=Reading(missing="drop"))
    assert_array_equal(table.values, [[2, 3], [4, 6]])


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8"])
def test_names_come_back_in_the_usual_encodings(tmp_path: Path, encoding: str) -> None:
    table = read(tmp_path, _text("Länge;Höhe (µm)\n", "{A};{B}\n").encode(encoding))
    assert table.columns == ("Länge", "Höhe (µm)")
    assert any("Windows-1252" in note for note in table.notes) == (encoding == "cp1252")


def test_another_encoding_is_read_as_told(tmp_path: Path) -> None:
    content = _text("вес,рост\n", "{a},{b}\n").encode("cp1251")
    assert read(tmp_path, content, reading=Reading(encoding="cp1251")).columns == ("вес", "рост")
    with pytest.raises(DataError, match=r"no encoding is named cp12519; set data\.encoding"):
        read(tmp_path, content, reading=Reading(encoding="cp12519"))


def test_measured_values_that_happen_to_be_sorted_are_fitted(tmp_path: Path) -> None:
    sorted_speeds = "velocity\n" + "".join(f"{9172 + i * i * 13 + 170 * i}\n" for i in range(40))
    assert read(tmp_path, sorted_speeds).columns == ("velocity",)


def test_columns_asked_for_by_name_are_read_whatever_they_hold(tmp_path: Path) -> None:
    table = read(tmp_path, KINDS["an id"][0], "id", "a")
    assert_array_equal(table.values[:, 0], np.arange(1, 10))


def test_where_nothing_is_worth_fitting_each_column_is_named_with_its_reason(tmp_path: Path) -> None:
    content = "id,on,k\n" + "".join(f"{i},{i % 2},5\n" for i in range(12))
    with pytest.raises(ColumnError) as caught:
        read(tmp_path, content)
    line = str(caught.value)
    for told in ("id only numbers the rows", "on holds 0 and 1 only", "k holds one value, 5", "data.columns"):
        assert told in line


def test_what_a_table_offers_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(_text("id,price,a,b\n", "{n},$5,{a},{b}\n"))
    columns = columns_of(tmp_path / "t.csv")
    assert columns.worth_fitting == ("a", "b")
    assert columns.passed_over["id"] == "only numbers the rows"
    assert 'carries "$"' in columns.passed_over["price"]


def test_an_array_that_numpy_saved_is_mapped_and_not_copied(tmp_path: Path) -> None:
    np.save(tmp_path / "points.npy", np.array(_ROWS))
    table = read_table(tmp_path / "points.npy")
    assert isinstance(table.values, np.memmap)
    assert_array_equal(table.values, _ROWS)
    assert table.columns == ("1", "2")
    np.save(tmp_path / "one.npy", np.array(_A, dtype=np.float32))
    assert_array_equal(read_table(tmp_path / "one.npy").values, np.array(_A)[:, None])
    np.save(tmp_path / "wide.npy", np.arange(12.0).reshape(4, 3) ** 2)
    assert_array_equal(read_table(tmp_path / "wide.npy", ("3", "1")).values[1], [25, 9])
    assert read_table(tmp_path / "wide.npy").notes == ("1 more column of 3 passed over",)


@pytest.mark.parametrize(
    ("array", "problem"),
    [
        (np.array(["a", "b"]), "holds values of type <U1"),
        (np.zeros((2, 3, 4)), "has shape (2, 3, 4)"),
        (np.array([1 + 2j]), "holds values of type complex128"),
    ],
)
def test_an_array_of_another_kind_says_what_it_is(tmp_path: Path, array: np.ndarray, problem: str) -> None:
    np.save(tmp_path / "points.npy", array)
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / "points.npy")
    assert problem in str(caught.value)
    assert "; " in str(caught.value)


@pytest.mark.parametrize("form", ["{:.3f}", "{:.3f}\t7", "{:.3f},x"])
def test_a_table_longer_than_a_chunk_is_read_whole(tmp_path: Path, form: str) -> None:
    numbers = np.random.default_rng(0).normal(size=20_011).round(3)
    separator = "\t" if "\t" in form else ","
    head = f"a{separator}b\n" if "7" in form or "x" in form else "a\n"
    content = head + "".join(form.format(number) + "\n" for number in numbers)
    assert_array_equal(read(tmp_path, content, "a").values[:, 0], numbers)
    commas = content.replace(".", ";").replace(",", "|").replace(";", ",")
    assert_array_equal(read(tmp_path, commas, "a").values[:, 0], numbers)
