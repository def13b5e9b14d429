"""Columns that number, time, label or code the rows are not fitted unless they are asked for, and it is said why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from em_film.experiment.table import columns_of, read_table

N = 60

COLUMNS: dict[str, tuple[str, Callable[[int], object], str]] = {
    "ranks in any order": ("x", lambda i: i * 37 % N, "only numbers the rows"),
    "samples from 1 in any order": ("sample", lambda i: i * 37 % N + 1, "only numbers the rows"),
    "the outer of two levels": ("i", lambda i: i // 2, "only numbers the rows"),
    "the inner of two levels": ("j", lambda i: i % 6, "only numbers the rows"),
    "participants": ("Proband", lambda i: 3001 + i * 37 % 61, "only numbers the rows"),
    "long ids": ("which", lambda i: 123456789012345678 + i * 37 % 61 * 10**14, "holds codes"),
    "post codes": ("PLZ", lambda i: 10000 + i * 37 % 61 * 131, "holds codes"),
    "leading zeros": ("place", lambda i: f"0{1000 + i * 37 % 61 * 13}", 'holds codes, such as "01000"'),
    "days and months": ("wann", lambda i: f"{i % 28 + 1:02d}.{i // 28 + 3:02d}", 'holds codes, such as "01.03"'),
    "hours": ("hour", lambda i: i * 5 % 24, "only times the rows"),
    "weeks": ("KW", lambda i: i * 7 % 52 + 1, "only times the rows"),
    "months in digits": ("period", lambda i: 202001 + i // 12 * 100 + i * 5 % 12, "only times the rows"),
    "days in digits": ("on", lambda i: f"202403{i * 5 % 28 + 1:02d}", "only times the rows"),
    "classes": ("class", lambda i: i * 7 % 11 % 7, "holds the numbers of groups"),
    "cylinders": ("cyl", lambda i: 4 + 2 * (i * 7 % 11 % 3), "holds 4, 6 and 8 only"),
    "times": ("time", lambda i: f"10:{i:02d}:00", "holds no plain numbers"),
    "errors": ("y", lambda i: f"{i} ± 0.{i}", 'carries "±"'),
    "rupees": ("price", lambda i: f"Rs. {i}", 'carries "Rs."'),
    "fractions": ("part", lambda i: f"{i}/7", 'holds no plain numbers, such as "0/7"'),
}


def _write(path: Path, name: str, cell: Callable[[int], object]) -> None:
    rng = np.random.default_rng(1)
    rows = "".join(f"{cell(i)},{a:.2f},{b:.2f}\n" for i, (a, b) in enumerate(rng.normal(20, 3, (N, 2))))
    path.write_text(f"{name},a,b\n{rows}", encoding="utf-8")


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_that_measures_nothing_is_passed_over_with_its_reason(tmp_path: Path, kind: str) -> None:
    name, cell, why = COLUMNS[kind]
    _write(tmp_path / "t.csv", name, cell)
    offered = columns_of(tmp_path / "t.csv")
    assert offered.worth_fitting == ("a", "b")
    assert why in offered.passed_over[name]
    if "carries" not in why:  # such a column is refused, as it may be meant
        table = read_table(tmp_path / "t.csv")
        assert table.columns == ("a", "b")
        assert any(f"column {name} is passed over: it {why}" in note for note in table.notes), table.notes


MEASURED: dict[str, Callable[[int], object]] = {
    "waiting time": lambda i: 43 + i * i % 53,
    "day length": lambda i: 8 + i * 37 % 61 / 7,
    "hours": lambda i: i * i % 37,
    "age": lambda i: 18 + i * i % 60,
    "year of birth": lambda i: 1930 + i * i % 70,
    "code length": lambda i: i * i % 97,
    "mass of a star": lambda i: f"{1e30 * (1 + i * i % 37)}",
    "score": lambda i: i * i % 11 + 1,
}


@pytest.mark.parametrize("name", MEASURED)
def test_a_column_that_measures_something_is_taken(tmp_path: Path, name: str) -> None:
    _write(tmp_path / "t.csv", name, MEASURED[name])
    assert read_table(tmp_path / "t.csv").columns == (name, "a")


def test_a_column_that_shares_its_name_is_passed_over_and_not_in_silence(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,x,y\n" + "".join(f"{i * i % 7},{i},{i * i % 11}\n" for i in range(30)))
    assert "rename one" in columns_of(tmp_path / "t.csv").passed_over["x"]
