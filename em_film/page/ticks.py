"""Round numbers that mark an axis, and how numbers are written."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from em_film.wording import power_text

__all__ = ["MINUS", "Tick", "in_few_signs", "marked", "number_text", "room_for_ticks", "ticks"]

Floats = NDArray[np.float64]

MINUS = "−"
# Above this, a fixed-point number says more digits than a double holds.
_FIXED_BELOW = 1e15
# Ticks lie a sixth of the range apart or more, and are written to a 25th of that.
_NARROW = 400
_SCALED = 4  # the least power of ten that an axis is divided by


class Tick(NamedTuple):
    """A round number marked on an axis.

    Attributes
    ----------
    value : float
        Where it stands.
    decimals : int
        Digits after the point.
    opacity : float
        How far it is faded in.
    origin : float
        From where it is counted: what is written is ``(value - origin) / unit``.
    unit : float
        What it is counted in.
    """

    value: float
    decimals: int
    opacity: float = 1.0
    origin: float = 0.0
    unit: float = 1.0

    @property
    def written(self) -> float:
        """The number that stands beside the axis."""
        return (self.value - self.origin) / self.unit

    @property
    def text(self) -> str:
        """That number as it is written."""
        return number_text(self.written, self.decimals)


def number_text(value: float, places: int) -> str:
    """Write a number with a true minus sign and never as -0; thousands are not grouped.

    Infinity is ∞, what is no number is –, and from 10¹⁵ on powers of ten are written as 1.0e+15.
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    text = f"{value:.{places}f}" if abs(value) < _FIXED_BELOW else f"{value:.{places}e}"
    if text.startswith("-") and not text.strip("-0."):
        text = text[1:]
    return text.replace("-", MINUS)


def ticks(low: float, high: float, target: int = 5) -> tuple[Floats, int]:
    """Choose round numbers from `low` to `high`: multiples of 1, 2, 2.5 or 5 times a power of ten.

    Parameters
    ----------
    low, high : float
        Ends of the range, low < high, both finite.
    target : int
        How many are wanted; one fewer is as good. There are never more than two off.

    Returns
    -------
    values : ndarray, shape (T,)
        Ascending, within the range; 3 to 6 of them for the default target.
    decimals : int
        Digits after the point that write every value exactly.

    Raises
    ------
    ValueError
        If the range is empty, not finite, or too narrow for doubles to hold its round values (under 400 ulp).
    """
    width = high - low
    if not (math.isfinite(width) and width > _NARROW * math.ulp(max(abs(low), abs(high)))):
        raise ValueError(f"no ticks between {low!r} and {high!r}: give a finite range, low below high")
    exponent = math.floor(math.log10(width / target))
    steps = [(digits, power) for power in range(exponent - 1, exponent + 2) for digits in (10, 20, 25, 50)]
    counted = [(_first_last(low, high, step), step) for step in steps]

    def distance(entry: tuple[tuple[int, int], tuple[int, int]]) -> tuple[float, int]:
        (first, last), _ = entry
        count = last - first + 1
        return max(target - 1 - count, count - target, 0), abs(count - target)

    (first, last), (digits, power) = min(counted, key=distance)
    decimals = max(0, -power if digits != 25 else 1 - power)
    # Powers of ten are exact as integers only, so a small step divides and a large one multiplies.
    whole = np.array([float(k * digits) for k in range(first, last + 1)]) / 10
    return (whole * 10.0**power if power >= 0 else whole / 10.0**-power), decimals


def marked(low: float, high: float, target: int = 5) -> tuple[Tick, ...]:
    """Return the numbers of `ticks`, as marks for an axis; raises what it raises."""
    values, decimals = ticks(low, high, target)
    return tuple(Tick(float(value), decimals) for value in values)


def in_few_signs(low: float, high: float, target: int = 5, few: int = 6) -> tuple[tuple[Tick, ...], str]:
    """Mark an axis with short numbers, counted in a power of ten or from a round value where they would be long.

    Parameters
    ----------
    low, high : float
        Ends of the range.
    target : int
        How many are wanted, as of `ticks`.
    few : int
        The most signs that a number may have as it is.

    Returns
    -------
    marks : tuple of Tick
    apart : str
        What that takes away from the numbers, for the axis' title: nothing, " / 10⁶", or " − 1000000".

    Raises
    ------
    ValueError
        As `ticks`.
    """
    plain = marked(low, high, target)
    if all(len(tick.text) <= few and abs(tick.value) < _FIXED_BELOW for tick in plain):
        return plain, ""
    power = math.floor(math.log10(max(abs(low), abs(high))))
    if abs(power) >= _SCALED:
        values, decimals = ticks(low / 10.0**power, high / 10.0**power, target)
        scaled = tuple(Tick(float(v) * 10.0**power, decimals, unit=10.0**power) for v in values)
        if all(len(tick.text) <= few for tick in scaled):
            return scaled, f" / {power_text(power)}"
    origin = plain[0].value
    return tuple(tick._replace(origin=origin) for tick in plain), f" {MINUS} {plain[0].text}"


def room_for_ticks(low: float, high: float, target: int = 5) -> tuple[float, float]:
    """Widen a range as little as it takes to hold `target` ticks or one fewer, and by a third at most.

    Between steps of 1 and 2 some ranges hold three or six at best; raises what `ticks` raises.
    """
    for share in np.linspace(0.0, 1 / 3, 34):
        more = float(share) * (high - low)
        for below, above in ((more / 2, more / 2), (more, 0.0), (0.0, more)):
            if target - 1 <= len(ticks(low - below, high + above, target)[0]) <= target:
                return low - below, high + above
    return low, high


def _first_last(low: float, high: float, step: tuple[int, int]) -> tuple[int, int]:
    digits, power = step
    size = digits * 10.0 ** (power - 1) if power >= 1 else digits / 10.0 ** (1 - power)
    # A tick at an end of the range counts although the division misses it by a few last bits.
    slack = 1e-9 * (high - low) / size
    return math.ceil(low / size - slack), math.floor(high / size + slack)
