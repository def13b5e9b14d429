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
    if np.isin(values, (0.0, 1.0)).all():
        return "holds 0 and 1 only"
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
    if whole and numbering and len(np.unique(values)) == len(values):
        return "only numbers the rows"
    falling_or_rising = bool((steps >= 0).all() or (steps <= 0).all())
    if unix and (falling_or_rising or _TIME_NAMES.fullmatch(name)):
        return "only times the rows"
    if _TIME_NAMES.fullmatch(name) and falling_or_rising:
        return "only times the rows"
    years = whole and values.min() >= _YEARS[0] and values.max() <= _YEARS[1]
    if years and (_TIME_NAMES.fullmatch(name) or (falling_or_rising and np.abs(steps).max() <= 1)):
        return "only times the rows"
    return ""
