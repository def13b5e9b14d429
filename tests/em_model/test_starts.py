from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chisquare

from em_model import DataError, EMError, Mixture, MixtureError, k_means_plus_plus, sampled_means, start
from em_model.mixture import FloatArray

CHOOSERS = (sampled_means, k_means_plus_plus)


def rng_of(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("means", ["sample", "k-means++"])
@pytest.mark.parametrize("covariances", ["identity", "data"])
def test_same_seed_gives_the_same_start(means: Any, covariances: Any, points: FloatArray) -> None:
    one, other = (start(points, 3, means=means, covariances=covariances, rng=rng_of(8)) for _ in range(2))
    for name in ("weights", "means", "covariances"):
        assert_array_equal(getattr(one, name), getattr(other, name))
    different = start(points, 3, means=means, covariances=covariances, rng=rng_of(9))
    assert not np.array_equal(one.means, different.means)


@pytest.mark.parametrize("choose", CHOOSERS)
def test_means_are_distinct_points_of_the_data(choose: Any, rng: np.random.Generator) -> None:
    points = rng.integers(0, 3, (40, 2)).astype(float)
    for seed in range(50):
        means = choose(points, 6, rng_of(seed))
        assert len(np.unique(means, axis=0)) == 6
        assert (points[:, None] == means).all(axis=2).any(axis=0).all()


@pytest.mark.parametrize("choose", CHOOSERS)
def test_as_many_components_as_distinct_points_take_them_all(choose: Any) -> None:
    points = np.repeat([[0.0], [1.0], [5.0]], [50, 1, 3], axis=0)
    for seed in range(20):
        assert_array_equal(np.sort(choose(points, 3, rng_of(seed)), axis=0), [[0], [1], [5]])


@pytest.mark.parametrize("choose", CHOOSERS)
def test_fewer_distinct_points_than_components_are_refused(choose: Any) -> None:
    with pytest.raises(DataError, match="only 2 distinct points for 3 components"):
        choose(np.repeat([[0.0], [1.0]], 5, axis=0), 3, rng_of(0))


def test_sampled_means_take_every_point_as_often() -> None:
    points = np.arange(5.0)[:, None]
    rng = rng_of(3)
    chosen = np.array([sampled_means(points, 2, rng)[:, 0] for _ in range(4000)])
    pairs = np.bincount((5 * chosen[:, 0] + chosen[:, 1]).astype(int), minlength=25).reshape(5, 5)
    assert np.trace(pairs) == 0
    assert chisquare(pairs[~np.eye(5, dtype=bool)]).pvalue > 1e-3


def test_k_means_plus_plus_chooses_with_probability_of_the_squared_distance() -> None:
    # On 0, 1, 3 the first is any of three; after 0 the others weigh 1 : 9, after 1 they weigh 1 : 4, after 3, 9 : 4.
    points = np.array([[0.0], [1.0], [3.0]])
    rng = rng_of(2007)
    n_draws = 6000
    chosen = np.array([k_means_plus_plus(points, 2, rng)[:, 0] for _ in range(n_draws)])
    odds = {(0, 1): 1 / 10, (0, 3): 9 / 10, (1, 0): 1 / 5, (1, 3): 4 / 5, (3, 0): 9 / 13, (3, 1): 4 / 13}
    seen = [int((chosen == pair).all(axis=1).sum()) for pair in odds]
    assert chisquare(seen, n_draws / 3 * np.array(list(odds.values()))).pvalue > 1e-3


def test_k_means_plus_plus_weighs_by_the_nearest_of_those_chosen() -> None:
    # Of 0, 1, 10, 12: once 0 and 10 are chosen, 1 weighs 1 and 12 weighs 4.
    points = np.array([[0.0], [1.0], [10.0], [12.0]])
    rng = rng_of(5)
    thirds = [m[2, 0] for m in (k_means_plus_plus(points, 3, rng) for _ in range(4000))
              if {m[0, 0], m[1, 0]} == {0.0, 10.0}]  # fmt: skip
    assert len(thirds) > 500
    assert chisquare([thirds.count(1.0), thirds.count(12.0)], len(thirds) * np.array([0.2, 0.8])).pvalue > 1e-3


def test_chunks_do_not_change_what_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    points = rng_of(0).standard_normal((5000, 2))
    whole = k_means_plus_plus(points, 4, rng_of(1))
    monkeypatch.setattr("em_model.data._CACHE_BYTES", 1)
    assert_array_equal(k_means_plus_plus(points, 4, rng_of(1)), whole)


def test_start_has_equal_weights_and_unit_covariances_unless_given(points: FloatArray) -> None:
    begin = start(points, 4, rng=rng_of(0))
    assert_allclose(begin.weights, 0.25)
    assert_array_equal(begin.covariances, np.stack([np.eye(2)] * 4))


def test_data_covariances_are_that_of_all_points(points: FloatArray) -> None:
    begin = start(points, 2, covariances="data", rng=rng_of(0))
    for covariance in begin.covariances:
        assert_allclose(covariance, np.cov(points.T, bias=True), rtol=1e-12)


def test_given_start_is_taken_as_given(points: FloatArray, clusters: Mixture) -> None:
    given = clusters
    begin = start(points, 3, means=given.means, covariances=given.covariances, weights=given.weights, rng=rng_of(0))
    for name in ("weights", "means", "covariances"):
        assert_array_equal(getattr(begin, name), getattr(given, name))
    one_for_all = start(points, 3, covariances=[[2.0, 1.0], [1.0, 2.0]], rng=rng_of(0))
    assert_array_equal(one_for_all.covariances, np.stack([[[2.0, 1.0], [1.0, 2.0]]] * 3))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"n_components": 0}, EMError, "0 components; a mixture needs 1 or more"),
        ({"means": "kmeans"}, EMError, "start means 'kmeans'; choose one of sample, k-means++, or give the means"),
        ({"covariances": "unit"}, EMError, "start covariances 'unit'; choose identity or data, or give the matrices"),
        ({"means": [[0.0, 0.0]]}, MixtureError, "weights have shape (2,); the means ask for (1,)"),
        ({"means": [[0.0], [1.0]], "covariances": [[1.0]]}, EMError,
         "the start's means have shape (2, 1); (2, 2) is needed"),
        ({"means": [[0.0, 0.0], [1.0]]}, MixtureError, "means must be an array of real numbers with 2 or more axes"),
        ({"covariances": [[1.0, 0.0], [0.0]]}, MixtureError,
         "covariances must be an array of real numbers with 2 or more axes"),
        ({"covariances": [1.0, 1.0]}, MixtureError, "covariances have shape (2,); they need 2 or more axes"),
        ({"covariances": [[1.0, 2.0], [2.0, 1.0]]}, MixtureError,
         "the covariance of component 1 is not positive definite"),
        ({"weights": [0.5, 0.6]}, MixtureError, "weights must sum to 1; they sum to 1.1"),
        ({"weights": ["a", "b"]}, MixtureError, "weights must be an array of real numbers with 1 or more axes"),
        ({"n_components": 1001}, DataError,
         "only 1000 distinct points for 1001 components; bring more or ask for fewer"),
    ],
)  # fmt: skip
def test_what_makes_no_start_is_refused_in_one_line(
    changes: dict[str, Any], error: type[EMError], message: str, points: FloatArray
) -> None:
    with pytest.raises(error) as caught:
        start(points, **({"n_components": 2, "rng": rng_of(0)} | changes))
    assert str(caught.value) == message
