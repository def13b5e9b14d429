"""The film and the panel of docs/your-own-film.md run as they stand on the page."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.testing import assert_allclose
from support import ROOT
from support.running import SMALL

from em_film.experiment import Dataset, Experiment
from em_film.page.layout import Rect
from em_film.page.theme import DARK
from em_film.runs.fitted import fitted
from em_film.runs.steps import StepRun

_PAGE = (ROOT / "docs" / "your-own-film.md").read_text(encoding="utf-8")
_FILES = dict(re.findall(r"^`(\w+\.py)`:\n\n```python\n(.*?)^```$", _PAGE, re.DOTALL | re.MULTILINE))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a reader has after copying the page."""
    for name, code in _FILES.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("name", "most"), [("five_steps.py", 60), ("weights_panel.py", 50)])
def test_a_film_and_a_panel_are_short(name: str, most: int) -> None:
    assert 0 < len(_FILES[name].splitlines()) <= most


@pytest.mark.parametrize("name", ["five_steps", "with_weights"])
def test_the_films_of_the_page_render_in_a_folder_of_their_own(name: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "manim", "render", "-ql", "--progress_bar", "none", f"{name}.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "EM_EXPERIMENT": "small.toml"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (film,) = folder.glob(f"media/videos/{name}/480p15/{name}-small.mp4")
    with av.open(str(film)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(pictures) > 15 * 10
    assert (pictures[-1] != pictures[30]).any(axis=2).mean() > 0.01


def test_the_bars_of_the_page_are_as_high_as_the_weights(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(folder)
    experiment = Experiment.load(folder / "small.toml")
    dataset = Dataset.of(experiment)
    run = StepRun(dataset.data, fitted(experiment, dataset))
    panel = importlib.import_module("weights_panel").WeightsPanel(2, DARK, Rect(1.0, -3.0, 5.0, -1.0))
    for moment in (run.e_step(1, 0.0), run.m_step(1, 0.3), run.m_step(2, 1.0)):
        panel.draw(moment)
        tops = [panel.plane.to_numbers(bar.points[:, :2])[:, 1].max() for bar in panel.bars]
        assert_allclose(tops, moment.mixture.weights)
        assert [number.text for number in panel.numbers] == [f"{weight:.2f}" for weight in moment.mixture.weights]
    assert not np.allclose(moment.mixture.weights, 0.5)
