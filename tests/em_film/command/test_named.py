"""A table in the place of an experiment file: the film is the one whose file `new` would write."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.running import Run

from em_film.command.named import experiment_named
from em_film.command.watch.look import files_of, look
from em_film.experiment import Experiment
from em_film.wording import is_table


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Two heaps, with a number for each row and a value that is missing."""
    rng = np.random.default_rng(2)
    points = rng.normal(size=(60, 2)) + np.repeat([[0.0, 0.0], [6.0, 3.0]], 30, axis=0)
    rows = [f"{number},{x:.4f},{y:.4f}" for number, (x, y) in enumerate(points, 1)]
    path = tmp_path / "two_heaps.csv"
    path.write_text("\n".join(["id,width,height", *rows, "61,,1.0"]) + "\n")
    return path


def test_a_deck_of_ones_own_table_is_one_command(table: Path, tmp_path: Path, run: Run) -> None:
    result = run("deck", "tiny_film", table, "-q", "l", "--format", "html,pdf", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "tiny_film-two_heaps.html",
        "tiny_film-two_heaps.pdf",
    }
    assert "column id is passed over" in result.stderr
    assert "1 row of 61 left out" in result.stderr
    assert list(tmp_path.glob("*.toml")) == []


def test_it_is_the_experiment_that_new_would_write(table: Path, tmp_path: Path, run: Run) -> None:
    found, said = experiment_named(table)
    assert run("new", tmp_path / "two_heaps.toml", "--csv", table).exit_code == 0
    written = Experiment.load(tmp_path / "two_heaps.toml")
    assert found.fingerprint() == written.fingerprint()
    assert (found.name, found.heading) == (written.name, written.heading) == ("two_heaps", "Two heaps")
    assert said[-1].endswith(f"two_heaps.toml --csv {table}")


def test_check_and_watch_take_a_table_too(table: Path, run: Run) -> None:
    result = run("check", table)
    assert result.exit_code == 0
    assert "N = 60 points in D = 2 dimensions: width, height" in result.stdout
    seen = look("tiny_film", table, "l", None)
    assert (seen.title, seen.error) == ("Two heaps", "")
    assert files_of(table) == {table.resolve()}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [("gone.csv", None, "no such file"), ("words.csv", "a,b\nx,y\n", "no column"), ("empty.tsv", "", "empty")],
)
def test_a_table_that_cannot_be_used_is_a_line(
    name: str, content: str | None, told: str, tmp_path: Path, run: Run
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    result = run("deck", tmp_path / name, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_table_is_told_by_its_ending() -> None:
    assert all(is_table(Path(name)) for name in ("a.csv", "a.CSV", "a.tsv.gz", "a.npy", "x/a.dat"))
    assert not any(is_table(Path(name)) for name in ("a.toml", "csv", "a.toml.gz", "em_step"))
