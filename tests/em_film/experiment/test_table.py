from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from support import ROOT

from em_film.experiment.table import ColumnError, Reading, Table, read_table
from em_model.errors import DataError

OLD_FAITHFUL = ROOT / "assets" / "data" / "old_faithful.csv"


def read(folder: Path, content: str | bytes, *columns: str) -> Table:
    path = folder / "points.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, columns)


def read_as_told(folder: Path, content: str) -> Table:
    """Read columns a and b, told that the point is decimal: 1.125 alone could be a thousand."""
    path = folder / "points.csv"
    path.write_text(content)
    return read_table(path, ["a", "b"], Reading(decimal="."))


def test_old_faithful_is_read_as_numpy_reads_it() -> None:
    table = read_table(OLD_FAITHFUL)
    assert table.columns == ("eruptions", "waiting")
    assert_array_equal(table.values, np.loadtxt(OLD_FAITHFUL, delimiter=",", skiprows=1))


@pytest.mark.parametrize(
    "content",
    [
        "x,y\n1.5,2\n-3,4e2\n",
        "x;y\n1,5;2\n-3;4e2\n",
        "x;y\n1.5;2\n-3;4e2\n",
        "x\ty\n1.5\t2\n-3\t4e2\n",
        "x y\n1.5 2\n-3 4e2\n",
        "  x    y\n 1.5    2  \n  -3 \t 4e2\n",
        "x,y\r\n1.5,2\r\n-3,4e2\r\n",
        "x,y\r1.5,2\r-3,4e2\r",
        "x,y\n1.5,2\n-3,4e2",
        "\n\nx,y\n\n1.5,2\n   \n-3,4e2\n\n\n",
        "\ufeffx,y\n1.5,2\n-3,4e2\n",
        '"x","y"\n"1.5","2"\n"-3","4e2"\n',
        '"x" "y"\n1.5 2\n-3 4e2\n',
        "x, y\n 1.5 , +2\n-3, 400.\n",
        "x,y,\n1.5,2,\n-3,4e2,\n",
    ],
    ids=[
        "comma",
        "semicolon, decimal comma",
        "semicolon, decimal point",
        "tab",
        "blank",
        "blanks",
        "Windows",
        "old Mac",
        "no last line end",
        "blank lines",
        "byte-order mark",
        "quoted",
        "quoted, blank",
        "padded",
        "trailing separator",
    ],
)
def test_files_of_the_usual_kinds_give_the_same_numbers(tmp_path: Path, content: str) -> None:
    table = read(tmp_path, content)
    assert table.columns == ("x", "y")
    assert_array_equal(table.values, [[1.5, 2], [-3, 400]])


def test_columns_are_chosen_by_name_in_the_order_asked_for(tmp_path: Path) -> None:
    content = "name,height,Länge (m),weight\nann,1,2,3\nbob,4,5,6\n"
    assert_array_equal(read(tmp_path, content, "weight", "Länge (m)").values, [[3, 2], [6, 5]])
    assert_array_equal(read(tmp_path, content, "weight").values, [[3], [6]])


def test_by_default_the_first_two_columns_with_numbers_are_taken(tmp_path: Path) -> None:
    table = read(tmp_path, "name,day,height,width,depth\nann,mon,1,2,3\nbob,tue,4,5,6\n")
    assert table.columns == ("height", "width")
    assert_array_equal(table.values, [[1, 2], [4, 5]])


def test_a_single_column_may_have_a_title_of_two_words(tmp_path: Path) -> None:
    table = read(tmp_path, "waiting time\n79\n54\n")
    assert table.columns == ("waiting time",)
    assert_array_equal(table.values, [[79], [54]])


def test_quoted_names_may_hold_separators_and_line_breaks(tmp_path: Path) -> None:
    table = read(tmp_path, '"x; or so","y\n(m)"\n1,2\n')
    assert table.columns == ("x; or so", "y\n(m)")


def test_a_column_of_numbers_with_stray_text_is_named_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'line 2, column a: "see notes" is not a number'):
        read(tmp_path, "a,b\nsee notes,1\n2,3\n")


