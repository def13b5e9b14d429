"""The yardstick of the benchmark tells the film's story, play by play and second by second."""

from __future__ import annotations

from pathlib import Path

import pytest
from manim import tempconfig

from bench.ordinary import OrdinaryEMStep
from scenes.em_step import EMStep


def test_the_film_in_ordinary_manim_has_the_plays_and_the_length_of_the_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = tmp_path / "short.toml"
    cluster = "[[data.cluster]]\nweight = 1\nmean = [0, 0]\ncovariance = [[1, 0], [0, 2]]\n"
    experiment.write_text(f"[data]\npoints = 30\n{cluster}[fit]\ncomponents = 2\nmax_steps = 1\n")
    monkeypatch.setenv("EM_EXPERIMENT", str(experiment))
    quiet = {"dry_run": True, "verbosity": "ERROR", "progress_bar": "none", "media_dir": str(tmp_path)}
    told = []
    for film in (EMStep, OrdinaryEMStep):
        with tempconfig(quiet):
            scene = film(skip_animations=True)
            scene.render()
        told.append((scene.renderer.num_plays, round(scene.time_shown, 3)))
    assert told[0] == told[1]
    assert told[0][0] > 20
