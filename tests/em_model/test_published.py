"""Fits that others have published, found again: Old Faithful and the iris flowers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris
from support import ROOT

from em_model import Mixture, Prior, fit, start
from em_model.mixture import FloatArray


@pytest.fixture(scope="module")
def faithful() -> FloatArray:
    return np.loadtxt(ROOT / "assets/data/old_faithful.csv", delimiter=",", skiprows=1)


def test_old_faithful_has_mclusts_log_likelihood(faithful: FloatArray) -> None:
    """VVV, 2 components: -1130.2640 (mclust 6, `Mclust(faithful, G = 2, modelNames = "VVV")`)."""
    begin = start(faithful, 2, means="k-means++", covariances="data", rng=1)
    found = fit(faithful, begin, max_steps=1000, tolerance=1e-12)
    assert found.log_likelihoods[-1] == pytest.approx(-1130.2640, abs=5e-5)


def test_old_faithfuls_waiting_times_have_the_published_parameters(faithful: FloatArray) -> None:
    """R's mixtools: π .36089, μ 54.615 and 80.091, σ 5.8712 and 5.8677."""
    waiting = faithful[:, 1:]
    begin = Mixture([0.5, 0.5], [[55.0], [80.0]], [[[25.0]], [[25.0]]])
    final = fit(waiting, begin, max_steps=2000, tolerance=1e-14).final
    assert final.weights[0] == pytest.approx(0.36089, abs=5e-6)
    assert final.means.ravel() == pytest.approx([54.615, 80.091], abs=5e-4)
    assert np.sqrt(final.covariances.ravel()) == pytest.approx([5.8712, 5.8677], abs=5e-5)


def test_the_iris_flowers_have_mclusts_log_likelihood() -> None:
    """VVV, 3 components: -180.185477."""
    flowers = load_iris().data
    kinds = np.repeat(np.eye(3), 50, axis=0)
    means = np.array([flowers[kinds[:, k] > 0].mean(axis=0) for k in range(3)])
    covariances = np.array([np.cov(flowers[kinds[:, k] > 0].T, bias=True) for k in range(3)])
    found = fit(flowers, Mixture(np.full(3, 1 / 3), means, covariances), max_steps=2000, tolerance=1e-14)
    assert found.log_likelihoods[-1] == pytest.approx(-180.185477, abs=5e-6)
    weak = Prior.weak(flowers, 3)
    kept = fit(flowers, Mixture(np.full(3, 1 / 3), means, covariances), max_steps=500, prior=weak)
    assert kept.log_likelihoods[-1] < found.log_likelihoods[-1]
