"""Other starts: the same ends as one fit after the other, counted and grouped."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.cases import random_mixture

from em_model import (
    CollapseError,
    Known,
    Mixture,
    OtherStarts,
    Prior,
    Shape,
    fit,
    log_likelihood,
    other_starts,
    start,
)
from em_model.mixture import FloatArray


@pytest.fixture(scope="module")
def clusters() -> FloatArray:
    rng = np.random.default_rng(4)
    truth = Mixture(np.full(4, 0.25), [[0, 0], [9, 0], [0, 9], [9, 9.5]], np.stack([0.6 * np.eye(2)] * 4))
    return truth.sample(400, rng)[0]


def test_counts_add_up_and_the_best_is_the_highest(clusters: FloatArray) -> None:
    poor = Mixture(np.full(4, 0.25), [[-0.5, 0], [0.5, 0], [0, 9], [9, 5]], np.stack([np.eye(2)] * 4))
    history = fit(clusters, poor, max_steps=1000)
    found = other_starts(clusters, history)
    assert found.count == 50
    assert found.same + found.lower + found.higher + found.collapsed == 50
    assert found.higher > 0
    assert found.best is not None
    assert_allclose(float(log_likelihood(clusters, found.best)), np.nanmax(found.ends), rtol=1e-7)
    assert found.more == pytest.approx(np.nanmax(found.ends) - found.reached)
    assert sum(count for _, count in found.groups) == 50 - found.collapsed
    assert [height for height, _ in found.groups] == sorted((height for height, _ in found.groups), reverse=True)
    again = other_starts(clusters, history)
    assert_array_equal(again.ends, found.ends)
    assert not np.array_equal(other_starts(clusters, history, rng=1).ends, found.ends)
    best = fit(clusters, found.best)
    assert other_starts(clusters, best).higher == 0
    assert other_starts(clusters, best).more == 0.0


@pytest.mark.parametrize("shape", ["full", "tied", "diag", "spherical"])
def test_every_end_is_that_of_a_fit_of_its_own(clusters: FloatArray, shape: Shape) -> None:
    """The batch climbs as `fit` does, whatever the shape, with a prior and without."""
    begin = start(clusters, 2, covariances="data", shape=shape, rng=0)
    for prior in (None, Prior.weak(clusters, 2)):
        history = fit(clusters, begin, shape=shape, prior=prior, max_steps=3000, tolerance=1e-8)
        found = other_starts(clusters, history, count=6, rng=9, max_steps=3000)
        rng = np.random.default_rng(9)
        for number, height in enumerate(found.ends):
            means = "k-means++" if number % 2 else "sample"
            one = start(clusters, 2, means=means, covariances="data", shape=shape, rng=rng)
            alone = fit(clusters, one, shape=shape, prior=prior, max_steps=3000, tolerance=1e-8)
            assert_allclose(height, alone.objectives[-1], rtol=1e-9)


def test_collapses_are_counted_and_no_height_is_taken_from_them() -> None:
    rng = np.random.default_rng(11)
    points = np.round(rng.standard_normal((14, 2)), 1)
    begin = start(points, 4, covariances="data", rng=3)
    try:
        history = fit(points, begin, max_steps=400)
    except CollapseError as error:
        history = error.history
    found = other_starts(points, history)
    assert found.collapsed > 5
    assert np.isnan(found.ends).sum() == found.collapsed
    assert np.isnan(found.reached) == (history.outcome == "collapsed")
    kept = other_starts(points, fit(points, begin, prior=Prior.weak(points, 4)))
    assert kept.collapsed == 0


def test_known_parameters_stay_known(clusters: FloatArray) -> None:
    known = Known(weights=True, covariances=True, means=(0,))
    begin = Mixture([0.3, 0.7], [[0.0, 0.0], [2.0, 2.0]], np.stack([np.eye(2), 2 * np.eye(2)]))
    found = other_starts(clusters, fit(clusters, begin, known=known), known=known)
    assert found.best is not None
    assert_array_equal(found.best.means[0], begin.means[0])
    assert_array_equal(found.best.covariances, begin.covariances)
    assert_array_equal(found.best.weights, begin.weights)


def test_one_gaussian_ends_in_one_place(rng: np.random.Generator) -> None:
    points = rng.standard_normal((50, 2))
    found = other_starts(points, fit(points, start(points, 1, rng=0)))
    assert (found.same, found.groups) == (50, ((pytest.approx(found.reached), 50),))


def test_fifty_starts_of_a_thousand_points_take_about_a_second_and_a_million_not_much_more() -> None:
    rng = np.random.default_rng(0)
    many = random_mixture(rng, 3, 2).sample(10**6, rng)[0]
    for points, longest in ((many[:1000], 8.0), (many, 20.0)):  # on a busy machine
        history = fit(points, start(points, 3, covariances="data", rng=0), max_steps=3)
        begun = time.perf_counter()
        found = other_starts(points, history)
        assert time.perf_counter() - begun < longest
        assert isinstance(found, OtherStarts)
        assert found.scale == pytest.approx(len(points) / min(len(points), 20_000))
