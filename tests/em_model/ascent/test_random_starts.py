"""Many starts, every method."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from em_model import METHODS, Data, Mixture, ascend
from em_model.ascent.random_starts import RandomStarts, ascend_from_starts
from em_model.mixture import FloatArray
from em_model.starts import start


@pytest.fixture(scope="module")
def starts(points: FloatArray) -> list[Mixture]:
    return [start(points, 3, covariances="data", rng=np.random.default_rng(seed)) for seed in range(4)]


def test_every_row_is_what_the_method_does_from_each_start(points: FloatArray, starts: list[Mixture]) -> None:
    data = Data(points)
    found = ascend_from_starts(data, starts, step=0.3, max_passes=60, tolerance=1e-6)
    assert found.log_likelihoods.shape == found.passes.shape == found.converged.shape == (4, 4)
    for method in METHODS:
        for column, begin in enumerate(starts):
            end = ascend(data, begin, method, step=0.3, max_passes=60, tolerance=1e-6)
            row = found.row(method)
            assert_allclose(found.log_likelihoods[row, column], end.log_likelihoods[-1])
            assert found.passes[row, column] == end.passes[-1]
            assert found.converged[row, column] == (end.outcome == "converged")
            assert found.collapsed[row, column] == (end.outcome == "collapsed")


def test_shares_count_the_starts_within_reach_of_the_best_that_did_not_collapse() -> None:
    heights = np.array([[-1.0, -1.05, -9.0, -1.0], [-1.2, -2.0, -3.0, -4.0], [5.0, -1.0, -1.0, -1.0], [-1.0] * 4])
    collapsed = np.zeros((4, 4), dtype=bool)
    collapsed[2, 0] = True
    found = RandomStarts(heights, np.ones((4, 4)), ~collapsed, collapsed)
    assert found.best == -1.0
    assert_array_equal(found.shares(0.1), [0.75, 0.0, 0.75, 1.0])
    assert np.isnan(RandomStarts(heights, heights, collapsed, np.ones((4, 4), dtype=bool)).best)
