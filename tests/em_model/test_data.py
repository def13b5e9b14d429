from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.cases import largest_difference, random_mixture

from em_model import Data, DataError, Mixture, MixtureError, ThinComponentError, as_data, e_step, fit, log_likelihood
from em_model.mixture import FloatArray
from em_model.parts.source import require_distinct

GOOD = np.arange(12.0).reshape(6, 2) ** 2


def with_entry(value: float) -> FloatArray:
    points = GOOD.copy()
    points[4, 1] = value
    return points


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (with_entry(np.nan), "row 4 of the data (counted from 0) is not finite; remove NaN and infinity"),
        (with_entry(np.inf), "row 4 of the data (counted from 0) is not finite; remove NaN and infinity"),
        (with_entry(-np.inf), "row 4 of the data (counted from 0) is not finite; remove NaN and infinity"),
        (with_entry(1e200), "the data are too large for double precision; scale them down"),
        (with_entry(1.7e308) - np.array([0, 1.7e308]), "the data are too large for double precision; scale them down"),
        (GOOD[:, 0], "the data have shape (6,); they must be (N, D), one row for each point"),
        (GOOD[None], "the data have shape (1, 6, 2); they must be (N, D), one row for each point"),
        (3.0, "the data have shape (); they must be (N, D), one row for each point"),
        ([], "the data have shape (0,); they must be (N, D), one row for each point"),
        (np.empty((5, 0)), "the data have shape (5, 0); they must be (N, D), one row for each point"),
        (np.empty((0, 2)), "the data hold no point; give at least one"),
        ([[1, 2], [3]], "the data are no array; every row needs the same number of columns"),
        (GOOD.astype(str), "the data are of type <U32; they must be real numbers"),
        (GOOD.astype(object), "the data are of type object; they must be real numbers"),
        (GOOD.astype(complex), "the data are of type complex128; they must be real numbers"),
        (GOOD > 3, "the data are of type bool; they must be real numbers"),
        (None, "the data are of type object; they must be real numbers"),
        (np.ma.masked_less(GOOD, 3), "the data are a masked array; remove the masked rows"),
    ],
)  # fmt: skip
def test_what_is_no_data_is_refused_in_one_line(points: Any, message: str) -> None:
    with pytest.raises(DataError) as caught:
        Data(points)
    assert str(caught.value) == message


def test_non_finite_value_is_found_in_any_chunk() -> None:
    points = np.zeros((300_000, 1))
    points[:, 0] = np.arange(300_000)
    points[250_001] = np.nan
    with pytest.raises(DataError, match=r"^row 250001 of"):
        Data(points)


