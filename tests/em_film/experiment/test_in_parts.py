"""Experiments on many files: any kind of them, checked, saved and refused as those on one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support import ROOT
from support.in_parts import three_clusters, write_parts
from support.running import Run

from em_film.errors import ExperimentError
from em_film.experiment import Dataset, Experiment, dataset_of_film, fit
from em_film.parts.cluster import Cluster
from em_film.runs.steps import StepRun
from em_model import History, Source, log_likelihood
from em_model import fit as fit_in_memory
from em_model.mixture import FloatArray

POINTS = three_clusters(600)
BLOCKS = np.split(POINTS, [7, 7, 100, 550])
REST = """
[start]
means = [[-1.0, 0.0], [2.0, 3.0], [4.0, 1.0]]
covariances = "identity"
[fit]
max_steps = 6
"""


def experiment(folder: Path, data: str, rest: str = REST) -> Experiment:
    path = folder / "many.toml"
    path.write_text(f"[data]\n{data}\n{rest}")
    return Experiment.load(path)


def write_csv(folder: Path, blocks: list[FloatArray]) -> Path:
    folder.mkdir()
    for number, block in enumerate(blocks):
        rows = "".join(f"{a!r},{b!r},x\n" for a, b in block.tolist())
        (folder / f"{number}.csv").write_text(f"a,b,place\n{rows}")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Hold the same points as Parquet files, as CSV files and as saved arrays."""
    write_parts(tmp_path / "parquet", BLOCKS)
    write_csv(tmp_path / "csv", BLOCKS)
    (tmp_path / "npy").mkdir()
    for number, block in enumerate(BLOCKS):
        np.save(tmp_path / "npy" / f"{number}.npy", block)
    return tmp_path


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Yield the address of a cluster of two worker processes."""
    cluster = Cluster(None, workers=2)
    yield cluster.client.scheduler.address
    cluster.close()


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        ('parquet = "parquet"', "5 parts of 5 files"),
        ('parquet = "parquet/*.parquet"\ncolumns = ["a", "b"]', "5 parts of 5 files"),
        ('csv = "csv"', "5 parts of 5 files"),
        ('csv = "csv/*.csv"\ncolumns = ["a", "b"]', "5 parts of 5 files"),
        ('csv = "npy"', "5 parts of 5 files"),
        ('csv = "npy/[3-4].npy"\ncolumns = ["1", "2"]', "2 parts of 2 files"),
    ],
)
def test_files_of_every_kind_are_fitted_as_their_points_in_memory(folder: Path, data: str, parts: str) -> None:
    found = experiment(folder, data)
    dataset = Dataset.of(found)
    history = fit(found, dataset)
    expected = POINTS if "[3-4]" not in data else POINTS[100:]
    memory = fit_in_memory(expected, history.start, max_steps=6)
    assert dataset.notes[0].startswith(parts)
    assert history.n_points == dataset.n_points == len(expected)
    assert_allclose(history.log_likelihoods, memory.log_likelihoods, rtol=1e-12)
    assert_array_equal(dataset.points, expected)


def test_csv_files_are_read_once_and_their_arrays_removed_afterwards(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from em_film.experiment import in_parts

    read: list[Path] = []
    once = in_parts.read_table
    monkeypatch.setattr(in_parts, "read_table", lambda path, *rest: read.append(path) or once(path, *rest))
    found = experiment(folder, 'csv = "csv"\ncolumns = ["a", "b"]')
    dataset = Dataset.of(found)
    kept = Path(dataset.notes[0].split(" in ")[1].split()[0])
    fit(found, dataset)
    assert len(read) == 5
    assert len(list(kept.iterdir())) == 5
    del dataset
    assert not kept.exists()


def test_a_cluster_fits_to_the_last_bit_as_this_process_and_tells_of_every_step(
    folder: Path, scheduler: str, run: Run
) -> None:
    here, there = 'parquet = "parquet"', f'{REST}engine = "dask"\nscheduler = "{scheduler}"\n'
    path = experiment(folder, here).path
    assert run("check", path, "--save", folder / "here.npz").exit_code == 0
    experiment(folder, here, there)
    found = run("check", path, "--save", folder / "there.npz")
    assert found.exit_code == 0
    assert f"held by 2 workers of {scheduler}" in found.stdout
    histories = [History.load(folder / name) for name in ("here.npz", "there.npz")]
    assert_array_equal(histories[0].log_likelihoods, histories[1].log_likelihoods)
    assert_array_equal(histories[0].mixtures.covariances, histories[1].mixtures.covariances)
    steps = [line for line in found.stderr.splitlines() if "points a second" in line]
    assert [line.partition(":")[0] for line in steps] == [f"step {step}" for step in range(7)]
    assert f"ℓ = {histories[1].log_likelihoods[3]:.10g} nats" in steps[3]


@pytest.mark.parametrize("engine", [False, True])
@pytest.mark.parametrize(
    ("data", "blocks", "said"),
    [
        ('columns = ["a", "b"]', [BLOCKS[0], BLOCKS[0][:, :1]], 'parts/001.parquet: no column is named "b"; '),
        ('columns = ["a", "b"]', [BLOCKS[0], np.array([[1.0, np.nan]])], 'parts/001.parquet: row 1, column "b": nan '),
        ('columns = ["a", "place"]', [BLOCKS[0]], 'parts/000.parquet: column "place" holds string and no numbers; '),
        ("", [], "parts: there is no file of that name that ends with .parquet or .pq; "),
    ],
)
def test_what_is_wrong_with_a_part_is_one_line_that_names_it(
    tmp_path: Path, run: Run, scheduler: str, engine: bool, data: str, blocks: list[FloatArray], said: str
) -> None:
    write_parts(tmp_path / "parts", blocks)
    rest = f'{REST}engine = "dask"\nscheduler = "{scheduler}"\n' if engine else REST
    path = experiment(tmp_path, f'parquet = "parts"\n{data}', rest).path
    found = run("check", path)
    assert found.exit_code == 2
    assert found.stderr.startswith(f"{path}: data.parquet: {said}")
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("data", "rest", "said"),
    [
        ('parquet = "parquet"\ncsv = "csv"', "", "data.parquet: both Parquet files and a CSV file are given; keep one"),
        ('parquet = "parquet"\ndecimal = ","', "", "data.decimal: goes only with a CSV file, and the data are Parquet"),
        ('parquet = "parquet"', '[fit]\nscheduler = "tcp://x:1"', "fit.scheduler: goes only with an engine; set"),
        ('parquet = "parquet"', '[fit]\nengine = "dusk"', 'fit.engine: "dusk" is not known here; did you mean "dask"?'),
        ('csv = "csv"\nstandardize = true', "", "data.standardize: data in parts are fitted in their own units"),
        ('csv = "mixed"', "", "data.csv: mixed/1.csv: lies among saved arrays; name files of one kind"),
        ('csv = "empty"', "", "data.csv: empty: there is no file of that name that ends with .csv or "),
        ('csv = "csv"\nlabels = ["one"]', "", "data.labels: holds 1 label(s) for 2 column(s); give one for each"),
        (
            'parquet = "parquet"',
            "[fit]\ncomponents = 100\n[start]\nmeans=[[0.0]]",
            "start.means: holds 1 means for",
        ),
        (
            'parquet = "parquet"',
            '[fit]\nengine = "dask"\nscheduler = "nonsense"',
            "fit.scheduler: nonsense cannot be reached (",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, data: str, rest: str, said: str
) -> None:
    monkeypatch.setattr("em_film.parts.cluster._PATIENCE", 0.5)
    (folder / "empty").mkdir()
    (folder / "mixed").mkdir()
    (folder / "npy" / "0.npy").rename(folder / "mixed" / "0.npy")
    (folder / "csv" / "1.csv").rename(folder / "mixed" / "1.csv")
    with pytest.raises(ExperimentError) as caught:
        Dataset.of(experiment(folder, data, rest))
    assert str(caught.value).startswith(f"{folder}/many.toml: {said}")
    assert "\n" not in str(caught.value)


def test_data_in_parts_are_a_source(folder: Path) -> None:
    source: Source | None = Dataset.of(experiment(folder, 'parquet = "parquet"')).source
    assert source is not None
    assert_allclose(source.centre, POINTS.mean(axis=0), rtol=1e-13)


def test_nothing_of_it_is_imported_by_those_who_do_not_ask(folder: Path) -> None:
    experiment(folder, 'csv = "csv/4.csv"')
    code = (
        "import atexit, sys; from em_film.command.command import command; import scenes.em_step\n"
        "atexit.register(lambda: print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr))\n"
        "command(['check', sys.argv[1]])"
    )
    command = [sys.executable, "-c", code, str(folder / "many.toml")]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    imported = set(found.stderr.split())
    assert "em_model" in imported
    assert imported & {"dask", "distributed", "pyarrow", "fsspec", "pyspark"} == set()


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write an experiment on more points than are drawn: of 30 000 a sample of 5 000."""
    for module in ("em_film.parts.sampled", "em_film.experiment.dataset"):
        monkeypatch.setattr(f"{module}.MOST_SAMPLED", 5000)
    write_parts(tmp_path / "data", np.split(three_clusters(30_000), 4))
    return experiment(tmp_path, 'parquet = "data"').path


