"""The map of a turn is the model: its land, its rings, and the line whose profile stands in the slice panel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from support import EXPERIMENTS

from em_film.experiment import Dataset, Experiment
from em_film.page.layout import DATA
from em_film.page.theme import DARK, LIGHT
from em_film.panels.slice import SlicePanel
from em_film.panels.turn.map import CurveBeads, TurnPanel, shown_on
from em_film.panels.turn.run import TurnMap, TurnRun
from em_film.runs.fitted import fitted
from em_model import Data, Mixture, log_likelihood, lower_bound

_NAMES = ["three_clusters", "old_faithful", "one_dimension"]
_SHARES = (0.0, 0.4, 1.0)


@pytest.fixture(scope="module", params=_NAMES)
def land(request: pytest.FixtureRequest) -> TurnMap:
    experiment = Experiment.load(EXPERIMENTS / f"{request.param}.toml")
    dataset = Dataset.of(experiment)
    found = TurnRun(dataset.data, fitted(experiment, dataset)).turn_map(1, shown_on(DATA))
    assert found is not None
    return found


def test_the_land_and_the_rings_are_the_model_evaluated(land: TurnMap) -> None:
    picked = np.linspace(0, land.red.size - 1, 25).astype(int)
    mixtures = land.plane.at(land.places.reshape(-1, 2)[picked])
    assert_allclose(land.red.ravel()[picked], log_likelihood(land.run.data, mixtures), rtol=1e-10)
    wanted = lower_bound(land.run.statistics(land.step + 1), mixtures)
    assert_allclose(land.blue.ravel()[picked], wanted, rtol=1e-10)


def test_level_lines_are_evenly_apart_by_a_round_number_of_nats_from_that_of_theta(land: TurnMap) -> None:
    assert land.here in land.levels
    assert_allclose(np.diff(land.levels), land.interval, rtol=1e-6)
    assert f"{land.interval:.0e}"[0] in "125"


def test_the_line_ends_where_the_plane_does(land: TurnMap) -> None:
    for share in _SHARES:
        line, (left, right) = land.line(share), land.moment(share).profile.line.domain
        direction = land.plane.coordinates([1 - share, share])
        for end, limit in zip(line.ends, (left - (1 - share), right - (1 - share)), strict=True):
            if np.hypot(*end) < 99:
                assert_allclose(end, limit * direction, rtol=1e-6)


def test_drawn_level_lines_have_the_heights_they_stand_for(land: TurnMap) -> None:
    panel = TurnPanel(land, DARK, DATA)
    height = float(np.ptp(land.levels))
    number = int(np.flatnonzero(land.levels == land.here)[0])
    drawn = panel.plane.to_numbers(panel.levels[number].points[::4, :2])
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    assert len(drawn) > 20
    assert_allclose(log_likelihood(land.run.data, land.plane.at(drawn)), land.here, atol=0.01 * height)
    assert np.hypot(*drawn.T).min() < 0.05  # it passes through θ⁽ⁱ⁾


def test_the_widest_ring_lies_inside_the_level_line_of_theta(land: TurnMap) -> None:
    panel = TurnPanel(land, DARK, DATA)
    ring = panel.plane.to_numbers(panel.rings[0].points[::4, :2])
    ring = ring[np.isfinite(ring).all(axis=1)]
    climb = land.rings[-1] - land.here
    assert (log_likelihood(land.run.data, land.plane.at(ring)) > land.here - 0.01 * climb).all()


@pytest.mark.parametrize("share", _SHARES)
def test_the_beads_on_map_and_curve_are_the_same_places_and_heights(land: TurnMap, share: float) -> None:
    line = land.line(share)
    profile = land.moment(share).profile
    window = profile.window.high - profile.window.low
    assert len(line.positions) > 3
    on_map = log_likelihood(land.run.data, land.plane.at(line.crossings))
    near = (line.heights > profile.window.low) & (line.heights < profile.window.high)
    assert_allclose(on_map[near], line.heights[near], atol=0.02 * window)
    slice_panel = SlicePanel(DARK)
    beads = CurveBeads(land, slice_panel)
    beads.draw(share)
    drawn = np.array([bead.get_center()[:2] for bead in beads.beads.discs if len(bead.points)])
    numbers = slice_panel.plane(profile.window).to_numbers(drawn)
    red = np.interp(numbers[:, 0], profile.positions, profile.red)
    assert_allclose(numbers[:, 1], red, atol=1e-6 * window)
    assert set(np.round(numbers[:, 1], 6)) <= set(np.round(land.levels, 6))


def test_the_line_turns_from_the_last_step_to_the_next_about_theta(land: TurnMap) -> None:
    before, here, after = land.iterates
    for share, through in ((0.0, before), (1.0, after)):
        (x0, y0), (x1, y1) = land.line(share).ends
        for x, y in (here, through):
            assert abs((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) < 1e-6 * 200 * max(1.0, float(np.hypot(x, y)))


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_nothing_of_the_map_leaves_its_place(land: TurnMap, theme: object) -> None:
    panel = TurnPanel(land, theme, DATA)  # type: ignore[arg-type]
    for share in _SHARES:
        panel.draw(share)
        for part in panel.parts:
            points = part.get_all_points()
            points = points[np.isfinite(points).all(axis=1)]
            if part is panel.edge and not len(points):  # the plane goes on beyond the picture
                continue
            assert points[:, 0].min() >= DATA.left - 0.12
            assert points[:, 0].max() <= DATA.right + 0.12
            assert points[:, 1].min() >= DATA.bottom - 0.12
            assert points[:, 1].max() <= DATA.top + 0.12


def test_a_map_is_made_once_however_often_a_film_is_walked_through(land: TurnMap) -> None:
    run = land.run
    assert isinstance(run, TurnRun)
    assert run.turn_map(land.step, land.shown) is land


def test_a_map_that_was_made_before_is_read_and_that_of_other_data_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EM_FILM_CACHE", str(tmp_path))
    experiment = Experiment.load(EXPERIMENTS / "three_clusters.toml")
    dataset = Dataset.of(experiment)
    history, points = fitted(experiment, dataset), np.array(dataset.data.points)

    def made(data: Data) -> TurnMap:
        found = TurnRun(data, history).turn_map(1, shown_on(DATA))
        assert found is not None
        return found

    first = made(dataset.data)
    red, blue = first.red, first.blue
    computed: list[int] = []

    def red_of(run: TurnRun, mixtures: Mixture) -> np.ndarray:
        computed.append(mixtures.means.shape[0])
        return log_likelihood(run.data, mixtures)

    monkeypatch.setattr(TurnRun, "red", red_of)
    again = made(Data(points))
    assert np.array_equal(again.red, red)
    assert np.array_equal(again.blue, blue)
    assert not computed
    points[0, 0] += 1e-9
    assert not np.array_equal(made(Data(points)).red, red)
    assert computed
