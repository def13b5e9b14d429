"""Templates for experiment files: they pass the check, and name what the CSV file has."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from support.experiments import fit_of
from support.running import ROOT, Run

from em_film.experiment import Dataset, Experiment
from em_film.experiment.table import columns_of

_CSVS = {
    "comma": ("length,width\n", "{},{}\n", ("length", "width")),
    "semicolon and decimal comma": ("länge;breite\n", "{};{}\n", ("länge", "breite")),
    "words among the columns": ("name,length,kind,width\n", "x,{},y,{}\n", ("length", "width")),
    "numbered rows": ('"","length","width"\n', "{n},{},{}\n", ("length", "width")),
    "rows numbered by name": ("id,length,width\n", "{n},{},{}\n", ("length", "width")),
    "one column": ("waiting time\n", "{}\n", ("waiting time",)),
    "names that TOML must quote": ('"a ""quoted"" \\ name",b#c\n', "{},{}\n", ('a "quoted" \\ name', "b#c")),
}


def _csv(kind: str, folder: Path) -> Path:
    head, row, _ = _CSVS[kind]
    rows = []
    for n in range(40):
        a, b = (f"{(n * n % 17) / 4 + 8 * (n % 2)}", f"{(n * 7 % 23) / 5 - 6 * (n % 2)}")
        if ";" in head:
            a, b = a.replace(".", ","), b.replace(".", ",")
        rows.append(row.format(a, b, n=n + 1))
    path = folder / "measured data.csv"
    path.write_text(head + "".join(rows), encoding="utf-8")
    return path


def test_the_template_passes_the_check_as_it_is(tmp_path: Path, run: Run) -> None:
    file = tmp_path / "two_rivers.toml"
    assert run("new", file).exit_code == 0
    result = run("check", file)
    assert result.exit_code == 0, result.stderr
    assert "Two rivers" in result.stdout
    assert "note" not in result.stdout
    assert "converged" in result.stdout


@pytest.mark.parametrize("kind", _CSVS)
def test_a_template_for_a_csv_names_its_columns_and_passes_the_check(kind: str, tmp_path: Path, run: Run) -> None:
    csv = _csv(kind, tmp_path)
    (tmp_path / "sub").mkdir()
    file = tmp_path / "sub" / "my.toml"
    result = run("new", file, "--csv", csv)
    assert result.exit_code == 0, result.stderr
    experiment = Experiment.load(file)
    assert Dataset.of(experiment).columns == _CSVS[kind][2]
    assert experiment.data.csv == "../measured data.csv"
    assert Dataset.of(experiment).points.shape == (40, len(_CSVS[kind][2]))
    assert run("check", file).exit_code == 0


def test_columns_of_very_different_spread_are_standardised(tmp_path: Path, run: Run) -> None:
    assert run("new", tmp_path / "a.toml", "--csv", ROOT / "assets/data/old_faithful.csv").exit_code == 0
    assert Experiment.load(tmp_path / "a.toml").data.standardize
    (tmp_path / "even.csv").write_text("a,b\n" + "".join(f"{n % 5},{n % 7}\n" for n in range(30)))
    assert run("new", tmp_path / "b.toml", "--csv", tmp_path / "even.csv").exit_code == 0
    assert not Experiment.load(tmp_path / "b.toml").data.standardize


def test_columns_that_cannot_be_named_are_not_offered(tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("x,,x,y,name\n1,2,3,4,five\n")
    columns = columns_of(tmp_path / "odd.csv")
    assert columns.names == ("x", "", "x", "y", "name")
    assert columns.numeric == ("y",)


def _table(path: Path, rows: np.ndarray, names: str = "a,b") -> Path:
    path.write_text(f"{names}\n" + "".join(",".join(map(repr, row)) + "\n" for row in rows.tolist()))
    return path


def _two_clusters(n: int, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)) + np.where(rng.random((n, 1)) < 0.5, 0.0, 6.0)


def test_a_table_with_a_wild_point_gives_a_file_that_passes_and_says_why_it_is_as_it_is(
    tmp_path: Path, run: Run
) -> None:
    csv = _table(tmp_path / "wild.csv", np.array([*_two_clusters(200), (1000.0, 1000.0)]))
    made = run("new", tmp_path / "wild.toml", "--csv", csv)
    assert made.exit_code == 0, made.stderr
    assert "1 point lies far out" in made.stdout
    checked = run("check", tmp_path / "wild.toml")
    assert checked.exit_code == 0, checked.stderr
    assert "1 point lies far out" in checked.stdout
    final = fit_of(Experiment.load(tmp_path / "wild.toml")).final
    assert final.weights.min() > 0.02
    assert "mend the data as follows and begin anew" in made.stdout


def test_missing_values_are_left_out_of_the_template_and_counted(tmp_path: Path, run: Run) -> None:
    csv = _table(tmp_path / "gaps.csv", _two_clusters(60))
    csv.write_text(csv.read_text() + "NA,3.0\n2.0,?\n")
    made = run("new", tmp_path / "gaps.toml", "--csv", csv)
    assert "2 rows of 62 left out, a value missing in a (1), b (1)" in made.stdout
    assert Experiment.load(tmp_path / "gaps.toml").data.missing == "drop"
    assert "N = 60 points" in run("check", tmp_path / "gaps.toml").stdout


def test_one_quantity_in_two_units_is_taken_once_and_a_constant_never(tmp_path: Path, run: Run) -> None:
    celsius = 15 + 5 * _two_clusters(80)[:, 0]
    rows = np.stack([np.full(80, 5.0), celsius, 1.8 * celsius + 32], axis=1)
    csv = _table(tmp_path / "t.csv", rows, "k,celsius,fahrenheit")
    made = run("new", tmp_path / "t.toml", "--csv", csv)
    assert "column k is passed over: it holds one value, 5" in made.stdout
    assert "column fahrenheit is passed over: it is one and the same quantity as celsius" in made.stdout
    assert Experiment.load(tmp_path / "t.toml").data.columns == ("celsius",)
    assert run("check", tmp_path / "t.toml").exit_code == 0


def test_columns_are_taken_as_asked_however_many(tmp_path: Path, run: Run) -> None:
    csv = ROOT / "assets/data/iris.csv"
    made = run("new", tmp_path / "iris.toml", "--csv", csv, "--columns", 'petal length, "petal width",sepal width')
    assert made.exit_code == 0, made.stderr
    assert Experiment.load(tmp_path / "iris.toml").data.columns == ("petal length", "petal width", "sepal width")
    assert "3 columns fitted, 2 shown" in run("check", tmp_path / "iris.toml").stdout
    wrong = run("new", tmp_path / "x.toml", "--csv", csv, "--columns", "petal lenght")
    assert wrong.exit_code == 2
    assert 'did you mean "petal length"?' in wrong.stderr
    assert not (tmp_path / "x.toml").exists()
    assert "no table; name one by --csv" in run("new", tmp_path / "x.toml", "--columns", "a").stderr


def test_where_no_column_is_worth_fitting_the_reasons_are_said_and_nothing_is_written(tmp_path: Path, run: Run) -> None:
    (tmp_path / "t.csv").write_text("id,on,price\n" + "".join(f"{i},{i % 2},${i * i}\n" for i in range(1, 30)))
    made = run("new", tmp_path / "t.toml", "--csv", tmp_path / "t.csv")
    assert made.exit_code == 2
    for told in ("id is passed over: it only numbers", "on is passed over: it holds 0 and 1", 'carries "$"'):
        assert told in made.stderr
    assert not (tmp_path / "t.toml").exists()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["noise", "integers", "one cluster and a few", "heavy tails", "few rows"])
def test_whatever_new_writes_passes_its_own_check(kind: str, seed: int, tmp_path: Path, run: Run) -> None:
    rng = np.random.default_rng(seed)
    rows = {
        "noise": rng.random((50, 2)),
        "integers": rng.integers(0, 5, (80, 2)).astype(float),
        "one cluster and a few": np.concatenate([rng.normal(size=(70, 2)), rng.normal(9, 0.01, size=(3, 2))]),
        "heavy tails": rng.standard_cauchy((90, 2)),
        "few rows": rng.normal(size=(6, 2)),
    }[kind]
    made = run("new", tmp_path / "t.toml", "--csv", _table(tmp_path / "t.csv", rows))
    assert made.exit_code == 0, made.stderr
    assert run("check", tmp_path / "t.toml").exit_code == 0
    history = fit_of(Experiment.load(tmp_path / "t.toml"))
    assert history.outcome == "converged"
    assert history.final.weights.min() > 0.02


def test_what_a_table_leaves_open_may_be_told_and_is_written_down(tmp_path: Path, run: Run) -> None:
    rows = "".join(f"{a:.2f},{b:.2f}\n" for a, b in _two_clusters(60))
    (tmp_path / "j.csv").write_bytes(f"長さ,重さ\n{rows}".encode("shift_jis"))
    wrong = run("new", tmp_path / "j.toml", "--csv", tmp_path / "j.csv")
    assert wrong.exit_code == 2
    assert "set --encoding" in wrong.stderr
    made = run("new", tmp_path / "j.toml", "--csv", tmp_path / "j.csv", "--encoding", "shift_jis")
    assert made.exit_code == 0, made.stderr
    assert Dataset.of(Experiment.load(tmp_path / "j.toml")).columns == ("長さ", "重さ")

    (tmp_path / "d.csv").write_text("a\n" + "".join(f"{a / 10 + 2:.3f}\n" for a in _two_clusters(60)[:, 0]) + "7\n")
    wrong = run("new", tmp_path / "d.toml", "--csv", tmp_path / "d.csv")
    assert wrong.exit_code == 2
    assert 'set --decimal to "." or ","' in wrong.stderr
    made = run("new", tmp_path / "d.toml", "--csv", tmp_path / "d.csv", "--decimal", ".")
    assert made.exit_code == 0, made.stderr
    assert Experiment.load(tmp_path / "d.toml").data.decimal == "."
    assert "no table; name one by --csv" in run("new", tmp_path / "x.toml", "--decimal", ".").stderr


def test_a_table_of_thousands_of_columns_that_are_one_is_given_up_soon(tmp_path: Path, run: Run) -> None:
    numbers = np.random.default_rng(4).normal(size=12)
    names = ",".join(f"c{i}" for i in range(3000))
    _table(tmp_path / "wide.csv", np.outer(numbers, np.arange(1, 3001.0)), names)
    began = time.perf_counter()
    made = run("new", tmp_path / "wide.toml", "--csv", tmp_path / "wide.csv")
    assert made.exit_code == 0, made.stderr
    assert time.perf_counter() - began < 60, "3000 readings would take hours"
    assert "2991 more columns are not looked at" in made.stdout
