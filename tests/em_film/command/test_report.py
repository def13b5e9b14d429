"""What `check` says: the figures of the fit, and a note on each thing that will not draw well, and only then."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from support.experiments import fit_of
from support.running import Run

from em_film.command.report import MANY_STEPS
from em_film.experiment import Experiment
from em_film.page import letters
from em_film.page.letters import letters_without_font
from em_model import CollapseError, History, em


def _clusters(*means: tuple[float, float], weights: tuple[float, ...] = (), spread: float = 1.0) -> str:
    weights = weights or (1 / len(means),) * len(means)
    matrix = [[spread, 0.0], [0.0, spread]]
    return "".join(
        f"[[data.cluster]]\nweight = {weight}\nmean = {list(mean)}\ncovariance = {matrix}\n"
        for weight, mean in zip(weights, means, strict=True)
    )


_TWO = _clusters((0.0, 0.0), (6.0, 3.0))
_NINE = _clusters(*((12.0 * (n % 3), 12.0 * (n // 3)) for n in range(9)))
_START = '[start]\nmeans = "k-means++"\ncovariances = "data"\n'
GOOD = f"seed = 1\n[data]\npoints = 400\n{_TWO}{_START}"
NOTED = {
    "many points": (f"[data]\npoints = 50001\n{_TWO}{_START}", "50000 of the 50001 points are drawn"),
    "more components than colours": (f"[data]\npoints = 900\n{_NINE}{_START}", "8 colours for 9 components"),
    "no convergence": (f"{GOOD}[fit]\nmax_steps = 3\n", "did not converge"),
    "a long way": (
        f"seed = 1\n[data]\npoints = 400\n{_clusters((0.0, 0.0), (1.0, 0.0))}{_START}"
        "[fit]\ntolerance = 1e-9\nmax_steps = 2000\n",
        "more than a film can dwell on",
    ),
    "a start at the end": (
        f"[data]\npoints = 400\n{_clusters((0.0, 0.0))}[start]\nmeans = [[-0.07, 0.01]]\n[fit]\ntolerance = 0.001\n",
        "over after 1 step",
    ),
    "a tolerance of 0": (f"{GOOD}[fit]\nmax_steps = 150\ntolerance = 0\n", "it is at the top"),
    "a loose tolerance": (
        f"{GOOD.replace(_START, '[start]' + chr(10) + 'means = [[2.9, 1.5], [3.1, 1.5]]' + chr(10))}"
        "[fit]\ntolerance = 0.5\n",
        "though its last step raised ℓ by",
    ),
    "two that start alike": (
        GOOD.replace(_START, "[start]\nmeans = [[1.0, 1.0], [1.0, 1.0]]\n"),
        "components 1 and 2 start alike, so that EM never parts them; start them apart",
    ),
    "a tiny component": (
        f"seed = 1\n[data]\npoints = 600\n{_clusters((0.0, 0.0), (9.0, 3.0), weights=(0.99, 0.01))}"
        "[start]\nmeans = [[0.0, 0.0], [9.0, 3.0]]\n",
        "component 2 ends with a weight of 0.0",
    ),
    "two alike": (
        f"seed = 1\n[data]\npoints = 400\n{_clusters((0.0, 0.0))}"
        "[start]\nmeans = [[-0.1, 0.0], [0.1, 0.0]]\n[fit]\nmax_steps = 3\n",
        "components 1 and 2 end nearly alike",
    ),
    "a start outside": (
        GOOD.replace(
            _START, "[start]\nmeans = [[0.0, 0.0], [60.0, 3.0]]\ncovariances = [[400.0, 0.0], [0.0, 400.0]]\n"
        ),
        "component 2 starts outside",
    ),
}


def _write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "my.toml"
    path.write_text(text)
    return path


def _notes(output: str) -> list[str]:
    return re.findall(r"^  note    (.*)$", output, re.MULTILINE)


def test_the_figures_are_those_of_the_fit(tmp_path: Path, run: Run) -> None:
    path = _write(tmp_path, f"{GOOD}[film]\ntheme = 'light'\nslices = [{{ component = 2, axis = 2 }}]\n")
    history = fit_of(Experiment.load(path))
    first, *rest = run("check", path).stdout.splitlines()
    assert first == f"{path}: My"
    assert rest == [
        "  data    N = 400 points in D = 2 dimensions: drawn from 2 clusters",
        f"  fit     K = 2, converged after {history.n_steps} steps: "
        f"ℓ from {history.log_likelihoods[0]:.2f} to {history.log_likelihoods[-1]:.2f} nats",
        "  starts  all 50 other starts end where this one leads",
        "  film    light, 3 steps in detail",
        "  slices  mean of component 2 along axis 2",
    ]


def test_what_draws_well_has_no_note(tmp_path: Path, run: Run) -> None:
    assert _notes(run("check", _write(tmp_path, GOOD)).stdout) == []


@pytest.mark.parametrize("case", NOTED)
def test_what_does_not_draw_well_is_noted_and_nothing_else(case: str, tmp_path: Path, run: Run) -> None:
    text, told = NOTED[case]
    result = run("check", _write(tmp_path, text))
    assert result.exit_code == 0, result.stderr
    assert any(told in note for note in _notes(result.stdout)), result.stdout
    allowed = {"a loose tolerance": 2, "a long way": 2, "a start outside": 2, "two alike": 2}
    assert len(_notes(result.stdout)) <= allowed.get(case, 1), result.stdout


def test_far_points_and_unequal_ranges_are_noted(tmp_path: Path, run: Run) -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(300, 2)) + np.where(rng.random((300, 1)) < 0.5, 0, 5)
    (tmp_path / "far.csv").write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in [*rows, (90.0, 2.0)]))
    text = '[data]\ncsv = "far.csv"\n[start]\nmeans = [[0, 0], [5, 5]]\ncovariances = "identity"\n'
    (note, *more) = _notes(run("check", _write(tmp_path, text)).stdout)
    low, high = np.quantile([*rows[:, 0], 90.0], [0.25, 0.75])
    assert note.startswith(f"1 point lies far out, a being 90 where half of all are within {low:.4g} and {high:.4g}; ")
    assert any("standardize = true" in note for note in more)


def test_a_long_way_is_a_measured_one(tmp_path: Path) -> None:
    assert fit_of(Experiment.load(_write(tmp_path, NOTED["a long way"][0]))).n_steps > MANY_STEPS


def test_a_saved_fit_that_collapsed_says_so(tmp_path: Path, run: Run) -> None:
    text = (
        "[data]\npoints = 30\n[[data.cluster]]\nweight = 1\nmean = [0, 0]\ncovariance = [[1, 0], [0, 1]]\n"
        "[start]\nmeans = [[0, 0], [9, 9]]\n[fit]\ncomponents = 2\n"
    )
    with pytest.raises(CollapseError) as collapsed:
        fit_of(Experiment.load(_write(tmp_path, text)))
    assert run("check", tmp_path / "my.toml").exit_code == 2
    collapsed.value.history.save(tmp_path / "run.npz")
    result = run("check", _write(tmp_path, f'{text}history = "run.npz"\n'))
    assert result.exit_code == 0, result.stderr
    assert "collapsed after" in result.stdout
    assert any("collapses in the step after" in note for note in _notes(result.stdout))


def test_a_saved_fit_is_checked_and_shown_without_fitting(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path, GOOD)
    saved = run("check", path, "--save", tmp_path / "run.npz")
    assert saved.stdout.splitlines()[-1] == f"  saved   {tmp_path / 'run.npz'}"
    again = run("check", path, "--save", tmp_path / "run.npz")
    assert again.exit_code == 0
    history = History.load(tmp_path / "run.npz")
    fresh = run("still", "tiny_film", path, "-q", "l", "--out", tmp_path / "fresh")
    assert fresh.exit_code == 0, fresh.stderr

    def no_fit(*args: object, **kwargs: object) -> None:
        raise AssertionError("fitted anew")

    monkeypatch.setattr(em, "fit", no_fit)
    path.write_text(f'{GOOD}[fit]\nhistory = "run.npz"\n')
    shown = run("check", path).stdout
    assert "(saved fit)" in shown
    assert f"{history.n_steps} steps" in shown
    kept = run("still", "tiny_film", path, "-q", "l", "--out", tmp_path / "kept")
    assert kept.exit_code == 0, kept.stderr
    pictures = [next((tmp_path / name).iterdir()).read_bytes() for name in ("fresh", "kept")]
    assert pictures[0] == pictures[1]


def test_notes_on_the_data_come_even_where_the_fit_fails(tmp_path: Path, run: Run) -> None:
    rng = np.random.default_rng(3)
    rows = [*rng.normal(size=(200, 2)), (1000.0, 1000.0)]
    (tmp_path / "wild.csv").write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in rows))
    text = '[data]\ncsv = "wild.csv"\n[start]\nmeans = [[0.0, 0.0], [1000.0, 1000.0]]\n'
    result = run("check", _write(tmp_path, text))
    assert result.exit_code == 2
    assert "component 2" in result.stderr
    (note,) = _notes(result.stdout)
    assert note.startswith("1 point lies far out, b being 1000 where half of all are within ")


def test_what_was_read_past_is_said(tmp_path: Path, run: Run) -> None:
    rows = "".join(f"{n},{n * n % 17},{n * 7 % 23 if n % 5 else 'NA'}\n" for n in range(1, 41))
    (tmp_path / "t.csv").write_text(f"# by hand\nid,a,b\n,mm,g\n{rows}")
    text = '[data]\ncsv = "t.csv"\nmissing = "drop"\n[start]\nmeans = "k-means++"\ncovariances = "data"\n'
    lines = run("check", _write(tmp_path, text)).stdout.splitlines()
    assert lines[1] == "  data    N = 32 points in D = 2 dimensions: a (mm), b (g)"
    assert [line for line in lines if line.startswith("  read ")] == [
        "  read    the line of units under the names is read as such",
        "  read    1 line of comment read past",
        "  read    8 rows of 40 left out, a value missing in b (8)",
        "  read    column id is passed over: it only numbers the rows",
    ]


def test_letters_that_no_font_has_are_named(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = "\U0010fff1"  # of a private area: no font anywhere
    assert letters_without_font(f"Naïve θ, вес{unknown}") == unknown
    path = _write(tmp_path, f'title = "Lang {unknown}"\n{GOOD}')
    assert run("check", path).exit_code == 2, "a control character is refused before"
    monkeypatch.setattr(letters, "letters_without_font", lambda text: "数据" if "数据" in text else "")
    (note,) = _notes(run("check", _write(tmp_path, f'title = "数据 data"\n{GOOD}')).stdout)
    assert note == (
        "no font here has 数据, which the film draws as boxes; install a font that has them, or set title or "
        "data.labels in other letters"
    )


def test_findings_are_told_in_the_units_of_the_table_where_the_points_are_standardised(
    tmp_path: Path, run: Run
) -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(20, 2, size=(200, 2)) + np.where(rng.random((200, 1)) < 0.5, 0, 50)
    far = [(21.0, -9999.0)] * 3
    (tmp_path / "far.csv").write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in [*rows, *far]))
    checked = run("check", _write(tmp_path, '[data]\ncsv = "far.csv"\nstandardize = true\n[fit]\nprior = "weak"\n'))
    low, high = np.quantile([*rows[:, 1], -9999, -9999, -9999], [0.25, 0.75])
    told = f"3 points lie far out, b being -9999 where half of all are within {low:.4g} and {high:.4g}; leave them out"
    assert told in checked.stdout
    assert "if it stands for a missing value" in checked.stdout


@pytest.mark.parametrize(("count", "said"), [(5, True), (10, True), (11, False), (40, False)])
@pytest.mark.parametrize("prior", ['prior = "weak"', ""])
def test_so_few_points_that_a_fit_means_little_are_noted_even_where_it_fails(
    count: int, said: bool, prior: str, tmp_path: Path, run: Run
) -> None:
    rng = np.random.default_rng(2)
    (tmp_path / "few.csv").write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in rng.normal(size=(count, 2))))
    checked = run("check", _write(tmp_path, f'[data]\ncsv = "few.csv"\n[fit]\n{prior}\n'))
    assert checked.exit_code == (0 if prior or count > 5 else 2)
    notes = _notes(checked.stdout)
    assert any(note.startswith(f"{count} points are few for a fit of 11 numbers") for note in notes) == said


def test_a_long_title_of_an_axis_is_noted_with_its_key(tmp_path: Path, run: Run) -> None:
    rows = "".join(f"{a},{b}\n" for a, b in np.random.default_rng(3).normal(size=(40, 2)))
    question = "How satisfied are you with the way democracy works in your country?"
    (tmp_path / "survey.csv").write_text(f"{question},b\n{rows}")
    notes = _notes(run("check", _write(tmp_path, '[data]\ncsv = "survey.csv"\n')).stdout)
    assert any(note.startswith('the title "How satisfied') and "set data.labels" in note for note in notes)
    shorter = _write(tmp_path, '[data]\ncsv = "survey.csv"\nlabels = ["satisfied", "b"]\n')
    assert not any("the title" in note for note in _notes(run("check", shorter).stdout))


def test_letters_that_no_font_has_are_named_where_a_picture_is_drawn_too(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "letters_without_font", lambda text: "数据" if "数据" in text else "")
    path = _write(tmp_path, f'title = "数据 data"\n{GOOD}')
    done = run("still", "tiny_film", path, "-q", "l", "--out", tmp_path / "out")
    assert done.exit_code == 0
    assert "no font here has 数据, which the film draws as boxes" in done.stderr
    assert not run("still", "tiny_film", _write(tmp_path, GOOD), "-q", "l", "--out", tmp_path / "out").stderr


def test_with_a_prior_the_last_step_is_told_by_what_it_climbs(tmp_path: Path, run: Run) -> None:
    path = _write(tmp_path, f"{GOOD.replace('points = 400', 'points = 40')}[fit]\nmax_steps = 3\nprior = 'weak'\n")
    history = fit_of(Experiment.load(path))
    rise = history.objectives[-1] - history.objectives[-2]
    told = f"it did not converge: the last step still raised ℓ + log p by {rise:.2g} nats; raise fit.max_steps"
    assert rise > 1e-6
    assert told in _notes(run("check", path).stdout)
