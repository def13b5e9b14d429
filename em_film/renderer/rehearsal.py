"""A film played without being drawn: when what happens in it, and any one of its frames.

This leans on how Manim's Cairo renderer plays an animation; `Rehearsal.play` is that method without its drawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from manim import Scene
from manim.renderer.cairo_renderer import CairoRenderer
from manim.utils.exceptions import EndSceneEarlyException
from numpy.typing import NDArray

from em_film.renderer.camera import StageCamera

__all__ = ["Picture", "Rehearsal", "Section", "Timeline"]

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a film that has a name.

    Attributes
    ----------
    name : str
    first : int
        Its first frame, counted from the film's first.
    end : int
        The frame after its last.
    rest : int
        Its last frame at which nothing moves; its last frame where something always moves.
    """

    name: str
    first: int
    end: int
    rest: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """When what happens in a film.

    Attributes
    ----------
    rate : float
        Frames a second.
    sections : tuple of Section
        In order, without gaps.
    """

    rate: float
    sections: tuple[Section, ...]

    @property
    def n_frames(self) -> int:
        """Number of frames of the whole film."""
        return self.sections[-1].end if self.sections else 0

    @property
    def seconds(self) -> float:
        """Length of the whole film."""
        return self.n_frames / self.rate

    def frame_at(self, seconds: float) -> int | None:
        """Frame that is seen at a time; None where there is none. The end shows the last one."""
        frame = int(np.floor(seconds * self.rate + 1e-6))
        if seconds < 0 or seconds > self.seconds + 1e-6:
            return None
        return min(frame, self.n_frames - 1)

    def rest_of(self, name: str) -> int | None:
        """Frame at which the first section of that name comes to rest, letters' case aside."""
        found = [section for section in self.sections if section.name.casefold() == name.casefold()]
        return found[0].rest if found else None


class Rehearsal(CairoRenderer):
    """Plays every animation to its end without drawing it, and draws at most one frame.

    Parameters
    ----------
    frame : int, optional
        The frame to draw, after which the film ends; all of it is played when left out.
    """

    def __init__(self, frame: int | None = None) -> None:
        super().__init__(camera_class=StageCamera, skip_animations=True)
        self._frame = frame
        self._starts: list[tuple[str, int]] = []
        self._rests: list[int | None] = []
        self._section: Any = None
        self._played = 0
        self.picture: Picture | None = None

    @property
    def timeline(self) -> Timeline:
        """What was played so far."""
        ends = [first for _, first in self._starts[1:]] + [self._played]
        sections = [
            Section(name, first, end, end - 1 if rest is None else rest)
            for (name, first), end, rest in zip(self._starts, ends, self._rests, strict=True)
        ]
        return Timeline(float(self.camera.frame_rate), tuple(sections))

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Play one animation as Manim does, but draw only the frame asked for."""
        self._note_section()
        scene.compile_animation_data(*args, **kwargs)
        still = scene.is_current_animation_frozen_frame()
        times = np.arange(0, scene.duration, 1 / self.camera.frame_rate)
        count = int(scene.duration / (1 / self.camera.frame_rate)) if still else len(times)
        scene.begin_animations()
        if self._frame is not None and self._frame < self._played + count:
            self._draw(scene, [] if still else times[: self._frame - self._played + 1])
            raise EndSceneEarlyException
        if not still:
            scene.play_internal(skip_rendering=True)
        self.time += scene.duration
        self._played += count
        if still and count:
            self._rests[-1] = self._played - 1
        self.num_plays += 1

    def _draw(self, scene: Scene, times: Sequence[float] | NDArray[np.float64]) -> None:
        self.save_static_frame_data(scene, scene.static_mobjects)
        for time in times:
            scene.update_to_time(time)
        self.update_frame(scene, mobjects=scene.moving_mobjects)
        self.picture = np.asarray(self.get_frame(), dtype=np.uint8)
        self.num_plays += 1

    def _note_section(self) -> None:
        section = self.file_writer.sections[-1]
        if section is not self._section:
            self._section = section
            self._starts.append((section.name, self._played))
            self._rests.append(None)
