"""Pieces of a film: each is written aside, sealed when it is complete, and used again only while its seal is whole.

Manim finds the piece of a play by its name alone. A piece that was cut short when the render was killed, or that came
to harm later, would be taken for finished, and every later render would fail or show something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from manim.scene import scene_file_writer
from manim.scene.scene_file_writer import SceneFileWriter
from manim.scene.video_segment_encoder import VideoSegmentEncoder

from em_film.files import part_beside, removed, sweep_parts
from em_film.renderer.seals import is_sound, seal, seal_of

__all__ = ["PieceEncoder", "PieceWriter", "has_piece"]


def has_piece(renderer: Any) -> bool:
    """Whether the last play is written: Manim hashes none that is left out (``-n``, skipped sections)."""
    hashes = renderer.animations_hashes
    return not hashes or hashes[-1] is not None


class PieceWriter(SceneFileWriter):
    """Manim's writer, which trusts no piece without a whole seal and never waits for a thread that nobody feeds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.output_spec.is_video:
            sweep_parts(self.partial_movie_directory)

    def is_already_cached(self, hash_invocation: str) -> bool:
        """Whether the play has a piece that is as it was written; one that is not is removed."""
        if not super().is_already_cached(hash_invocation):
            return False
        piece = self.output_plan.segment_path(hash_invocation)
        if is_sound(piece):
            return True
        removed(piece)
        removed(seal_of(piece))
        return False

    def open_partial_movie_stream(self, **kwargs: Any) -> None:
        """Open a piece; an interrupt in the middle of this must not leave a thread that keeps the process alive."""
        with _threads_that_end_with_the_process():
            super().open_partial_movie_stream(**kwargs)

    def _create_segment_encoder(self, target: Path) -> VideoSegmentEncoder:
        return PieceEncoder(target=target, spec=self.video_encoder)


class PieceEncoder(VideoSegmentEncoder):
    """Manim's encoder, which writes aside and puts the piece in place, sealed, when it is complete."""

    def __init__(self, *, target: Path, **kwargs: Any) -> None:
        self._part = part_beside(target)
        super().__init__(target=self._part, **kwargs)
        self.target = target

    def finish(self) -> None:
        """Complete the piece."""
        if self._closed:
            return
        super().finish()
        removed(self.target)  # a folder in its place, for one
        seal(self._part, self.target)
        self._part.replace(self.target)

    def abort(self) -> None:
        """Remove what there is of the piece."""
        whole, self.target = self.target, self._part
        try:
            super().abort()
        finally:
            self.target = whole


@contextmanager
def _threads_that_end_with_the_process() -> Iterator[None]:
    insides: Any = scene_file_writer
    plain = insides.Thread
    insides.Thread = partial(plain, daemon=True)
    try:
        yield
    finally:
        insides.Thread = plain
