"""What the benchmarks measure is there: the code as it stands, the stretch of film, the words that they change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from manim import tempconfig

import bench.again
from bench.__main__ import BENCHMARKS
from bench.copies import CUT, Copy
from bench.cut import FiveSeconds, OrdinaryFiveSeconds
from bench.growth import clusters
from scenes.em_step import EMStep

_WHERE = """
import bench, em_film, em_model, manim
from em_film import environment, places
for place in (bench.__file__, em_film.__file__, em_model.__file__, environment.cache_folder(), places.MANIM_CFG):
    print(place)
for place in (places.SCENES, places.ASSETS):
    print(place)
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("copy"), clusters(2, points=50))


def test_a_copy_runs_nothing_but_its_own_code(copy: Copy) -> None:
    said, cost = copy.run("-c", _WHERE)
    places = said.split()
    assert len(places) == 7
    assert all(Path(place).is_relative_to(copy.folder) for place in places), places
    assert cost.wall > 0
    assert cost.cpu > 0


def test_a_copys_film_has_the_experiment_it_was_given(copy: Copy) -> None:
    said, _ = copy.run("-m", "em_film", "check", "assets/experiments/three_clusters.toml")
    assert "A ring of clusters" in said


def test_a_change_stops_where_the_text_is_gone(copy: Copy) -> None:
    with pytest.raises(SystemExit, match="does not hold"):
        copy.change("manim.cfg", "not there", "")


@pytest.mark.parametrize("what", bench.again.CHANGES)
def test_what_is_changed_between_two_renders_is_there_once(what: str) -> None:
    file, old, new = bench.again.CHANGES[what]
    assert (Path(__file__).parent.parent / file).read_text(encoding="utf-8").count(old) == 1
    assert new != old


@pytest.mark.parametrize("components", [2, 8])
def test_the_cut_is_the_first_e_step_m_step_and_turn(
    components: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = tmp_path / "ring.toml"
    experiment.write_text(clusters(components, points=200, detailed=1), encoding="utf-8")
    monkeypatch.setenv("EM_EXPERIMENT", str(experiment))
    driven: list[tuple[int, str]] = []

    class Watched(EMStep):
        def next_section(self, name: str = "", *args: Any, **kwargs: Any) -> None:
            super().next_section(name, *args, **kwargs)
            self.part = name

        def drive(self, panels: Any, shown_at: Callable[[float], Any], *args: Any, **kwargs: Any) -> None:
            driven.append((self.renderer.num_plays, self.part))
            super().drive(panels, shown_at, *args, **kwargs)

    played(Watched, tmp_path)
    steps = [(play, part) for play, part in driven if part in {"E-step 1", "M-step 1", "turn 1"}]
    assert [part for _, part in steps] == ["E-step 1", "M-step 1", "turn 1", "turn 1"]
    assert (steps[0][0] - 1, steps[-1][0]) == CUT


@pytest.mark.parametrize("film", [FiveSeconds, OrdinaryFiveSeconds])
def test_five_seconds_are_five_seconds(film: type[EMStep], tmp_path: Path) -> None:
    assert played(film, tmp_path).time_shown == pytest.approx(5.0)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_has_a_module(name: str) -> None:
    assert "def main(quick: bool" in (Path(bench.__file__).parent / f"{name}.py").read_text(encoding="utf-8")


def played(film: type[EMStep], folder: Path) -> EMStep:
    """Play a film without drawing it."""
    quiet = {"dry_run": True, "verbosity": "ERROR", "progress_bar": "none", "media_dir": str(folder)}
    with tempconfig(quiet):
        scene = film(skip_animations=True)
        scene.render()
    return scene
