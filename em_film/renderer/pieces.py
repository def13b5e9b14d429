"""Pieces of a film: each is written aside, sealed when it is complete, and used again only while its seal is whole.

Manim finds the piece of a play by its name alone. A piece that was cut short when the render was killed, or that came
to harm later, would be taken for finished, and every later render would fail or show something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import av
from manim import __version__
from manim.scene import scene_file_writer
from manim.scene.scene_file_writer import SceneFileWriter
from manim.scene.video_segment_encoder import VideoSegmentEncoder

from em_film.files import part_beside, removed, sweep_parts
from em_film.renderer.claims import Claims
from em_film.renderer.seals import is_sound, seal, seal_of

__all__ = ["PieceEncoder", "PieceWriter", "copied", "has_piece"]

_ONE_THREAD = (("threads", "1"),)


def has_piece(renderer: Any) -> bool:
    """Whether the last play is written: Manim hashes none that is left out (``-n``, skipped sections)."""
    hashes = renderer.animations_hashes
    return not hashes or hashes[-1] is not None


class PieceWriter(SceneFileWriter):
    """Manim's writer, which trusts no piece without a whole seal and never waits for a thread that nobody feeds.

    Attributes
    ----------
    claims : Claims or None
        Where others render the film as well: a piece that somebody has claimed counts as there.
    """

    claims: Claims | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.output_spec.is_video:
            sweep_parts(self.partial_movie_directory)

    def is_already_cached(self, hash_invocation: str) -> bool:
        """Whether the play has a piece that is as it was written, or will have; one that is not is removed."""
        if not self.output_spec.is_video:
            return False
        super().is_already_cached(hash_invocation)  # waits where the piece is in the making
        piece = self.output_plan.segment_path(hash_invocation)
        if is_sound(piece) or not (self.claims is None or self.claims.take(piece)):
            return True
        removed(piece)
        removed(seal_of(piece))
        return False

    def finish(self) -> None:
        """Put the film together, once all of its pieces are there; only the first of several processes does."""
        self.join_all_encode_jobs()
        if self.claims is None or self.claims.complete():
            super().finish()

    def open_partial_movie_stream(self, **kwargs: Any) -> None:
        """Open a piece; an interrupt in the middle of this must not leave a thread that keeps the process alive."""
        with _threads_that_end_with_the_process():
            super().open_partial_movie_stream(**kwargs)

    def combine_files(
        self, input_files: list[str], output_file: Path, create_gif: bool = False, includes_sound: bool = False
    ) -> None:
        """Put pieces one behind the other; Manim does where that is more than to copy them."""
        more = create_gif or includes_sound or self.output_spec.transparent
        output_file.parent.mkdir(parents=True, exist_ok=True)
        if more or not copied(input_files, output_file):
            super().combine_files(input_files, output_file, create_gif, includes_sound)

    @property
    def piece_encoder(self) -> Any:
        """How pieces are encoded: with one thread, unless somebody said otherwise, where processes share the cores."""
        spec: Any = self.video_encoder
        return spec if self.claims is None else replace(spec, options=(*_ONE_THREAD, *spec.options))

    def _create_segment_encoder(self, target: Path) -> VideoSegmentEncoder:
        return PieceEncoder(target=target, spec=self.piece_encoder)

    def _join_job(self, job: Any) -> None:
        try:
            super()._join_job(job)
        finally:
            if self.claims is not None:
                self.claims.give_back(job.path)


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


def copied(pieces: Sequence[str], film: Path) -> bool:
    """Copy the packets of pieces into a film; False where they were not all encoded in the same way.

    FFmpeg decodes a few pictures of each file that it opens, to guess what of all this no copy needs: 20 ms a piece.
    """
    undecoded: Any = [{"skip_frame": "all"}]
    stream: Any = None
    packet: Any
    with av.open(film, "w") as container:
        container.metadata["comment"] = f"Rendered with Manim Community v{__version__}"
        offset, settings = 0, None
        for file in pieces:
            with av.open(file, stream_options=undecoded if stream else None) as piece:
                video = piece.streams.video[0]
                if stream is None:
                    stream, settings = container.add_stream_from_template(video), video.codec_context.extradata
                if video.codec_context.extradata != settings:
                    return False
                end = offset
                for packet in piece.demux(video):
                    if packet.dts is not None:  # the last one is empty
                        packet.pts += offset
                        end = max(end, packet.pts + packet.duration)
                        packet.dts, packet.stream = None, stream  # FFmpeg finds when each is to be decoded
                        container.mux(packet)
                offset = end
    return True


@contextmanager
def _threads_that_end_with_the_process() -> Iterator[None]:
    insides: Any = scene_file_writer
    plain = insides.Thread
    insides.Thread = partial(plain, daemon=True)
    try:
        yield
    finally:
        insides.Thread = plain
