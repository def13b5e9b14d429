"""Pictures converted tile by tile are those that swscale converts whole, to the last bit."""

from __future__ import annotations

from itertools import product
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from em_film.renderer import conversion
from em_film.renderer.conversion import Conversion

Picture = NDArray[np.uint8]

# What -ql, -qm and -qh ask for; sizes that tiles, eight bytes and FFmpeg's lines do not divide; one tile.
_SIZES = [(854, 480), (1280, 720), (1920, 1080), (320, 180), (162, 90), (100, 50), (38, 46), (18, 22), (16, 20)]


def _values(frame: av.VideoFrame) -> list[Picture]:
    return [
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : plane.width].copy() for plane in frame.planes
    ]


def _whole(picture: Picture, pixel_format: str = "yuv420p") -> list[Picture]:
    borrowed: Any = av.VideoFrame.from_ndarray(picture, format="rgba")
    return _values(borrowed.reformat(format=pixel_format, threads=1))


def _same(ours: list[Picture], theirs: list[Picture]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))


def _noise(rng: np.random.Generator, height: int, width: int) -> Picture:
    return rng.integers(0, 256, (height, width, 4), dtype=np.uint8)


@pytest.fixture
def always_by_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "_MOST", 1.0)


@pytest.mark.usefixtures("always_by_tiles")
@pytest.mark.parametrize(("width", "height"), _SIZES)
def test_changes_anywhere_give_the_whole_conversion(width: int, height: int) -> None:
    rng = np.random.default_rng(width)
    convert = Conversion(width, height, "yuv420p", lambda _: None).convert
    picture = _noise(rng, height, width)
    assert _same(_values(convert(picture)), _whole(picture))
    tall, wide = height // 3, width // 3
    tops, lefts = (0, height - tall, height // 2), (0, width - wide, width // 2)
    for top, left in [*product(tops, lefts), *rng.integers(0, (height, width), (6, 2)).tolist()]:
        picture = picture.copy()
        spot = picture[top : top + tall, left : left + wide]
        spot[:] = rng.integers(0, 256, spot.shape, dtype=np.uint8)
        assert _same(_values(convert(picture)), _whole(picture)), (top, left)


@pytest.mark.usefixtures("always_by_tiles")
def test_a_change_of_one_row_reaches_the_chroma_of_its_neighbours() -> None:
    rng = np.random.default_rng(1)
    convert = Conversion(38, 70, "yuv420p", lambda _: None).convert
    picture = _noise(rng, 70, 38)
    convert(picture)
    for row in range(70):
        picture = picture.copy()
        picture[row] ^= 0xFF
        assert _same(_values(convert(picture)), _whole(picture)), row


def test_a_picture_that_changes_everywhere_is_converted_too() -> None:
    rng = np.random.default_rng(2)
    convert = Conversion(64, 48, "yuv420p", lambda _: None).convert
    for _ in range(3):
        picture = _noise(rng, 48, 64)
        assert _same(_values(convert(picture)), _whole(picture))


@pytest.mark.parametrize(
    ("width", "height", "pixel_format"),
    [(64, 48, "yuva420p"), (64, 48, "argb"), (63, 47, "yuv420p"), (64, 8, "yuv420p")],
)
def test_other_formats_and_sizes_are_converted_whole(width: int, height: int, pixel_format: str) -> None:
    rng = np.random.default_rng(3)
    released: list[Picture] = []
    convert = Conversion(width, height, pixel_format, released.append).convert
    for number in range(3):
        picture = _noise(rng, height, width)
        assert _same(_values(convert(picture)), _whole(picture, pixel_format))
        assert len(released) == number + 1


def test_a_picture_is_released_when_the_next_one_has_been_compared_with_it() -> None:
    released: list[Picture] = []
    converting = Conversion(64, 48, "yuv420p", released.append)
    pictures = [_noise(np.random.default_rng(seed), 48, 64) for seed in range(3)]
    for picture in pictures:
        converting.convert(picture)
    assert [id(picture) for picture in released] == [id(picture) for picture in pictures[:2]]
    converting.finish()
    assert [id(picture) for picture in released] == [id(picture) for picture in pictures]


@pytest.mark.usefixtures("always_by_tiles")
def test_a_frame_that_was_handed_on_stays_as_it_was() -> None:
    converting = Conversion(64, 48, "yuv420p", lambda _: None)
    picture = _noise(np.random.default_rng(4), 48, 64)
    frame = converting.convert(picture)
    before = _values(frame)
    converting.convert(np.bitwise_not(picture))
    assert _same(_values(frame), before)
