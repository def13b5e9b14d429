"""Where a label finds room beside moving curves: the first of several spots that is free, without ever jumping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from em_film.page.layout import Rect

__all__ = ["Candidate", "apart", "choose", "clear_of", "reach"]

_CLEAR = 0.05  # scene units that stay free between a label and what it must not touch
_FADE = 0.002  # room in scene units, less of which fades a label: little, so that hardly one comes to rest half faded


class Candidate(NamedTuple):
    """A place for a label.

    Attributes
    ----------
    x, y : float
        Left end of its baseline, in scene units.
    room : float
        Room left over there, in scene units; negative where it would run into something.
    """

    x: float
    y: float
    room: float


def choose(spots: Sequence[Candidate]) -> tuple[float, float, float]:
    """Return x, y and opacity of a label: at the first spot with room, faded out wherever that is another one.

    Rooms change evenly as curves move, so a label vanishes from one spot before it appears at the next.
    """
    left_over = 1.0
    for spot in spots:
        if spot.room > 0:
            return spot.x, spot.y, left_over * min(1.0, spot.room / _FADE)
        left_over *= min(1.0, -spot.room / _FADE)
    return spots[0].x, spots[0].y, 0.0


def apart(box: Rect, other: Rect) -> float:
    """Return how much room is left between two boxes, in scene units; negative where they touch."""
    return max(other.left - box.right, box.left - other.right, other.bottom - box.top, box.bottom - other.top) - _CLEAR


def clear_of(spots: Sequence[Candidate], width: float, height: float, others: Sequence[Rect]) -> list[Candidate]:
    """Return places for type of some width and height with no more room than others leave there."""
    boxes = [Rect(spot.x, spot.y, spot.x + width, spot.y + height) for spot in spots]
    rooms = [min((apart(box, other) for other in others), default=np.inf) for box in boxes]
    return [spot._replace(room=min(spot.room, room)) for spot, room in zip(spots, rooms, strict=True)]


def reach(path: NDArray[np.float64], left: float, right: float) -> tuple[float, float]:
    """Return the lowest and the highest point of a graph, shape (T, 2), between two abscissae.

    Where the graph does not come by at all, nothing is in the way: infinity and minus infinity.
    """
    x = path[:, 0]
    ends = [float(np.interp(end, x, path[:, 1])) for end in (left, right) if len(x) and x[0] <= end <= x[-1]]
    heights = np.append(path[(x >= left) & (x <= right), 1], ends)
    return float(heights.min(initial=np.inf)), float(heights.max(initial=-np.inf))
