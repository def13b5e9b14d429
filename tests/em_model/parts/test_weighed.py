"""A sample that stands for all points: at every θ of their fit it has the ℓ they have, and nearly their sums."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.in_parts import START, three_clusters

from em_model import (
    Data,
    DataError,
    History,
    Mixture,
    e_step,
    entropy,
    fit,
    log_likelihood,
    lower_bound,
    responsibilities,
    statistics,
    weighed,
)
from em_model.mixture import FloatArray
from em_model.slices import StepSlice


@pytest.fixture(scope="module")
def everything() -> FloatArray:
    return three_clusters(60_000)


@pytest.fixture(scope="module")
def fitted(everything: FloatArray) -> History:
    return fit(everything, START, max_steps=8, tolerance=0)


@pytest.fixture(scope="module")
def sample(everything: FloatArray, fitted: History) -> Data:
    rows = np.random.default_rng(1).choice(len(everything), 20_000, replace=False)
    return weighed(everything[rows], Data(everything).moments, fitted)


def test_log_likelihood_at_every_iterate_is_that_of_all_points(sample: Data, fitted: History) -> None:
    found = log_likelihood(sample, fitted.mixtures)
    unweighed = log_likelihood(sample.points, fitted.mixtures) * 3
    assert_allclose(found, fitted.log_likelihoods, rtol=1e-7)
    assert np.abs(unweighed - fitted.log_likelihoods).min() > 50


def test_weights_are_positive_and_sum_to_all_points(sample: Data) -> None:
    assert sample.weights is not None
    assert sample.weights.min() > 0
    assert_allclose(sample.weights.sum(), 60_000, rtol=1e-9)
    assert sample.n_points == 60_000
    assert sample.n_rows == 20_000


def test_e_step_on_the_sample_is_nearly_that_on_all_points(sample: Data, fitted: History) -> None:
    found, ell = e_step(sample, fitted.start)
    assert_allclose(ell, fitted.log_likelihoods[0], rtol=1e-7)
    assert_allclose(found.counts, fitted.statistics[0].counts, rtol=3e-3)
    assert_allclose(found.means, fitted.statistics[0].means, atol=3e-3)


def test_red_touches_blue_of_all_points_and_lies_above_it_along_a_step(sample: Data, fitted: History) -> None:
    line = StepSlice.through(fitted.mixtures[1], fitted.mixtures[2])
    positions = np.linspace(-0.3, 1.5, 61)
    red, blue = log_likelihood(sample, line.at(positions)), lower_bound(fitted.statistics[1], line.at(positions))
    touch = lower_bound(fitted.statistics[1], fitted.mixtures[1])
    assert_allclose(log_likelihood(sample, fitted.mixtures[1]), touch, rtol=1e-7)
    assert ((red - blue) > -1e-3 * np.ptp(blue)).all()


def test_what_is_weighed_is_what_a_point_repeated_so_often_would_be(rng: np.random.Generator) -> None:
    points = three_clusters(40)
    weights = rng.integers(1, 5, 40)
    repeated = np.repeat(points, weights, axis=0)
    whole = Data(repeated)
    sample = Data(points, whole=whole.moments, weights=weights.astype(float))
    assert_allclose(log_likelihood(sample, START), log_likelihood(repeated, START), rtol=1e-13)
    (found, _), (expected, _) = e_step(sample, START), e_step(repeated, START)
    assert_allclose(found.counts, expected.counts, rtol=1e-12)
    assert_allclose(found.covariances, expected.covariances, rtol=1e-10)
    assert_allclose(found.entropy, expected.entropy, rtol=1e-10)
    posterior = responsibilities(points, START)
    own = statistics(sample, posterior)
    assert_allclose(own.means, expected.means, rtol=1e-11)
    assert_allclose(own.entropy, expected.entropy, rtol=1e-10)
    assert_allclose(entropy(posterior, sample.weights), expected.entropy, rtol=1e-10)
    fits = [fit(data, START, max_steps=5) for data in (sample, repeated)]
    assert fits[0].n_points == fits[1].n_points == len(repeated)
    assert_allclose(fits[0].log_likelihoods, fits[1].log_likelihoods, rtol=1e-12)


def test_all_points_there_are_need_no_weights(everything: FloatArray, fitted: History) -> None:
    found = weighed(everything, Data(everything).moments, fitted)
    assert found.weights is None
    assert_array_equal(found.points, everything)


@pytest.mark.parametrize("weights", [np.ones(3), -np.ones(4), np.full(4, np.nan)])
def test_weights_that_are_none_are_refused(weights: FloatArray) -> None:
    points = three_clusters(4)
    with pytest.raises(DataError, match=r"^weights go with the moments of a whole"):
        Data(points, whole=Data(points).moments, weights=weights)


def test_one_component_and_one_dimension_are_weighed_too() -> None:
    points = three_clusters(5000)[:, :1]
    start = Mixture([1.0], [[0.0]], [[[1.0]]])
    history = fit(points, start)
    sample = weighed(points[:1000], Data(points).moments, history)
    assert_allclose(log_likelihood(sample, history.mixtures), history.log_likelihoods, rtol=1e-9)
