"""Encode a finished film's frames again and do nothing else: ``python -m bench.encode_only FILM`` prints JSON.

The frames lie in memory as the renderer would hand them on, some at a time, and Manim's encoder converts and encodes
them with the settings of manim.cfg; what the clock sees is only that.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from manim import config
from manim._config.output import OutputFormat, OutputSpec
from manim._config.video_encoder import resolve_video_encoder
from manim.scene.video_segment_encoder import VideoSegmentEncoder

__all__ = ["main"]

_AT_ONCE = 24  # frames in memory, 200 MB at 1920 × 1080


def main() -> None:
    """Print wall and CPU seconds of the encoding, and the film's length."""
    with TemporaryDirectory() as folder, av.open(sys.argv[1]) as container:
        stream = container.streams.video[0]
        output = OutputSpec(OutputFormat.MP4, transparent=False, save_sections=False, fallback_to_still=False)
        size = {"width": stream.width, "height": stream.height, "frame_rate": round(float(stream.average_rate))}
        spec = resolve_video_encoder(output, **size, options=dict(config.video_encoder_options))
        encoder = VideoSegmentEncoder(target=Path(folder) / "film.mp4", spec=spec)
        wall = cpu = 0.0
        count, frames = 0, container.decode(video=0)
        while pictures := [np.ascontiguousarray(f.to_ndarray(format="rgba")) for f in islice(frames, _AT_ONCE)]:
            clocks = time.perf_counter(), time.process_time()
            for picture in pictures:
                encoder.write_frame(picture)
            wall, cpu = wall + time.perf_counter() - clocks[0], cpu + time.process_time() - clocks[1]
            count += len(pictures)
        clocks = time.perf_counter(), time.process_time()
        encoder.finish()
        wall, cpu = wall + time.perf_counter() - clocks[0], cpu + time.process_time() - clocks[1]
    seconds = count / size["frame_rate"]
    sys.stdout.write(json.dumps({"wall": wall, "cpu": cpu, "seconds": seconds, "megabytes": 0.0}))


if __name__ == "__main__":
    main()
