"""The straight edges between what is nearest to one mean and to another."""

from __future__ import annotations

import numpy as np

from em_film.page.layout import Rect
from em_model.mixture import FloatArray

__all__ = ["edge"]


def edge(means: FloatArray, i: int, j: int, numbers: Rect) -> FloatArray:
    """Return the ends of the edge between the points nearest to two means, within a rectangle.

    Parameters
    ----------
    means : array, shape (K, 2)
    i, j : int
        Which two.
    numbers : Rect
        In the units of the means.

    Returns
    -------
    array, shape (2, 2) or (0, 2)
        Nothing where no point of the rectangle is as near to both and to no other nearer.

    Examples
    --------
    >>> print(edge(np.array([[0.0, 0.0], [2.0, 0.0]]), 0, 1, Rect(-1.0, -1.0, 3.0, 1.0)))
    [[ 1. -1.]
     [ 1.  1.]]
    """
    apart = means[j] - means[i]
    middle, along = (means[i] + means[j]) / 2, np.array([-apart[1], apart[0]])
    others = np.delete(means, [i, j], axis=0) - means[i]
    square = np.square(np.delete(means, [i, j], axis=0)).sum(axis=1) - np.square(means[i]).sum()
    sides = np.concatenate([2 * others, [[1, 0], [-1, 0], [0, 1], [0, -1]]])
    limits = np.concatenate([square, [numbers.right, -numbers.left, numbers.top, -numbers.bottom]])
    rates, room = sides @ along, limits - sides @ middle  # the points middle + s along with s rates ≤ room
    if (room[rates == 0] < 0).any():
        return np.zeros((0, 2))
    low = (room[rates < 0] / rates[rates < 0]).max(initial=-np.inf)
    high = (room[rates > 0] / rates[rates > 0]).min(initial=np.inf)
    if not np.isfinite(high - low) or low >= high:
        return np.zeros((0, 2))
    ends: FloatArray = middle + np.array([[low], [high]]) * along
    return ends
