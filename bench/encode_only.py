"""Encode a finished film's frames again and do nothing else: ``python -m bench.encode_only FILM`` prints JSON.

As many processes as a render has share the frames, each a stretch of them, and encode as a render does: with the
settings of manim.cfg, and with one thread where there are several processes. The frames lie in memory as the renderer
would hand them on, some at a time, and Manim's encoder converts and encodes them; what the clock sees is only that.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
import numpy as np
from manim import config
from manim._config.output import OutputFormat, OutputSpec
from manim._config.video_encoder import resolve_video_encoder
from manim.scene.video_segment_encoder import VideoSegmentEncoder

from em_film.environment import cores

__all__ = ["encoder_to", "main"]

_AT_ONCE = 24  # frames in memory of each process, 200 MB at 1920 × 1080
_PATIENCE = 600.0  # seconds until a process is given up that waits for another


def main() -> None:
    """Print wall and CPU seconds of the encoding, the film's length and the MB of what was encoded."""
    film, count = sys.argv[1], cores()
    with av.open(film) as container:
        stream = container.streams.video[0]
        rate, each = float(stream.average_rate), stream.frames // count
    there = get_context("spawn")
    gate, told = there.Barrier(count), there.SimpleQueue()
    with TemporaryDirectory() as folder:
        args = [(film, Path(folder) / f"{i}.mp4", i * each, each, count, gate, told) for i in range(count)]
        processes = [there.Process(target=_encode, args=some) for some in args]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        if any(process.exitcode for process in processes):
            raise SystemExit("the frames could not be encoded")
        size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
    walls, cpus = zip(*(told.get() for _ in processes), strict=True)
    cost = {"wall": max(walls), "cpu": sum(cpus), "seconds": count * each / rate, "size": size}
    sys.stdout.write(json.dumps(cost) + "\n")


def encoder_to(target: Path, width: int, height: int, rate: int, options: dict[str, str]) -> VideoSegmentEncoder:
    """Return Manim's encoder of an MP4, with Manim's own settings but for these."""
    output = OutputSpec(OutputFormat.MP4, transparent=False, save_sections=False, fallback_to_still=False)
    spec = resolve_video_encoder(output, width=width, height=height, frame_rate=rate, options=options)
    return VideoSegmentEncoder(target=target, spec=spec)


def _encode(film: str, target: Path, first: int, count: int, processes: int, gate: Any, told: Any) -> None:
    """Encode some frames of a film; all processes do so at the same time, and none decodes meanwhile."""
    options = {**({"threads": "1"} if processes > 1 else {}), **config.video_encoder_options}
    wall = cpu = 0.0
    with av.open(film) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1  # a second one would decode ahead while the clock runs
        encoder = encoder_to(target, stream.width, stream.height, round(float(stream.average_rate)), options)
        frames = islice(container.decode(video=0), first, first + count)
        last = False
        while not last:
            pictures = _pictures(frames)
            last = len(pictures) < _AT_ONCE
            gate.wait(_PATIENCE)
            clocks = time.perf_counter(), time.process_time()
            for picture in pictures:
                encoder.write_frame(picture)
            if last:
                encoder.finish()
            cpu += time.process_time() - clocks[1]
            gate.wait(_PATIENCE)
            wall += time.perf_counter() - clocks[0]
    told.put((wall, cpu))


def _pictures(frames: Iterator[av.VideoFrame]) -> list[Any]:
    return [np.ascontiguousarray(frame.to_ndarray(format="rgba")) for frame in islice(frames, _AT_ONCE)]


if __name__ == "__main__":
    main()
