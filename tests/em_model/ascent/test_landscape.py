"""The landscape over two means: its stationary points, its basins, and the bound's level sets upon it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from em_model import Coordinates, Data, EMError, Known, Mixture, ascend, e_step, gradient, log_likelihood, lower_bound
from em_model.ascent.landscape import Landscape, Walk, ends, level_axes, one_pass, trails
from em_model.em import e_steps
from em_model.mixture import FloatArray

MEANS = Known(weights=True, covariances=True)
WALKS: tuple[Walk, ...] = ("EM", "fixed step")


def landscape(points: FloatArray, weight: float = 0.5, variance: float = 1.0) -> Landscape:
    base = Mixture([weight, 1 - weight], [[0.0], [1.0]], [[[variance]], [[variance]]])
    margin = 0.08 * float(np.ptp(points))
    return Landscape(Data(points), Coordinates(base, MEANS), float(points.min()) - margin, float(points.max()) + margin)


@pytest.fixture(scope="module")
def three_hills() -> Landscape:
    """Three clusters for two Gaussians: either outer cluster can have one to itself."""
    truth = Mixture([0.28, 0.46, 0.26], [[-4.0], [0.0], [3.5]], [[[0.12]]] * 3)
    return landscape(truth.sample(200, np.random.default_rng([3, 0]))[0])


def test_maxima_saddles_and_minima_add_up_to_one(three_hills: Landscape) -> None:
    """Poincaré and Hopf: ℓ falls outwards all around, so maxima - saddles + minima = 1; one missed would show."""
    kinds = [spot.kind for spot in three_hills.stationary()]
    assert (kinds.count("maximum"), kinds.count("saddle"), kinds.count("minimum")) == (4, 3, 0)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        count = int(rng.integers(1, 5))
        truth = Mixture(
            rng.dirichlet(3 * np.ones(count)), rng.uniform(-5, 5, (count, 1)), rng.uniform(0.1, 1.5, (count, 1, 1))
        )
        weight, variance = float(rng.choice([0.5, 0.35])), float(rng.choice([0.5, 1.0, 2.0]))
        found = landscape(truth.sample(80, rng)[0], weight, variance).stationary()
        signs = {"maximum": 1, "saddle": -1, "minimum": 1}
        assert sum(signs[spot.kind] for spot in found) == 1, seed


def test_stationary_points_have_no_slope_and_the_curvatures_of_their_kind(three_hills: Landscape) -> None:
    found = three_hills.stationary()
    heights = np.array([spot.log_likelihood for spot in found])
    assert np.diff(heights).max() <= 1e-12 * abs(heights[0])  # mirror images are as high but for rounding
    for spot in found:
        mixture = three_hills.coordinates.mixture(spot.vector)
        assert np.abs(gradient(three_hills.data, mixture, MEANS)).max() < 1e-4
        assert_allclose(spot.log_likelihood, log_likelihood(three_hills.data, mixture), rtol=1e-12)
        around = spot.vector + 0.02 * np.stack([np.cos(a := np.linspace(0, 6.2, 40)), np.sin(a)], axis=1)
        higher = log_likelihood(three_hills.data, three_hills.coordinates.mixture(around)) > spot.log_likelihood
        assert {"maximum": not higher.any(), "saddle": higher.any() and not higher.all()}[spot.kind]


def test_with_equal_weights_the_landscape_is_its_own_mirror_image(three_hills: Landscape) -> None:
    heights = three_hills.heights(31)
    assert_allclose(heights, heights.T, rtol=1e-12)
    tops = [spot.vector for spot in three_hills.stationary() if spot.kind == "maximum"]
    for top in tops:
        assert min(np.abs(other - top[::-1]).max() for other in tops) < 1e-6


def test_hessian_is_that_of_central_differences_of_the_log_likelihood(three_hills: Landscape) -> None:
    def ell(vector: FloatArray) -> float:
        return float(log_likelihood(three_hills.data, three_hills.coordinates.mixture(vector)))

    at, width = np.array([-2.0, 0.7]), 1e-3
    first, second = width * np.eye(2)
    hessian = three_hills.hessians(at[None])[0]
    assert_allclose(hessian[0, 0], (ell(at + first) - 2 * ell(at) + ell(at - first)) / width**2, rtol=1e-4)
    mixed = ell(at + first + second) - ell(at + first - second) - ell(at - first + second) + ell(at - first - second)
    assert_allclose(hessian[0, 1], mixed / (4 * width**2), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("method", WALKS)
def test_many_climbs_at_once_go_where_each_goes_alone(three_hills: Landscape, method: Walk) -> None:
    starts = np.array([[-4.0, 2.0], [1.0, 2.0], [3.0, -3.0], [-1.0, 0.5], [2.0, 2.5]])
    together = ends(three_hills, starts, method, step=1.0, tolerance=1e-9, max_passes=300)
    walked = trails(three_hills, starts, method, step=1.0, steps=10)
    for i, start in enumerate(starts):
        alone = ascend(
            three_hills.data,
            three_hills.coordinates.mixture(start),
            method,
            step=1.0,
            max_passes=300,
            tolerance=1e-9,
            known=MEANS,
        )
        assert_allclose(together.vectors[i], alone.final.means[:, 0], rtol=0, atol=1e-9)
        assert together.passes[i] == alone.passes[-1]
        known_steps = min(11, len(alone.passes))
        assert_allclose(walked[:known_steps, i], alone.mixtures.means[:known_steps, :, 0], rtol=0, atol=1e-9)


def test_both_methods_have_basins_and_from_some_starts_each_alone_finds_the_highest(three_hills: Landscape) -> None:
    summits = tuple(spot for spot in three_hills.stationary() if spot.kind == "maximum")
    starts = three_hills.grid(31).reshape(-1, 2)
    best = {}
    for method in WALKS:
        found = ends(three_hills, starts, method, step=1.0, tolerance=1e-9, max_passes=300)
        reached = three_hills.reached(found.vectors, summits)
        assert set(np.unique(reached)) == {-1, 0, 1, 2, 3}
        # The only starts that end on no summit are those on the ridge between the mirror images.
        assert_array_equal(reached == -1, starts[:, 0] == starts[:, 1])
        best[method] = (reached == 0) | (reached == 1)
    assert (best["EM"] & ~best["fixed step"]).any()
    assert (best["fixed step"] & ~best["EM"]).any()


def test_level_sets_of_the_bound_are_ellipses_about_the_next_iterate(three_hills: Landscape) -> None:
    mixture = three_hills.coordinates.mixture(np.array([1.5, 1.0]))
    statistics, touch = e_step(three_hills.data, mixture)
    top = one_pass(three_hills, np.array([[1.5, 1.0]]), "EM", 1.0)[0][0]
    assert_allclose(statistics.means[:, 0], top, rtol=1e-12)
    summit = float(lower_bound(statistics, three_hills.coordinates.mixture(top)))
    levels = np.array([touch, touch + 0.5 * (summit - touch), summit - 1e-3])
    axes = level_axes(statistics, mixture.covariances[:, 0, 0], summit - levels)
    angles = np.linspace(0, 2 * np.pi, 50)
    for level, half in zip(levels, axes, strict=True):
        ring = top + half * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        mixtures = three_hills.coordinates.mixture(ring)
        assert_allclose(lower_bound(statistics, mixtures), level, rtol=1e-12)
        assert (log_likelihood(three_hills.data, mixtures) >= level - 1e-9).all()
    assert np.isnan(level_axes(statistics, mixture.covariances[:, 0, 0], np.array([-1.0]))).all()


def test_the_widest_ring_passes_through_theta_along_the_level_line_of_the_log_likelihood(
    three_hills: Landscape,
) -> None:
    vector = np.array([1.5, 1.0])
    mixture = three_hills.coordinates.mixture(vector)
    statistics, touch = e_step(three_hills.data, mixture)
    summit = float(lower_bound(statistics, three_hills.coordinates.mixture(statistics.means[:, 0])))
    half = level_axes(statistics, mixture.covariances[:, 0, 0], np.array([summit - touch]))[0]
    offset = vector - statistics.means[:, 0]
    assert_allclose(np.square(offset / half).sum(), 1.0, rtol=1e-9)
    outward = offset / half**2  # normal of the ellipse; the gradient of ℓ points the other way, inwards
    slope = three_hills.slopes(vector[None])[0]
    assert_allclose(outward @ slope, -np.linalg.norm(outward) * np.linalg.norm(slope), rtol=1e-9)


def test_e_steps_of_a_batch_are_those_of_its_members(rng: np.random.Generator, points: FloatArray) -> None:
    weights = rng.dirichlet(np.ones(3), (2, 4))
    batch = Mixture(weights, rng.standard_normal((2, 4, 3, 2)), np.broadcast_to(np.eye(2), (2, 4, 3, 2, 2)))
    found, heights = e_steps(points, batch)
    for index in ((0, 0), (1, 3)):
        alone, ell = e_step(points, batch[index])
        assert_allclose(heights[index], ell, rtol=1e-12)
        assert_allclose(found.counts[index], alone.counts, rtol=1e-10)
        assert_allclose(found.means[index], alone.means, rtol=1e-9, atol=1e-9)
        assert_allclose(found.covariances[index], alone.covariances, rtol=1e-9, atol=1e-9)
        assert_allclose(np.asarray(found.entropy)[index], alone.entropy, rtol=1e-8, atol=1e-7)


def test_what_is_no_landscape_is_refused(three_hills: Landscape) -> None:
    with pytest.raises(EMError, match="4 numbers are free"):
        Landscape(three_hills.data, Coordinates(three_hills.coordinates.base, Known(covariances=True)), 0.0, 1.0)
    with pytest.raises(EMError, match="empty"):
        Landscape(three_hills.data, three_hills.coordinates, 1.0, 1.0)
