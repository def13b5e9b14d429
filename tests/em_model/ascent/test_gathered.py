"""Many points on a line as a few that stand for them."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from em_model import Coordinates, Data, Known, Mixture, log_likelihood
from em_model.ascent.gathered import gathered
from em_model.ascent.landscape import Landscape, ends

_MIXTURE = Mixture([0.5, 0.5], [[-1.0], [2.0]], [[[1.0]], [[1.0]]])


def _data(count: int) -> Data:
    rng = np.random.default_rng(5)
    return Data(rng.choice([-4.0, 0.0, 3.5], count, p=[0.28, 0.46, 0.26])[:, None] + 0.35 * rng.normal(size=(count, 1)))


def test_the_landscape_of_50000_points_is_that_of_under_a_thousand_to_a_thousandth_of_a_nat() -> None:
    data = _data(50_000)
    few = gathered(data, 0.02)
    assert few.n_rows < 1000
    assert few.n_points == data.n_points
    for means in np.random.default_rng(1).uniform(-5, 5, (10, 2, 1)):
        mixture = Mixture(_MIXTURE.weights, means, _MIXTURE.covariances)
        assert_allclose(log_likelihood(few, mixture), log_likelihood(data, mixture), rtol=0, atol=1e-3)


def test_climbs_from_a_grid_end_where_those_over_all_points_do() -> None:
    data = _data(20_000)
    found = []
    for points in (data, gathered(data, 0.02)):
        land = Landscape(points, Coordinates(_MIXTURE, Known(weights=True, covariances=True)), -6.0, 6.0)
        starts = land.grid(5).reshape(-1, 2)
        found += [ends(land, starts, "EM", step=1.0, tolerance=1e-9, max_passes=100).vectors]
    assert_allclose(found[1], found[0], atol=1e-4)


def test_few_points_those_of_more_columns_and_those_weighed_stay_as_they_are() -> None:
    few, flat = _data(200), Data(np.zeros((9000, 2)) + np.arange(9000)[:, None] % 3)
    assert gathered(few, 0.02) is few
    assert gathered(flat, 0.02) is flat
    weighed = gathered(_data(20_000), 0.02)
    assert gathered(weighed, 1.0) is weighed
