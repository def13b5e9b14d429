"""Ten million points: the same numbers, in memory that does not grow with them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose
from support.cases import largest_difference

from em_model import Data, Mixture, fit, k_means_plus_plus, log_likelihood
from em_model.mixture import FloatArray

MEGABYTE = 2**20
TILES = 10_000


@pytest.fixture(scope="module")
def tiled(tmp_path_factory: pytest.TempPathFactory, points: FloatArray) -> np.memmap:
    """The thousand points ten thousand times over, in a file."""
    path = tmp_path_factory.mktemp("large") / "points.raw"
    few = points.astype(np.float32)
    with path.open("wb") as file:
        for _ in range(10):
            file.write(np.tile(few, (TILES // 10, 1)).tobytes())
    return np.memmap(path, dtype=np.float32, mode="r", shape=(1000 * TILES, 2))


def test_ten_million_points_fit_as_the_thousand_they_repeat_within_200_megabytes(
    tiled: np.memmap, points: FloatArray, start_of_three: Mixture
) -> None:
    tracemalloc.start()
    try:
        data = Data(tiled)
        many = fit(data, start_of_three, max_steps=1, tolerance=0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200 * MEGABYTE
    assert peak < 10 * MEGABYTE  # what a chunk and a block need
    few = fit(points.astype(np.float32), start_of_three, max_steps=1, tolerance=0)
    assert many.n_points == 10**7
    assert_allclose(many.log_likelihoods, TILES * few.log_likelihoods, rtol=1e-10)
    assert_allclose(many.statistics.entropy, TILES * np.asarray(few.statistics.entropy), rtol=1e-9)
    assert_allclose(many.statistics.counts, TILES * few.statistics.counts, rtol=1e-10)
    assert largest_difference(many.final, few.final) < 1e-10


def test_red_curve_of_a_million_points_takes_no_more_memory_than_a_chunk(
    tiled: np.memmap, points: FloatArray, start_of_three: Mixture
) -> None:
    batch = Mixture(*(np.stack([getattr(start_of_three, name)] * 5) for name in ("weights", "means", "covariances")))
    data = Data(tiled[: 10**6])
    tracemalloc.start()
    try:
        red = log_likelihood(data, batch)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10 * MEGABYTE
    assert_allclose(red, 1000 * log_likelihood(points.astype(np.float32), batch), rtol=1e-10)


def test_k_means_plus_plus_of_ten_million_points_stays_within_200_megabytes(tiled: np.memmap) -> None:
    data = Data(tiled)
    tracemalloc.start()
    try:
        k_means_plus_plus(data, 2, np.random.default_rng(0))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200 * MEGABYTE
