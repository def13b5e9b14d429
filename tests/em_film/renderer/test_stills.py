"""A picture that stands is encoded as if each of its frames had been, whatever was learned from others before."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from em_film.renderer import stills
from em_film.renderer.stills import StillStream

_OPTIONS = {"preset": "superfast", "crf": "-1", "qp": "23", "x264-params": "b-adapt=0:scenecut=0:weightp=0:subme=0"}
Picture = NDArray[np.uint8]


def _picture(seed: int, *, soft: bool = False) -> Picture:
    """Return shades and lines; or, soft, shades and noise, of which x264 goes on mending what its quantiser loses."""
    rng = np.random.default_rng(seed)
    shade = np.add.outer(np.linspace(0, 200, 144), np.linspace(0, 55 if soft else 11 * seed, 192))
    picture = np.clip(shade[..., None] + 3 * soft * rng.normal(size=(144, 192, 3)), 0, 255).astype(np.uint8)
    picture[:: 7 if soft else 5 + seed, :, seed % 3] = 255
    if not soft:
        picture[:, :: 3 + seed, seed % 2] = 40
    return picture


def _encoded(
    path: Path,
    pictures: list[tuple[int, int]],
    learned: list[bytes],
    options: dict[str, str] = _OPTIONS,
    soft: bool = False,
) -> Counter[str]:
    """Write pictures, by seed and number of frames, the first as one that stands; count what x264 encoded."""
    done: Counter[str] = Counter()
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", rate=60, options={"threads": "1", **options})
        video.width, video.height, video.pix_fmt = 192, 144, "yuv420p"

        class Counted:
            def encode(self, frame: av.VideoFrame | None = None) -> list[Any]:
                done["frames"] += frame is not None
                return list(video.encode(frame))

        stream, place = StillStream(Counted(), learned), 0
        for seed, times in pictures:
            frame = av.VideoFrame.from_ndarray(_picture(seed, soft=soft), format="rgb24").reformat(format="yuv420p")
            frame.time_base = Fraction(1, 60)
            if not place:
                stream.stand(frame, times)
            for shown in range(0 if not place else times):
                frame.pts = place + shown
                for packet in stream.encode(frame):
                    container.mux(packet)
            place += times
        for packet in stream.encode():
            container.mux(packet)
    return done


def _decoded(path: Path) -> tuple[list[float], list[Picture]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [float(frame.time or 0) for frame in frames], [frame.to_ndarray(format="rgb24") for frame in frames]


@pytest.mark.parametrize("times", [1, 2, 3, 4, 5, 30, 100])
def test_what_was_learned_from_another_picture_changes_no_byte(times: int, tmp_path: Path) -> None:
    learned: list[bytes] = []
    _encoded(tmp_path / "other.mp4", [(5, 120)], learned)
    assert len(learned) == 120
    for seed in (1, 2, 8):
        alone, after = tmp_path / "alone.mp4", tmp_path / "after.mp4"
        _encoded(alone, [(seed, times)], [])
        done = _encoded(after, [(seed, times)], learned)
        assert alone.read_bytes() == after.read_bytes()
        assert done["frames"] == times if times < 12 else done["frames"] < 12


def test_a_long_wait_is_whole_and_shows_its_picture_to_the_end(tmp_path: Path) -> None:
    learned: list[bytes] = []
    times = 3 * stills._RUN + 7
    for seed in (1, 2):
        done = _encoded(tmp_path / f"{seed}.mp4", [(seed, times)], learned)
        moments, pictures = _decoded(tmp_path / f"{seed}.mp4")
        assert moments == pytest.approx(np.arange(times) / 60)
        off = [np.abs(picture.astype(int) - _picture(seed)).mean() for picture in pictures]
        assert max(off) <= off[0] + 0.5
        assert all(np.array_equal(picture, pictures[stills._RUN - 1]) for picture in pictures[5 : stills._RUN])
    assert done["frames"] < 12


def test_a_picture_that_x264_goes_on_mending_is_encoded_to_the_end_and_teaches_nothing(tmp_path: Path) -> None:
    learned: list[bytes] = []
    _encoded(tmp_path / "calm.mp4", [(2, 60)], learned)
    calm = list(learned)
    for times in (40, 120):
        done = _encoded(tmp_path / f"{times}.mp4", [(1, times)], learned, soft=True)
        assert done["frames"] == times
        _encoded(tmp_path / "alone.mp4", [(1, times)], [], soft=True)
        assert (tmp_path / f"{times}.mp4").read_bytes() == (tmp_path / "alone.mp4").read_bytes()
    assert learned == calm


def test_what_follows_a_picture_that_stood_is_encoded_as_ever(tmp_path: Path) -> None:
    done = _encoded(tmp_path / "film.mp4", [(1, 40), (2, 10)], [b"-"] * 240)
    assert done["frames"] == 50
    moments, pictures = _decoded(tmp_path / "film.mp4")
    assert moments == pytest.approx(np.arange(50) / 60)
    assert np.abs(pictures[-1].astype(int) - _picture(2)).mean() < np.abs(pictures[-1].astype(int) - _picture(1)).mean()


@pytest.mark.parametrize("options", [{"crf": "23", "preset": "medium"}, {"crf": "18", "preset": "superfast"}])
def test_with_other_settings_every_frame_still_shows_the_picture(options: dict[str, str], tmp_path: Path) -> None:
    learned: list[bytes] = []
    for seed in (3, 1, 2):
        _encoded(tmp_path / f"{seed}.mp4", [(seed, 200)], learned, options)
        moments, pictures = _decoded(tmp_path / f"{seed}.mp4")
        assert moments == pytest.approx(np.arange(200) / 60)
        off = [np.abs(picture.astype(int) - _picture(seed)).mean() for picture in pictures]
        assert max(off) <= off[0] + 0.5
