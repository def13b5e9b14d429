"""Squared distances of points from means, a chunk at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from em_model.data import Data, as_data
from em_model.errors import EMError
from em_model.mixture import FloatArray, as_numbers

__all__ = ["checked", "half_squares"]

_CHUNK = 2_000_000  # numbers held at once


def checked(points: Data | ArrayLike, means: ArrayLike, variance: float) -> tuple[Data, FloatArray]:
    """Return points and means, shape (..., K, D), that fit each other; EMError where they do not, or ε is below 0."""
    data, numbers = as_data(points), as_numbers("means", means, least_axes=2)
    if numbers.shape[-1] != data.n_dimensions:
        raise EMError(f"means have shape {numbers.shape}; these data need (..., K, {data.n_dimensions})")
    if not 0 <= variance < np.inf:
        raise EMError(f"variance is {variance}; give a number from 0 up")
    return data, numbers


def half_squares(data: Data, means: FloatArray) -> Iterator[tuple[slice, FloatArray]]:
    """Yield rows of the data and ½|x_n - μ_k|² of them, shape (..., n, K), a chunk at a time."""
    centre = data.centre
    about = means - centre
    own = 0.5 * np.square(about).sum(axis=-1)
    size = max(1, _CHUNK // max(1, own.size))
    for first in range(0, data.n_rows, size):
        rows = slice(first, min(first + size, data.n_rows))
        block = np.asarray(data.points[rows], dtype=np.float64) - centre
        halves = own[..., None, :] - block @ np.swapaxes(about, -1, -2)
        halves += 0.5 * np.square(block).sum(axis=-1)[:, None]
        yield rows, np.maximum(halves, 0.0, out=halves)
