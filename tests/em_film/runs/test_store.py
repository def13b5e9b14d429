"""Heavy runs on disk: made once, told apart by what they depend on, never trusted when damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from support import ROOT

from em_film.runs.store import Arrays, stored_run

_COMPUTING = """
import sys
from pathlib import Path
import numpy as np
from deeper import STREAM
from em_film.runs.store import stored_run

def compute(advance):
    print("computed")
    return {"numbers": np.arange(float(STREAM))}

stored_run(Path("runs"), ["a"], "a run", 1, compute)
"""


def _computed(folder: Path) -> list[str]:
    command = [sys.executable, "computing.py"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.split()


class Run:
    def __init__(self) -> None:
        self.made = 0

    def __call__(self, advance: Callable[[], None]) -> Arrays:
        self.made += 1
        advance()
        return {"numbers": np.arange(5.0), "flags": np.array([True, False])}


def test_a_run_is_made_once_and_comes_back_bit_for_bit(tmp_path: Path) -> None:
    run = Run()
    first = stored_run(tmp_path / "runs", ["a", 1], "a run", 1, run)
    again = stored_run(tmp_path / "runs", ["a", 1], "a run", 1, run)
    assert run.made == 1
    for name in ("numbers", "flags"):
        assert_array_equal(first[name], again[name])
        assert first[name].dtype == again[name].dtype
    assert [file.suffix for file in (tmp_path / "runs").iterdir()] == [".npz"]


@pytest.mark.parametrize("other", [["a", 2], ["b", 1], ["a", "1"]])
def test_other_inputs_are_another_run(tmp_path: Path, other: list[object]) -> None:
    run = Run()
    stored_run(tmp_path, ["a", 1], "a run", 1, run)
    stored_run(tmp_path, other, "a run", 1, run)
    assert run.made == 2


@pytest.mark.parametrize("changed", ["computing.py", "deeper.py"])
def test_other_code_is_another_run_wherever_it_stands(changed: str, tmp_path: Path) -> None:
    """The file that computes counts, and so does what it imports."""
    (tmp_path / "deeper.py").write_text("STREAM = 2\n")
    (tmp_path / "computing.py").write_text(_COMPUTING)
    assert _computed(tmp_path) == ["computed"]
    assert _computed(tmp_path) == []
    text = (tmp_path / changed).read_text()
    (tmp_path / changed).write_text(text.replace("STREAM", "CURRENT") if changed == "computing.py" else "STREAM = 3\n")
    if changed == "computing.py":
        (tmp_path / "deeper.py").write_text("STREAM = CURRENT = 2\n")
    assert _computed(tmp_path) == ["computed"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"no archive at all"])
def test_a_damaged_file_is_computed_again_and_replaced(tmp_path: Path, content: bytes) -> None:
    run = Run()
    stored_run(tmp_path, ["a"], "a run", 1, run)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    assert_array_equal(stored_run(tmp_path, ["a"], "a run", 1, run)["numbers"], np.arange(5.0))
    assert run.made == 2
    stored_run(tmp_path, ["a"], "a run", 1, run)
    assert run.made == 2


def test_where_nothing_can_be_written_the_run_is_still_a_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert_array_equal(stored_run(tmp_path / "file" / "runs", ["a"], "a run", 1, Run())["numbers"], np.arange(5.0))


def test_a_run_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def fail(advance: Callable[[], None]) -> Arrays:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        stored_run(tmp_path, ["a"], "a run", 1, fail)
    assert not list(tmp_path.iterdir())
