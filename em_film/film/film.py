"""What every film shares: its experiment, its theme, its pace, its sentences and captions."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from manim import Animation, Group, ManimColor, Mobject, Scene, config, logger, tempconfig
from manim.constants import RendererType
from manim.utils.rate_functions import smooth
from threadpoolctl import threadpool_limits

from em_film import environment
from em_film.drawing.fades import FadeIn, FadeOut
from em_film.drawing.type import Row, Size, Type, broken, place, row_of, words
from em_film.experiment import Dataset, Experiment, dataset_of_film
from em_film.film.cache import code_fingerprint
from em_film.film.crew import crew
from em_film.film.drive import BEAT, Drive, at_once, beats
from em_film.film.part import Played, on_the_clock_of_the_part
from em_film.film.plain import door, plain_theme
from em_film.film.settings import brought_settings
from em_film.page.layout import CAPTION_LINE, DETAIL_LINE, EDGE
from em_film.page.letters import told_of_letters
from em_film.page.theme import theme_named
from em_film.panels.panel import Panel, Shown
from em_film.places import ASSETS
from em_film.renderer.camera import StageCamera
from em_film.renderer.fast import FastRenderer
from em_film.renderer.pieces import has_piece
from em_film.renderer.plain import PlainRenderer
from em_film.renderer.rehearsal import Rehearsal
from em_film.wording import count_words

__all__ = ["Film"]

_READING = 0.3  # seconds a word
_BESIDE = 0.3  # between a quieter line and the formula that stands beside it
_WIDTH = 9.5  # of a sentence, in scene units, at most
_SUBTITLE = 12.0  # width of a line under the title
_LEADING = 0.55  # between the baselines of two lines
_AFTER = 0.24  # between the half-step and its sentence


Prepared = TypeVar("Prepared")


class Film(Scene, Generic[Prepared]):
    """A scene that renders an experiment.

    Parameters
    ----------
    experiment : Experiment or path, optional
        When left out, as plain Manim does: the file that ``EM_EXPERIMENT`` names, or else the film's default one.
    theme : str, optional
        "dark" or "light"; when left out what ``EM_THEME`` says, if the experiment was left out as well, or else what
        the experiment says.
    dataset : Dataset, optional
        The experiment's data, where they are at hand already.
    prepared : optional
        What `prepare` returned for this experiment, where it is known already.
    kwargs
        Manim's, for a Scene.

    Attributes
    ----------
    experiment : Experiment
    theme : Theme
    dataset : Dataset
    prepared
        What the film shows.
    shown : list of (float, callable)
        What the panels were left drawing after each movement, and the seconds of film at which they were.

    Raises
    ------
    EMError
        If experiment or theme cannot be used; under the ``manim`` command a line and exit status 2.
    """

    default_experiment: ClassVar[str] = "experiments/three_clusters.toml"
    poster: ClassVar[str] = ""  # the section that, come to rest, stands for the film; its last frame if empty

    def __init__(
        self,
        experiment: Experiment | str | Path | None = None,
        theme: str | None = None,
        *,
        dataset: Dataset | None = None,
        prepared: Prepared | None = None,
        **kwargs: Any,
    ) -> None:
        with door():
            if experiment is None:
                experiment = environment.experiment() or ASSETS / self.default_experiment
                theme = theme or plain_theme()
            self.experiment = experiment if isinstance(experiment, Experiment) else Experiment.load(experiment)
            self.theme = theme_named(theme or self.experiment.film.theme)
            self.dataset = dataset_of_film(self.experiment) if dataset is None else dataset
            self.prepared = self.prepare(self.experiment, self.dataset) if prepared is None else prepared
            drawing = _drawing(environment.renderer(), kwargs)
            environment.jobs()
        name = config.output_file or f"{_film_name(type(self))}-{self.experiment.name}"
        with tempconfig({**brought_settings(), "output_file": name}):
            super().__init__(**drawing)
        vars(self)["renderer"].camera.background_color = ManimColor(self.theme.background)
        self.watch: Callable[[float], None] = lambda seconds: None
        self.shown: list[tuple[float, Callable[[], object]]] = []
        self._shown = 0.0
        self._driven = False
        self._plays: list[Played] = []
        self._said_at = 0.0
        self._caption = ""
        self._heading: Mobject | None = None
        self._width = _WIDTH
        self._title: Mobject | None = None
        self.title_words: tuple[str, ...] = ()

    @classmethod
    def prepare(cls, experiment: Experiment, dataset: Dataset) -> Prepared:
        """Compute what the film shows, before anything is drawn; errors here are the experiment's.

        What it returns is kept for a film that is played several times, so nothing may change it afterwards.
        """
        raise NotImplementedError(f"{cls.__name__} does not say what it shows")

    @property
    def experiments(self) -> list[Experiment]:
        """All experiments that the film shows something of, its own first."""
        return [self.experiment]

    def render(self, preview: bool = False) -> bool:
        """Render, in several processes where that pays; one thread of BLAS in each, so that their numbers are equal."""
        boxes = told_of_letters("".join([self.experiment.heading, *self.dataset.labels]))
        if boxes:
            logger.warning(boxes)
        again = partial(type(self), self.experiment, self.theme.name, dataset=self.dataset, prepared=self.prepared)
        with threadpool_limits(1), crew(self, again):
            return super().render(preview)

    def setup(self) -> None:
        """Make experiment, theme and code part of every cache key: what changed is never shown from an old file."""
        if isinstance(self.renderer, Rehearsal):  # which looks for no piece
            return
        shown = [experiment.fingerprint() for experiment in self.experiments]
        parts = [*shown, self.theme.name, code_fingerprint(type(self))]
        vars(self.camera)["fingerprint"] = "/".join(parts)

    def update_to_time(self, time: float) -> None:
        """Move on to a time within a play; what only now begins to move is painted in every frame from here on."""
        super().update_to_time(time)
        animations = self.animations or []
        late = [animation for animation in animations if isinstance(animation, Drive) and animation.notice()]
        if late:
            self.moving_mobjects, self.static_mobjects = self.get_moving_and_static_mobjects(animations)
            self.renderer.save_static_frame_data(self, self.static_mobjects)
        self.watch(self.time_shown)

    def tear_down(self) -> None:
        """Close the last caption, and time all of them for what is written of the film."""
        self._close_caption()
        writer = vars(self)["renderer"].file_writer
        writer.subcaptions = on_the_clock_of_the_part(writer.subcaptions, self._plays)

    def play(self, *args: Any, **kwargs: Any) -> None:
        """Play animations, and count the seconds they are to last; the title goes as the first of all else comes."""
        start = self.time
        if self._title is not None:
            args, self._title = (FadeOut(self._title, rate_func=_sooner), *args), None
        super().play(*args, **kwargs)
        self._shown += self.duration
        self._plays.append(Played(start, self.time, has_piece(self.renderer)))

    def wait(self, *args: Any, **kwargs: Any) -> None:
        """Let everything stand still for a time."""
        super().wait(*args, **kwargs)
        self._driven = False

    def next_section(self, *args: Any, **kwargs: Any) -> None:
        """Begin a section; where something was driven, the one before comes to rest first: a lecture stops there."""
        if self._driven:
            self.wait(BEAT)
        super().next_section(*args, **kwargs)

    def say(
        self,
        sentence: str,
        detail: str = "",
        half_step: str | None = None,
        *,
        caption: str | None = None,
        beside: Type | None = None,
        out: Sequence[Mobject] = (),
        into: Sequence[Mobject] = (),
    ) -> None:
        """Put a sentence at the top left in place of the last one, and into the captions.

        Parameters
        ----------
        sentence : str
            What is to be understood.
        detail : str
            A second, quieter line.
        half_step : str, optional
            In bold before the sentence.
        caption : str, optional
            What the captions say; half-step, sentence and detail when left out.
        beside : Type, optional
            A formula, at the right of the quieter line: it comes and goes with the sentence.
        out, into : sequence of Mobject
            What goes with the last sentence, and what comes with this one.
        """
        self.read()
        self._close_caption()
        self._caption = caption or _caption(half_step, sentence, detail)
        self._said_at = self.time_shown
        new = self._lines(half_step, sentence, detail, beside)
        last = [] if self._heading is None else [self._heading]
        if last or out:
            self.play(*map(FadeOut, [*last, *out]), run_time=BEAT)
        self._heading = new
        self.play(*map(FadeIn, [new, *into]), run_time=2 * BEAT)

    def show_title(self, title: str, subtitle: str) -> None:
        """Open the film with its title, in a section of its own; it stands until something else is played."""
        self.next_section("title")
        self.title_words = (title, subtitle)
        large = place(words(title, color=self.theme.ink, size=Size.TITLE), 0, 0.35, "centre")
        lines = broken(subtitle, color=self.theme.dim, size=Size.CAPTION, width=_SUBTITLE, most=3)
        small = Group(*(place(line, 0, -0.45 - _LEADING * row, "centre") for row, line in enumerate(lines)))
        self.play(FadeIn(large), run_time=0.6)
        self.play(FadeIn(small), run_time=0.4)
        self.wait(0.4)
        self._title = Group(large, small)

    def leave_room_for(self, corner: Mobject) -> None:
        """Have sentences end before what stands at the top right."""
        self._width = min(_WIDTH, float(corner.get_left()[0]) - _BESIDE + EDGE)

    def hush(self, *along: Animation, run_time: float = 2 * BEAT) -> None:
        """Take the sentence away, once it has been read; what is played along begins as it goes.

        Parameters
        ----------
        along : Animation
        run_time : float
            Seconds.
        """
        self.read()
        self._close_caption()
        last = [] if self._heading is None else [FadeOut(self._heading, rate_func=at_once if along else smooth)]
        self._heading = None
        if last or along:
            self.play(*last, *along, run_time=run_time)

    def read(self) -> None:
        """Wait until the present sentence has stood long enough to be read."""
        needed = 0.6 + _READING * count_words(self._caption) if self._caption else 0.0
        missing = beats(self._said_at + needed - self.time_shown)
        if missing > 0:
            self.wait(missing)

    def drive(
        self,
        panels: Sequence[Panel[Shown]],
        shown_at: Callable[[float], Shown],
        run_time: float,
        *,
        rate: Callable[[float], float] = smooth,
        along: Sequence[Animation] = (),
    ) -> None:
        """Move one real number from 0 to 1 and have every panel draw the model at each of its values.

        Parameters
        ----------
        panels : sequence of Panel
        shown_at : callable
            What they draw at a number from 0 to 1: a Moment, for most.
        run_time : float
            Seconds.
        rate : callable
            How the number moves in time.
        along : sequence of Animation
            Played at the same time.
        """

        def draw(share: float) -> None:
            shown = shown_at(share)
            for panel in panels:
                panel.draw(shown)

        self.play(Drive(panels, draw, rate_func=rate), *along, run_time=beats(run_time))
        self._driven = True
        self.shown.append((self.time_shown, partial(shown_at, 1.0)))

    def put(self, panels: Iterable[Panel[Shown]], shown: Shown) -> None:
        """Have panels draw a model at once: it is what stands there until something is driven."""
        for panel in panels:
            panel.draw(shown)
        self.shown.append((self.time_shown, lambda: shown))

    @property
    def time_shown(self) -> float:
        """Seconds of film so far, as the script has them: the same whatever was taken from the cache."""
        return self._shown

    def _lines(self, half_step: str | None, sentence: str, detail: str, beside: Type | None) -> Group:
        theme, width = self.theme, self._width
        parts: list[Type] = []
        if half_step:
            parts.append(words(half_step, color=theme.ink, size=Size.CAPTION, weight="bold"))
        room = width - sum(float(part.width) + _AFTER for part in parts)
        first, *more = broken(sentence, color=theme.ink, size=Size.CAPTION, width=room, most=1 if detail else 2)
        line: Row = place(row_of(*parts, first, buff=_AFTER), -EDGE, CAPTION_LINE)
        lines = Group(line, *(place(second, -EDGE, DETAIL_LINE) for second in more))
        if beside is not None:
            lines.add(place(beside, EDGE, DETAIL_LINE, "right"))
            width = EDGE - float(beside.width) - _BESIDE + EDGE
        if detail:
            lines.add(place(words(detail, color=theme.dim, size=Size.NOTE, width=width), -EDGE, DETAIL_LINE))
        return lines

    def _close_caption(self) -> None:
        if self._caption:
            duration = self.time_shown - self._said_at
            if duration > 0:
                self.add_subcaption(self._caption, duration=duration, offset=-duration)
            self._caption = ""


def _sooner(share: float) -> float:
    """Be gone a little before what comes at the same time is all there, and not before it is seen."""
    return float(smooth(min(1.0, 1.6 * share)))


def _caption(half_step: str | None, sentence: str, detail: str) -> str:
    spoken = f"{half_step}: {sentence}" if half_step else sentence
    return f"{spoken}\n{detail}" if detail else spoken


def _drawing(renderer: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Choose the camera and the renderer, unless a scene was given some."""
    if {"renderer", "camera_class"} & set(kwargs) or config.renderer != RendererType.CAIRO:
        return {"camera_class": StageCamera, **kwargs}
    made = FastRenderer if renderer == "fast" else PlainRenderer
    return {"renderer": made(skip_animations=kwargs.get("skip_animations", False)), **kwargs}


def _film_name(film: type[Film[Any]]) -> str:
    return Path(getattr(sys.modules[film.__module__], "__file__", None) or film.__name__).stem
