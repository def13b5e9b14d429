"""Maxima and minima of the log-likelihood along a slice."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from support.cases import random_mixture

from em_model import CoordinateSlice, Mixture, extrema, log_likelihood, slope
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


def test_two_groups_beside_the_known_one_make_two_maxima_and_a_minimum() -> None:
    found = extrema(_draws((-3.2, 30), (0.0, 60), (3.0, 45)), _line(), _GRID)
    assert_allclose([maximum.position for maximum in found.maxima], [-3.0, 3.0], atol=0.6)
    (minimum,) = found.minima
    assert found.maxima[0].position < minimum.position < found.maxima[1].position
    assert minimum.log_likelihood < min(maximum.log_likelihood for maximum in found.maxima) - 10
    assert found.highest is found.maxima[1]
    assert found.nearest(-1.0) is found.maxima[0]


def test_every_spot_is_level_and_no_place_on_a_finer_grid_is_higher_than_the_highest() -> None:
    points = _draws((-3.2, 30), (0.0, 60), (3.0, 45))
    found = extrema(points, _line(), _GRID)
    for spot in (*found.maxima, *found.minima):
        assert abs(slope(points, _line(), spot.position)) < 1e-8
        assert spot.log_likelihood == float(log_likelihood(points, _line().at(spot.position)))
    fine = log_likelihood(points, _line().at(np.linspace(-7, 7, 20_001)))
    assert fine.max() <= found.highest.log_likelihood + 1e-9


def test_one_group_beside_the_known_one_makes_one_maximum_and_no_minimum() -> None:
    found = extrema(_draws((0.0, 60), (4.0, 40)), _line(), _GRID)
    assert len(found.maxima) == 1
    assert found.minima == ()


def test_a_curve_that_only_rises_has_no_maximum() -> None:
    found = extrema(_draws((0.0, 40), (5.0, 60)), _line(), np.linspace(1.0, 4.0, 61))
    assert found.maxima == ()
