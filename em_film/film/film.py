"""What every film shares: its experiment, its theme, its pace, its sentences and captions."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from manim import Animation, FadeIn, FadeOut, Group, Mobject, Scene, config
from manim.constants import RendererType
from manim.utils.rate_functions import smooth

from em_film.drawing.type import Line, Size, Type, line_of, place, words
from em_film.experiment.experiment import Experiment
from em_film.film.cache import code_fingerprint, digest_of, mobjects_in
from em_film.film.drive import BEAT, Drive, beats
from em_film.page.layout import CAPTION_LINE, DETAIL_LINE, EDGE
from em_film.page.theme import Theme, theme_named
from em_film.places import ASSETS
from em_film.renderer.camera import StageCamera
from em_film.renderer.fast import FastRenderer
from em_model import EMError

__all__ = ["Film"]

_READING = 0.3  # seconds a word


class Film(Scene):
    """A scene that renders an experiment.

    The experiment is the file named by ``EM_EXPERIMENT``, the theme the one named by ``EM_THEME``; without them the
    film's default experiment and that experiment's theme. What is wrong with either is one line and exit status 2.
    """

    default_experiment: ClassVar[str] = "experiments/three_clusters.toml"
    poster: ClassVar[str] = ""  # the section that, come to rest, stands for the film; its last frame if empty

    def __init__(self, **kwargs: Any) -> None:
        try:
            self.experiment = Experiment.load(os.environ.get("EM_EXPERIMENT") or ASSETS / self.default_experiment)
            self.theme = _theme(os.environ.get("EM_THEME") or self.experiment.film.theme)
            self.prepare()
        except EMError as error:
            _refuse(str(error))
        config.background_color = self.theme.background
        if not config.output_file:
            config.output_file = f"{_film_name(type(self))}-{self.experiment.name}"
        try:
            super().__init__(**_drawing(os.environ.get("EM_RENDERER") or "fast", kwargs))
        except EMError as error:
            _refuse(str(error))
        self._shown = 0.0
        self._said_at = 0.0
        self._caption = ""
        self._heading: Mobject | None = None

    def prepare(self) -> None:
        """Compute what the film shows, before anything is drawn; errors here are the experiment's.

        What it computes is kept for a film that is played several times, so nothing may change it afterwards.
        """

    def setup(self) -> None:
        """Make experiment, theme and code part of every cache key: what changed is never shown from an old file."""
        parts = [self.experiment.fingerprint(), self.theme.name, code_fingerprint(type(self))]
        vars(self.camera)["fingerprint"] = "/".join(parts)

    def tear_down(self) -> None:
        """Close the last caption."""
        self._close_caption()

    def play(self, *args: Any, **kwargs: Any) -> None:
        """Play animations, and count the seconds they are to last."""
        super().play(*args, **kwargs)
        self._shown += self.duration

    def say(self, heading: str, sentence: str, detail: str = "", *, caption: str | None = None) -> None:
        """Put a sentence at the top left in place of the last one, and into the captions.

        Parameters
        ----------
        heading : str
            In bold before the sentence; may be empty.
        sentence : str
            What is to be understood.
        detail : str
            A second, quieter line.
        caption : str, optional
            What the captions say; heading, sentence and detail when left out.
        """
        self.read()
        self._close_caption()
        self._caption = caption or _caption(heading, sentence, detail)
        self._said_at = self.time_shown
        new = self._lines(heading, sentence, detail)
        if self._heading is not None:
            self.play(FadeOut(self._heading), run_time=BEAT)
        self._heading = new
        self.play(FadeIn(new), run_time=2 * BEAT)

    def show_title(self, title: str, subtitle: str) -> None:
        """Open the film with its title, in a section of its own."""
        self.next_section("title")
        large = place(words(title, color=self.theme.ink, size=Size.TITLE), 0, 0.35, "centre")
        small = place(words(subtitle, color=self.theme.dim, size=Size.CAPTION, width=12.0), 0, -0.45, "centre")
        self.play(FadeIn(large), run_time=0.8)
        self.play(FadeIn(small), run_time=0.4)
        self.wait(0.8)
        self.play(FadeOut(large, small), run_time=0.6)

    def hush(self) -> None:
        """Take the sentence away, once it has been read."""
        self.read()
        self._close_caption()
        if self._heading is not None:
            self.play(FadeOut(self._heading), run_time=2 * BEAT)
            self._heading = None

    def read(self) -> None:
        """Wait until the present sentence has stood long enough to be read."""
        needed = 0.6 + _READING * len(self._caption.split()) if self._caption else 0.0
        missing = beats(self._said_at + needed - self.time_shown)
        if missing > 0:
            self.wait(missing)

    def drive(
        self,
        panels: Sequence[Any],
        moment_at: Callable[[float], object],
        run_time: float,
        key: str,
        *,
        rate: Callable[[float], float] = smooth,
        along: Sequence[Animation] = (),
    ) -> None:
        """Move one real number from 0 to 1 and have every panel draw the model at each of its values.

        Parameters
        ----------
        panels : sequence of panels
            Each with ``draw(moment)`` and ``changed(before, after)``.
        moment_at : callable
            Moment at a number from 0 to 1, or whatever else these panels draw.
        run_time : float
            Seconds.
        key : str
            Tells this movement from all others of the film, for Manim's cache; beside it stands a digest of what
            ``moment_at`` gives half-way and at the end.
        rate : callable
            How the number moves in time.
        along : sequence of Animation
            Played at the same time.
        """
        before, after = moment_at(0.0), moment_at(1.0)
        key = f"{key} {digest_of(moment_at(0.5), after)}"
        moving = [part for panel in panels for part in panel.changed(before, after)]

        def draw(share: float) -> None:
            moment = moment_at(share)
            for panel in panels:
                panel.draw(moment)

        touched = list(mobjects_in(panels))
        self.play(Drive(moving, draw, key, touched=touched, rate_func=rate), *along, run_time=beats(run_time))

    @property
    def time_shown(self) -> float:
        """Seconds of film so far, as the script has them: the same whatever was taken from the cache."""
        return self._shown

    def _lines(self, heading: str, sentence: str, detail: str) -> Group:
        theme, width = self.theme, 10.4
        parts: list[Type] = []
        if heading:
            parts.append(words(heading, color=theme.ink, size=Size.CAPTION, weight="bold"))
        parts.append(words(sentence, color=theme.ink, size=Size.CAPTION, width=width))
        line: Line = place(line_of(*parts, buff=0.24), -EDGE, CAPTION_LINE)
        lines = Group(line)
        if detail:
            lines.add(place(words(detail, color=theme.dim, size=Size.NOTE, width=width), -EDGE, DETAIL_LINE))
        return lines

    def _close_caption(self) -> None:
        if self._caption:
            duration = self.time_shown - self._said_at
            if duration > 0:
                self.add_subcaption(self._caption, duration=duration, offset=-duration)
            self._caption = ""


def _caption(heading: str, sentence: str, detail: str) -> str:
    spoken = f"{heading}: {sentence}" if heading else sentence
    return f"{spoken}\n{detail}" if detail else spoken


def _theme(name: str) -> Theme:
    try:
        return theme_named(name)
    except ValueError as error:
        raise EMError(f"EM_THEME: {error}") from None


def _drawing(renderer: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Choose the camera and the renderer, unless a scene was given some."""
    if renderer not in ("fast", "plain"):
        raise EMError(f"EM_RENDERER: unknown renderer {renderer!r}: choose one of fast, plain")
    if renderer == "fast" and not {"renderer", "camera_class"} & set(kwargs) and config.renderer == RendererType.CAIRO:
        kwargs = {"renderer": FastRenderer(skip_animations=kwargs.get("skip_animations", False)), **kwargs}
    return {"camera_class": StageCamera, **kwargs}


def _film_name(film: type[Film]) -> str:
    return Path(sys.modules[film.__module__].__file__ or film.__name__).stem


def _refuse(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(2)
