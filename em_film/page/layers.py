"""Which things on the page lie over which."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Layer"]


class Layer(IntEnum):
    """Heights (z) of what is drawn, from the lowest; what names none lies under all of them."""

    GROUND = 1
    AXES = 2
    COMPONENTS = 3
    BOUND = 4
    LIKELIHOOD = 5
    GAP = 6
    NAMES = 7
    DOTS = 8
    UPPER_DOTS = 9
    TOUCH = 10
