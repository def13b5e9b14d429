"""Which points are drawn where there are more than a picture can show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_DRAWN", "drawn_rows"]

MOST_DRAWN = 50_000


def drawn_rows(n_rows: int, seed: int) -> NDArray[np.intp]:
    """Rows of the data that are drawn: all, or of more than 50 000 a sample that the seed decides."""
    if n_rows <= MOST_DRAWN:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(seed).choice(n_rows, MOST_DRAWN, replace=False))
