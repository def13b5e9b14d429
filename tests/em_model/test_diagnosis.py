"""What is found in data before a fit: constant and collinear columns, repeated values, far points."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from em_model import Data, DataError, Known, Mixture, Prior, fit, start
from em_model.diagnosis import (
    Collinear,
    FarPoints,
    RepeatedValue,
    collinear,
    constant_columns,
    far_points,
    repeated_value,
    require_spread,
    unresolved_columns,
)
from em_model.mixture import FloatArray


@pytest.fixture
def plain(rng: np.random.Generator) -> FloatArray:
    return rng.standard_normal((200, 3)) * [1.0, 1e6, 1e-6] + [5.0, 1e9, 0.0]


def with_column(points: FloatArray, column: FloatArray | float) -> Data:
    return Data(np.column_stack([points, np.broadcast_to(column, len(points))]))


def test_ordinary_data_have_nothing_to_be_named(plain: FloatArray) -> None:
    data = Data(plain)
    assert constant_columns(data) == ()
    assert collinear(data) is None
    assert all(repeated_value(data, column).count == 1 for column in range(3))
    assert all(not len(far_points(data, column).rows) for column in range(3))
    require_spread(data, "full")


@pytest.mark.parametrize("value", [0.0, 0.1, -3e7, 1 / 3])
def test_a_constant_column_is_found_at_any_value(plain: FloatArray, value: float) -> None:
    data = with_column(plain, value)
    assert constant_columns(data) == (3,)
    assert collinear(data) is None
    with pytest.raises(DataError, match=r"^column 4 of the data holds one value only; leave it out$"):
        require_spread(data, "full")


@pytest.mark.parametrize("rounding", [0.0, 1e-13, 1e-7])
def test_one_quantity_in_two_units_is_found_and_named(plain: FloatArray, rounding: float) -> None:
    rng = np.random.default_rng(0)
    data = with_column(plain, 2.54 * plain[:, 1] + 2.54e6 * rounding * rng.standard_normal(200) + 32)
    found = collinear(data)
    assert isinstance(found, Collinear)
    assert found.columns == (1, 3)
    assert found.apart <= max(1e-7, rounding)
    with pytest.raises(DataError, match=r"^columns 2 and 4 of the data are one quantity up to \de-\d+ standard"):
        fit(data, start(data, 2, covariances="data", rng=0) if rounding else Mixture([1.0], [data.centre], [np.eye(4)]))


def test_a_sum_of_columns_is_found(plain: FloatArray) -> None:
    found = collinear(with_column(plain, plain[:, 0] + 1e-6 * plain[:, 1]))
    assert found is not None
    assert found.columns == (0, 1, 3)


def test_columns_that_resemble_each_other_are_no_trouble(plain: FloatArray) -> None:
    rng = np.random.default_rng(0)
    assert collinear(with_column(plain, plain[:, 0] + 1e-4 * rng.standard_normal(200))) is None


def test_the_most_repeated_value_is_counted(plain: FloatArray) -> None:
    plain[:37, 0] = 2.5
    assert repeated_value(Data(plain), 0) == RepeatedValue(2.5, 37, 200)


def test_repeated_values_of_many_points_are_counted_among_a_sample() -> None:
    points = np.zeros((250_001, 1))
    points[::2, 0] = np.arange(125_001)
    found = repeated_value(Data(points), 0)
    assert (found.value, found.of) == (0.0, 83_334)
    assert 0.4 < found.count / found.of < 0.6


def test_far_points_are_named_farthest_first(plain: FloatArray) -> None:
    plain[20, 0], plain[170, 0] = -400.0, 1e7
    found = far_points(Data(plain), 0)
    assert isinstance(found, FarPoints)
    assert_array_equal(found.rows, [170, 20])
    lower, median, upper = np.quantile(plain[:, 0], [0.25, 0.5, 0.75])
    assert_allclose(found.distances, np.abs([1e7 - median, -400 - median]) / (upper - lower))


def test_what_cannot_be_fitted_in_one_shape_is_in_another(plain: FloatArray) -> None:
    points = np.column_stack([plain[:, 0], plain[:, 0]])
    for shape in ("diag", "spherical"):
        require_spread(Data(points), shape)  # type: ignore[arg-type]
    flat = np.column_stack([plain[:, 0], np.full(200, 2.0)])
    require_spread(Data(flat), "spherical")
    with pytest.raises(DataError, match=r"^column 2 of the data holds one value"):
        require_spread(Data(flat), "diag")
    begin = Mixture([1.0], [[5.0, 2.0]], [np.eye(2)])
    assert fit(flat, begin, prior=Prior(2.0, np.eye(2))).outcome == "converged"
    assert fit(flat, begin, known=Known(covariances=True)).outcome == "converged"
    few = plain[:2, :2]
    with pytest.raises(DataError, match=r"^2 points in 2 dimensions; more points than dimensions are needed"):
        fit(few, Mixture([1.0], [few[0]], [np.eye(2)]))


def test_a_column_that_varies_too_little_beside_its_size_is_named(plain: FloatArray) -> None:
    data = with_column(plain, 1e15 + np.arange(200.0))
    assert unresolved_columns(data) == (3,)
    with pytest.raises(DataError, match=r"^column 4 of the data varies by less than 1e-10 of its size"):
        require_spread(data, "diag")
