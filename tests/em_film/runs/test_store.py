"""Heavy runs on disk: made once, told apart by what they depend on, never trusted when damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from em_film.runs import store as module
from em_film.runs.store import Arrays, kept


class Run:
    def __init__(self) -> None:
        self.made = 0

    def __call__(self, advance: Callable[[], None]) -> Arrays:
        self.made += 1
        advance()
        return {"numbers": np.arange(5.0), "flags": np.array([True, False])}


def test_a_run_is_made_once_and_comes_back_bit_for_bit(tmp_path: Path) -> None:
    run = Run()
    first = kept(tmp_path / "runs", ["a", 1], "a run", 1, run)
    again = kept(tmp_path / "runs", ["a", 1], "a run", 1, run)
    assert run.made == 1
    for name in ("numbers", "flags"):
        assert_array_equal(first[name], again[name])
        assert first[name].dtype == again[name].dtype
    assert [file.suffix for file in (tmp_path / "runs").iterdir()] == [".npz"]


@pytest.mark.parametrize("other", [["a", 2], ["b", 1], ["a", "1"]])
def test_other_inputs_are_another_run(tmp_path: Path, other: list[object]) -> None:
    run = Run()
    kept(tmp_path, ["a", 1], "a run", 1, run)
    kept(tmp_path, other, "a run", 1, run)
    assert run.made == 2


def test_other_code_is_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run()
    kept(tmp_path, ["a"], "a run", 1, run)
    monkeypatch.setattr(module, "_code", lambda: "changed")
    kept(tmp_path, ["a"], "a run", 1, run)
    assert run.made == 2


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"no archive at all"])
def test_a_damaged_file_is_computed_again_and_replaced(tmp_path: Path, content: bytes) -> None:
    run = Run()
    kept(tmp_path, ["a"], "a run", 1, run)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    assert_array_equal(kept(tmp_path, ["a"], "a run", 1, run)["numbers"], np.arange(5.0))
    assert run.made == 2
    kept(tmp_path, ["a"], "a run", 1, run)
    assert run.made == 2


def test_where_nothing_can_be_written_the_run_is_still_a_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert_array_equal(kept(tmp_path / "file" / "runs", ["a"], "a run", 1, Run())["numbers"], np.arange(5.0))


def test_a_run_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(advance: Callable[[], None]) -> Arrays:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept(tmp_path, ["a"], "a run", 1, fail)
    assert not list(tmp_path.iterdir())
