"""Pieces that were cut short or came to harm are made anew; no render waits for ever, and none shows a wrong film."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from support import ROOT
from support.running import FILMS, SMALL, wait_for

from em_film.renderer.pieces import copied
from em_film.renderer.seals import is_sound, seal

_COMMAND = [sys.executable, "-m", "manim", "render", "-ql", "--progress_bar", "none", str(FILMS / "tiny_film.py")]


@dataclass(frozen=True)
class Rendering:
    """A folder in which plain Manim renders the tiny film."""

    folder: Path
    renderer: str

    def start(self, **environment: str) -> subprocess.Popen[str]:
        around = os.environ | {"PYTHONPATH": str(ROOT), "EM_EXPERIMENT": "small.toml", "EM_RENDERER": self.renderer}
        return subprocess.Popen(
            _COMMAND,
            cwd=self.folder,
            env=around | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def frames(self) -> np.ndarray:
        """Render to the end; return the film's pictures."""
        process = self.start()
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
        (film,) = (path for path in self.folder.rglob("tiny_film-small.mp4") if "partial" not in str(path))
        with av.open(str(film)) as container:
            return np.array([frame.to_ndarray(format="gray") for frame in container.decode(video=0)])

    @property
    def pieces(self) -> list[Path]:
        return sorted(self.folder.rglob("partial_movie_files/*/*.mp4"))


@pytest.fixture(scope="module", params=["fast", "plain"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rendering, np.ndarray]:
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "small.toml").write_text(SMALL)
    rendering = Rendering(folder, request.param)
    return rendering, rendering.frames()


def _cut(pieces: list[Path]) -> None:
    pieces[0].write_bytes(pieces[0].read_bytes()[:-200])


def _zero(pieces: list[Path]) -> None:
    pieces[1].write_bytes(bytes(pieces[1].stat().st_size))


def _swap(pieces: list[Path]) -> None:
    for suffix in ("", ".seal"):
        one, other = (piece.with_name(piece.name + suffix) for piece in (pieces[0], pieces[-1]))
        content = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(content)


def _flip(pieces: list[Path]) -> None:
    content = bytearray(pieces[2].read_bytes())
    content[len(content) // 2] ^= 0x40
    pieces[2].write_bytes(content)


def _folder(pieces: list[Path]) -> None:
    pieces[0].unlink()
    pieces[0].mkdir()
    (pieces[0] / "file").touch()


def _unsealed(pieces: list[Path]) -> None:
    pieces[0].with_name(pieces[0].name + ".seal").unlink()


@pytest.mark.parametrize("harm", [_cut, _zero, _swap, _flip, _folder, _unsealed])
def test_a_piece_that_came_to_harm_is_made_anew(
    harm: Callable[[list[Path]], None], whole: tuple[Rendering, np.ndarray], tmp_path: Path
) -> None:
    before, frames = whole
    shutil.copytree(before.folder, tmp_path / "again")
    again = Rendering(tmp_path / "again", before.renderer)
    harm(again.pieces)
    assert np.array_equal(again.frames(), frames)
    assert all(is_sound(piece) for piece in again.pieces)


def test_a_render_that_is_killed_leaves_no_piece_that_the_next_one_takes_for_whole(
    whole: tuple[Rendering, np.ndarray], tmp_path: Path
) -> None:
    before, frames = whole
    (tmp_path / "small.toml").write_text(SMALL)
    killed = Rendering(tmp_path, before.renderer)
    for moment in (0.0, 0.15):
        process = killed.start(TINY_TROUBLE=str(tmp_path / "here"))
        try:
            wait_for(lambda: any(tmp_path.rglob("partial_movie_files/*/.*.part")) or (tmp_path / "here").exists(), 30)
            time.sleep(moment)
        finally:
            process.kill()
            process.communicate()
    assert all(is_sound(piece) for piece in killed.pieces)
    assert np.array_equal(killed.frames(), frames)
    assert not list(tmp_path.rglob("*.part"))


def test_pieces_are_put_together_as_manim_does(whole: tuple[Rendering, np.ndarray], tmp_path: Path) -> None:
    pieces = [str(piece) for piece in whole[0].pieces]
    assert len(pieces) > 5
    assert copied(pieces, tmp_path / "ours.mp4")
    (tmp_path / "list").write_text("".join(f"file '{piece}'\n" for piece in pieces))
    with av.open(str(tmp_path / "list"), format="concat", options={"safe": "0"}) as joined:
        pictures = [frame.to_ndarray(format="gray") for frame in joined.decode(video=0)]
    with av.open(str(tmp_path / "ours.mp4")) as film:
        stream, packets = film.streams.video[0], list(film.demux(video=0))[:-1]
        times = sorted(float(packet.pts * packet.time_base) for packet in packets)
        assert np.allclose(times, np.arange(len(pictures)) / float(stream.average_rate))
        assert [packet.dts for packet in packets] == sorted(packet.dts for packet in packets)
    with av.open(str(tmp_path / "ours.mp4")) as film:
        assert np.array_equal([frame.to_ndarray(format="gray") for frame in film.decode(video=0)], pictures)


def test_pieces_that_were_encoded_in_unlike_ways_are_not_merely_copied(
    whole: tuple[Rendering, np.ndarray], tmp_path: Path
) -> None:
    first = whole[0].pieces[0]
    with av.open(str(first)) as piece, av.open(str(tmp_path / "other.mp4"), "w") as other:
        video = piece.streams.video[0]
        stream = other.add_stream("libx264", rate=video.average_rate, options={"bf": "0", "refs": "1"})
        stream.width, stream.height = video.width, video.height
        for frame in piece.decode(video):
            other.mux(stream.encode(frame.reformat(format="yuv420p")))
        other.mux(stream.encode())
    assert not copied([str(first), str(tmp_path / "other.mp4")], tmp_path / "film.mp4")


def test_a_seal_belongs_to_one_name_and_one_content(tmp_path: Path) -> None:
    one, other = tmp_path / "a.mp4", tmp_path / "b.mp4"
    one.write_bytes(b"content")
    other.write_bytes(b"content")
    assert not is_sound(one)
    seal(one, one)
    assert is_sound(one)
    shutil.copy(tmp_path / "a.mp4.seal", tmp_path / "b.mp4.seal")
    assert not is_sound(other)
    one.write_bytes(b"contenu")
    assert not is_sound(one)


def test_a_thread_that_nobody_feeds_does_not_keep_the_process_alive(tmp_path: Path) -> None:
    """An interrupt just after Manim has started a piece's thread leaves it waiting for its first picture."""
    code = f"""
import sys
sys.argv = ["manim", "render", "-ql", "--progress_bar", "none", {str(FILMS / "tiny_film.py")!r}]
from manim.scene import scene_file_writer as writer
plain = writer._PartialMovieEncodeJob.__init__
def interrupted(self, **kwargs):
    plain(self, **kwargs)
    raise KeyboardInterrupt
writer._PartialMovieEncodeJob.__init__ = interrupted
from manim.__main__ import main
main()
"""
    (tmp_path / "small.toml").write_text(SMALL)
    around = os.environ | {"PYTHONPATH": str(ROOT), "EM_EXPERIMENT": "small.toml"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=around, capture_output=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert not list(tmp_path.rglob("partial_movie_files/*/*.mp4"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_plain_manim_ends_within_seconds_of_a_request(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SMALL)
    process = Rendering(tmp_path, "fast").start(TINY_TROUBLE=str(tmp_path / "here"))
    wait_for((tmp_path / "here").exists, 30)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) != 0
    process.communicate()
