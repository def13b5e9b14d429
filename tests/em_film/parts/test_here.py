"""Parts that are read one after another: a fit as in memory, in little of it; and what is wrong with one is told."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.in_parts import START, parts_of, three_clusters, write_parts

from em_film.parts import part as part_module
from em_film.parts.files import files_named, is_many
from em_film.parts.here import PartsHere
from em_film.parts.part import array_parts
from em_film.parts.sampled import rows_of_parts, sampled_rows
from em_model import DataError, fit


def test_history_of_files_is_that_of_their_points_in_memory(tmp_path: Path) -> None:
    points = three_clusters(3000)
    folder = write_parts(tmp_path / "data", np.split(points, [1, 1, 2500]), row_group_size=400)
    here = PartsHere(parts_of(folder), seed=4)
    memory, found = (fit(data, START, max_steps=10, tolerance=0) for data in (points, here))
    assert found.n_points == 3000
    assert_allclose(found.log_likelihoods, memory.log_likelihoods, rtol=1e-12)
    assert_allclose(found.final.means, memory.final.means, rtol=1e-11)


def test_a_file_is_cut_at_its_row_groups_into_parts_that_hold_its_rows_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("em_film.parts.parquet.NUMBERS", 2000)
    points = three_clusters(3000)
    parts = parts_of(write_parts(tmp_path / "data", [points], row_group_size=400))
    assert [part.size for part in parts] == [800, 800, 800, 600]
    assert parts[1].name.endswith("000.parquet, rows from 801")
    assert_array_equal(np.concatenate([part.read() for part in parts]), points)


def test_a_saved_array_is_cut_into_parts_that_hold_its_rows_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_module, "NUMBERS", 2000)
    points = three_clusters(2500)
    np.save(tmp_path / "points.npy", points.astype(np.float32))
    parts = array_parts(str(tmp_path / "points.npy"), ("2",), 2, drop=False)
    assert [part.size for part in parts] == [2000, 500]
    assert_array_equal(np.concatenate([part.read() for part in parts])[:, 0], points[:, 1].astype(np.float32))


def test_no_more_than_a_few_parts_are_in_memory_at_once(tmp_path: Path) -> None:
    class Counted:
        """A part whose points are counted while they live."""

        name, columns, size = "counted", ("a", "b"), 1000
        alive: ClassVar[weakref.WeakValueDictionary[int, np.ndarray]] = weakref.WeakValueDictionary()
        most = 0

        def read(self) -> np.ndarray:
            class Points(np.ndarray):
                """An array that can be looked for."""

            points = three_clusters(1000).view(Points)
            self.alive[id(points)] = points
            Counted.most = max(Counted.most, len(self.alive))
            return points

    fit(PartsHere([Counted() for _ in range(20)], seed=4), START, max_steps=2)
    gc.collect()
    assert 1 < Counted.most <= 4


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_told_by_part_row_and_column(tmp_path: Path, value: float) -> None:
    blocks = [three_clusters(50) for _ in range(3)]
    blocks[1][7, 1] = value
    folder = write_parts(tmp_path / "data", blocks)
    with pytest.raises(DataError) as caught:
        PartsHere(parts_of(folder), seed=4)
    assert str(caught.value).startswith(f'{folder}/001.parquet: row 8, column "b": {value:g} is no finite number; ')


def test_rows_in_which_a_value_is_missing_are_left_out_when_told(tmp_path: Path) -> None:
    blocks = [three_clusters(50) for _ in range(2)]
    blocks[1][[7, 9], 1] = np.nan
    here = PartsHere(parts_of(write_parts(tmp_path / "data", blocks), drop=True), seed=4)
    assert here.n_points == 98


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (("a", "bb"), '000.parquet: no column is named "bb"; did you mean "b"?'),
        (("a", "zzz"), '000.parquet: no column is named "zzz"; it has "place", "a", "b"'),
        (("place",), '000.parquet: column "place" holds string and no numbers; choose another column'),
    ],
)
def test_a_column_that_cannot_be_had_is_told_with_its_file(tmp_path: Path, columns: tuple[str, ...], said: str) -> None:
    folder = write_parts(tmp_path / "data", [three_clusters(10)])
    with pytest.raises(DataError) as caught:
        parts_of(folder, columns)
    assert str(caught.value) == f"{folder}/{said}"


def test_what_is_no_parquet_file_is_told_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"a,b\n1,2\n")
    with pytest.raises(DataError, match=r"x\.parquet: is no Parquet file, or damaged; write it again$"):
        parts_of(tmp_path)


def test_a_folder_a_pattern_and_an_address_name_the_same_files_in_order(tmp_path: Path) -> None:
    folder = write_parts(tmp_path / "data", [three_clusters(5) for _ in range(3)])
    (folder / "_SUCCESS").touch()
    (folder / ".hidden.parquet").touch()
    (folder / "more").mkdir()
    expected = [str(folder / f"00{number}.parquet") for number in range(3)]
    assert files_named(str(folder), (".parquet",)) == expected
    assert files_named(f"{folder}/*[0-2].parquet", (".parquet",)) == expected
    assert [file.removeprefix("file://") for file in files_named(f"file://{folder}", (".parquet",))] == expected
    assert is_many(f"file://{folder}")
    assert not is_many(expected[0])


def test_where_no_file_is_one_line_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"\*\.parquet: there is no file of that name"):
        files_named(f"{tmp_path}/*.parquet", (".parquet",))


def test_files_at_an_address_are_read_through_fsspec(tmp_path: Path) -> None:
    points = three_clusters(100)
    folder = write_parts(tmp_path / "data", [points])
    (file,) = files_named(f"file://{folder}", (".parquet",))
    from em_film.parts.parquet import parquet_parts

    assert_array_equal(parquet_parts(file, ("a", "b"), False)[0].read(), points)


def test_sample_is_decided_by_the_seed_and_by_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("em_film.parts.sampled.MOST_SAMPLED", 300)
    points = three_clusters(2000)
    samples = [
        PartsHere(parts_of(write_parts(tmp_path / name, np.split(points, cuts))), seed=seed).sample(300)
        for name, cuts, seed in (("one", [], 4), ("cut", [0, 7, 1500], 4), ("other", [], 5))
    ]
    assert_array_equal(samples[0], samples[1])
    assert_array_equal(samples[0], points[sampled_rows(2000, 4)])
    assert not np.array_equal(samples[0], samples[2])


def test_rows_of_the_whole_are_found_in_their_parts() -> None:
    found = rows_of_parts(np.array([0, 3, 4, 9]), [3, 0, 2, 5])
    assert [rows.tolist() for rows in found] == [[0], [], [0, 1], [4]]
