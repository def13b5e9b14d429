"""A film played without being drawn: when what happens in it, and any one of its frames.

This leans on how Manim's Cairo renderer plays an animation; `Rehearsal.play` is that method without its drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    """Plays every animation to its end without drawing it, and draws no frames but those asked for.

    Parameters
    ----------
    frames : int
        Frames to draw, of which there is at most one in a play; after the last of them the film ends. All of it is
        played where there are none.
    until : str, optional
        Name of a section after which the film ends; letters' case aside.
    rests : callable, optional
        Told a section's name: whether the frame at which it comes to rest is drawn, too. One in which something always
        moves has none.

    Attributes
    ----------
    pictures : dict of int to Picture
        What was drawn, by frame.
    """

    def __init__(
        self, *frames: int, until: str | None = None, rests: Callable[[str], bool] = lambda name: False
    ) -> None:
        super().__init__(camera_class=StageCamera, skip_animations=True)
        self._frames = sorted(set(frames))
        self._until = until
        self._draws_rest = rests
        self._starts: list[tuple[str, int]] = []
        self._rests: list[int | None] = []
        self._section: Any = None
        self._played = 0
        self.pictures: dict[int, Picture] = {}

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
        if self._is_over():
            raise EndSceneEarlyException
        self._note_section()
        scene.compile_animation_data(*args, **kwargs)
        still = scene.is_current_animation_frozen_frame()
        times = np.arange(0, scene.duration, 1 / self.camera.frame_rate)
        count = int(scene.duration / (1 / self.camera.frame_rate)) if still else len(times)
        scene.begin_animations()
        if self._frames and self._frames[0] < self._played + count:
            frame = self._frames.pop(0)
            self._draw(scene, frame, [] if still else times[: frame - self._played + 1])
            if not self._frames:
                self.num_plays += 1
                raise EndSceneEarlyException
        if still and count:
            self._rest(scene, self._played + count - 1)
        elif not still:
            scene.play_internal(skip_rendering=True)
        self.time += scene.duration
        self._played += count
        self.num_plays += 1

    def _rest(self, scene: Scene, frame: int) -> None:
        """Note that the section rests, so far, and draw it in place of its rest before."""
        before, self._rests[-1] = self._rests[-1], frame
        if self._section is not None and self._draws_rest(self._section.name):
            if before is not None:
                self.pictures.pop(before, None)
            self._draw(scene, frame, [])

    def _draw(self, scene: Scene, frame: int, times: Sequence[float] | NDArray[np.float64]) -> None:
        self.save_static_frame_data(scene, scene.static_mobjects)
        for time in times:
            scene.update_to_time(time)
        self.update_frame(scene, mobjects=scene.moving_mobjects)
        self.pictures[frame] = np.array(self.get_frame(), dtype=np.uint8)

    def _is_over(self) -> bool:
        begins = self._section is not None and self.file_writer.sections[-1] is not self._section
        return begins and self._until is not None and self._section.name.casefold() == self._until.casefold()

    def _note_section(self) -> None:
        section = self.file_writer.sections[-1]
        if section is not self._section:
            self._section = section
            self._starts.append((section.name, self._played))
            self._rests.append(None)
