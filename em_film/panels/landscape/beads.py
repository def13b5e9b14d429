"""Many round dots of one colour that move: one filled path, which costs little to set anew in every frame."""

from __future__ import annotations

from typing import Self

import numpy as np
from manim import VMobject
from numpy.typing import ArrayLike

from em_film.drawing.paths import circle

__all__ = ["Beads"]


class Beads(VMobject):
    """Dots without outline; where two of them meet they are one shape.

    For dots that stand still and change their colours, `Scatter` is faster.

    Parameters
    ----------
    color : str
        ``#RRGGBB``.
    radius : float
        Scene units.
    """

    def __init__(self, *, color: str, radius: float) -> None:
        super().__init__(fill_color=color, fill_opacity=1, stroke_width=0)
        self.radius = radius

    def set_centres(self, centres: ArrayLike) -> Self:
        """Put a dot at each place, shape (M, 2), in scene coordinates; where one is not finite there is none."""
        places = np.asarray(centres, dtype=np.float64).reshape(-1, 2)
        places = places[np.isfinite(places).all(axis=1)]
        arcs = circle().reshape(-1, 2)
        points = np.zeros((len(places) * len(arcs), 3))
        points[:, :2] = (places[:, None] + self.radius * arcs).reshape(-1, 2)
        self.points = points
        return self