FAULTS: list[tuple[str, str | bytes, tuple[str, ...], str, str]] = [
    ("text", "a,b\n1,2\n3,abc\n", (), 'line 3, column b: "abc" is not a number', "write it plainly"),
    ("after blank lines", "\n\na,b\n1,2\n\n\n3,abc\n", (), "line 7, column b", "write it plainly"),
    ("after a long cell", 'n,a\n"x\ny",1\nz,oops\n', ("a",), 'line 4, column a: "oops"', "write it plainly"),
    ("empty cell", "a,b\n1,2\n,4\n", (), "line 3, column a: is empty", 'data.missing = "drop"'),
    ("separators only", "a,b\n1,2\n,\n", (), "line 3, column a: is empty", 'data.missing = "drop"'),
    ("nan", "a,b\n1,2\n3,nan\n", (), 'line 3, column b: "nan" marks a missing value', 'data.missing = "drop"'),
    ("inf", "a,b\n1,2\n-inf,2\n", (), 'column a: "-inf" is not a finite number', "remove the row"),
    ("overflow", "a,b\n1,1e999\n", (), '"1e999" is not a finite number', "remove the row"),
    ("huge", "a,b\n1,1e60\n", (), '"1e60" is too large', "±1e50"),
    ("underscores", "a,b\n1,1_000\n", (), 'column b: "1_000" is not a number', "write it plainly"),
    ("thousands or not", 'a,b\n1,"1,000"\n', (), 'column b: "1,000" may be 1000 or 1.000', "set data.decimal"),
    ("hexadecimal", "a,b\n1,2\n1,0x10\n", (), '"0x10" is not a number', "write it plainly"),
    ("short row", "a,b\n1,2\n3\n", (), "line 3: 1 value(s) for the header's 2", "one value for each"),
    ("long row", "a,b\n1,2\n3,4,5\n", (), "line 3: 3 value(s) for the header's 2", "one value for each"),
    ("unknown column", "eruptions,waiting\n1,2\n", ("eruption",), 'named "eruption"', 'did you mean "eruptions"?'),
    ("other case", "eruptions,waiting\n1,2\n", ("Waiting",), 'named "Waiting"', 'did you mean "waiting"?'),
    ("strange column", "a,b\n1,2\n", ("zzz",), 'no column is named "zzz"', 'choose from "a", "b"'),
    ("two alike", "a,a\n1,2\n", ("a",), 'two columns are named "a"', "rename one"),
    ("no numbers", "a,b\nx,y\nz,w\n", (), "line 2: no column holds numbers", "give one or two"),
    ("no header", "1,2\n3,4\n", (), "line 1: holds numbers instead of column names", "names above"),
    ("no rows", "a,b\n", (), "has no rows", "one line of numbers"),
    ("blank rows only", "a,b\n\n  \n", (), "has no rows", "one line of numbers"),
    ("empty", "", (), "is empty", "column names"),
    ("blank", "\n \n\n", (), "is empty", "column names"),
    ("mark only", b"\xef\xbb\xbf", (), "is empty", "column names"),
    ("NUL", b"a,b\n1,2\n3,\x004\n", (), "line 3: holds a NUL byte", "export the data"),
    ("no encoding", b"a,b\n1,2\n\x81,3\n", (), "line 3: is neither UTF-8 nor Windows-1252", "set data.encoding"),
    ("workbook", b"PK\x03\x04\x14\x00\x06\x00", (), "is a workbook", "save the sheet as CSV"),
    ("web page", "\n<!DOCTYPE html><html><body>1,2", (), "is a web page", "save the table itself"),
    ("markup", '<?xml version="1.0"?><a>1</a>', (), "is a web page or XML", "save the table itself"),
    ("JSON", '[{"a": 1}, {"a": 2}]', (), "is JSON", "a line for each point"),
    ("JSON object", '{"a": [1, 2]}', (), "is JSON", "a line for each point"),
    ("damaged gzip", b"\x1f\x8b\x08\x00damaged", (), "is damaged", "pack it again"),
    ("names of numbers", "20.0,182.69,A\n19.4,171.9,A\n", (), "line 1: holds numbers instead of", "names above"),
    ("years or a row", "country,2019,2020\nA,2021,2022\nB,2020,2023\n", (), "line 1: holds numbers", "names above"),
    ("label of a row", "A,2019,2020\nA,1.5,2.5\nB,1.7,2.9\n", (), "line 1: holds numbers", "names above"),
    ("years at no even steps", "n,2019,2020,2022\nA,1,2,3\nB,1,2,4\n", (), "line 1: holds numbers", "names above"),
    ("dollars", "n,b\nx,$1200\ny,$1300\n", (), 'column b: "$1200" carries "$"', "choose other columns"),
    ("per cent", "a,b\n1,20%\n2,30%\n", (), 'column b: "20%" carries "%"', "choose other columns"),
    ("units in cells", "a,b\n1,20 mm\n2,30 mm\n", (), 'column b: "20 mm" carries "mm"', "choose other columns"),
    ("two marks", "a;b\n1;1,5\n2;1.5\n", (), '"1.5" does not go with "1,5" in line 2', "in one way"),
    ("thousands both ways", "a;b\n1;1.250.000\n2;1.5\n", (), "does not go with", "in one way"),
    ("commas unquoted", "a,b\n1,5,2,5\n2,5,3,5\n", (), "line 2: 4 value(s) for the header's 2", "one value"),
    ("a comma unquoted", "a,b\n1,5,2\n3,1,4\n", (), "line 2: 3 value(s) for the header's 2", "one value"),
    ("open quote", 'a,b\n1,2\n"3,4\n5,6\n', (), "line 3: unexpected end of data", "quotation mark"),
    ("quote inside", 'a,b\n1,2\n"3"x,4\n', (), "line 3:", "quotation mark"),
    ("endless cell", "a,b\n1," + "x" * 200_000 + "\n", (), "line 2: field larger", "keep values short"),
    ("long cell", "a,b\n1," + "x" * 1000 + "\n", ("a", "b"), "line 2, column b", "write it plainly"),
    ("evil names", 'a,"b\x1b[2J\nc"\n1,2\n3,x\n', (), "column b\\x1b[2J\\nc", "write it plainly"),
]


