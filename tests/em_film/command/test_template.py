"""Templates for experiment files: they pass the check, and name what the CSV file has."""

from __future__ import annotations

from pathlib import Path

import pytest
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
