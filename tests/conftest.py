from __future__ import annotations

import numpy as np
import pytest
from hypothesis import settings

from em_model import History, Mixture, fit
from em_model.mixture import FloatArray

# The same examples every run, and no deadline that a busy machine could miss; --hypothesis-profile=default explores.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(2006)


@pytest.fixture(scope="session")
def clusters() -> Mixture:
    """The three clusters of the 2017 picture."""
    return Mixture(
        np.array([0.5, 0.15, 0.35]),
        np.array([[0.0, 1.5], [2.8, 1.5], [5.5, 3.0]]),
        np.array([[[1, 0.9], [0.9, 1]], [[1, -0.8], [-0.8, 0.8]], [[1, 0.9], [0.9, 1]]]),
    )


@pytest.fixture(scope="session")
def points(clusters: Mixture) -> FloatArray:
    """A thousand draws from the clusters."""
    return clusters.sample(1000, np.random.default_rng(4))[0]


@pytest.fixture(scope="session")
def start_of_three() -> Mixture:
    return Mixture(np.full(3, 1 / 3), np.array([[-1.0, 0.0], [2.0, 3.0], [4.0, 1.0]]), np.stack([np.eye(2)] * 3))


@pytest.fixture(scope="session")
def history(points: FloatArray, start_of_three: Mixture) -> History:
    return fit(points, start_of_three, max_steps=12, tolerance=0)
