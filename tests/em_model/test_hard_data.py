"""The same fit where numbers are hard: far from zero, very large or small, turned, far apart, needle-thin."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.cases import largest_difference, random_mixture

import em_model
from em_model import History, Mixture, e_step, fit, log_likelihood, lower_bound, m_step, responsibilities
from em_model.frame import Frame, pairs
from em_model.mixture import FloatArray

SAME = 1e-8  # relative


def mapped(mixture: Mixture, matrix: FloatArray, shift: FloatArray | float = 0.0) -> Mixture:
    """The mixture of A x + b, for one mixture or a batch."""
    return Mixture(mixture.weights, mixture.means @ matrix.T + shift, matrix @ mixture.covariances @ matrix.T)


def assert_same_fit(found: History, expected: History, matrix: FloatArray, shift: float = 0.0) -> None:
    """The fit of A x + b is that of x, mapped; ℓ shifts by -N log|det A|, H not at all."""
    jacobian = found.n_points * np.linalg.slogdet(matrix)[1]
    assert_allclose(found.log_likelihoods + jacobian, expected.log_likelihoods, rtol=SAME)
    assert_allclose(found.statistics.entropy, expected.statistics.entropy, rtol=SAME)
    assert_allclose(found.statistics.counts, expected.statistics.counts, rtol=SAME)
    for i in range(expected.n_steps + 1):
        target = mapped(expected.mixtures[i], matrix, shift)
        assert_allclose(found.mixtures[i].weights, target.weights, rtol=SAME)
        # Means to 1e-8 of the spread, not of the shift: 1e6 ± 1e-2 would be no fit at all.
        spread = np.sqrt(np.abs(target.covariances).max())
        assert_allclose(found.mixtures[i].means, target.means, rtol=1e-15, atol=SAME * spread)
        assert_allclose(found.mixtures[i].covariances, target.covariances, rtol=SAME, atol=SAME * spread**2)


@pytest.fixture(params=[1, 2, 4], ids=lambda d: f"D={d}")
def problem(request: pytest.FixtureRequest) -> tuple[FloatArray, Mixture]:
    rng = np.random.default_rng(request.param)
    truth = random_mixture(rng, 3, request.param)
    # Rounded so that 1e6 can be added without loss: what is compared is then the fit, not the data's rounding.
    points = np.round(truth.sample(500, rng)[0] * 2**20) / 2**20
    return points, Mixture(truth.weights, np.round(truth.means + 1.0, 2), truth.covariances)


def fit_of(points: FloatArray, start: Mixture) -> History:
    return fit(points, start, max_steps=25, tolerance=0)


@pytest.mark.parametrize("shift", [1e6, -1e6])
def test_shifted_data_have_the_shifted_fit(shift: float, problem: tuple[FloatArray, Mixture]) -> None:
    points, start = problem
    identity = np.eye(points.shape[1])
    found = fit_of(points + shift, mapped(start, identity, shift))
    assert_same_fit(found, fit_of(points, start), identity, shift)


@pytest.mark.parametrize("scale", [1e-6, 1e6, 1e-100, 1e100])
def test_scaled_data_have_the_scaled_fit(scale: float, problem: tuple[FloatArray, Mixture]) -> None:
    points, start = problem
    matrix = scale * np.eye(points.shape[1])
    assert_same_fit(fit_of(scale * points, mapped(start, matrix)), fit_of(points, start), matrix)


def test_columns_of_unlike_units_have_the_fit_of_like_ones(problem: tuple[FloatArray, Mixture]) -> None:
    points, start = problem
    matrix = np.diag(np.array([1e6, 1e-6, 1.0, 1e3])[: points.shape[1]])
    found, expected = fit_of(points @ matrix, mapped(start, matrix)), fit_of(points, start)
    back = mapped(found.mixtures, np.linalg.inv(matrix))
    for i in range(found.n_steps + 1):
        assert largest_difference(back[i], expected.mixtures[i]) < SAME


def test_rotated_data_have_the_rotated_fit(problem: tuple[FloatArray, Mixture], rng: np.random.Generator) -> None:
    points, start = problem
    matrix = np.linalg.qr(rng.standard_normal((points.shape[1], points.shape[1])))[0]
    assert_same_fit(fit_of(points @ matrix.T, mapped(start, matrix)), fit_of(points, start), matrix)


def test_permuted_components_have_the_permuted_fit(problem: tuple[FloatArray, Mixture]) -> None:
    points, start = problem
    order = [2, 0, 1]
    permuted = Mixture(start.weights[order], start.means[order], start.covariances[order])
    found, expected = fit_of(points, permuted), fit_of(points, start)
    assert_allclose(found.log_likelihoods, expected.log_likelihoods, rtol=SAME)
    final = expected.final
    target = Mixture(final.weights[order], final.means[order], final.covariances[order])
    assert largest_difference(found.final, target) < SAME


def test_permuted_points_have_the_same_fit(problem: tuple[FloatArray, Mixture], rng: np.random.Generator) -> None:
    points, start = problem
    shuffled = fit_of(rng.permutation(points), start)
    assert_same_fit(shuffled, fit_of(points, start), np.eye(points.shape[1]))


def far_clusters(apart: float, n_dimensions: int) -> tuple[FloatArray, Mixture, list[FloatArray]]:
    """Three clusters of unit spread, so far apart that each fits on its own."""
    rng = np.random.default_rng(31)
    own = [rng.standard_normal((100, n_dimensions)) + apart * k for k in range(3)]
    centres = np.arange(3.0)[:, None] * apart + np.full(n_dimensions, 0.5)
    return np.concatenate(own), Mixture(np.full(3, 1 / 3), centres, np.stack([np.eye(n_dimensions)] * 3)), own


@pytest.mark.parametrize("n_dimensions", [1, 2, 4])
def test_clusters_a_thousand_standard_deviations_apart_are_fitted_each_on_its_own(n_dimensions: int) -> None:
    points, start, own = far_clusters(1e3, n_dimensions)
    history = fit(points, start, max_steps=5, tolerance=0)
    for k, cluster in enumerate(own):
        assert_allclose(history.final.means[k], cluster.mean(axis=0), rtol=SAME, atol=SAME)
        expected = np.cov(cluster.T, bias=True).reshape(n_dimensions, n_dimensions)
        assert_allclose(history.final.covariances[k], expected, rtol=0, atol=SAME * np.abs(expected).max())
    assert_array_equal(history.statistics.counts[-1], [100, 100, 100])
    assert_allclose(history.log_likelihoods[-1], history.final.log_density(points).sum(), rtol=SAME)
    for half in history.half_steps[0::2]:
        assert_allclose(half.lower_bound, half.log_likelihood, rtol=SAME)
    heights = np.array([half.lower_bound for half in history.half_steps])
    assert np.diff(heights).min() >= -SAME * np.abs(heights).max()


def test_start_a_thousand_standard_deviations_off_still_shares_out_the_points(rng: np.random.Generator) -> None:
    points = rng.standard_normal((200, 2))
    start = Mixture([0.5, 0.5], [[1000.0, 0.0], [1000.001, 0.1]], np.stack([np.eye(2)] * 2))
    history = fit(points, start, max_steps=1, tolerance=0)
    expected = start.log_joint(points)
    assert_allclose(history.log_likelihoods[0], np.logaddexp.reduce(expected, axis=1).sum(), rtol=1e-10)
    posterior = np.exp(expected - np.logaddexp.reduce(expected, axis=1)[:, None])
    assert posterior[:, 1].min() < 0.25 < posterior[:, 1].max()
    assert_allclose(responsibilities(points, start), posterior, atol=1e-9)


def test_needle_thin_component_has_its_exact_log_likelihood() -> None:
    # Points on a line in a corner of the data, a few 1e-5 beside it, held by a component whose precision is about
    # 1e10 across the line. Exact in rational numbers; off by nats where the precision is not symmetric to the last bit.
    rng = np.random.default_rng(12)
    along = np.array([0.6, 0.48, 0.64])
    needle = np.array([4.0, -3.0, 2.0]) + rng.uniform(-4, 4, (40, 1)) * along + 1e-5 * rng.standard_normal((40, 3))
    points = np.concatenate([needle, rng.standard_normal((200, 3))])
    spread = np.cov(needle.T, bias=True)
    mixture = Mixture([1.0], [needle.mean(axis=0)], [spread])
    matrix = [[Fraction(float(v)) for v in row] for row in mixture.covariances[0]]
    (a, b, c), (_, e, f), (_, _, i) = matrix
    cofactors = [[e * i - f * f, c * f - b * i, b * f - c * e], [c * f - b * i, a * i - c * c, b * c - a * f],
                 [b * f - c * e, b * c - a * f, a * e - b * b]]  # fmt: skip
    determinant = a * cofactors[0][0] + b * cofactors[0][1] + c * cofactors[0][2]
    exact = 0.0
    for point in points[:40]:
        off = [Fraction(float(x)) - Fraction(float(m)) for x, m in zip(point, mixture.means[0], strict=True)]
        distance = sum(off[p] * cofactors[p][q] * off[q] for p in range(3) for q in range(3)) / determinant
        exact -= 0.5 * (3 * np.log(2 * np.pi) + np.log(float(determinant)) + float(distance))
    context = np.concatenate([points[:40], points[:40]])
    assert_allclose(log_likelihood(context, mixture) / 2, exact, rtol=1e-6)
    both = Mixture([0.2, 0.8], [needle.mean(axis=0), np.zeros(3)], [spread, np.eye(3)])
    found, height = e_step(points, both)
    assert_allclose(height, both.log_density(points).sum(), atol=5e-3)
    assert_allclose(lower_bound(found, both), height, atol=5e-3)
    assert float(lower_bound(found, m_step(found, both))) >= height - 5e-3


def test_log_likelihood_never_falls_where_thin_components_share_a_frame() -> None:
    # Few points each, so that all components nearly lie on planes. With a determinant of another matrix than the
    # precision, which rounding makes them, ℓ falls by 1e-7 of itself.
    rng = np.random.default_rng(11)
    centres = 30 * rng.standard_normal((4, 5))
    points = centres[rng.integers(4, size=30)] + rng.standard_normal((30, 5)) * [1, 1e-3, 0.1, 0.1, 1e-3]
    points = rng.permutation(points)
    begin = em_model.start(points, 4, means=points[:4], covariances="data", rng=rng)
    heights = fit(points, begin, max_steps=80, tolerance=0).log_likelihoods
    assert len(heights) == 81
    assert (np.diff(heights) >= -1e-11 * np.abs(heights[1:])).all()


def test_data_that_nearly_lie_on_a_line_are_fitted(rng: np.random.Generator) -> None:
    # Correlation 1 - 2e-9: the data's own whitening carries what a plain sum of squares would lose.
    t, noise = rng.standard_normal(400), rng.standard_normal(400)
    plain = np.stack([t, noise], axis=1)
    matrix = np.array([[1.0, 0.0], [1.0, 2**-14]])
    start = Mixture([0.5, 0.5], [[-1.0, 0.0], [1.0, 0.3]], np.stack([np.eye(2)] * 2))
    found, expected = fit_of(plain @ matrix.T, mapped(start, matrix)), fit_of(plain, start)
    jacobian = 400 * np.linalg.slogdet(matrix)[1]
    assert_allclose(found.log_likelihoods + jacobian, expected.log_likelihoods, rtol=1e-6)
    assert largest_difference(mapped(found.final, np.linalg.inv(matrix)), expected.final) < 1e-5


def test_moments_of_a_component_that_is_nearly_nothing_in_two_columns_are_found_without_a_warning() -> None:
    # Met in a fit; a factor of this very matrix has a pivot of 0, of which numpy takes the logarithm.
    matrix = np.array(
        [
            [1.733007880469505e-306, -1.4063553113015025e-306, 8.894273248970475e-307, 4.084167055184507e-307],
            [-1.4063553113015025e-306, 0.004108539610326985, -7.21780239133575e-307, -0.013115997454583915],
            [8.894273248970475e-307, -7.21780239133575e-307, 4.564785741535112e-307, 2.09610690133808e-307],
            [4.084167055184507e-307, -0.013115997454583915, 2.09610690133808e-307, 2.6136796124599586],
        ]
    )
    products = matrix[pairs(4)]
    frame = Frame(np.zeros(4), np.eye(4), np.eye(4), 0.0)
    counts, means, covariances, lost = frame.moments(np.concatenate([[1.0], np.zeros(4), products])[None])
    assert_allclose(covariances[0][pairs(4)], products, rtol=1e-12)
    assert (counts[0], means.any(), list(lost)) == (1.0, False, [0])
