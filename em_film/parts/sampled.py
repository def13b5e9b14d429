"""Which points of data in parts are at hand where all of them are not: a sample that the seed decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_SAMPLED", "rows_of_parts", "sampled_rows"]

MOST_SAMPLED = 50_000


def sampled_rows(n_points: int, seed: int) -> NDArray[np.intp]:
    """Rows that are taken, ascending: all, or of more than 50 000 a sample that the seed decides."""
    if n_points <= MOST_SAMPLED:
        return np.arange(n_points)
    return np.sort(np.random.default_rng(seed).choice(n_points, MOST_SAMPLED, replace=False))


def rows_of_parts(rows: NDArray[np.intp], sizes: Sequence[int]) -> list[NDArray[np.intp]]:
    """Return for each part, of so many points, which of its rows are among ascending rows of the whole."""
    ends = np.cumsum(sizes, dtype=np.intp)
    places = np.searchsorted(rows, [0, *ends])
    pieces = zip(places[:-1], places[1:], ends, sizes, strict=True)
    return [rows[low:high] - (end - size) for low, high, end, size in pieces]
