"""k-means against scikit-learn, and as the limit of EM with round Gaussians."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logsumexp
from sklearn.cluster import KMeans

from em_model import Data, EMError, Mixture, Statistics, e_step, log_likelihood, lower_bound, m_step, statistics
from em_model.k_means.curves import distortion, scaled_bound, scaled_log_likelihood
from em_model.k_means.distances import half_squares
from em_model.k_means.line import MeansSlice, round_mixture
from em_model.k_means.lloyd import Centres, assign, average, k_means

RNG = np.random.default_rng(7)
POINTS = np.concatenate([RNG.normal(middle, 1.0, (60, 2)) for middle in ((0, 0), (3, 1), (1, 4))])
MEANS = np.array([[0.5, 0.5], [1.0, 1.5], [2.0, 2.0]])


def _constant(variance: float) -> float:
    return 0.5 * POINTS.size * variance * np.log(2 * np.pi * variance)


def test_k_means_ends_where_scikit_learn_does_from_the_same_start() -> None:
    found = k_means(POINTS, MEANS)
    theirs = KMeans(3, init=MEANS, n_init=1, tol=0.0, algorithm="lloyd").fit(POINTS)
    assert isinstance(found, Centres)
    assert found.converged
    assert_allclose(found.means[-1], theirs.cluster_centers_)
    assert_allclose(found.distortions[-1], theirs.inertia_)
    assert_array_equal(assign(POINTS, found.means[-1]).argmax(axis=1), theirs.labels_)


def test_each_step_lowers_the_distortion_until_it_stands_still() -> None:
    found = k_means(POINTS, MEANS)
    assert found.n_steps > 2
    assert (np.diff(found.distortions) < 0).all()
    again = k_means(POINTS, found.means[-1])
    assert (again.n_steps, again.converged) == (0, True)
    assert not k_means(POINTS, MEANS, max_steps=1).converged


def test_the_distortion_is_the_sum_of_squares_to_the_nearest_mean() -> None:
    squares = np.square(POINTS[:, None] - MEANS).sum(axis=2)
    assert_allclose(distortion(POINTS, MEANS), squares.min(axis=1).sum())
    halves = np.concatenate([block for _, block in half_squares(Data(POINTS), MEANS)])
    assert_allclose(2 * halves, squares, atol=1e-12)


@pytest.mark.parametrize("variance", [4.0, 0.3])
def test_above_zero_the_two_steps_are_those_of_em_with_round_gaussians(variance: float) -> None:
    found, _ = e_step(POINTS, round_mixture(MEANS, variance))
    posterior = assign(POINTS, MEANS, variance)
    own = statistics(POINTS, posterior)
    assert_allclose(own.counts, found.counts)
    assert_allclose(average(own, MEANS), m_step(found, round_mixture(MEANS, variance)).means)
    assert_allclose(average(own, MEANS), posterior.T @ POINTS / posterior.sum(axis=0)[:, None])


@pytest.mark.parametrize("variance", [4.0, 0.3])
def test_the_curves_are_the_log_likelihood_and_the_bound_times_epsilon(variance: float) -> None:
    found = statistics(POINTS, assign(POINTS, MEANS, variance))
    line = MeansSlice.through(MEANS, average(found, MEANS), variance)
    positions = np.linspace(-0.5, 2.0, 7)
    mixtures = line.at(positions)
    red, blue = log_likelihood(POINTS, mixtures), lower_bound(found, mixtures)
    constant = _constant(variance)
    assert_allclose(scaled_log_likelihood(POINTS, line.means(positions), variance), variance * red + constant)
    assert_allclose(scaled_bound(found, line.means(positions), variance), variance * blue + constant)


@pytest.mark.parametrize("variance", [4.0, 0.3, 1e-3, 0.0])
def test_blue_is_under_red_touches_at_the_old_means_and_is_a_parabola_with_its_top_at_the_new(variance: float) -> None:
    found = statistics(POINTS, assign(POINTS, MEANS, variance))
    line = MeansSlice.through(MEANS, average(found, MEANS), variance)
    positions = np.linspace(-1.0, 3.0, 41)
    red = scaled_log_likelihood(POINTS, line.means(positions), variance)
    blue = scaled_bound(found, line.means(positions), variance)
    assert (red - blue >= -1e-9 * np.abs(red)).all()
    assert_allclose(blue[10], red[10])
    assert_allclose(np.diff(blue, 3), 0.0, atol=1e-8)
    assert_allclose(positions[blue.argmax()], 1.0)


def test_the_curves_go_to_minus_half_the_distortion_as_epsilon_goes_to_nothing() -> None:
    limit = -0.5 * distortion(POINTS, MEANS)
    assert_allclose(scaled_log_likelihood(POINTS, MEANS, 0.0), limit)
    far = [abs(float(scaled_log_likelihood(POINTS, MEANS, e) - limit)) for e in (0.1, 0.01, 0.001)]
    assert far[0] > far[1] > far[2]
    assert far[2] < 1e-3 * abs(limit)
    squares = np.square(POINTS[:, None] - MEANS).sum(axis=2)
    by_hand = 0.1 * (logsumexp(-squares / 0.2, axis=1) - np.log(3)).sum()
    assert_allclose(scaled_log_likelihood(POINTS, MEANS, 0.1), by_hand)


def test_colours_harden_to_the_nearest_mean_as_epsilon_goes_to_nothing() -> None:
    hard = assign(POINTS, MEANS)
    assert set(np.unique(hard)) == {0.0, 1.0}
    apart = [float(np.abs(assign(POINTS, MEANS, e) - hard).mean()) for e in (4.0, 0.4, 0.04, 1e-9)]
    assert apart == sorted(apart, reverse=True)
    assert apart[-1] < 1e-6


def test_a_mean_without_points_stays_where_it_is() -> None:
    lost = np.array([[0.0, 0.0], [100.0, 100.0]])
    found = k_means(POINTS, lost)
    assert_array_equal(found.means[-1, 1], lost[1])
    assert_allclose(found.means[-1, 0], POINTS.mean(axis=0))
    own: Statistics = statistics(POINTS, assign(POINTS, lost))
    assert np.isfinite(scaled_bound(own, lost, 0.0))


def test_far_from_the_origin_it_is_the_same() -> None:
    far = k_means(POINTS + 1e6, MEANS + 1e6)
    assert_allclose(far.distortions, k_means(POINTS, MEANS).distortions, rtol=1e-7)


def test_a_round_mixture_is_one() -> None:
    mixture = round_mixture(MEANS, 0.5)
    checked = Mixture(mixture.weights, mixture.means, mixture.covariances)
    assert_allclose(checked.covariances, np.broadcast_to(0.5 * np.eye(2), (3, 2, 2)))


@pytest.mark.parametrize(
    ("means", "variance", "named"),
    [([[0.0], [1.0]], 0.0, "these data need"), (MEANS, -1.0, "from 0 up"), (MEANS, np.nan, "from 0 up")],
)
def test_what_does_not_fit_is_refused_in_one_line(means: np.ndarray, variance: float, named: str) -> None:
    with pytest.raises(EMError, match=named) as refused:
        k_means(POINTS, means, variance=variance)
    assert "\n" not in str(refused.value)
    with pytest.raises(EMError, match="one set of means"):
        k_means(POINTS, MEANS[None])
