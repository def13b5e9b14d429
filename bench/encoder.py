"""What the encoder's settings cost, and what they do to the pictures: ``python -m bench --only encoder``.

A stretch of every film, dark and light, is rendered without loss, once; then each setting encodes the very same frames,
play by play as a render does, and what it made of them is compared with them, channel by channel.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from configparser import ConfigParser
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
from av.filter import Graph

from bench.timing import print_table
from em_film.publish.films import film_files

__all__ = ["main"]

_ROOT = Path(__file__).parent.parent
_THEMES = ("dark", "light")
_PLAYS = "10,21"  # of each film: waits, and what moves
_PLAYS_OF = {"em_step": "47,52"}  # its second E-step and M-step; before the first there is little to see
_LOSSLESS = ("--encoder-option", "crf=0", "--encoder-option", "preset=ultrafast")
_OPTIONS = ConfigParser(interpolation=None)
_OPTIONS.read_string((_ROOT / "manim.cfg").read_text(encoding="ascii"))
_OURS = dict(_OPTIONS["video_encoder.options"])
_CHANNELS = ("y", "u", "v")
_EVERY = 3  # frames, of which one is compared
_RATE = 60
_MOST = 240  # frames of a film
_AT_ONCE = 120  # frames in memory, 3 MB each

_CRF = "b-adapt=0:scenecut=0:rc-lookahead=0:sync-lookahead=0"
_QP = "b-adapt=0:scenecut=0:weightp=0"

SETTINGS: dict[str, dict[str, str]] = {
    "manim.cfg": _OURS,
    "medium, crf 23 (Manim's own)": {"crf": "23"},
    "superfast, crf 22": {"preset": "superfast", "crf": "22", "x264-params": _CRF},
    "superfast, qp 23": {"preset": "superfast", "qp": "23", "x264-params": _QP},
    "superfast, qp 24, subme 0": {"preset": "superfast", "qp": "24", "x264-params": f"{_QP}:subme=0"},
    "the same, no B-frames": {"preset": "superfast", "qp": "24", "x264-params": f"{_QP}:subme=0:bframes=0"},
    "ultrafast, qp 23, cabac": {"preset": "ultrafast", "qp": "23", "x264-params": f"{_QP}:bframes=3:cabac=1"},
}


@dataclass(slots=True)
class Sums:
    """What came of encoding some frames."""

    cpu: float = 0.0
    size: int = 0
    frames: int = 0
    errors: list[list[float]] = field(default_factory=list)  # mean squares of Y, U, V
    likeness: list[list[float]] = field(default_factory=list)  # SSIM of Y, U, V

    @property
    def milliseconds(self) -> float:
        return 1e3 * self.cpu / self.frames

    @property
    def megabits(self) -> float:
        return 8e-6 * self.size * _RATE / self.frames

    @property
    def psnr(self) -> Any:
        return 10 * np.log10(255.0**2 / np.maximum(np.mean(self.errors, axis=0), 1e-9))

    @property
    def ssim(self) -> Any:
        return np.mean(self.likeness, axis=0)


def main(quick: bool = False) -> None:
    """Print a table for each theme."""
    films = [film.name for film in film_files()][: 2 if quick else None]
    with TemporaryDirectory() as folder:
        for theme in _THEMES:
            found = {film: compared(lossless(Path(folder), film, theme), SETTINGS) for film in films}
            print_settings(theme, found)


def lossless(folder: Path, film: str, theme: str) -> list[Path]:
    """Render a stretch of a film without loss; return the pieces of its plays."""
    media = folder / theme
    size, plays = ("-r", "1920,1080", "--fps", str(_RATE)), _PLAYS_OF.get(film, _PLAYS)
    command = ["-m", "manim", "render", f"scenes/{film}.py", *size, "-n", plays]
    subprocess.run(
        [sys.executable, *command, *_LOSSLESS, "--progress_bar", "none", "--media_dir", str(media)],
        cwd=_ROOT,
        env={**os.environ, "EM_THEME": theme, "EM_FILM_JOBS": "1"},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    pieces = media.glob(f"videos/{film}/*/partial_movie_files/*/*.mp4")
    return sorted(pieces, key=lambda piece: piece.stat().st_mtime)


def compared(pieces: Iterable[Path], settings: Mapping[str, Mapping[str, str]]) -> dict[str, Sums]:
    """Encode pieces by every setting in turns, and add up what came of each."""
    sums = {name: Sums() for name in settings}
    for frames in _parts(pieces):
        for name, options in settings.items():
            encoded = _encode(frames, options, sums[name])
            for number, frame in enumerate(_decoded(io.BytesIO(encoded))):
                if number % _EVERY == 0:
                    errors, likeness = _difference(frame, frames[number])
                    sums[name].errors.append(errors)
                    sums[name].likeness.append(likeness)
    return sums


def _parts(pieces: Iterable[Path]) -> Iterator[list[av.VideoFrame]]:
    left = _MOST
    for piece in pieces:
        frames = list(islice(_decoded(piece), min(_AT_ONCE, left)))
        left -= len(frames)
        if frames:
            yield frames


def _decoded(file: Any) -> Iterator[av.VideoFrame]:
    with av.open(file if isinstance(file, io.BytesIO) else str(file)) as container:
        yield from container.decode(video=0)


def _encode(frames: Sequence[av.VideoFrame], options: Mapping[str, str], sums: Sums) -> bytes:
    """Encode as a render does that shares the cores with others: with one thread."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=_RATE, options={"threads": "1", **options})
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
        start = time.process_time()
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, _RATE), 0
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        sums.cpu += time.process_time() - start
    sums.size += len(target.getvalue())
    sums.frames += len(frames)
    return target.getvalue()


