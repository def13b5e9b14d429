"""Where in a panel a name finds room that no curve and no guide runs through, all through a movement."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from em_film.page.labels import reach
from em_film.page.layout import Rect
from em_model.mixture import FloatArray

__all__ = ["Room"]

Spot = tuple[float, float]

_CLEAR = 0.09  # between a name and what is beside it, in scene units
_STEP = 0.12  # between places that are tried
_FARTHEST = 1.3  # from a curve to the middle of its name
_OVER = 0.8  # a place over another curve counts as so much farther: it seems to name that one


class Room:
    """Places for a name of some size in a panel.

    Parameters
    ----------
    page : Rect
        The panel, in scene units.
    width, height : float
        Of the name.
    """

    def __init__(self, page: Rect, width: float, height: float) -> None:
        self.page, self.width, self.height = page, width, height
        half = np.array([width, height]) / 2 + _CLEAR
        self._across = np.arange(page.left + half[0], page.right - half[0], _STEP)
        self._up = np.arange(page.bottom + half[1], page.top - half[1], _STEP)

    def over(self, curve: FloatArray, taken: Sequence[tuple[float, float]]) -> Spot:
        """Choose where a name stands over a curve, as near to it as can be, outside of stretches that are taken."""
        half, best = self.width / 2 + _CLEAR, (np.inf, (float(self._across[-1]), self.page.top))
        for x in self._across[::-1]:
            low, high = reach(curve, x - half, x + half)
            y = high + _CLEAR + self.height / 2
            free = all(x + half < left or right < x - half for left, right in taken)
            steep = high - low + (0.0 if free else 10.0) + (10.0 if y + self.height / 2 > self.page.top else 0.0)
            if steep < best[0] - 0.02:
                best = steep, (float(x), float(y))
        return best[1]

    def beside(
        self,
        named: Sequence[FloatArray],
        curves: Sequence[FloatArray],
        uprights: Sequence[float],
        boxes: Sequence[Rect] = (),
        stay: Spot | None = None,
    ) -> Spot | None:
        """Choose where a name stands near a curve that moves, clear of everything; None where there is no such place.

        Parameters
        ----------
        named : sequence of array, shape (T, 2)
            The curve that is named, at several instants.
        curves : sequence of array, shape (T, 2)
            All other curves.
        uprights : sequence of float
            Abscissae of upright lines.
        boxes : sequence of Rect
            What else is written there.
        stay : (float, float), optional
            Where the name stands by now: it stays if that is clear.
        """
        lines = [*named, *curves]
        if stay is not None and self._far(stay, named) < _FARTHEST and self._clear(stay, lines, uprights, boxes):
            return stay
        spots = [(float(x), float(y)) for x in self._across for y in self._up]
        farness = {spot: self._far(spot, named) + _OVER * _is_over(spot, curves) for spot in spots}
        for spot in sorted((spot for spot in spots if farness[spot] < _FARTHEST), key=farness.__getitem__):
            if self._clear(spot, lines, uprights, boxes):
                return spot
        return None

    def above(self, uprights: Sequence[float], taken: Rect) -> Spot:
        """Choose where a name stands over the panel, where all else fails: as far right as no upright moves through it.

        Parameters
        ----------
        uprights : sequence of float
            Abscissae of upright lines, which come by all places between them as well.
        taken : Rect
            What is written over the panel at its left.
        """
        half = self.width / 2 + _CLEAR
        left, right = min(uprights, default=-np.inf), max(uprights, default=-np.inf)
        places = self._across[self._across - half > taken.right]
        free = [x for x in places if x - half > right or x + half < left]
        return float((free or [*places])[-1]), self.page.top + _CLEAR + self.height / 2

    def _clear(
        self, spot: Spot, curves: Sequence[FloatArray], uprights: Sequence[float], boxes: Sequence[Rect]
    ) -> bool:
        (x, y), half, tall = spot, self.width / 2 + _CLEAR, self.height / 2 + _CLEAR
        if any(abs(x - upright) < half for upright in uprights):
            return False
        if any(x - half < b.right and b.left < x + half and y - tall < b.top and b.bottom < y + tall for b in boxes):
            return False
        for curve in curves:
            low, high = reach(curve, x - half, x + half)
            if low < y + tall and high > y - tall:
                return False
        return True

    def _far(self, spot: Spot, named: Sequence[FloatArray]) -> float:
        """Distance to the curve where that is furthest away, as far as the panel shows it."""
        far = 0.0
        for curve in named:
            seen = curve[(curve[:, 1] >= self.page.bottom) & (curve[:, 1] <= self.page.top)]
            if len(seen):
                far = max(far, float(np.hypot(*(seen - spot).T).min()))
        return far


def _is_over(spot: Spot, curves: Sequence[FloatArray]) -> bool:
    return any(spot[1] > float(np.interp(spot[0], curve[:, 0], curve[:, 1])) for curve in curves)
