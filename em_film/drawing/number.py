"""Numbers on screen that change every frame."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from em_film.drawing.outline import outline
from em_film.drawing.type import EM, OnLine, Size
from em_film.page.ticks import MINUS, number_text

__all__ = ["DIGIT_HEIGHT", "Number"]

Floats = NDArray[np.float64]
Anchor = Literal["left", "right"]
Face = Literal["words", "formula"]

DIGIT_HEIGHT = 0.61
"""Height of a digit in ems; a number's box is at least as high, whatever its digits."""

_WORDS_SIGNS = f"0123456789{MINUS}.+e∞–"
_FORMULA_SIGNS = {MINUS: "-", "e": "upright(e)", "∞": "infinity", "–": "dash.en"}


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
