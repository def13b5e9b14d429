"""Manim's own Cairo renderer, with a camera that knows a Scatter and a writer that trusts only whole pieces."""

from __future__ import annotations

from typing import Any

from manim.renderer.cairo_renderer import CairoRenderer

from em_film.renderer.camera import StageCamera
from em_film.renderer.pieces import PieceWriter

__all__ = ["PlainRenderer"]


class PlainRenderer(CairoRenderer):
    """What ``EM_RENDERER=plain`` renders with."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"camera_class": StageCamera, "file_writer_class": PieceWriter, **kwargs})
