"""Which columns of a table are worth fitting: not those that number or time its rows, hold one value, or 0 and 1."""

from __future__ import annotations

import re

import numpy as np

from em_model.mixture import FloatArray

__all__ = ["why_not"]

_FEW = 8  # rows under which nothing is said of a column's order
_YEARS = (1500.0, 2200.0)
_UNIX = ((3e8, 4.2e9), (3e11, 4.2e12), (3e14, 4.2e15), (3e17, 4.2e18))  # 1979 to 2103 in s, ms, µs and ns
_FEW_VALUES, _EACH = 4, 5  # so few whole numbers, each this often on average, are labels or stages
_NUMBER_NAMES = re.compile(
    r"(?i)(.*[\s_.])?(ids?|index|idx|nr|no|num|number|nummer|numéro|row|rang|rank|obs|key|code|uid|pid|seq|sequence|"
    r"sample|probe|subject|participant|proband|patient|case|person|respondent|customer|kunde|client|account|"
    r"unnamed: 0)(\.\d+)?\.?"
)
_ID_NAME = re.compile(r"[A-Za-z]*[a-z]I[dD]")  # CustomerId
_CODE_NAMES = re.compile(
    r"(?i)(.*[\s_.])?(plz|postleitzahl|zip|zip[\s_.-]?code|post(al)?[\s_.-]?code|phone|tel|telefon|mobile|fax|fips|isbn|"
    r"ean|barcode)"
)
_LABEL_NAMES = re.compile(
    r"(?i)(.*[\s_.])?(class|klasse|label|target|group|gruppe|groupe|cluster|species|category|kategorie|type|typ)"
)
_TIME_NAMES = re.compile(
    r"(?i)(.*[\s_.])?(year|jahr|année|annee|years|date|datum|time|timestamp|epoch|unixtime|zeit|uhrzeit|heure|ts|day|tag|"
    r"jour|month|monat|mois|yyyymm|yyyymmdd)"
)
_CYCLES = {  # the largest number of each
    re.compile(r"(?i)(.*[\s_.])?(month|monat|mois|day|tag|jour|wday|weekday|wochentag)"): 31,
    re.compile(r"(?i)(.*[\s_.])?(week|woche|kw|semaine|isoweek)"): 53,
    re.compile(r"(?i)(.*[\s_.])?(hour|stunde|heure)"): 24,
    re.compile(r"(?i)(.*[\s_.])?(minute|second|sekunde|seconde)"): 60,
    re.compile(r"(?i)(.*[\s_.])?(quarter|quartal|trimestre)"): 4,
}


def why_not(name: str, values: FloatArray) -> str:
    """Return why a column is not fitted unless it is asked for, as "id only numbers the rows"; nothing if it may be.

    Parameters
    ----------
    name : str
    values : array, shape (N,)
    """
    first = float(values[0])
    if len(values) > 1 and (values == first).all():
        return f"holds one value, {first:.12g}"
    if len(values) < _FEW:
        return ""
    distinct = np.unique(values)
    whole = bool((values == np.round(values)).all())
    few = len(distinct) == 2 or (whole and len(distinct) <= _FEW_VALUES and len(values) >= _EACH * len(distinct))
    if few:
        return f"holds {', '.join(f'{value:.12g}' for value in distinct[:-1])} and {distinct[-1]:.12g} only"
    if _times(name, values, whole):
        return "only times the rows"
    if _rises_evenly(values) or (whole and _numbers(name, values, len(distinct))):
        return "only numbers the rows"
    if whole and _CODE_NAMES.fullmatch(name):
        return "holds codes"
    if whole and _LABEL_NAMES.fullmatch(name) and len(values) >= _EACH * len(distinct):
        return "holds the numbers of groups"
    return ""


def _times(name: str, values: FloatArray, whole: bool) -> bool:
    """Tell whether values are moments: Unix times, dates in digits, years, or numbers of months, weeks or hours."""
    steps = np.diff(values)
    named = _TIME_NAMES.fullmatch(name) is not None
    falling_or_rising = bool((steps >= 0).all() or (steps <= 0).all())
    unix = any(low < values.min() and values.max() < high for low, high in _UNIX)
    if (named and falling_or_rising) or (whole and unix and (falling_or_rising or named)):
        return True
    if not whole:
        return False
    low, high = values.min(), values.max()
    if _are_dates(values) or any(
        names.fullmatch(name) and low >= 0 and high <= most for names, most in _CYCLES.items()
    ):
        return True
    years = low >= _YEARS[0] and high <= _YEARS[1]
    return bool(years and (named or (falling_or_rising and np.abs(steps).max() <= 1)))


def _rises_evenly(values: FloatArray) -> bool:
    steps = np.diff(values)
    even = float(np.ptp(steps)) <= 1e-9 * max(abs(float(steps[0])), float(np.abs(values).max()) * 1e-3)
    return even and bool((steps > 0).all() or (steps < 0).all())


def _numbers(name: str, values: FloatArray, n_distinct: int) -> bool:
    """Tell whether whole numbers count the rows, in their order or another, or the rows of each group."""
    steps = np.diff(values)
    monotone = bool((steps > 0).all() or (steps < 0).all())
    if monotone and np.ptp(values) <= 1.5 * len(values):
        return True
    if n_distinct == len(values) == np.ptp(values) + 1:  # each number once, in whichever order
        return True
    named = _NUMBER_NAMES.fullmatch(name) or _ID_NAME.fullmatch(name)
    falling_or_rising = bool((steps >= 0).all() or (steps <= 0).all())
    if named and (n_distinct == len(values) or falling_or_rising):
        return True
    return _counts_in_groups(values, n_distinct)


def _counts_in_groups(values: FloatArray, n_distinct: int) -> bool:
    """Tell whether whole numbers are 0, 0, 1, 1, 2, 2, ... or 0, 1, 2, 0, 1, 2, ..., as those of two levels are."""
    times, left = divmod(len(values), n_distinct)
    if left or times < 2 or np.ptp(values) != n_distinct - 1:
        return False
    run = np.arange(n_distinct) + values.min()
    return bool((values == np.repeat(run, times)).all() or (values == np.tile(run, times)).all())


def _are_dates(values: FloatArray) -> bool:
    """Tell whether whole numbers are days written as 20240301, or months as 202403."""
    low, high = values.min(), values.max()
    if low >= 19000101 and high <= 22001231:
        return bool((np.isin(values // 100 % 100, range(1, 13)) & np.isin(values % 100, range(1, 32))).all())
    return bool(low >= 190001 and high <= 220012 and np.isin(values % 100, range(1, 13)).all())
