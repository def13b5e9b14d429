"""Numbers beside an axis are short, and say what they are counted in."""

from __future__ import annotations

import pytest
from numpy.testing import assert_allclose

from em_film.page.ticks import MINUS, in_few_signs


@pytest.mark.parametrize(
    ("low", "high", "apart"),
    [
        (-3.0, 8.0, ""),
        (0.001, 0.004, ""),
        (2e6, 9e6, " / 10⁶"),
        (-4e-7, 9e-7, " / 10⁻⁷"),
        (1.8e45, 3.1e45, " / 10⁴⁵"),
        (1e6 - 1.0, 1e6 + 1.0, f" {MINUS} 999999"),
    ],
)
def test_long_numbers_are_counted_in_a_power_of_ten_or_from_a_round_value(low: float, high: float, apart: str) -> None:
    marks, told = in_few_signs(low, high, 4)
    assert told == apart
    for tick in marks:
        assert len(tick.text) <= 6
        written = float(tick.text.replace(MINUS, "-"))
        assert_allclose(written * tick.unit + tick.origin, tick.value, rtol=1e-12, atol=1e-9 * (high - low))
