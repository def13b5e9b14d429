"""Moments of parts are those of the whole, however they are cut and wherever they lie."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from em_model import Data, DataError, Moments, merged
from em_model.mixture import FloatArray

EMPTY = Moments(0, np.zeros(0), np.zeros((0, 0)))


def cut(points: FloatArray, *places: int) -> list[Moments]:
    return [Data(block).moments if len(block) else EMPTY for block in np.split(points, places)]


@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("places", [(500,), (1, 2, 3), (0, 10, 10, 999), tuple(range(1, 1000))])
def test_moments_of_parts_merge_to_those_of_the_whole(
    points: FloatArray, offset: float, places: tuple[int, ...]
) -> None:
    far = points + offset
    whole, found = Data(far).moments, merged(cut(far, *places))
    assert found.count == whole.count
    assert_allclose(found.mean, whole.mean, rtol=4e-15 if offset else 1e-13)
    assert_allclose(found.covariance, whole.covariance, rtol=3e-8 if offset else 1e-13)


def test_parts_whose_means_lie_far_apart_merge_as_exact_arithmetic_has_it() -> None:
    near, far = [1.0, 2.0, 4.0], [1e8 + 1, 1e8 + 5]
    exact = [Fraction(value) for value in near + far]
    mean = sum(exact) / len(exact)
    scatter = sum((value - mean) ** 2 for value in exact)
    found = merged(Data([[value] for value in part]).moments for part in (near, far))
    assert_allclose(found.mean, float(mean), rtol=1e-15)
    assert_allclose(found.scatter, float(scatter), rtol=1e-15)


def test_an_empty_part_changes_no_bit(points: FloatArray) -> None:
    one, other = cut(points, 300)
    with_empty, without = merged([EMPTY, one, EMPTY, other]), merged([one, other])
    assert_array_equal(with_empty.scatter, without.scatter)
    assert_array_equal(with_empty.mean, without.mean)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([EMPTY], "the data hold no point; give at least one"),
        ([], "the data hold no point; give at least one"),
        (
            [Data([[1.0], [2.0]]).moments, Data([[1.0, 2.0]]).moments],
            "one part has 1 columns, another 2; they must agree",
        ),
        (
            [Data([[1e153]]).moments, Data([[-1e200]]).moments],
            "the data are too large for double precision; scale them down",
        ),
    ],
)
def test_what_makes_no_whole_is_refused_in_one_line(parts: list[Moments], message: str) -> None:
    with pytest.raises(DataError) as caught, np.errstate(over="ignore"):
        merged(parts)
    assert str(caught.value) == message
