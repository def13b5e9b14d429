"""Paths as arrays of cubic Béziers: polylines, monotone curves, circles, dashes, and clipping to a panel.

A path is an array of shape (S, 4, 2): S pieces, each by its four control points, in scene units.
Pieces that touch are drawn as one line.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from em_film.page.layout import Rect

__all__ = ["circle", "clip", "corners", "dashes", "monotone", "polygon"]

Floats = NDArray[np.float64]

# Far outside any panel, and small enough to reckon with.
_FAR = 1e6
_BISECTIONS = 54


def corners(points: ArrayLike) -> Floats:
    """Join points, shape (T, 2), by straight pieces; a point that is not finite breaks the path."""
    points = _tamed(points)
    return _straight(_solid(np.stack([points[:-1], points[1:]], axis=1)))


def monotone(points: ArrayLike) -> Floats:
    """Join points by a smooth curve through each of them that never overshoots any.

    Between two neighbours the curve stays between their heights (Steffen 1990, "A simple method for
    monotonic interpolation in one dimension"). Abscissae that do not ascend are joined as by `corners`.

    Parameters
    ----------
    points : array_like, shape (T, 2)
        Samples of a graph, left to right; one that is not finite breaks the path.
    """
    points = _tamed(points)
    broken = np.flatnonzero(~np.isfinite(points).all(axis=1))
    runs = np.split(points, broken) if len(broken) else [points]
    paths = [_monotone_run(run if np.isfinite(run[:1]).all() else run[1:]) for run in runs]
    return paths[0] if len(paths) == 1 else np.concatenate(paths)


def dashes(points: ArrayLike, dash: float, gap: float, rect: Rect | None = None) -> Floats:
    """Cut a polyline, shape (T, 2), into dashes of fixed length, counted from its first point.

    No dash is made outside a rectangle, where one is given: lines may lead as far out of a panel as they like.
    """
    points = _tamed(points)
    if len(points) < 2:
        return corners(points)
    ways, period = np.diff(points, axis=0), dash + gap
    lengths = np.nan_to_num(np.linalg.norm(ways, axis=1))
    along = np.concatenate([[0.0], np.cumsum(lengths)])[:-1]
    first, last = _seen(points[:-1], ways, rect)
    seen = (first < last) & (lengths > 0)
    ways, lengths, along, begin = ways[seen], lengths[seen], along[seen], points[:-1][seen]
    low = np.floor((along + first[seen] * lengths) / period)
    counts = (np.floor((along + last[seen] * lengths) / period) - low + 1).astype(np.int64)
    which = np.repeat(np.arange(len(low)), counts)
    number = low[which] + np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    start = np.maximum(number * period, along[which])
    end = np.minimum(number * period + dash, along[which] + lengths[which])
    # A dash that is there by rounding only is none.
    kept = end - start > 1e-9 * period
    at = [begin[which] + ((place - along[which]) / lengths[which])[:, None] * ways[which] for place in (start, end)]
    return _straight(_solid(np.stack(at, axis=1)[kept]))


def _seen(starts: Floats, ways: Floats, rect: Rect | None) -> tuple[Floats, Floats]:
    """Shares of the way, shape (S,), at which segments enter a rectangle and leave it; none where they miss it."""
    first, last = np.zeros(len(starts)), np.ones(len(starts))
    if rect is None:
        return first, last
    for axis, edges in ((0, rect[0::2]), (1, rect[1::2])):
        start, way = starts[:, axis], ways[:, axis]
        moving = np.abs(way) > 0
        crossings = (np.array(edges)[:, None] - start[moving]) / way[moving]
        first[moving] = np.maximum(first[moving], crossings.min(axis=0, initial=np.inf))
        last[moving] = np.minimum(last[moving], crossings.max(axis=0, initial=-np.inf))
        first[~moving & ((start < edges[0]) | (start > edges[1]))] = 1.0
    return first, np.where(np.isfinite(ways).all(axis=1), last, 0.0)


def clip(path: Floats, rect: Rect) -> Floats:
    """Cut a path exactly at the borders of a rectangle and keep what lies inside.

    Each piece must be monotone in both coordinates, as those of `corners`, `monotone` and `dashes` are.
    """
    low, high = np.array(rect[:2]), np.array(rect[2:])
    ends = path[:, [0, 3]]
    below, above = ends < low, ends > high
    outside = np.any(below.all(axis=1) | above.all(axis=1), axis=1)
    inside = ~np.any(below | above, axis=(1, 2))
    if inside.all():
        return path
    kept = path.copy()
    keep = ~outside
    for i in np.flatnonzero(keep & ~inside):
        span = _span(path[i], low, high)
        if span is None:
            keep[i] = False
        else:
            kept[i] = np.clip(_between(path[i], *span), low, high)
    inner: Floats = kept[keep]
    return inner


@lru_cache(maxsize=1)
def circle() -> Floats:
    """Return the unit circle as eight arcs, within 3e-6 of round, as an array that cannot be written to."""
    turn = np.pi / 4
    angles = np.arange(9) * turn
    at = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    along = np.stack([-np.sin(angles), np.cos(angles)], axis=1) * (4 / 3 * np.tan(turn / 4))
    # The last arc ends on the very point the first one starts from, so the circle closes.
    at[-1], along[-1] = at[0], along[0]
    arcs = np.stack([at[:-1], at[:-1] + along[:-1], at[1:] - along[1:], at[1:]], axis=1)
    arcs.flags.writeable = False
    return arcs


@lru_cache(maxsize=1)
def polygon() -> Floats:
    """Return 257 points around the unit circle, the last one the first, not to be written to."""
    angles = np.linspace(0.0, 2 * np.pi, 257)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points[-1] = points[0]
    points.flags.writeable = False
    return points


def _tamed(points: ArrayLike) -> Floats:
    tame = np.array(points, dtype=np.float64).reshape(-1, 2)
    tame[~np.isfinite(tame)] = np.nan
    return np.clip(tame, -_FAR, _FAR)


def _solid(pairs: Floats) -> Floats:
    return pairs[np.isfinite(pairs).all(axis=(1, 2))]


def _straight(pairs: Floats) -> Floats:
    start, end = pairs[:, 0], pairs[:, 1]
    third = (end - start) / 3
    return np.stack([start, start + third, end - third, end], axis=1)


def _monotone_run(run: Floats) -> Floats:
    x, y = run[:, 0], run[:, 1]
    if len(run) < 3 or not (np.diff(x) > 0).all():
        return _straight(np.stack([run[:-1], run[1:]], axis=1))
    width = np.diff(x)
    handle = np.stack([width, np.zeros_like(width)], axis=1) / 3
    slope = _steffen(width, np.diff(y) / width)
    rise = np.stack([slope[:-1] * width, slope[1:] * width]) / 3
    path = np.stack([run[:-1], run[:-1] + handle, run[1:] - handle, run[1:]], axis=1)
    path[:, 1, 1] += rise[0]
    path[:, 2, 1] -= rise[1]
    return path


def _steffen(width: Floats, secant: Floats) -> Floats:
    slope = np.empty(len(secant) + 1)
    before, after = secant[:-1], secant[1:]
    left, right = width[:-1], width[1:]
    parabola = (before * right + after * left) / (left + right)
    least = np.minimum(np.minimum(np.abs(before), np.abs(after)), np.abs(parabola) / 2)
    slope[1:-1] = (np.sign(before) + np.sign(after)) * least
    for end, (own, beyond) in ((0, (0, 1)), (-1, (-1, -2))):
        share = width[own] / (width[own] + width[beyond])
        tangent = secant[own] * (1 + share) - secant[beyond] * share
        slope[end] = 0.0 if tangent * secant[own] <= 0 else tangent
        if abs(slope[end]) > 2 * abs(secant[own]):
            slope[end] = 2 * secant[own]
    return slope


def _span(piece: Floats, low: Floats, high: Floats) -> tuple[float, float] | None:
    start, end = 0.0, 1.0
    for axis in (0, 1):
        a, b, c, d = (float(v) for v in piece[:, axis])
        first, last = (low[axis], high[axis]) if a <= d else (high[axis], low[axis])
        rising = a <= d
        if (a < first) if rising else (a > first):
            start = max(start, _reaches(a, b, c, d, float(first)))
        if (d > last) if rising else (d < last):
            end = min(end, _reaches(a, b, c, d, float(last)))
    return (start, end) if start < end else None


def _reaches(a: float, b: float, c: float, d: float, height: float) -> float:
    low, high = 0.0, 1.0
    rising = a < d
    for _ in range(_BISECTIONS):
        t = (low + high) / 2
        s = 1 - t
        if (s * s * s * a + 3 * t * s * (s * b + t * c) + t * t * t * d < height) is rising:
            low = t
        else:
            high = t
    return (low + high) / 2


def _between(piece: Floats, start: float, end: float) -> Floats:
    def blossom(*times: float) -> Floats:
        points = piece
        for t in times:
            points = (1 - t) * points[:-1] + t * points[1:]
        return np.array(points[0])

    return np.stack(
        [blossom(start, start, start), blossom(start, start, end), blossom(start, end, end), blossom(end, end, end)]
    )
