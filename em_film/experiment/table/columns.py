"""Which columns of a table are worth fitting: not those that number or time its rows, hold one value, or 0 and 1."""

from __future__ import annotations

import re

import numpy as np

from em_model.mixture import FloatArray

__all__ = ["why_not"]

_FEW = 8  # rows under which nothing is said of a column's order
_YEARS = (1500.0, 2200.0)
_UNIX = ((3e8, 4.2e9), (3e11, 4.2e12), (3e14, 4.2e15), (3e17, 4.2e18))  # 1979 to 2103 in s, ms, µs and ns
_NUMBER_NAMES = re.compile(
    r"(?i)(.*[\s_.])?(id|ids|index|idx|nr|no|num|number|nummer|row|rank|rang|obs|key|code|uid|pid|seq|sequence|"
    r"unnamed: 0)"
)
_ID_NAME = re.compile(r"[A-Za-z]*[a-z]I[dD]")  # CustomerId
_TIME_NAMES = re.compile(r"(?i)(.*[\s_.])?(year|jahr|years|date|datum|time|timestamp|epoch|unixtime|zeit|ts|day|month)")


def why_not(name: str, values: FloatArray) -> str:
    """Return why a column is not fitted unless it is asked for, as "id only numbers the rows"; nothing if it may be.

    Parameters
    ----------
    name : str
    values : array, shape (N,)
    """
    first = float(values[0])
    if len(values) > 1 and (values == first).all():
        return f"holds one value, {first:g}"
    if len(values) < _FEW:
        return ""
    distinct = np.unique(values)
    if len(distinct) == 2:
        return f"holds {distinct[0]:g} and {distinct[1]:g} only"
    steps = np.diff(values)
    whole = bool((values == np.round(values)).all())
    monotone = bool((steps > 0).all() or (steps < 0).all())
    even = float(np.ptp(steps)) <= 1e-9 * max(abs(float(steps[0])), float(np.abs(values).max()) * 1e-3)
    unix = whole and any(low < values.min() and values.max() < high for low, high in _UNIX)
    if even and monotone:
        return "only times the rows" if unix or _TIME_NAMES.fullmatch(name) else "only numbers the rows"
    if whole and monotone and np.ptp(values) <= 1.5 * len(values):
        return "only numbers the rows"
    numbering = _NUMBER_NAMES.fullmatch(name) or _ID_NAME.fullmatch(name)
    falling_or_rising = bool((steps >= 0).all() or (steps <= 0).all())
    if whole and numbering and (len(distinct) == len(values) or falling_or_rising):
        return "only numbers the rows"
    if unix and (falling_or_rising or _TIME_NAMES.fullmatch(name)):
        return "only times the rows"
    if _TIME_NAMES.fullmatch(name) and (falling_or_rising or (whole and _are_dates(name, values))):
        return "only times the rows"
    years = whole and values.min() >= _YEARS[0] and values.max() <= _YEARS[1]
    if years and (_TIME_NAMES.fullmatch(name) or (falling_or_rising and np.abs(steps).max() <= 1)):
        return "only times the rows"
    return ""


def _are_dates(name: str, values: FloatArray) -> bool:
    """Tell whether whole numbers are days written as 20240301, or the numbers of months or days."""
    low, high = values.min(), values.max()
    if low >= 19000101 and high <= 22001231:
        return bool((np.isin(values // 100 % 100, range(1, 13)) & np.isin(values % 100, range(1, 32))).all())
    return name.lower().endswith(("month", "day")) and low >= 0 and high <= 31
