"""Hills and hollows of the log-likelihood along a slice."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from support.cases import random_mixture

from em_model import CoordinateSlice, Mixture, log_likelihood, slope, terrain
from em_model.mixture import FloatArray

_GRID = np.linspace(-7.0, 7.0, 281)


def _line() -> CoordinateSlice:
    return CoordinateSlice(Mixture([0.5, 0.5], [[0.0], [0.3]], [[[1.0]], [[1.0]]]), 1, 0)


def _draws(*clusters: tuple[float, int]) -> FloatArray:
    rng = np.random.default_rng(1)
    return np.concatenate([rng.normal(mean, 1, count) for mean, count in clusters])[:, None]


@pytest.mark.parametrize("axis", [0, 1])
def test_the_slope_is_that_of_the_log_likelihood(axis: int) -> None:
    rng = np.random.default_rng(5)
    mixture, points = random_mixture(rng, 3, 2), rng.normal(size=(60, 2))
    line = CoordinateSlice(mixture, 1, axis)
    for position in (-1.0, 0.4, 2.0):
        step = 1e-5
        low, high = log_likelihood(points, line.at([position - step, position + step]))
        assert_allclose(slope(points, line, position), (high - low) / (2 * step), rtol=1e-6, atol=1e-6)


def test_two_groups_beside_the_known_one_make_two_hills_and_a_hollow() -> None:
    found = terrain(_draws((-3.2, 30), (0.0, 60), (3.0, 45)), _line(), _GRID)
    assert_allclose([hill.position for hill in found.hills], [-3.0, 3.0], atol=0.6)
    (hollow,) = found.hollows
    assert found.hills[0].position < hollow.position < found.hills[1].position
    assert hollow.log_likelihood < min(hill.log_likelihood for hill in found.hills) - 10
    assert found.highest is found.hills[1]
    assert found.nearest(-1.0) is found.hills[0]


def test_every_spot_is_level_and_no_place_on_a_finer_grid_is_higher_than_the_highest() -> None:
    points = _draws((-3.2, 30), (0.0, 60), (3.0, 45))
    found = terrain(points, _line(), _GRID)
    for spot in (*found.hills, *found.hollows):
        assert abs(slope(points, _line(), spot.position)) < 1e-8
        assert spot.log_likelihood == float(log_likelihood(points, _line().at(spot.position)))
    fine = log_likelihood(points, _line().at(np.linspace(-7, 7, 20_001)))
    assert fine.max() <= found.highest.log_likelihood + 1e-9


def test_one_group_beside_the_known_one_makes_one_hill_and_no_hollow() -> None:
    found = terrain(_draws((0.0, 60), (4.0, 40)), _line(), _GRID)
    assert len(found.hills) == 1
    assert found.hollows == ()


def test_a_curve_that_only_rises_has_no_hill() -> None:
    found = terrain(_draws((0.0, 40), (5.0, 60)), _line(), np.linspace(1.0, 4.0, 61))
    assert found.hills == ()
