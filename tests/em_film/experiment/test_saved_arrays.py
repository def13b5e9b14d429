"""Arrays that numpy saved: which columns are taken, what is left out, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from em_film.experiment.table import Reading, Table, columns_of, read_table
from em_model.errors import DataError

_POINTS = np.random.default_rng(2).normal(20, 3, (50, 2))


def read(folder: Path, array: np.ndarray, *columns: str, reading: Reading | None = None) -> Table:
    np.save(folder / "points.npy", array)
    return read_table(folder / "points.npy", columns, reading)


@pytest.mark.parametrize("kind", ["<f8", ">f8", "<f4", "<f2", "<i8", "<u2", "longdouble"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_of_any_real_type_and_order_is_read(tmp_path: Path, kind: str, order: str) -> None:
    array = np.asarray(_POINTS.astype(kind), order=order)  # type: ignore[call-overload]
    assert_array_equal(read(tmp_path, array, "1", "2").values, array)


def test_columns_that_number_the_rows_or_hold_one_value_are_not_taken(tmp_path: Path) -> None:
    array = np.column_stack([np.arange(50.0), _POINTS, np.ones(50)])
    table = read(tmp_path, array)
    assert table.columns == ("2", "3")
    assert isinstance(table.values, np.memmap)
    assert "column 1 is passed over: it only numbers the rows" in table.notes
    assert columns_of(tmp_path / "points.npy").passed_over["4"] == "holds one value, 1"
    with pytest.raises(DataError, match=r"no column is worth fitting: 1 only numbers the rows; 2 holds one value"):
        read(tmp_path, array[:, [0, 3]])


def test_rows_with_nan_are_refused_with_the_way_out_or_left_out_and_counted(tmp_path: Path) -> None:
    array = _POINTS.copy()
    array[[7, 9], [1, 0]] = np.nan
    with pytest.raises(DataError, match=r'row 8, column 2: is NaN, and so in 1 more row; set data\.missing = "drop"'):
        read(tmp_path, array)
    table = read(tmp_path, array, reading=Reading(missing="drop"))
    assert_array_equal(table.values, np.delete(array, [7, 9], axis=0))
    assert "2 rows of 50 left out, a value missing" in table.notes
    with pytest.raises(DataError, match="every row misses a value"):
        read(tmp_path, np.full((9, 2), np.nan), "1", "2", reading=Reading(missing="drop"))


@pytest.mark.parametrize(("value", "problem"), [(np.inf, "is not a finite number"), (1e200, "is too large")])
def test_a_number_out_of_range_is_named_by_row_and_column(tmp_path: Path, value: float, problem: str) -> None:
    array = _POINTS.copy()
    array[3, 0] = value
    with pytest.raises(DataError, match=rf"points\.npy: row 4, column 1: .* {problem}"):
        read(tmp_path, array, reading=Reading(missing="drop"))


def test_fields_and_arrays_on_their_side_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds fields \(a, b\)"):
        read(tmp_path, np.zeros(5, dtype=[("a", "f8"), ("b", "f8")]))
    with pytest.raises(DataError, match=r"has shape \(2, 50\), a row for each column; save its transpose"):
        read(tmp_path, _POINTS.T)
