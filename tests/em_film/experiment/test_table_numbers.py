"""Numbers and gaps as other tongues and programs write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from numpy.testing import assert_array_equal

from em_film.experiment.table import Reading, read_table


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["11,35,800.00", "1,23,456.50", "900.25"], [1135800, 123456.5, 900.25]),
        (["11,35,800", "1,00,000", "5,250"], [1135800, 100000, 5250]),
        (["２０．５", "１９", "－３．２５"], [20.5, 19, -3.25]),
        (["–3.5", "−2.5", "1.5"], [-3.5, -2.5, 1.5]),
        (["\u200b3.5", "\u200e2.5", "1.5\ufeff"], [3.5, 2.5, 1.5]),
    ],
    ids=["lakhs", "lakhs without decimals", "full width", "dashes as minus", "marks that are not seen"],
)
def test_a_number_is_read_as_it_is_meant(tmp_path: Path, cells: list[str], values: list[float]) -> None:
    (tmp_path / "t.csv").write_text("a;b\n" + "".join(f"{cell};1\n" for cell in cells), encoding="utf-8")
    assert_array_equal(read_table(tmp_path / "t.csv", ["a"]).values[:, 0], values)


@pytest.mark.parametrize(
    "mark", ["#WERT!", "#NV", "#BEZUG!", "#¡VALOR!", "#NOMBRE?", "Err:502", "k. A.", "n. d.", "\\N", "---", "#N/D"]
)
def test_gaps_of_other_programs_are_gaps_and_not_comments(tmp_path: Path, mark: str) -> None:
    (tmp_path / "t.csv").write_text(f"a,b\n1.5,2\n{mark},3\n2.5,4\n", encoding="utf-8")
    table = read_table(tmp_path / "t.csv", ["a"], Reading(missing="drop"))
    assert_array_equal(table.values[:, 0], [1.5, 2.5])
    assert any("1 row of 3 left out, a value missing in a (1)" in note for note in table.notes)


@pytest.mark.parametrize("line", ["#name of it", "# 1,2", "#NA-free data", "#Nvidia"])
def test_comments_are_no_gaps(tmp_path: Path, line: str) -> None:
    (tmp_path / "t.csv").write_text(f"a,b\n1.5,2\n{line}\n2.5,4\n")
    table = read_table(tmp_path / "t.csv", ["a"])
    assert_array_equal(table.values[:, 0], [1.5, 2.5])
    assert "1 line of comment read past" in table.notes
