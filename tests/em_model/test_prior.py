"""The prior on the covariances: its formula, its M-step, and that with it nothing collapses."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import invwishart
from support.cases import random_mixture, random_posterior

from em_model import (
    Data,
    EMError,
    Known,
    LostComponentError,
    Mixture,
    MixtureError,
    Prior,
    StepSlice,
    fit,
    log_likelihood,
    lower_bound,
    m_step,
    start,
    statistics,
)
from em_model.mixture import FloatArray


@pytest.fixture
def prior() -> Prior:
    return Prior(4.0, [[2.0, 0.5], [0.5, 1.0]])


def test_the_density_is_an_inverse_wishart_of_each_covariance(prior: Prior, rng: np.random.Generator) -> None:
    """n₀ = ν + D + 1 and n₀ Ψ the scale, up to one constant."""
    mixtures = [random_mixture(rng, 3, 2) for _ in range(6)]
    proper = Prior(9.0, prior.spread)
    wishart = invwishart(df=6.0, scale=9.0 * prior.spread)
    ours = np.array([float(proper.log_density(mixture)) for mixture in mixtures])
    theirs = np.array([sum(wishart.logpdf(covariance) for covariance in m.covariances) for m in mixtures])
    assert_allclose(ours - ours[0], theirs - theirs[0], rtol=1e-10, atol=1e-10)


def test_the_weak_prior_is_fraley_and_rafterys(rng: np.random.Generator) -> None:
    points = rng.standard_normal((50, 3)) * [1.0, 10.0, 0.1]
    weak = Prior.weak(points, 4)
    covariance = np.cov(points.T, bias=True)
    assert weak.points == 9  # 2 D + 3
    assert_allclose(weak.points * weak.spread, covariance / 4 ** (2 / 3), rtol=1e-10)


def test_the_m_step_adds_points_of_the_priors_spread(prior: Prior, rng: np.random.Generator) -> None:
    points = rng.standard_normal((60, 2))
    found = statistics(points, random_posterior(rng, 60, 3))
    plain, mixture = m_step(found, random_mixture(rng, 3, 2)), m_step(found, random_mixture(rng, 3, 2), prior=prior)
    for k in range(3):
        count = found.counts[k]
        wanted = (count * found.covariances[k] + 4.0 * prior.spread) / (count + 4.0)
        assert_allclose(mixture.covariances[k], wanted, rtol=1e-12)
    assert_allclose(mixture.means, plain.means)
    assert_allclose(mixture.weights, plain.weights)


def test_gradient_of_the_posterior_vanishes_where_the_fit_ends(prior: Prior, rng: np.random.Generator) -> None:
    """By central differences of ℓ + log p along every entry of every covariance."""
    points = random_mixture(rng, 2, 2, 2.0).sample(80, rng)[0]
    final = fit(
        points, start(points, 2, covariances="data", rng=rng), max_steps=4000, tolerance=1e-15, prior=prior
    ).final
    data = Data(points)
    for k in range(2):
        for i, j in ((0, 0), (0, 1), (1, 1)):
            bump = np.zeros((2, 2, 2))
            bump[k, i, j] = bump[k, j, i] = 1e-5
            heights = [
                float(log_likelihood(data, moved) + prior.log_density(moved))
                for moved in (Mixture(final.weights, final.means, final.covariances + sign * bump) for sign in (1, -1))
            ]
            assert abs(heights[0] - heights[1]) / 2e-5 < 1e-3


def test_the_gap_is_the_same_with_and_without_and_blue_touches_red(prior: Prior, rng: np.random.Generator) -> None:
    points = random_mixture(rng, 2, 2, 2.0).sample(50, rng)[0]
    history = fit(points, start(points, 2, covariances="data", rng=rng), max_steps=5, tolerance=0, prior=prior)
    for half in history.half_steps:
        red, blue = half.log_likelihood + half.log_prior, half.lower_bound + half.log_prior
        assert blue <= red + 1e-9 * abs(red)
        if half.kind == "E":
            assert_allclose(blue, red, rtol=1e-10)
            assert_allclose(half.log_prior, float(prior.log_density(half.mixture)))


def test_blue_with_its_prior_is_concave_along_the_step_and_highest_at_one(
    prior: Prior, rng: np.random.Generator
) -> None:
    points = random_mixture(rng, 2, 2, 2.0).sample(50, rng)[0]
    history = fit(points, start(points, 2, covariances="data", rng=rng), max_steps=5, tolerance=0, prior=prior)
    for step in range(5):
        line = StepSlice.through(history.mixtures[step], history.mixtures[step + 1])
        along = line.at(np.linspace(0, 1.05, 106))
        blue = lower_bound(history.statistics[step], along) + prior.log_density(along)
        assert blue.argmax() == 100
        assert np.diff(blue, 2).max() < 1e-9 * np.abs(blue).max()


@pytest.mark.parametrize("n_dimensions", [1, 2, 3])
def test_nothing_collapses(n_dimensions: int) -> None:
    """Few rounded points, many components, starts on single points: without a prior most of these collapse."""
    rng = np.random.default_rng(n_dimensions)
    collapses = 0
    for seed in range(60):
        points = np.round(rng.standard_normal((int(rng.integers(n_dimensions + 6, 14)), n_dimensions)), 1)
        begin = start(points, 4, covariances=0.05 * np.eye(n_dimensions), rng=np.random.default_rng(seed))
        with suppress(LostComponentError):
            history = fit(points, begin, max_steps=300, tolerance=0, prior=Prior.weak(points, 4))
            assert history.outcome == "step limit"
            assert np.diff(history.objectives).min() > -1e-10 * np.abs(history.objectives).max()
        try:
            fit(points, begin, max_steps=300, tolerance=0)
        except EMError:
            collapses += 1
    assert collapses > 30


def test_the_fit_with_a_weak_prior_follows_any_linear_map_of_the_data(rng: np.random.Generator) -> None:
    points = random_mixture(rng, 3, 2, 2.0).sample(150, rng)[0]
    matrix, shift = np.array([[30.0, 4.0], [-1.0, 0.02]]), np.array([1e3, -5.0])
    begin = start(points, 3, covariances="data", rng=rng)
    mapped = Mixture(begin.weights, begin.means @ matrix.T + shift, matrix @ begin.covariances @ matrix.T)
    moved = points @ matrix.T + shift
    one = fit(points, begin, max_steps=20, tolerance=0, prior=Prior.weak(points, 3))
    other = fit(moved, mapped, max_steps=20, tolerance=0, prior=Prior.weak(moved, 3))
    assert_allclose(other.final.means, one.final.means @ matrix.T + shift, rtol=1e-8)
    wanted = matrix @ one.final.covariances @ matrix.T
    assert_allclose(other.final.covariances, wanted, rtol=1e-7, atol=1e-9 * np.abs(wanted).max())
    assert_allclose(np.diff(other.objectives), np.diff(one.objectives), atol=1e-7)


@pytest.mark.parametrize(
    ("points", "spread", "message"),
    [
        (0.0, [[1.0]], "a prior of 0.0 points; give a positive number"),
        (-1, [[1.0]], "a prior of -1 points; give a positive number"),
        ("4", [[1.0]], "a prior of '4' points; give a positive number"),
        (4, [[1.0, 2.0]], "the prior's spread has shape (1, 2); it must be a square matrix"),
        (4, [[1.0, 2.0], [0.0, 1.0]], "the prior's spread is not symmetric"),
        (4, [[1.0, 2.0], [2.0, 1.0]], "the prior's spread is not positive definite"),
    ],
)
def test_what_is_no_prior_is_refused_in_one_line(points: object, spread: FloatArray, message: str) -> None:
    with pytest.raises(EMError) as caught:
        Prior(points, spread)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_a_prior_that_does_not_fit_is_refused(prior: Prior, rng: np.random.Generator) -> None:
    points = rng.standard_normal((30, 1))
    with pytest.raises(MixtureError, match="spread is 2 × 2, for a mixture in 1 dimensions"):
        fit(points, start(points, 2, rng=rng), prior=prior)
    with pytest.raises(EMError, match="covariances are known, so a prior on them changes nothing"):
        fit(points, start(points, 2, rng=rng), prior=Prior(2.0, [[1.0]]), known=Known(covariances=True))