@pytest.mark.parametrize("distinct", [1, 2])
def test_fewer_distinct_points_than_components_are_refused(distinct: int) -> None:
    points = np.tile(GOOD[:distinct], (200_000 // distinct, 1))
    with pytest.raises(DataError, match=f"^only {distinct} distinct points for 3 components; bring more or ask for"):
        require_distinct(Data(points), 3)


def test_distinct_points_are_counted_over_all_chunks() -> None:
    points = np.zeros((200_000, 2))
    points[199_999] = 1
    points[100_000] = 2
    require_distinct(Data(points), 3)


def test_fit_counts_distinct_points() -> None:
    start = Mixture(np.full(3, 1 / 3), [[0.0], [1.0], [2.0]], np.ones((3, 1, 1)))
    with pytest.raises(DataError, match="only 2 distinct points for 3 components"):
        fit(np.repeat([[0.0], [1.0]], 5, axis=0), start)


@pytest.mark.parametrize("kind", [np.float32, np.float16, np.int64, np.uint8, np.longdouble, ">f8"])
def test_real_numbers_of_any_kind_count_as_their_values(kind: Any, rng: np.random.Generator) -> None:
    points = rng.integers(0, 100, (60, 2)).astype(kind)
    mixture = Mixture([0.5, 0.5], [[20.0, 50], [80, 50]], np.stack([400 * np.eye(2)] * 2))
    given, plain = (fit(p, mixture, max_steps=3, tolerance=0) for p in (points, points.astype(np.float64)))
    assert_array_equal(given.log_likelihoods, plain.log_likelihoods)


def test_lists_tables_and_strided_views_are_arrays(points: FloatArray, start_of_three: Mixture) -> None:
    expected = e_step(points, start_of_three)[1]
    wide = np.zeros((1000, 6))
    wide[:, ::3] = points
    for same in (points.tolist(), wide[:, ::3], np.asfortranarray(points), points[::-1]):
        assert_allclose(e_step(same, start_of_three)[1], expected, rtol=1e-13)


@pytest.mark.parametrize("n_points", [1000, 60_000])
def test_memory_mapped_points_give_the_same_fit_bit_for_bit(
    n_points: int, tmp_path: Path, clusters: Mixture, start_of_three: Mixture
) -> None:
    points, _ = clusters.sample(n_points, np.random.default_rng(0))
    np.save(tmp_path / "points.npy", points)
    raw = np.memmap(tmp_path / "points.raw", dtype=np.float32, mode="w+", shape=points.shape)
    raw[:] = points
    loaded = np.load(tmp_path / "points.npy", mmap_mode="r")
    for mapped, plain in ((loaded, points), (raw, np.array(raw))):
        fits = [fit(p, start_of_three, max_steps=2, tolerance=0) for p in (mapped, plain)]
        assert_array_equal(fits[0].log_likelihoods, fits[1].log_likelihoods)
        assert_array_equal(fits[0].final.covariances, fits[1].final.covariances)


def test_points_are_neither_copied_nor_changed(points: FloatArray, start_of_three: Mixture) -> None:
    before = points.copy()
    data = Data(points)
    assert np.shares_memory(data.points, points)
    fit(data, start_of_three, max_steps=2)
    assert_array_equal(points, before)
    assert points.flags.writeable


def test_data_pass_through_as_they_are(points: FloatArray) -> None:
    data = Data(points)
    assert as_data(data) is data


@pytest.mark.parametrize("n_dimensions", [1, 2, 5])
def test_centre_and_covariance_are_those_of_the_points(n_dimensions: int, rng: np.random.Generator) -> None:
    points = random_mixture(rng, 2, n_dimensions).sample(500, rng)[0] * 1e-3 + 1e5
    data = Data(points)
    assert_allclose(data.centre, (points - 1e5).mean(axis=0) + 1e5, rtol=1e-15)
    expected = np.cov((points - 1e5).T, bias=True).reshape(n_dimensions, n_dimensions)
    assert_allclose(data.covariance, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch, points: FloatArray, start_of_three: Mixture) -> None:
    whole = fit(points, start_of_three, max_steps=5, tolerance=0)
    monkeypatch.setattr("em_model.data._CACHE_BYTES", 1)
    data = Data(points)
    assert len(list(data.chunks(data.chunk_rows(3)))) == 6  # of the least size, 192 points
    chunked = fit(data, start_of_three, max_steps=5, tolerance=0)
    assert_allclose(chunked.log_likelihoods, whole.log_likelihoods, rtol=1e-13)
    assert largest_difference(chunked.final, whole.final) < 1e-12
    batch = whole.mixtures
    assert_allclose(log_likelihood(data, batch), whole.log_likelihoods, rtol=1e-13)


def test_chunks_hold_every_row_once(rng: np.random.Generator) -> None:
    data = Data(rng.standard_normal((100_003, 1)))
    for n_rows in (1, 6, 600):
        rows = np.concatenate([np.arange(part.start, part.stop) for part, _ in data.chunks(data.chunk_rows(n_rows))])
        assert_array_equal(rows, np.arange(100_003))


def test_mixture_of_another_dimension_is_refused(points: FloatArray) -> None:
    with pytest.raises(MixtureError, match=r"^the mixture has 1 dimensions, the data 2; they must agree$"):
        e_step(points, Mixture([1.0], [[0.0]], [[[1.0]]]))


def test_component_too_thin_for_double_precision_is_named(points: FloatArray) -> None:
    covariances = np.stack([np.eye(2), 1e-26 * np.eye(2), np.eye(2)])
    thin = Mixture(np.full(3, 1 / 3), np.zeros((3, 2)), covariances)
    with pytest.raises(ThinComponentError, match=r"^component 2 is too narrow to be told from a point") as caught:
        log_likelihood(points, thin)
    assert caught.value.component == 1
