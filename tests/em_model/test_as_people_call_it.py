"""Calls as people write them: points to be evaluated, single precision, seeds, whole numbers, starts that fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from em_model import (
    CollapseError,
    Data,
    DataError,
    EMError,
    Known,
    Mixture,
    e_step,
    fit,
    k_means_plus_plus,
    log_likelihood,
    responsibilities,
    sampled_means,
    start,
)
from em_model.mixture import FloatArray

TWO = Mixture([0.5, 0.5], [[0.0, 0.0], [3.0, 1.0]], np.stack([np.eye(2)] * 2))


@pytest.mark.parametrize("points", [[[0, 0]], [[1.0, 2.0], [1.0, 2.0]], [[0.0, 0.0], [1.0, 1.0]], [[5.0, 5.0]] * 3])
def test_few_repeated_or_collinear_points_can_be_evaluated(points: list[list[float]]) -> None:
    joint = TWO.log_joint(points)
    density = np.logaddexp.reduce(joint, axis=1)
    assert_allclose(responsibilities(points, TWO), np.exp(joint - density[:, None]), atol=1e-14)
    assert_allclose(log_likelihood(points, TWO), density.sum(), rtol=1e-13)
    assert_allclose(e_step(points, TWO)[1], density.sum(), rtol=1e-13)


def test_single_precision_is_taken_for_what_it_says() -> None:
    weights = np.array([0.3, 0.3, 0.4], dtype=np.float32)
    roots = np.random.default_rng(0).standard_normal((3, 2, 2)).astype(np.float32)
    mixture = Mixture(weights, np.zeros((3, 2), dtype=np.float32), roots @ roots.swapaxes(1, 2) + 1e-3 * np.eye(2))
    assert mixture.weights.sum() == pytest.approx(1, abs=1e-15)
    assert_allclose(mixture.weights, [0.3, 0.3, 0.4], rtol=1e-6)
    with pytest.raises(EMError, match=r"weights must sum to 1; they sum to 0.9"):
        Mixture(np.array([0.4, 0.5], dtype=np.float32), np.zeros((2, 1)), np.ones((2, 1, 1)))


def test_a_seed_is_as_good_as_a_generator_and_a_whole_float_as_an_integer() -> None:
    points = np.random.default_rng(1).standard_normal((30, 2))
    for choose in (sampled_means, k_means_plus_plus):
        assert_array_equal(choose(points, 3, 4), choose(points, 3, np.random.default_rng(4)))
    same = start(points, 2.0, rng=4), start(points, 2, rng=np.random.default_rng(4))  # type: ignore[arg-type]
    assert_array_equal(same[0].means, same[1].means)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_components": 2.5}, "2.5 components; give a whole number"),
        ({"n_components": "2"}, "'2' components; give a whole number"),
        ({"n_components": float("nan")}, "nan components; give a whole number"),
        ({"n_components": 0}, "0 components; a mixture needs 1 or more"),
        ({"rng": -1}, "rng is -1; give a numpy.random.Generator or a whole number, 0 or more"),
        ({"rng": "lucky"}, "rng is 'lucky'; give a numpy.random.Generator or a whole number, 0 or more"),
    ],
)
def test_what_is_no_number_or_seed_is_refused_in_one_line(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(EMError) as caught:
        start(np.arange(20.0).reshape(10, 2) ** 2, **({"n_components": 2, "rng": 0} | arguments))
    assert str(caught.value) == message


def test_a_component_on_exactly_two_of_ten_points_is_a_collapse() -> None:
    """Its covariance is singular, though no number of it is small."""
    points = np.array(
        [[1.0, 1.1], [-1.4, 1.5], [0.4, 0.1], [0.7, 0.3], [-1.3, -0.7], [0.1, 1.3], [-0.3, -0.2], [0.2, 1.3],
         [-9.0, 19.0], [14.0, -11.0]]
    )  # fmt: skip
    begin = Mixture([0.5, 0.5], [[0.0, 0.0], [2.5, 4.0]], [np.eye(2), [[157.25, -172.5], [-172.5, 250.0]]])
    with pytest.raises(CollapseError, match="component 2 shrank onto 2 points on a line in step") as caught:
        fit(points, begin)
    assert len(caught.value.history.half_steps) == 2 * caught.value.history.n_steps + 1


def test_a_component_lost_with_known_covariances_is_not_told_to_know_them() -> None:
    points = np.random.default_rng(33).standard_normal((135, 1))
    begin = Mixture([0.5, 0.5], [[0.0], [60.0]], np.ones((2, 1, 1)))
    with pytest.raises(CollapseError) as caught:
        fit(points, begin, known=Known(weights=True, covariances=True, means=(0,)))
    assert str(caught.value) == (
        "component 2 lost all its points in step 1: none is near enough for the M-step to say where it goes; "
        "start it nearer to the points"
    )


@pytest.mark.parametrize(
    ("apart", "direction"),
    [(1e3, [1.0, 0.0]), (1e5, [1.0, 0.0]), (3e6, [1.0, 0.0]), (1e9, [0.0, 1.0]), (1e3, [1.0, 1.0])],
)
def test_two_clusters_are_fitted_however_far_they_lie_apart(apart: float, direction: list[float]) -> None:
    """Each in a frame of its own: two clusters 3e6 standard deviations apart are no collapse."""
    rng = np.random.default_rng(6)
    own = [np.round(rng.standard_normal((302, 2)) * 2**16) / 2**16 + k * apart * np.array(direction) for k in (0, 1)]
    points = np.concatenate(own)
    begin = start(points, 2, means="k-means++", covariances="data", rng=0)
    history = fit(points, begin, max_steps=300)
    assert history.outcome == "converged"
    order = np.argsort(history.final.means @ direction)
    for k, cluster in zip(order, own, strict=True):
        assert_allclose(history.final.means[k], cluster.mean(axis=0), atol=1e-6 + 1e-15 * apart)
        expected: FloatArray = np.cov(cluster.T, bias=True)
        assert_allclose(history.final.covariances[k], expected, atol=1e-5)


def test_clusters_too_far_apart_on_a_slanting_line_are_refused_for_what_they_are() -> None:
    rng = np.random.default_rng(6)
    points = np.concatenate([rng.standard_normal((302, 2)), rng.standard_normal((302, 2)) + 3e6])
    with pytest.raises(DataError, match="some points lie so far out along a line in columns 1 and 2 that double"):
        fit(points, Mixture([0.5, 0.5], [[0, 0], [3e6, 3e6]], np.stack([np.eye(2)] * 2)))


def test_a_cluster_beside_one_wild_point_is_fitted() -> None:
    rng = np.random.default_rng(3)
    points = np.concatenate([rng.standard_normal((60, 1)), 8 + rng.standard_normal((60, 1)), [[1e9], [1e9 + 1]]])
    begin = Mixture(np.full(3, 1 / 3), [[0.0], [8.0], [1e9]], np.ones((3, 1, 1)))
    final = fit(Data(points), begin).final
    assert_allclose(final.means.ravel(), [points[:60].mean(), points[60:120].mean(), 1e9 + 0.5], rtol=2e-2, atol=0.1)