@pytest.mark.parametrize(
    ("content", "columns", "problem", "remedy"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_a_fault_is_one_line_with_file_place_and_remedy(
    tmp_path: Path, content: str | bytes, columns: tuple[str, ...], problem: str, remedy: str
) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, content, *columns)
    line = str(caught.value)
    assert line.isprintable()
    assert len(line) < 300 + len(str(tmp_path))
    assert line.startswith(f"{tmp_path / 'points.csv'}: ")
    assert problem in line.partition("; ")[0]
    assert remedy in line.partition("; ")[2]


def test_faults_of_the_choice_of_columns_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ColumnError):
        read(tmp_path, "a,b\n1,2\n", "c")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("a1.,;\t \n\r\"'-e_\0é", max_size=60).map(str.encode) | st.binary(max_size=60))
def test_any_bytes_are_numbers_or_one_line(tmp_path: Path, content: bytes) -> None:
    try:
        values = read(tmp_path, content).values
    except DataError as error:
        assert str(error).isprintable()  # noqa: PT017
        assert "; " in str(error)  # noqa: PT017
    else:
        assert np.isfinite(values).all()
        assert values.shape[1] in (1, 2)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(*[st.floats(-1e50, 1e50)] * 2), min_size=1, max_size=20),
    st.sampled_from(["{},{}", "{};{}", "{}\t{}", "{} {}", '"{}","{}"']),
)
def test_numbers_written_are_read_back_bit_for_bit(tmp_path: Path, rows: list[tuple[float, float]], line: str) -> None:
    content = "\n".join([line.format("a", "b"), *(line.format(*map(repr, row)) for row in rows)])
    assert_array_equal(read_as_told(tmp_path, content).values, np.array(rows))


def test_a_column_written_with_thousands_separators_is_an_error_and_not_passed_over(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'line 2, column b: "1,000" may be 1000 or 1\.000; set data\.decimal'):
        read(tmp_path, 'a,b,c\n1,"1,000",2\n3,"2,500",4\n')
