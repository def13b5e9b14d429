"""Finished video files: the index in front, so that a player can start before it has the whole file."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av

if TYPE_CHECKING:
    from av.container.core import Chapter

__all__ = ["fast_start"]


def fast_start(
    source: Path, target: Path, *, title: str = "", chapters: Sequence[tuple[str, float, float]] = ()
) -> None:
    """Copy a film into a file whose index comes first; pictures and colour tags stay as they are.

    Parameters
    ----------
    source : Path
        MP4, MOV or WebM; the last is copied as it is, because its transparency lies beside the pictures.
    target : Path
        Of the same kind.
    title : str
        Written into the file.
    chapters : sequence of (str, float, float)
        Name, start and end in seconds of each chapter; written into the file where there are any.
    """
    if target.suffix == ".webm":
        shutil.copyfile(source, target)
        return
    with av.open(str(source)) as film, av.open(str(target), "w", options={"movflags": "+faststart"}) as copy:
        copy.metadata.update(film.metadata)
        if title:
            copy.metadata["title"] = title
        if chapters:
            copy.set_chapters([_chapter(number, *chapter) for number, chapter in enumerate(chapters)])
        streams = {stream.index: copy.add_stream_from_template(stream) for stream in film.streams}
        for packet in film.demux():
            if packet.dts is not None:  # the last packet of each stream is empty
                packet.stream = streams[packet.stream.index]
                copy.mux(packet)


def _chapter(number: int, name: str, start: float, end: float) -> Chapter:
    milliseconds = Fraction(1, 1000)
    return {
        "id": number,
        "start": round(start * 1000),
        "end": round(end * 1000),
        "time_base": milliseconds,
        "metadata": {"title": name},
    }
