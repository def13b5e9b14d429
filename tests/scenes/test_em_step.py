"""The main film's layout, for experiments of every kind, in the state in which each section ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from watching import Watched, dry, outside, overlaps

from em_model.experiment import Experiment
from scenes.em_step import EMStep
from scenes.stage.cache import code_fingerprint


def _clusters(means: list[list[float]], spread: float = 1.0) -> str:
    tables = []
    for mean in means:
        covariance = [[spread**2 * (i == j) for j in range(len(mean))] for i in range(len(mean))]
        tables.append(f"[[data.cluster]]\nweight = {1 / len(means)}\nmean = {mean}\ncovariance = {covariance}\n")
    return "\n".join(tables)


_RING = [[8.0 * float(np.cos(a)), 8.0 * float(np.sin(a))] for a in np.arange(8) * np.pi / 4]
_EXPERIMENTS = {
    "one component": ("points = 200", _clusters([[0.0, 0.0]])),
    "few points": ("points = 20", _clusters([[0.0, 0.0], [6.0, 1.0]])),
    "many points": ("points = 50000", _clusters([[0.0, 0.0], [3.0, 1.0]])),
    "eight components": ("points = 800", _clusters(_RING)),
    "tiny": ("points = 200", _clusters([[0.0, 0.0], [4e-6, 1e-6]], 1e-6)),
    "huge": ("points = 200", _clusters([[0.0, 0.0], [4e6, 1e6]], 1e6)),
    "far from the origin": ("points = 200", _clusters([[1e6, 1e6], [1e6 + 4, 1e6 + 1]])),
    "far apart": ("points = 200", _clusters([[0.0, 0.0], [1000.0, 0.0]])),
    "overlapping": ("points = 500", _clusters([[0.0, 0.0], [1.2, 0.0]])),
    "one dimension": ("points = 300", _clusters([[0.0], [5.0]])),
    "one dimension, three": ("points = 60", _clusters([[0.0], [4.0], [9.0]])),
    "long title": ("points = 100", _clusters([[0.0, 0.0], [5.0, 1.0]])),
}


class _Watched(Watched, EMStep):
    pass


@pytest.fixture(scope="module", params=_EXPERIMENTS)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> _Watched:
    points, clusters = _EXPERIMENTS[request.param]
    title = "A title as long as anybody would want to write, and somewhat longer than that" * (request.param[0] == "l")
    folder = tmp_path_factory.mktemp("layout")
    path = folder / "experiment.toml"
    start = '[start]\nmeans = "k-means++"\ncovariances = "data"\n[fit]\nmax_steps = 12\n[film]\ndetailed_steps = 2\n'
    path.write_text(f'title = "{title or request.param}"\nseed = 2\n[data]\n{points}\n{clusters}\n{start}')
    with dry(path):
        film = _Watched(skip_animations=True)
        film.render()
    return film


def test_every_text_lies_inside_the_frame(film: _Watched) -> None:
    assert not outside(film.states)


def test_no_text_lies_over_another(film: _Watched) -> None:
    assert not overlaps(film.states)


def test_no_line_runs_through_a_text(film: _Watched) -> None:
    assert not film.crossings


def test_what_a_film_shows_is_part_of_its_cache_key(tmp_path: Path) -> None:
    keys = set()
    for theme in ("dark", "light"):
        for seed in (1, 2):
            path = tmp_path / "experiment.toml"
            path.write_text(f"seed = {seed}\n[data]\npoints = 50\n{_clusters([[0.0, 0.0], [5.0, 1.0]])}")
            with dry(path, theme):
                film = EMStep(skip_animations=True)
                film.setup()
                keys.add(vars(film.camera)["fingerprint"])
                assert Experiment.load(path).fingerprint() in vars(film.camera)["fingerprint"]
                assert code_fingerprint(EMStep) in vars(film.camera)["fingerprint"]
    assert len(keys) == 4
