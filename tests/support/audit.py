"""Films as they come out: rendered by plain Manim, decoded, and their curves looked for pixel by pixel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import srt
from numpy.typing import NDArray

from em_film.page.layout import Rect
from em_film.page.theme import DARK, Theme, rgb
from em_film.wording import count_words
from support import ROOT

_UNIT = 854 / (8 * 854 / 480)  # pixels in a scene unit at -ql
_STROKE = 3.6  # pixels
_LIKE = 40  # how far compression moves a colour, of 255
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Rendered:
    """A film at -ql with its sections and captions."""

    film: Path
    sections: list[dict[str, str]]
    captions: list[srt.Subtitle]

    @property
    def length(self) -> float:
        with av.open(str(self.film)) as container:
            return float(container.duration or 0) / 1e6

    def ends_of(self, kind: str) -> list[float]:
        """Seconds at which the sections end whose names begin so."""
        ends = np.cumsum([float(section["duration"]) for section in self.sections])
        return [
            float(end) for section, end in zip(self.sections, ends, strict=True) if section["name"].startswith(kind)
        ]

    def last_before(self, moments: Sequence[float]) -> list[Picture]:
        """The last frame before each moment."""
        shown = list(frames(self.film))
        return [max((frame for frame in shown if frame[0] < m - 0.1), key=lambda frame: frame[0])[1] for m in moments]

    def require_readable_captions(self) -> None:
        """Captions follow each other, lie inside the film and stand long enough to be read."""
        end = 0.0
        for caption in self.captions:
            assert caption.start.total_seconds() >= end - 1e-6, caption.content
            end = caption.end.total_seconds()
            assert end - caption.start.total_seconds() >= 0.3 * count_words(caption.content), caption.content
        assert 0 < end <= self.length + 0.1


@dataclass(frozen=True)
class PanelAudit:
    """Where the curves of a slice panel are in a picture: rows from the panel's top, column by column."""

    page: Rect
    theme: Theme = DARK

    def tops(self, picture: Picture, colour: str) -> NDArray[np.float64]:
        """Row of the highest pixel of a colour in each column; NaN where there is none."""
        return _tops(self._seen(self._panel(picture), colour))

    def blue_under_red(self, picture: Picture) -> NDArray[np.float64]:
        """How many rows blue is under red, in every column in which both can be told from dots."""
        panel = self._panel(picture)
        seen = {colour: self._seen(panel, colour) for colour in (self.theme.blue, self.theme.red, self.theme.ink)}
        red, blue = _tops(seen[self.theme.red]), _tops(seen[self.theme.blue])
        # Dots stand over the lines; beside them, and where red is steep, rows tell nothing.
        steep = np.abs(np.diff(red, append=np.nan)) > 2
        for mask, line in zip(seen.values(), (6, 8, 4), strict=True):
            steep |= mask.sum(axis=0) > line
        both = np.isfinite(red) & np.isfinite(blue) & ~(np.convolve(steep, np.ones(17), mode="same") > 0)
        return np.asarray(blue[both] - red[both])

    def touches_at(self, picture: Picture, x: float) -> bool:
        """Whether blue comes out from under red at the right of `x` (scene units), and does not stand apart."""
        red, blue = self.tops(picture, self.theme.red), self.tops(picture, self.theme.blue)
        after = np.arange(round((x - self.page.left) * _UNIT) + 7, len(red))
        out = after[np.isfinite(blue[after]) & np.isfinite(red[after])][:3]
        # Where a steep curve comes out from under another one it is seen a stroke's width apart, measured downwards.
        near = np.maximum(7.0, _STROKE * np.hypot(1.0, np.nan_to_num(np.gradient(red)[out])))
        return len(out) == 3 and bool((np.abs(red[out] - blue[out]) <= near).all())

    def _panel(self, picture: Picture) -> NDArray[np.int16]:
        top, bottom = (round((4 - y) * _UNIT) for y in (self.page.top, self.page.bottom))
        return picture[top:bottom, _column(self.page.left) + 2 : _column(self.page.right)].astype(np.int16)

    def _seen(self, panel: NDArray[np.int16], colour: str) -> NDArray[np.bool_]:
        apart = np.abs(panel - np.rint(255 * rgb(colour)).astype(np.int16))
        return np.asarray((apart[..., 0] <= _LIKE) & (apart[..., 1] <= _LIKE) & (apart[..., 2] <= _LIKE))


def manim(
    scene: str, arguments: list[str], experiment: Path, *, theme: str = "dark", patch: str = "None"
) -> subprocess.CompletedProcess[str]:
    """Run plain Manim at -ql on ``scenes/SCENE.py``, after a patch to break what should be noticed."""
    start = f"import sys; from manim.__main__ import main; {patch}; sys.argv = ['manim', *sys.argv[1:]]; main()"
    environment = os.environ | {"EM_EXPERIMENT": str(experiment), "EM_THEME": theme}
    command = [sys.executable, "-c", start, "render", "-ql", str(ROOT / f"scenes/{scene}.py"), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def render(scene: str, folder: Path, experiment: str, *, theme: str = "dark", patch: str = "None") -> Rendered:
    """Render a film of an experiment, given as the text of its file."""
    path = folder / "short.toml"
    path.write_text(experiment)
    arguments = ["--save_sections", "--media_dir", str(folder / "media")]
    done = manim(scene, arguments, path, theme=theme, patch=patch)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    videos = folder / f"media/videos/{scene}/480p15"
    return Rendered(
        videos / f"{scene}-short.mp4",
        json.loads((videos / f"sections/{scene}-short.json").read_text()),
        list(srt.parse((videos / f"{scene}-short.srt").read_text())),
    )


def frames(film: Path) -> Iterator[tuple[float, Picture]]:
    """Every frame with its time in seconds."""
    with av.open(str(film)) as container:
        for frame in container.decode(video=0):
            yield float(frame.time or 0.0), frame.to_ndarray(format="rgb24")


def cut_out(picture: Picture, page: Rect) -> Picture:
    """Return what a picture shows of a rectangle of the page, without the rectangle's own border."""
    top, bottom = (round((4 - y) * _UNIT) for y in (page.top, page.bottom))
    return picture[top + 2 : bottom - 1, _column(page.left) + 2 : _column(page.right) - 1]


def changing_frames(film: Path) -> Iterator[tuple[float, Picture]]:
    """Frames that differ from the one before, with their times in seconds."""
    before = np.zeros((0, 0, 3), dtype=np.uint8)
    for moment, picture in frames(film):
        if not np.array_equal(picture, before):
            yield moment, picture
        before = picture


def _tops(seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.where(seen.any(axis=0), seen.argmax(axis=0), np.nan)


def _column(x: float) -> int:
    return round((x + 854 / 120) * _UNIT)
