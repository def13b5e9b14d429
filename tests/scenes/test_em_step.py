"""The main film's layout, for experiments of every kind, in the state in which each section ends."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from support import ROOT
from support.experiments import EXPERIMENTS, clusters
from support.watching import Watched, dry, outside, overlaps, played

from em_film.experiment.experiment import Experiment
from em_film.film.cache import code_fingerprint
from em_film.page.layout import MAP
from em_film.panels.turn.map import shown_on
from em_model.shapes import counts_of_parameters
from scenes.em_step import EMStep


class _Watched(Watched, EMStep):
    pass


@pytest.fixture(scope="module", params=EXPERIMENTS)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> _Watched:
    points, drawn_from = EXPERIMENTS[request.param]
    title = "A title as long as anybody would want to write, and somewhat longer than that" * (request.param[0] == "l")
    folder = tmp_path_factory.mktemp("layout")
    path = folder / "experiment.toml"
    start = '[start]\nmeans = "k-means++"\ncovariances = "data"\n[fit]\nmax_steps = 12\n[film]\ndetailed_steps = 2\n'
    path.write_text(f'title = "{title or request.param}"\nseed = 2\n[data]\n{points}\n{drawn_from}\n{start}')
    return played(_Watched, path)


def test_every_text_lies_inside_the_frame(film: _Watched) -> None:
    assert not outside(film.states)


def test_no_text_lies_over_another(film: _Watched) -> None:
    assert not overlaps(film.states)


def test_no_line_runs_through_a_text(film: _Watched) -> None:
    assert not film.crossings


def test_no_text_is_cut(film: _Watched) -> None:
    assert not film.cut


@pytest.mark.parametrize("name", ["three_clusters", "old_faithful", "poor_start"])
def test_no_text_of_a_film_in_the_gallery_is_cut(name: str) -> None:
    assert not played(_Watched, ROOT / f"assets/experiments/{name}.toml").cut


def test_what_a_film_shows_is_part_of_its_cache_key(tmp_path: Path) -> None:
    keys = set()
    for theme in ("dark", "light"):
        for seed in (1, 2):
            path = tmp_path / "experiment.toml"
            path.write_text(f"seed = {seed}\n[data]\npoints = 50\n{clusters([[0.0, 0.0], [5.0, 1.0]])}")
            with dry(path, theme):
                film = EMStep(skip_animations=True)
                film.setup()
                keys.add(vars(film.camera)["fingerprint"])
                assert Experiment.load(path).fingerprint() in vars(film.camera)["fingerprint"]
                assert code_fingerprint(EMStep) in vars(film.camera)["fingerprint"]
    assert len(keys) == 4


_ONE = f"[data]\npoints = 50\n{clusters([[0.0, 0.0]])}[fit]\nmax_steps = 3\ntolerance = 0\n"
_SAME_WAY = """\
[data]
csv = "even.csv"
[start]
means = [-0.5, 0.5]
covariances = 1.0
weights = [0.5, 0.5]
[fit]
known = { weights = true, covariances = true }
"""
_ANOTHER_WAY = f"[data]\npoints = 50\n{clusters([[0.0, 0.0], [3.0, 1.0]])}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (_ONE, "The next step gains less than 0.001 nats."),
        (_SAME_WAY, "The next step goes on along the same line."),
        (_ANOTHER_WAY, "The next step leads elsewhere: the line turns about θ⁽¹⁾."),
    ],
)
def test_a_turn_is_told_and_mapped_only_where_the_next_step_leads_another_way(
    text: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "even.csv").write_text("x\n-3\n-2\n-1\n1\n2\n3\n")
    path = tmp_path / "experiment.toml"
    path.write_text(text)
    film = played(EMStep, path)
    assert (film.run.turn_map(1, shown_on(MAP)) is not None) == ("elsewhere" in told)
    assert f"{told}\n" in "".join(f"{caption.content}\n" for caption in film.renderer.file_writer.subcaptions)


_THREE = clusters([[0.0, 0.0], [4.0, 1.0], [1.0, 5.0]])
_OVERLAPPING = f"[data]\npoints = 200\n{clusters([[0.0, 0.0], [1.5, 0.0]])}[fit]\nmax_steps = 60\n"
_PRIOR = f'[data]\npoints = 80\n{_THREE}[fit]\nprior = "weak"\n'
_STOPPED = f"[data]\npoints = 80\n{_THREE}[fit]\nmax_steps = 3\n"


@pytest.mark.parametrize("text", [_ONE, _ANOTHER_WAY, _OVERLAPPING, _PRIOR, _STOPPED])
def test_what_is_said_of_gains_is_what_the_fit_gained(text: str, tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(text)
    with dry(path):
        film = EMStep(skip_animations=True)
        film.run, film.outcome = film.prepared
    run = film.run
    numbers = [float(n) for n in re.findall(r"[\d.]*\d", film.risen(run.m_step(1, 0.0), run.m_step(1, 1.0)))]
    more, blue, gap = numbers
    assert blue + gap == pytest.approx(more, abs=1e-9)
    after = run.m_step(1, 1.0)
    assert gap == pytest.approx(after.gap, abs=0.5 * 10 ** -run.gap_places(1) + 0.05 * after.gap)
    for first in range(1, run.n_steps + 1):
        gains, told = np.diff(run.history.objectives[first - 1 :]), film.shrinking(first)
        assert ("Each gains less" in told) == (len(gains) > 1 and bool((np.diff(gains) < 0).all()))
        assert (told == "") == (len(gains) == 1)
        if told and gains[-1] < 1e-3:
            assert f"nats in step {first}, under 0.001 at last." in told


def test_the_start_says_what_it_is_made_of_and_how_many_numbers_that_are(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(f"[data]\npoints = 60\n{_THREE}[fit]\nmax_steps = 2\n")
    film = played(EMStep, path)
    said = "\n".join(caption.content for caption in film.renderer.file_writer.subcaptions)
    assert "Guess three Gaussians." in said
    assert "θ is 17 numbers" in said
    assert counts_of_parameters(film.run.history.start) == (2, 6, 9)  # which stand under the symbols of θ
    assert "KL(q ‖ posterior)" in said


def test_with_a_prior_no_sentence_runs_into_the_step_and_what_is_climbed(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(f"seed = 3\n{_PRIOR}max_steps = 4\n")
    film = played(_Watched, path)
    assert not overlaps(film.states)


def test_where_the_fit_began_is_seen_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text(_STOPPED)
    film = played(EMStep, path)
    assert film.slice_panel.past_dot in film.mobjects
    assert film.slice_panel.past_dot.get_fill_opacity() == 1.0
