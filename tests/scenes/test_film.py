"""One real render of the main film, decoded and examined; and what plain Manim does with bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
import srt
from numpy.typing import NDArray

from scenes.stage.layout import SLICE
from scenes.stage.theme import DARK, rgb

_ROOT = Path(__file__).resolve().parents[2]
_EXPERIMENT = """\
title = "A short film"
seed = 24
[data]
points = 120
[[data.cluster]]
weight = 0.6
mean = [0.0, 0.0]
covariance = [[1.0, 0.5], [0.5, 1.0]]
[[data.cluster]]
weight = 0.4
mean = [3.0, 1.0]
covariance = [[1.0, 0.0], [0.0, 1.0]]
[start]
covariances = "data"
[fit]
max_steps = {steps}
[film]
detailed_steps = {steps}
"""
_UNIT = 854 / (8 * 854 / 480)  # pixels in a scene unit
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Rendered:
    film: Path
    sections: list[dict[str, str]]
    captions: list[srt.Subtitle]


def _manim(arguments: list[str], experiment: Path, *, patch: str = "") -> subprocess.CompletedProcess[str]:
    start = f"import sys; from manim.__main__ import main; {patch}; sys.argv = ['manim', *sys.argv[1:]]; main()"
    environment = os.environ | {"EM_EXPERIMENT": str(experiment), "EM_THEME": "dark"}
    command = [sys.executable, "-c", start, "render", "-ql", str(_ROOT / "scenes/em_step.py"), *arguments]
    return subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)


def _render(folder: Path, steps: int, *, patch: str = "None") -> Rendered:
    experiment = folder / "short.toml"
    experiment.write_text(_EXPERIMENT.format(steps=steps))
    done = _manim(["--save_sections", "--media_dir", str(folder / "media")], experiment, patch=patch)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    videos = folder / "media/videos/em_step/480p15"
    return Rendered(
        videos / "em_step-short.mp4",
        json.loads((videos / "sections/em_step-short.json").read_text()),
        list(srt.parse((videos / "em_step-short.srt").read_text())),
    )


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return _render(tmp_path_factory.mktemp("film"), 2)


def _frames(film: Path) -> Iterator[tuple[float, Picture]]:
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            yield float(frame.time or 0.0), frame.to_ndarray(format="rgb24")


def _column(x: float) -> int:
    return round((x + 854 / 120) * _UNIT)


def _panel(picture: Picture) -> Picture:
    top, bottom = (round((4 - y) * _UNIT) for y in (SLICE.top, SLICE.bottom))
    return picture[top:bottom, _column(SLICE.left) + 2 : _column(SLICE.right)]


def _tops(picture: Picture, colour: str) -> NDArray[np.float64]:
    """Row of the highest pixel of a colour in each column of the slice panel; NaN where there is none."""
    seen = (np.abs(_panel(picture) / 255.0 - rgb(colour)) < 0.16).all(axis=2)
    return np.where(seen.any(axis=0), seen.argmax(axis=0), np.nan)


def _dotted(picture: Picture) -> NDArray[np.bool_]:
    """Columns at and beside dots, which stand over the lines, and where the line is steep."""
    thick = np.zeros(_panel(picture).shape[1], dtype=bool)
    for colour, line in ((DARK.blue, 6), (DARK.red, 8), (DARK.ink, 4)):
        thick |= (np.abs(_panel(picture) / 255.0 - rgb(colour)) < 0.16).all(axis=2).sum(axis=0) > line
    steep = np.abs(np.diff(_tops(picture, DARK.red), append=np.nan)) > 2
    return np.convolve(thick | steep, np.ones(17), mode="same") > 0


def _ends_of(sections: list[dict[str, str]], kind: str) -> list[float]:
    ends = np.cumsum([float(section["duration"]) for section in sections])
    return [float(end) for section, end in zip(sections, ends, strict=True) if section["name"].startswith(kind)]


def _touches(film: Path, moments: list[float]) -> list[bool]:
    """Whether, at each moment, blue lies against red on both sides of where θ_old stands."""
    touches = []
    shown = list(_frames(film))
    for moment in moments:
        picture = max((frame for frame in shown if frame[0] < moment - 0.1), key=lambda frame: frame[0])[1]
        red, blue = _tops(picture, DARK.red), _tops(picture, DARK.blue)
        old = round(0.6 / 2.8 * len(red))
        # Next to the touch blue lies hidden under red; it must come out from under it, not stand apart.
        after = np.arange(old + 7, len(red))
        out = after[np.isfinite(blue[after]) & np.isfinite(red[after])][:3]
        touches.append(len(out) == 3 and bool((np.abs(red[out] - blue[out]) <= 7).all()))
    return touches


def test_the_film_has_the_size_rate_and_length_it_should(rendered: Rendered) -> None:
    with av.open(str(rendered.film)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (854, 480, 15)
        length = float(container.duration or 0) / 1e6
    assert length == pytest.approx(sum(float(section["duration"]) for section in rendered.sections), abs=0.2)


def test_sections_are_named_by_half_step(rendered: Rendered) -> None:
    names = [section["name"] for section in rendered.sections]
    told = ["title", "data", "start", "line", "E-step 1", "M-step 1", "turn 1", "E-step 2", "M-step 2", "end"]
    assert names == told


def test_captions_lie_inside_the_film_follow_each_other_and_can_be_read(rendered: Rendered) -> None:
    with av.open(str(rendered.film)) as container:
        length = float(container.duration or 0) / 1e6
    ends = [0.0]
    for caption in rendered.captions:
        assert caption.start.total_seconds() >= ends[-1] - 1e-6
        ends.append(caption.end.total_seconds())
        assert ends[-1] - caption.start.total_seconds() >= 0.3 * len(caption.content.split())
    assert ends[-1] <= length + 0.1


def test_blue_is_not_above_red_in_any_column_of_any_frame(rendered: Rendered) -> None:
    compared = 0
    for moment, picture in _frames(rendered.film):
        red, blue = _tops(picture, DARK.red), _tops(picture, DARK.blue)
        both = np.isfinite(red) & np.isfinite(blue) & ~_dotted(picture)
        compared += int(both.sum())
        assert (blue[both] >= red[both] - 3).all(), f"blue above red at {moment:.2f} s"
    assert compared > 10_000


def test_blue_touches_red_after_each_e_step(rendered: Rendered) -> None:
    touches = _touches(rendered.film, _ends_of(rendered.sections, "E-step"))
    assert touches == [True, True]


def test_without_its_entropy_blue_would_not_touch(tmp_path: Path) -> None:
    patch = "import scenes.stage.moment as m; m.lower_bound = lambda s, x: __import__('em_model').lower_bound(s, x)"
    broken = _render(tmp_path, 1, patch=f"{patch} - s.entropy")
    assert _touches(broken.film, _ends_of(broken.sections, "E-step")) == [False]


@pytest.mark.parametrize(
    ("content", "told"), [("[data]\npoints = -1\n", "data"), ("x = [", "end of the file"), (None, "no such file")]
)
def test_a_bad_experiment_is_one_line_and_status_2(content: str | None, told: str, tmp_path: Path) -> None:
    experiment = tmp_path / "bad.toml"
    if content is not None:
        experiment.write_text(content)
    done = _manim(["-s", "--media_dir", str(tmp_path / "media")], experiment, patch="None")
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line]
    assert "bad.toml" in line
    assert told in line.lower()
