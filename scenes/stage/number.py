"""Numbers on screen that change every frame, and the round numbers that mark an axis."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from scenes.stage.outline import outline
from scenes.stage.type import EM, OnLine, Size

__all__ = ["DIGIT_HEIGHT", "Number", "Tick", "marked", "number_text", "room_for_ticks", "ticks"]

Floats = NDArray[np.float64]
Anchor = Literal["left", "right"]
Face = Literal["words", "formula"]

DIGIT_HEIGHT = 0.61
"""Height of a digit in ems; a number's box is at least as high, whatever its digits."""

_MINUS = "−"
_WORDS_SIGNS = f"0123456789{_MINUS}.+e∞–"
_FORMULA_SIGNS = {_MINUS: "-", "e": "upright(e)", "∞": "infinity", "–": "dash.en"}
# Above this, a fixed-point number says more digits than a double holds.
_FIXED_BELOW = 1e15
# Ticks lie a sixth of the range apart or more, and are written to a 25th of that.
_NARROW = 400


class Tick(NamedTuple):
    """A round number marked on an axis, its digits after the point, and how far it is faded in."""

    value: float
    decimals: int
    opacity: float = 1.0


class Number(OnLine):
    """A number whose glyphs are exchanged, not set anew, when it changes.

    Digits are equally wide and the anchored edge stands still, so nothing jitters. The first curve is a
    single point at the anchored end of the baseline, the second one a digit's height above it; they have
    no area, but tell the next value where to stand after the number was moved, scaled or turned.

    Parameters
    ----------
    value : float
        Shown as by `number_text`.
    color : str
        ``#RRGGBB``.
    places : int
        Digits after the point.
    size : float
        Font size in points (96 to a scene unit).
    face : {"words", "formula"}
        Digits of the text or of the formulas.
    anchor : {"left", "right"}
        The edge that stands still.
    """

    def __init__(
        self,
        value: float,
        *,
        color: str,
        places: int = 1,
        size: float = Size.LABEL,
        face: Face = "words",
        anchor: Anchor = "left",
    ) -> None:
        super().__init__(color=color, fill_opacity=1, stroke_width=0)
        self.face: Face = face
        self.anchor: Anchor = anchor
        self.places = places
        self.size = float(size)
        text = number_text(value, places)
        em = size * EM
        # Centred by its box, not its ink: equally long numbers lie alike.
        middle = _layout(text, face, anchor)[1] * em / 2
        origin = np.array([-middle if anchor == "left" else middle, -DIGIT_HEIGHT * em / 2, 0.0])
        self._build(origin, origin + np.array([0.0, DIGIT_HEIGHT * em, 0.0]), text)

    def set_value(self, value: float, places: int | None = None) -> Self:
        """Show another value, the anchored edge standing still; optionally with other decimals."""
        self.places = self.places if places is None else places
        # Also when the text is the same: a fade may have brought back the points of an earlier one.
        self._build(self.points[0].copy(), self.points[4].copy(), number_text(value, self.places))
        return self

    def stand_at(self, x: float, y: float, value: float | None = None, places: int | None = None) -> Self:
        """Put the anchored edge at `x` and the baseline at `y`, upright and in its own size.

        Nothing of where the number was before enters, so Manim's cache finds the same points again.
        """
        self.places = self.places if places is None else places
        origin = np.array([x, y, 0.0])
        text = self.text if value is None else number_text(value, self.places)
        self._build(origin, origin + np.array([0.0, self.size * EM * DIGIT_HEIGHT, 0.0]), text)
        return self

    def _build(self, origin: Floats, top: Floats, text: str) -> None:
        glyphs, width = _layout(text, self.face, self.anchor)
        up = (top - origin) / DIGIT_HEIGHT
        right = np.array([up[1], -up[0], 0.0])
        far = origin + (width if self.anchor == "left" else -width) * right
        points = np.empty((12 + len(glyphs), 3))
        points[:4], points[4:8], points[8:12] = origin, top, far
        points[12:] = origin + glyphs @ np.stack([right, up])
        self.points = points
        self.text = text


def number_text(value: float, places: int) -> str:
    """Write a number with a true minus sign and never as -0; thousands are not grouped.

    Infinity is ∞, what is no number is –, and from 10¹⁵ on powers of ten are written as 1.0e+15.
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else _MINUS + "∞"
    text = f"{value:.{places}f}" if abs(value) < _FIXED_BELOW else f"{value:.{places}e}"
    if text.startswith("-") and not text.strip("-0."):
        text = text[1:]
    return text.replace("-", _MINUS)


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


@lru_cache(maxsize=4096)
def _layout(text: str, face: Face, anchor: Anchor) -> tuple[Floats, float]:
    figures = _figures(face)
    pen = 0.0
    parts = []
    for sign in text:
        glyph, advance = figures[sign]
        parts.append(glyph + np.array([pen, 0.0]))
        pen += advance
    glyphs = np.concatenate(parts) - [pen if anchor == "right" else 0.0, 0.0]
    glyphs.flags.writeable = False
    return glyphs, pen


@lru_cache(maxsize=2)
def _figures(face: Face) -> dict[str, tuple[Floats, float]]:
    if face == "words":
        source = "#pen" + "#pen".join(f'#"{sign}"' for sign in _WORDS_SIGNS) + "#pen"
        drawn = outline(source)
    else:
        signs = [f'class("normal", {_FORMULA_SIGNS.get(sign, sign)})' for sign in _WORDS_SIGNS]
        # The formula brings its own first mark.
        pen = 'class("opening", #pen)'
        drawn = outline(f" {pen} ".join([*signs, ""]), mathematics=True)
    advances = np.diff(drawn.pens)
    # Mathematics leaves a little more room after a slanting 7.
    advances[:10] = advances[0]
    return {
        sign: (glyph, float(advance))
        for sign, glyph, advance in zip(_WORDS_SIGNS, drawn.glyphs, advances, strict=False)
    }