def _difference(one: av.VideoFrame, other: av.VideoFrame) -> tuple[list[float], list[float]]:
    """Return the mean square of the difference and the structural similarity, of Y, U and V each."""
    graph = Graph()
    ends = [
        graph.add_buffer(width=f.width, height=f.height, format=f.format, time_base=Fraction(1, _RATE))
        for f in (one, other)
    ]
    psnr, ssim, sink = graph.add("psnr"), graph.add("ssim"), graph.add("buffersink")
    split = graph.add("split")
    ends[0].link_to(psnr, 0, 0)
    ends[1].link_to(split)
    split.link_to(psnr, 0, 1)
    psnr.link_to(ssim, 0, 0)
    split.link_to(ssim, 1, 1)
    ssim.link_to(sink)
    graph.configure()
    for end, frame in zip(ends, (one, other), strict=True):
        frame.pts = 0
        end.push(frame)
        end.push(None)
    told = sink.pull().metadata
    return (
        [float(told[f"lavfi.psnr.mse.{channel}"]) for channel in _CHANNELS],
        [float(told[f"lavfi.ssim.{channel.upper()}"]) for channel in _CHANNELS],
    )


def print_settings(theme: str, films: Mapping[str, Mapping[str, Sums]]) -> None:
    """Print every setting, and where it falls furthest below the first one."""
    rows = []
    for name in next(iter(films.values())):
        every = [sums[name] for sums in films.values()]
        first = [next(iter(sums.values())) for sums in films.values()]
        psnr, ssim = (np.mean([getattr(one, what) for one in every], axis=0) for what in ("psnr", "ssim"))
        rows.append(
            (
                name,
                f"{np.mean([one.milliseconds for one in every]):.1f}",
                f"{np.mean([one.megabits for one in every]):.2f}",
                f"{np.mean([a.megabits / b.megabits for a, b in zip(every, first, strict=True)]):.2f}",
                ", ".join(f"{value:.1f}" for value in psnr),
                f"{min(float((a.psnr - b.psnr).min()) for a, b in zip(every, first, strict=True)):+.1f}",
                ", ".join(f"{1e5 * (1 - value):.0f}" for value in ssim),
                f"{max(float((b.ssim - a.ssim).max()) for a, b in zip(every, first, strict=True)) * 1e5:+.0f}",
            )
        )
    heads = ("", "CPU, ms", "Mbit/s", "size ×", "PSNR Y, U, V", "worst", "10⁵ (1 - SSIM) Y, U, V", "worst")
    note = (
        "Means over films. size ×: to the first row. worst: the greatest loss against the first row, of any film and "
        "channel. CPU: a frame, with one thread, converting not counted."
    )
    print_table(f"Encoder settings, {theme}, {', '.join(films)}", heads, rows, note)


if __name__ == "__main__":
    main(quick="--quick" in sys.argv)