def test_a_saved_fit_carries_what_a_film_needs_to_where_the_data_are_not(large: Path, run: Run) -> None:
    assert run("check", large, "--save", large.parent / "run.npz").exit_code == 0
    elsewhere = large.parent / "elsewhere"
    elsewhere.mkdir()
    (large.parent / "run.npz").rename(elsewhere / "run.npz")
    (elsewhere / "film.toml").write_text(f'{large.read_text()}history = "run.npz"\n'.replace('"data"', '"gone"'))
    moved = Experiment.load(elsewhere / "film.toml")
    dataset = dataset_of_film(moved)
    history = fit(moved, dataset)
    assert dataset.n_points == history.n_points == 30_000
    assert dataset.points.shape == (5000, 2)
    assert dataset.columns == ("a", "b")
    assert_allclose(log_likelihood(dataset.data, history.mixtures), history.log_likelihoods, rtol=1e-5)
    first = moved.fingerprint()
    found = run("check", elsewhere / "film.toml")
    assert "a sample of 5000 points, which the saved fit carries; the data themselves are not read" in found.stdout
    assert found.stderr == ""
    assert Experiment.load(elsewhere / "film.toml").fingerprint() == first


def test_a_film_of_data_in_parts_fits_all_of_them_and_shows_the_sample(large: Path) -> None:
    found = Experiment.load(large)
    dataset = dataset_of_film(found)
    history = fit(found, dataset)
    run = StepRun(dataset.data, history)
    assert history.n_points == 30_000
    assert run.posterior(1).shape == (5000, 3)
    for step in (1, 3):
        touch = run.e_step(step, 1.0)
        assert_allclose(touch.log_likelihood, history.log_likelihoods[step - 1], rtol=1e-5)
        assert_allclose(touch.gap, 0.0, atol=1e-5 * abs(touch.log_likelihood))
        assert run.e_step(step, 0.5).gap > 0


def test_a_saved_fit_of_other_columns_is_refused(large: Path, run: Run) -> None:
    run("check", large, "--save", large.parent / "run.npz")
    large.write_text(large.read_text().replace('parquet = "data"', 'parquet = "data"\ncolumns = ["b", "a"]'))
    large.write_text(f'{large.read_text()}history = "run.npz"\n')
    found = run("check", large)
    assert found.exit_code == 2
    assert found.stderr == f'{large}: fit.history: was fitted to "a", "b"; name these in data.columns\n'


@pytest.mark.parametrize("name", ["run[1].csv", "[ab].csv"])
def test_a_file_whose_name_looks_like_a_pattern_is_that_file(name: str, tmp_path: Path, run: Run) -> None:
    (tmp_path / name).write_text("a,b\n" + "".join(f"{i * i % 13},{i * i % 17}\n" for i in range(40)))
    (tmp_path / "my.toml").write_text(f'[data]\ncsv = "{name}"\n')
    experiment = Experiment.load(tmp_path / "my.toml")
    assert not experiment.in_parts
    assert Dataset.of(experiment).points.shape == (40, 2)
    made = run("new", tmp_path / "made.toml", "--csv", tmp_path / name)
    assert made.exit_code == 0, made.stderr
