"""The film of EM beside gradient ascent: its layout and its numbers for experiments of many kinds; one real render."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import Mobject
from numpy.testing import assert_allclose
from support.audit import Rendered, cut_out, frames, manim, render
from support.two_means import two_means_experiment
from support.watching import Watched, dry, outside, overlaps, played

from em_film.drawing.type import Type, words
from em_film.experiment import Experiment
from em_film.page.theme import DARK
from em_film.panels.landscape import comparison
from em_film.panels.landscape.basins import summit_colours
from em_film.panels.landscape.comparison import BASIN_METHODS, race_ends
from em_film.panels.landscape.methods import METHODS, method_dash
from em_film.panels.landscape.pace import race_chart
from em_film.panels.landscape.pair import LEFT_MAP, RIGHT_MAP
from em_film.panels.landscape.race import RacePanel
from em_film.panels.landscape.run import MapRun
from em_model import log_likelihood, lower_bound
from em_model.ascent.methods import Method
from scenes.em_and_gradient import EMAndGradient

_KINDS: dict[str, dict[str, object]] = {
    "four summits": {},
    "unlike weights, a far start": {"weight": 0.7, "start": (30.0, 40.0)},
    "one hill, far from the origin": {"means": (1e6,), "spread": 1.0, "start": (1e6 - 1, 1e6 + 2)},
    "from the ridge, a step too long": {"start": (1.0, 1.0), "step": 40.0},
    "tiny": {"means": (-4e-6, 3e-6), "spread": 4e-7, "start": (1.5e-6, 1e-6), "variance": 1e-12, "step": 1e-12},
}


class _Watched(Watched, EMAndGradient):
    """Notes what is said, and for how long."""

    def setup(self) -> None:
        super().setup()
        self.captions: list[tuple[str, float]] = []
        self.turned_to: list[str] = []

    def turn_to(self, section: str, *coming: Mobject) -> None:
        super().turn_to(section, *coming)
        self.turned_to.append(self._caption)

    def add_subcaption(self, content: str, duration: float = 1, offset: float = 0) -> None:
        self.captions.append((content, duration))


@pytest.fixture(scope="module", params=_KINDS)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> _Watched:
    path = two_means_experiment(tmp_path_factory.mktemp("layout"), **_KINDS[request.param])  # type: ignore[arg-type]
    return played(_Watched, path, "light" if "unlike" in request.param else "dark")


def test_every_text_lies_inside_the_frame(film: _Watched) -> None:
    assert not outside(film.states)


def test_no_text_lies_over_another(film: _Watched) -> None:
    assert not overlaps(film.states)


def test_no_line_runs_through_a_text(film: _Watched) -> None:
    on_the_map = film.map.page
    for crossing in film.crossings:  # but on the map, where level lines are everywhere and θ has a ground of its own
        left, bottom, right, top = (float(number) for number in re.findall(r"=(-?[\d.]+)", crossing))
        assert on_the_map.left < left < right < on_the_map.right, crossing
        assert on_the_map.bottom < bottom < top < on_the_map.top, crossing
        assert crossing.startswith("state 4"), crossing


def test_every_sentence_stands_long_enough_to_be_read_and_the_film_is_neither_short_nor_long(film: _Watched) -> None:
    assert len(film.captions) > 12
    for caption, duration in film.captions:
        assert duration >= 0.3 * len(re.findall(r"\S*\w\S*", caption)), caption
    assert 60 <= film.time_shown <= 105


def test_no_sentence_stands_before_the_picture_of_the_next_section(film: _Watched) -> None:
    assert len(film.turned_to) == 5
    assert not any(film.turned_to)


def test_axes_are_named_as_the_data_are_with_their_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = two_means_experiment(tmp_path)
    head, tail = path.read_text().split("[data]")
    rows = "\n".join(f"{value:.2f}" for value in np.random.default_rng(1).normal([2.0, 4.5], 0.4, (40, 2)).ravel())
    (tmp_path / "geyser.csv").write_text(f"eruptions (min)\n{rows}\n")
    path.write_text(f'{head}[data]\ncsv = "geyser.csv"\n[start]{tail.partition("[start]")[2]}')
    said: list[str] = []

    def note(text: str, **setting: Any) -> Type:
        said.append(text)
        return words(text, **setting)

    for module in ("map", "densities"):
        monkeypatch.setattr(f"em_film.panels.landscape.{module}.words", note)
    with dry(path):
        EMAndGradient(skip_animations=True).show_map()
    assert said.count("eruptions (min)") == 3  # across and up the map, and under the densities


def test_summits_are_drawn_where_the_gradient_vanishes(film: _Watched) -> None:
    assert len(film.prepared.maxima) == len(film.map.summits)
    for disc, summit in zip(film.map.summits, film.prepared.maxima, strict=True):
        at = film.map.plane.to_numbers(disc.get_center()[:2])
        assert_allclose(at, summit.vector, rtol=0, atol=1e-9 * max(1.0, np.abs(summit.vector).max()))


def test_level_lines_join_points_of_their_height(film: _Watched) -> None:
    land = film.prepared.landscape
    heights = film.map.contours.heights
    height = float(np.quantile(heights, 0.6))
    line = film.map.contours.level(height)
    places = film.map.plane.to_numbers(line[np.isfinite(line).all(axis=1)])
    found = log_likelihood(land.data, land.coordinates.mixture(places))
    assert len(places) > 10
    assert np.abs(found - height).max() < 2e-3 * float(np.ptp(heights))


def _no_ends(film: _Watched) -> dict[Method, float]:
    return {method: float(climb.passes[-1]) for method, climb in film.prepared.climbs.items()}


def test_counts_in_the_race_stop_where_their_curves_end(film: _Watched) -> None:
    prepared = film.prepared
    ends = race_ends(prepared.climbs, prepared.landscape, prepared.maxima)
    race = RacePanel(film.map, prepared.climbs, ends, film.theme, film.map.page)
    chart = race_chart(prepared.climbs, ends, prepared.landscape, prepared.maxima, film.theme, film.map.page)
    race.draw(race.last)
    for method, number in zip(prepared.climbs, race.counts.submobjects[::2], strict=True):
        assert number.text == f"{np.floor(ends[method]):.0f}"
        assert chart.series[method][0][-1] == ends[method]


def test_methods_are_told_apart_by_their_dashes(film: _Watched) -> None:
    assert len({method_dash(method) for method in METHODS}) == len(METHODS)


def test_lower_summits_are_hollow(film: _Watched) -> None:
    best = max((summit.log_likelihood for summit in film.prepared.maxima), default=0.0)
    for disc, summit in zip(film.map.summits, film.prepared.maxima, strict=True):
        filled = disc.get_fill_color().to_hex().upper() == film.theme.red
        assert filled == (best - summit.log_likelihood <= 1e-6 * abs(best))


def test_paths_end_where_the_climbs_end(film: _Watched) -> None:
    race = RacePanel(film.map, film.prepared.climbs, _no_ends(film), film.theme, film.map.page)
    race.draw(race.last)
    plane, land = film.map.plane, film.prepared.landscape
    within = 1e-6 * (land.high - land.low)
    for method, climb in film.prepared.climbs.items():
        end = climb.final.means[:, 0]
        if ((land.low < end) & (end < land.high)).all():
            drawn = [race.heads[method].get_center()]
            if method_dash(method) is None:  # the end of a dashed line may lie between two dashes
                drawn.append(race.lines[method].points[-1])
            for spot in drawn:
                assert_allclose(plane.to_numbers(spot[:2]), end, rtol=0, atol=within, err_msg=method)
        else:
            assert not len(race.heads[method].points), method


@pytest.fixture(scope="module")
def on_the_map(tmp_path_factory: pytest.TempPathFactory) -> EMAndGradient:
    path = two_means_experiment(tmp_path_factory.mktemp("map"))
    with dry(path):
        film = EMAndGradient(skip_animations=True)
        film.show_map()
    return film


def test_rings_are_level_sets_of_the_bound_and_the_widest_passes_through_theta(on_the_map: EMAndGradient) -> None:
    run, history = MapRun(on_the_map.prepared.run), on_the_map.prepared.run.history
    coordinates = on_the_map.prepared.landscape.coordinates
    circle = np.stack([np.cos(np.linspace(0, 6.28, 30)), np.sin(np.linspace(0, 6.28, 30))], axis=1)
    for step in (1, 2):
        shown = run.e_step(step, 1.0)
        touch = float(history.log_likelihoods[step - 1])
        ring = shown.top + shown.rings[0] * circle
        found = lower_bound(history.statistics[step - 1], coordinates.mixture(ring))
        assert_allclose(found, touch, rtol=1e-10)
        assert_allclose(np.square((shown.here - shown.top) / shown.rings[0]).sum(), 1.0, rtol=1e-8)
        assert_allclose(shown.top, history.mixtures.means[step, :, 0], rtol=1e-10)
        after = run.m_step(step, 1.0)
        assert_allclose(after.here, after.top, rtol=1e-10)


def test_before_the_e_step_the_bound_is_nowhere_as_high_as_the_likelihood_at_theta(
    on_the_map: EMAndGradient,
) -> None:
    run = MapRun(on_the_map.prepared.run)
    assert np.isnan(run.e_step(2, 0.0).rings).all()
    sizes = [np.nan_to_num(run.e_step(2, share).rings[0]).prod() for share in np.linspace(0, 1, 21)]
    assert (np.diff(sizes) >= 0).all()
    assert sizes[-1] > 0


def test_the_other_experiments_are_part_of_the_cache_key(tmp_path: Path) -> None:
    keys = set()
    for title in ("one", "two"):
        path = two_means_experiment(tmp_path)
        close = tmp_path / "close.toml"
        close.write_text(close.read_text().replace("Clusters close", title))
        with dry(path):
            film = EMAndGradient(skip_animations=True)
            film.setup()
            keys.add(vars(film.camera)["fingerprint"])
    assert len(keys) == 2


def test_heavy_runs_are_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = two_means_experiment(tmp_path)
    monkeypatch.setenv("EM_FILM_CACHE", str(tmp_path / "cache"))
    with dry(path):
        EMAndGradient(skip_animations=True)
        assert len(list((tmp_path / "cache" / "runs").glob("*.npz"))) == 2

        def fail(*args: object, **kwargs: object) -> None:
            raise AssertionError("computed again")

        monkeypatch.setattr("em_film.panels.landscape.comparison.ascend_from_starts", fail)
        monkeypatch.setattr("em_film.panels.landscape.comparison.ends", fail)
        EMAndGradient(skip_animations=True)


def test_of_many_points_fewer_random_starts_are_climbed_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_means_experiment(tmp_path)
    close = Experiment.load(tmp_path / "close.toml")  # 60 points, two components, 30 passes
    monkeypatch.setattr(comparison, "_WORK", 60 * 2 * 30 * 12)
    assert comparison.random_starts_of(close, 40, tmp_path).log_likelihoods.shape == (4, 12)
    assert comparison.random_starts_of(close, 11, tmp_path).log_likelihoods.shape == (4, 11)
    monkeypatch.setattr(comparison, "_WORK", 1)
    assert comparison.random_starts_of(close, 40, tmp_path).log_likelihoods.shape == (4, 10)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """The film with every play cut to a beat, so that all of it passes by in a few seconds."""
    folder = tmp_path_factory.mktemp("film")
    hurry = (
        "import em_film.film.film as f; f._READING = 0; play = f.Film.play; "
        "f.Film.play = lambda self, *a, **k: play(self, *a, **(k | {'run_time': 0.2}))"
    )
    return render("em_and_gradient", folder, two_means_experiment(folder).read_text(), patch=hurry)


def test_sections_are_named_by_what_they_show(rendered: Rendered) -> None:
    names = [section["name"] for section in rendered.sections]
    assert names == ["title", "landscape", "summits", "bowl", "race", "basins", "pace", "random starts", "end"]
    assert EMAndGradient.poster in names


def test_basins_cover_as_much_of_the_picture_as_their_share_of_the_starts(
    rendered: Rendered, on_the_map: EMAndGradient
) -> None:
    begin, end = rendered.ends_of("race")[0], rendered.ends_of("basins")[0]
    colours = summit_colours(on_the_map.prepared.maxima, DARK)
    for method, page in zip(BASIN_METHODS, (LEFT_MAP, RIGHT_MAP), strict=True):
        reached = on_the_map.prepared.basins.reached[method]
        shares = np.array([(reached == summit).mean() for summit in range(4)])
        seen = np.zeros(4)
        for moment, picture in frames(rendered.film):
            if begin <= moment <= end + 0.1:  # hurried as it is, the page is whole when the next section begins
                panel = cut_out(picture, page) / 255.0
                seen = np.maximum(seen, [(np.abs(panel - colour) < 0.06).all(axis=2).mean() for colour in colours])
        assert_allclose(seen / seen.sum(), shares / shares.sum(), atol=0.05)
        assert seen.sum() > 0.6  # level lines and summits take the rest


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("covariances = true }", "covariances = false }", "fit.known"),
        ('paces = ["apart.toml", ', "paces = [", "ascent.paces"),
        ('crowd = "close.toml"', 'crowd = "nowhere.toml"', "ascent.crowd: "),
        ("means = [1.5, 1.0]\n", "means = [1.5, 1.0, 2.0]\n", "start.weights"),
    ],
)
def test_what_the_film_cannot_show_is_one_line_and_status_2(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = two_means_experiment(tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    done = manim("em_and_gradient", ["-s", "--media_dir", str(tmp_path / "media")], path)
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line]
    assert told in line
