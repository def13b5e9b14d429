"""The one-parameter mixture: everything known but one mean, so that a single curve is the whole problem."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import brentq

from em_model import CoordinateSlice, History, Known, Mixture, fit, log_likelihood, lower_bound
from em_model.mixture import FloatArray

KNOWN = Known(weights=True, covariances=True, means=(0,))


@pytest.fixture(scope="module", params=range(5), ids=lambda seed: f"seed {seed}")
def draws(request: pytest.FixtureRequest) -> FloatArray:
    rng = np.random.default_rng(request.param)
    parts = [rng.normal(-3.2, 1, 30), rng.normal(0, 1, 60), rng.normal(3, 1, 45)]
    return np.concatenate(parts)[:, None]


def begin(mean: float) -> Mixture:
    return Mixture([0.5, 0.5], [[0.0], [mean]], [[[1.0]], [[1.0]]])


def climb(draws: FloatArray, mean: float) -> History:
    return fit(draws, begin(mean), max_steps=3000, tolerance=1e-14, known=KNOWN)


def slope(draws: FloatArray, mean: float) -> float:
    """dℓ/dμ = Σ_n r_n (x_n - μ), by hand."""
    x = draws[:, 0]
    own, other = np.exp(-0.5 * (x - mean) ** 2), np.exp(-0.5 * x**2)
    return float((own / (own + other) * (x - mean)).sum())


def test_log_likelihood_has_two_maxima_near_minus_three_and_three(draws: FloatArray) -> None:
    grid = np.linspace(-8, 8, 1601)
    red = log_likelihood(draws, CoordinateSlice(begin(0.1), 1, 0).at(grid))
    tops = grid[1:-1][(red[1:-1] > red[:-2]) & (red[1:-1] > red[2:])]
    assert len(tops) == 2
    assert_allclose(tops, [-3, 3], atol=0.6)


def test_two_starts_end_in_two_maxima_the_worse_and_the_better(draws: FloatArray) -> None:
    worse, better = climb(draws, -0.2), climb(draws, 0.6)
    for history, bracket in ((worse, (-4.5, -1.5)), (better, (1.5, 4.5))):
        exact = brentq(lambda mean: slope(draws, mean), *bracket, xtol=1e-13)
        assert_allclose(history.final.means[1, 0], exact, atol=1e-5)
        assert history.outcome == "converged"
    assert worse.log_likelihoods[-1] < better.log_likelihoods[-1] - 1


def test_only_the_free_mean_ever_moves(draws: FloatArray) -> None:
    mixtures = climb(draws, 0.6).mixtures
    assert_array_equal(mixtures.weights, np.full(mixtures.weights.shape, 0.5))
    assert_array_equal(mixtures.means[:, 0], 0)
    assert_array_equal(mixtures.covariances, 1)
    assert np.diff(mixtures.means[:10, 1, 0]).min() > 0  # uphill, step by step


def test_m_step_lands_on_the_top_of_an_exact_parabola(draws: FloatArray) -> None:
    history = climb(draws, 0.6)
    for step in range(5):
        old, new, found = history.mixtures[step], history.mixtures[step + 1], history.statistics[step]
        line = CoordinateSlice(old, 1, 0)
        position, top = line.position, float(new.means[1, 0])
        grid = np.linspace(-6, 6, 25)
        height = float(lower_bound(found, line.at(top)))
        parabola = height - 0.5 * found.counts[1] * (grid - top) ** 2
        assert_allclose(lower_bound(found, line.at(grid)), parabola, rtol=1e-12)
        assert_allclose(lower_bound(found, line.at(position)), log_likelihood(draws, line.at(position)), rtol=1e-13)
        assert (log_likelihood(draws, line.at(grid)) - parabola).min() > 0


def test_red_stays_the_same_curve_for_the_whole_film(draws: FloatArray) -> None:
    history = climb(draws, -0.2)
    grid = np.linspace(-6, 6, 50)
    curves = [
        log_likelihood(draws, CoordinateSlice(history.mixtures[i], 1, 0).at(grid)) for i in (0, 3, history.n_steps)
    ]
    assert_array_equal(curves[0], curves[1])
    assert_array_equal(curves[0], curves[2])
