"""Full, tied, diagonal and spherical covariances: exact M-steps, slices that stay inside, and scikit-learn's fits."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.mixture import GaussianMixture
from support.cases import random_covariances, random_mixture, random_posterior

from em_model import (
    SHAPES,
    EMError,
    Known,
    Mixture,
    Prior,
    Shape,
    StepSlice,
    e_step,
    fit,
    lower_bound,
    m_step,
    start,
    statistics,
)
from em_model.mixture import FloatArray
from em_model.prior import log_prior
from em_model.shapes import count_parameters, in_shape, shaped

PRIORS = [None, Prior(5.0, [[2.0, 0.3], [0.3, 1.0]])]


@pytest.fixture(scope="module")
def points() -> FloatArray:
    rng = np.random.default_rng(5)
    truth = Mixture([0.5, 0.3, 0.2], [[0, 0], [4, 1], [0, 5]], random_covariances(rng, 3, 2))
    return truth.sample(400, rng)[0]


def begin(points: FloatArray, shape: Shape, seed: int = 0) -> Mixture:
    return start(points, 3, means="k-means++", covariances="data", shape=shape, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("shape", SHAPES)
def test_fits_are_scikit_learns(points: FloatArray, shape: Shape) -> None:
    first = begin(points, shape)
    precisions = np.linalg.inv(first.covariances)
    given = {
        "full": precisions,
        "tied": precisions[0],
        "diag": np.diagonal(precisions, axis1=1, axis2=2),
        "spherical": precisions[:, 0, 0],
    }[shape]
    with pytest.warns(match="did not converge"):
        theirs = GaussianMixture(
            3, covariance_type=shape, reg_covar=0, tol=0, max_iter=20,
            weights_init=first.weights, means_init=first.means, precisions_init=given,
        ).fit(points)  # fmt: skip
    ours = fit(points, first, max_steps=20, tolerance=0, shape=shape)
    assert_allclose(ours.log_likelihoods[-1], theirs.score(points) * len(points), rtol=1e-10)
    assert_allclose(ours.final.means, theirs.means_, rtol=1e-7, atol=1e-8)
    assert_allclose(ours.final.weights, theirs.weights_, rtol=1e-7)
    wanted = {
        "full": lambda c: c,
        "tied": lambda c: np.stack([c] * 3),
        "diag": lambda c: c[:, :, None] * np.eye(2),
        "spherical": lambda c: c[:, None, None] * np.eye(2),
    }[shape](theirs.covariances_)
    assert_allclose(ours.final.covariances, wanted, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("prior", PRIORS, ids=["no prior", "prior"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_m_step_is_the_maximum_over_its_shape(points: FloatArray, shape: Shape, prior: Prior | None) -> None:
    """Every way that stays in the shape leads down, and is level at the top."""
    rng = np.random.default_rng(8)
    found = statistics(points, random_posterior(rng, len(points), 3))
    top = m_step(found, begin(points, shape), shape=shape, prior=prior)
    assert in_shape(top, shape)

    def height(mixture: Mixture) -> float:
        return float(lower_bound(found, mixture) + log_prior(prior, mixture))

    for _ in range(60):
        other = shaped(random_covariances(rng, 3, 2), shape)
        rates = []
        for share in (1e-4, -1e-4, 0.3):
            bent = top.natural()
            turned = np.linalg.inv(other) - bent.precisions
            precisions = bent.precisions + share * turned
            moved = top.means + share * rng.standard_normal(top.means.shape) * (share == 0.3)
            rates.append(height(Mixture(top.weights, moved, np.linalg.inv(precisions))) - height(top))
        assert max(rates) < 1e-9 * abs(height(top))
        assert abs(rates[0] - rates[1]) / 2e-4 < 1e-3 * len(points)  # level: the central difference is nothing


@pytest.mark.parametrize("shape", SHAPES)
def test_the_step_slice_stays_in_the_shape_and_has_its_top_at_one(points: FloatArray, shape: Shape) -> None:
    history = fit(points, begin(points, shape, 3), max_steps=6, tolerance=0, shape=shape)
    for step in range(history.n_steps):
        line = StepSlice.through(history.mixtures[step], history.mixtures[step + 1])
        along = line.at(np.linspace(0.0, 1.02, 52))
        assert in_shape(along, shape)
        blue = lower_bound(history.statistics[step], along)
        assert blue.argmax() == 50
        assert np.diff(blue, 2).max() < 1e-9 * np.abs(blue).max()


@pytest.mark.parametrize("prior", PRIORS, ids=["no prior", "prior"])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_climbed_never_falls(shape: Shape, prior: Prior | None) -> None:
    rng = np.random.default_rng(77)
    for seed in range(25):
        points = random_mixture(rng, 3, 2, 2.0).sample(60, rng)[0]
        history = fit(points, begin(points, shape, seed), max_steps=25, tolerance=0, shape=shape, prior=prior)
        heights = [half.lower_bound + half.log_prior for half in history.half_steps]
        assert np.diff(heights).min() > -1e-10 * np.abs(heights).max()
        assert_allclose(heights[::2], history.objectives, rtol=1e-11)


def test_a_start_of_another_shape_is_refused_and_starts_are_made_in_theirs(points: FloatArray) -> None:
    full = begin(points, "full")
    for shape, told in (("diag", "are not diagonal"), ("spherical", "are not multiples of the identity")):
        with pytest.raises(EMError, match=told):
            fit(points, full, shape=shape)  # type: ignore[arg-type]
    unlike = Mixture(full.weights, full.means, np.arange(1, 4)[:, None, None] * full.covariances)
    with pytest.raises(EMError, match="are not one and the same"):
        fit(points, unlike, shape="tied")
    with pytest.raises(EMError, match="'round' is unknown; choose one of full, tied, diag, spherical"):
        fit(points, full, shape="round")  # type: ignore[arg-type]
    for shape in SHAPES:
        assert in_shape(begin(points, shape), shape)


def test_tied_covariances_are_bit_for_bit_the_same(points: FloatArray) -> None:
    final = fit(points, begin(points, "tied"), shape="tied").final
    assert_array_equal(final.covariances[0], final.covariances[2])


def test_collinear_columns_are_no_trouble_where_covariances_are_diagonal() -> None:
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.standard_normal(100), 6 + rng.standard_normal(80)])
    points = np.stack([x, 2.54 * x], axis=1)
    history = fit(points, begin(points, "diag"), shape="diag", max_steps=30, tolerance=0)
    assert np.diff(history.log_likelihoods).min() > -1e-9 * np.abs(history.log_likelihoods).max()
    assert_allclose(e_step(points, history.final)[1], history.final.log_density(points).sum(), rtol=1e-10)


@pytest.mark.parametrize("shape", ["full", "tied", "diag", "spherical"])
def test_free_numbers_are_counted_as_scikit_learn_does(shape: Shape) -> None:
    for count, size in ((1, 1), (3, 2), (4, 5)):
        points = np.random.default_rng(0).normal(size=(60, size))
        peer = GaussianMixture(count, covariance_type=shape, max_iter=1, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer.fit(points)
        start = Mixture(np.full(count, 1 / count), np.zeros((count, size)), [np.eye(size)] * count)
        assert count_parameters(start, shape) == peer._n_parameters()


def test_what_is_known_is_not_counted() -> None:
    start = Mixture([0.5, 0.5], [[0.0], [1.0]], [[[1.0]], [[1.0]]])
    assert count_parameters(start, "full", Known(weights=True, covariances=True, means=(0,))) == 1
