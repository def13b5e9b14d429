"""Films rendered by the command: what is laid down, that it is plain Manim's film, and what trouble leaves behind."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
import srt
from manim.scene.scene_file_writer import SceneFileWriter
from PIL import Image
from support.running import FILMS, ROOT, SMALL, Run, Started

from em_model import em

_HASHES = """
import hashlib, sys
from manim.scene.scene_file_writer import SceneFileWriter as _W
_plain = _W.write_frame
def _write(self, pixels, *, repeat=1):
    print("frame", hashlib.sha256(pixels.tobytes()).hexdigest(), repeat, file=sys.stderr)
    _plain(self, pixels, repeat=repeat)
_W.write_frame = _write
"""


def _frames(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def _boxes(path: Path) -> list[str]:
    """Names of a file's outermost boxes, in order (ISO 14496-12)."""
    content, names, place = path.read_bytes(), [], 0
    while place < len(content):
        names.append(content[place + 4 : place + 8].decode("ascii"))
        place += int.from_bytes(content[place : place + 4]) or len(content)
    return names


def _hashes(errors: str) -> list[str]:
    return re.findall(r"frame \w{64} \d+", errors)  # Manim's own bars stand in the same lines


def _state(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny film, rendered from another folder by the command as installed."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "small.toml").write_text(SMALL)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "EM_FILM_CACHE": str(folder / "cache")}
    start = (
        "import runpy; from pathlib import Path; from em_film.publish import films; "
        f"films.FOLDERS.append(Path({str(FILMS)!r})); runpy.run_module('em_film', run_name='__main__')"
    )
    arguments = ["render", "tiny_film", "small.toml", "-q", "l", "--sections", "--out", "out"]
    done = subprocess.run(
        [sys.executable, "-c", start, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = [str(Path("out") / f"tiny_film-small{end}") for end in (".mp4", ".srt", ".vtt", ".png", "-sections")]
    assert done.stdout.splitlines() == told
    return folder / "out"


def test_the_index_comes_first_and_the_colour_tags_stay(tiny: Path) -> None:
    film = tiny / "tiny_film-small.mp4"
    boxes = _boxes(film)
    assert boxes.index("moov") < boxes.index("mdat")
    with av.open(str(film)) as container:
        context = container.streams.video[0].codec_context
        assert (context.width, context.height, context.framerate) == (854, 480, 15)
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (6, 1, 1, 1)
        assert container.metadata["title"] == "Small"
        chapters = [chapter["metadata"]["title"] for chapter in container.chapters()]
    assert chapters == ["points & <such>", "it moves", "end"]


def test_captions_are_there_twice_and_say_the_same(tiny: Path) -> None:
    subrip = list(srt.parse((tiny / "tiny_film-small.srt").read_text(encoding="utf-8")))
    head, *cues = (tiny / "tiny_film-small.vtt").read_text(encoding="utf-8").split("\n\n")
    assert head == "WEBVTT"
    assert [caption.content for caption in subrip] == [
        "Some points, a < b & c.\nNothing else --> yet.",
        "Gone: the disc has moved",
    ]
    assert len(cues) == len(subrip)
    first = cues[0].splitlines()
    assert first[2:] == ["Some points, a &lt; b &amp; c.", "Nothing else --&gt; yet."]
    assert first[1] == srt.timedelta_to_srt_timestamp(subrip[0].start).replace(",", ".") + " --> " + (
        srt.timedelta_to_srt_timestamp(subrip[0].end).replace(",", ".")
    )


def test_the_poster_is_the_telling_moment_and_not_the_beginning(tiny: Path) -> None:
    poster = np.asarray(Image.open(tiny / "tiny_film-small.png").convert("RGB")).astype(int)
    frames = _frames(tiny / "tiny_film-small.mp4")
    index = json.loads((tiny / "tiny_film-small-sections/sections.json").read_text())
    last = round(15 * (index[1]["start"] + index[1]["duration"])) - 1
    apart = [float(np.abs(poster - frame).mean()) for frame in frames]
    assert int(np.argmin(apart)) == last
    assert apart[0] > apart[last] + 1


def test_sections_are_films_that_make_up_the_whole(tiny: Path) -> None:
    folder = tiny / "tiny_film-small-sections"
    index = json.loads((folder / "sections.json").read_text(encoding="utf-8"))
    assert [part["name"] for part in index] == ["points & <such>", "it moves", "end"]
    whole = len(_frames(tiny / "tiny_film-small.mp4"))
    counts = [len(_frames(folder / part["video"])) for part in index]
    assert sum(counts) == whole
    assert [round(15 * part["duration"]) for part in index] == counts
    assert [round(15 * part["start"]) for part in index] == [0, counts[0], counts[0] + counts[1]]
    assert all(_boxes(folder / part["video"]).index("moov") < 3 for part in index)


def test_frames_are_those_of_plain_manim_from_any_folder(tmp_path: Path, small: Path, started: Started) -> None:
    (tmp_path / "manim.cfg").write_text("[CLI]\\nframe_rate = 7\\nfrom_animation_number = 3\\n")
    cold = {"EM_FILM_CACHE": str(tmp_path / "cold")}
    theme = ("--theme", "light")
    process = started("render", "tiny_film", small, "-q", "l", *theme, cwd=tmp_path, environment=cold, patch=_HASHES)
    _, ours = process.communicate(timeout=120)
    assert process.returncode == 0, ours
    plain = subprocess.run(
        [
            sys.executable,
            "-c",
            _HASHES + "from manim.__main__ import main; main()",
            "render",
            "-ql",
            str(FILMS / "tiny_film.py"),
            "--media_dir",
            str(tmp_path / "media"),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "EM_EXPERIMENT": str(small), "EM_THEME": "light"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert len(_hashes(ours)) > 30
    assert _hashes(ours) == _hashes(plain.stderr)


def test_a_second_render_draws_nothing_anew(
    tmp_path: Path, small: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    plain = SceneFileWriter.write_frame

    def write_frame(self: SceneFileWriter, pixels: np.ndarray, *, repeat: int = 1) -> None:
        drawn.append(repeat)
        plain(self, pixels, repeat=repeat)

    monkeypatch.setattr(SceneFileWriter, "write_frame", write_frame)
    monkeypatch.setenv("EM_FILM_CACHE", str(tmp_path / "cold"))
    fits = []
    fit = em.fit
    monkeypatch.setattr(em, "fit", lambda *args, **kwargs: fits.append(fit(*args, **kwargs)) or fits[-1])
    assert run("render", "tiny_film", small, "-q", "l", "--out", tmp_path / "1").exit_code == 0
    assert len(fits) == 1  # for the rehearsal, the poster and the film
    assert sum(drawn) == len(_frames(tmp_path / "1/tiny_film-small.mp4"))
    drawn.clear()
    assert run("render", "tiny_film", small, "-q", "l", "--out", tmp_path / "2").exit_code == 0
    assert drawn == []
    first, second = (_frames(tmp_path / number / "tiny_film-small.mp4") for number in "12")
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert run("render", "tiny_film", small, "-q", "l", "--theme", "light", "--out", tmp_path / "2").exit_code == 0
    assert sum(drawn) == len(first)


def test_two_renders_at_once_do_not_disturb_each_other(tmp_path: Path, small: Path, started: Started) -> None:
    cache = {"EM_FILM_CACHE": str(tmp_path / "cold")}
    both = [
        started("render", "tiny_film", small, "-q", "l", "--out", "out", cwd=tmp_path, environment=cache) for _ in "ab"
    ]
    for process in both:
        _, errors = process.communicate(timeout=180)
        assert process.returncode == 0, errors
    assert len(_frames(tmp_path / "out/tiny_film-small.mp4")) > 60
    assert not list((tmp_path / "cold/scratch").iterdir())
    assert not list((tmp_path / "out").glob(".*"))


@pytest.mark.parametrize(("trouble", "status"), [("break", 1), ("interrupt", 130)])
def test_a_render_that_ends_early_leaves_the_former_film(
    trouble: str, status: int, tmp_path: Path, small: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "tiny_film-small.mp4").write_text("the former film")
    before = _state(tmp_path)
    monkeypatch.setenv("TINY_TROUBLE", trouble)
    result = run("render", "tiny_film", small, "-q", "l", "--out", out)
    assert result.exit_code == status
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert _state(tmp_path) == before
    if trouble == "break":
        assert "ZeroDivisionError" in line
        log = Path(line.rpartition("the log is ")[2])
        assert "Traceback" in log.read_text()
        log.unlink()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_render_that_is_stopped_leaves_the_former_film(
    number: signal.Signals, status: int, tmp_path: Path, small: Path, started: Started
) -> None:
    out, marker = tmp_path / "out", tmp_path / "waiting"
    out.mkdir()
    (out / "tiny_film-small.mp4").write_text("the former film")
    process = started(
        "render", "tiny_film", small, "-q", "l", "--out", out, cwd=tmp_path, environment={"TINY_TROUBLE": str(marker)}
    )
    deadline = time.monotonic() + 60
    while not marker.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status, errors
    assert {name for name in os.listdir(out) if not name.startswith(".")} == {"tiny_film-small.mp4"}
    assert (out / "tiny_film-small.mp4").read_text() == "the former film"
    if number != signal.SIGKILL:
        assert os.listdir(out) == ["tiny_film-small.mp4"]
        assert len(errors.splitlines()) == 1


def test_a_gif_repeats_for_ever_keeps_time_and_holds_its_end(tmp_path: Path, small: Path, run: Run) -> None:
    result = run("render", "tiny_film", small, "--format", "gif", "-q", "l", "--gif-width", 320, "--out", tmp_path)
    assert result.exit_code == 0, result.stderr
    path = tmp_path / "tiny_film-small.gif"
    with Image.open(path) as animation:
        assert animation.info["loop"] == 0
        assert animation.size == (320, 180)
        delays = []
        for number in range(animation.n_frames):
            animation.seek(number)
            delays.append(animation.info["duration"])
        corner = animation.convert("RGB").getpixel((2, 2))
    captions = list(srt.parse((tmp_path / "tiny_film-small.srt").read_text()))
    assert delays[-1] >= 2000
    assert sum(delays[:-1]) / 1000 == pytest.approx(captions[-1].end.total_seconds() + 0.4, abs=0.2)
    assert np.abs(np.subtract(corner, (0x10, 0x13, 0x1A))).max() <= 3
    assert path.stat().st_size < 200_000


@pytest.mark.parametrize("kind", ["mov", "webm"])
def test_a_transparent_film_has_no_background(kind: str, tmp_path: Path, small: Path, run: Run) -> None:
    result = run("render", "tiny_film", small, "--transparent", "--format", kind, "-q", "l", "--out", tmp_path)
    assert result.exit_code == 0, result.stderr
    decoder = "libvpx-vp9" if kind == "webm" else None
    with av.open(str(tmp_path / f"tiny_film-small.{kind}")) as film:
        stream = film.streams.video[0]
        packets = [packet for packet in film.demux(stream) if packet.size]
        context = av.CodecContext.create(decoder, "r") if decoder else stream.codec_context
        shown = [frame for packet in packets for frame in context.decode(packet)]
        last = shown[40].to_ndarray(format="rgba")
    assert last[5, 5, 3] == 0
    assert last[..., 3].max() > 200
    assert Image.open(tmp_path / "tiny_film-small.png").convert("RGBA").getpixel((5, 5))[3] == 0
