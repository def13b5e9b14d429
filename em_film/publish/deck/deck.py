"""A film as a lecture needs it: a page for the browser, slides, a handout, made of one rendering."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image
from srt import Subtitle

from em_film.experiment import Experiment
from em_film.film.film import Film
from em_film.page.theme import Theme, theme_named
from em_film.publish.deck.html import write_html
from em_film.publish.deck.pdf import write_pdf
from em_film.publish.deck.pptx import write_pptx
from em_film.publish.deck.slides import Slide, slides_of
from em_film.publish.delivery import check_folder, delivery
from em_film.publish.progress import bar
from em_film.publish.session import QUALITIES, Session, session
from em_film.publish.video import fast_start
from em_film.renderer.rehearsal import Picture, Timeline

__all__ = ["KINDS", "DeckOrder", "deck"]

KINDS = ("html", "pptx", "pdf")
_HANDOUT_THEME = "light"  # where none is asked for: it is printed


@dataclass(frozen=True, slots=True)
class DeckOrder:
    """What is to be made of a film, and where it goes.

    Attributes
    ----------
    film : str or type of Film
        A film's name, or the film.
    experiment : Path, Experiment or None
        The experiment or its file; None for the film's own.
    theme : "dark", "light" or None
        None for the experiment's, and light for the handout.
    quality : "l", "m", "h", "p" or "k"
    formats : tuple of str
        Of "html", "pptx" and "pdf".
    folder : Path
        Where the files go.
    """

    film: str | type[Film[Any]]
    experiment: Path | Experiment | None
    theme: str | None
    quality: str
    formats: tuple[str, ...]
    folder: Path


@dataclass(frozen=True, slots=True)
class _Material:
    """What the files are made of."""

    session: Session
    title: str
    theme: Theme
    timeline: Timeline
    slides: tuple[Slide, ...]
    captions: Sequence[Subtitle]
    film: Path | None

    @property
    def rests(self) -> list[int]:
        return [slide.rest for slide in self.slides]


def deck(order: DeckOrder) -> list[Path]:
    """Make a deck; return the files laid down.

    Raises
    ------
    UsageError
        If the folder cannot be used.
    RenderError
        If something breaks; what was there before is as it was.
    """
    check_folder(order.folder)
    # A player would need the pieces of a film in the slides as files of their own.
    settings = {"quality": QUALITIES[order.quality], "save_sections": "pptx" in order.formats}
    with session(order.film, experiment=order.experiment, theme=order.theme, settings=settings) as stage:
        # Where there is no film to be made the handout alone needs pictures, of its own theme.
        draws = set(order.formats) != {"pdf"}
        scene, renderer = stage.rehearsal(rests=lambda name: draws)
        stem = stage.stem
        files = [f"{stem}.{kind}" for kind in order.formats]
        with delivery(order.folder, files) as parcel, bar() as progress:
            progress.begin("laying out")
            scene.render()
            timeline, captions = renderer.timeline, renderer.file_writer.subcaptions
            film = None
            if draws:
                progress.begin("rendering", timeline.seconds)
                stage.performance(progress.reach).render()
                film = stage.folders.scratch / "film" / "film.mp4"
            progress.begin("finishing")
            slides = slides_of(scene, timeline, captions)
            material = _Material(stage, scene.experiment.heading, scene.theme, timeline, slides, captions, film)
            pictures = stage.pictures(*material.rests, drawn=renderer.pictures) if film else {}
            for kind in order.formats:
                _WRITERS[kind](material, pictures, parcel.path(f"{stem}.{kind}"), order.theme)
            return parcel.show(stage.experiment.origin)


def _html(material: _Material, pictures: Mapping[int, Picture], target: Path, theme: str | None) -> None:
    assert material.film is not None
    film = material.session.folders.scratch / "deck.mp4"
    fast_start(material.film, film, title=material.title)
    write_html(
        target,
        film,
        title=material.title,
        theme=material.theme,
        rate=material.timeline.rate,
        slides=material.slides,
        captions=material.captions,
        pictures=pictures,
    )


def _pptx(material: _Material, pictures: Mapping[int, Picture], target: Path, theme: str | None) -> None:
    scratch = material.session.folders.scratch
    films = sorted((scratch / "sections").glob("*.mp4"))
    write_pptx(
        target,
        title=material.title,
        theme=material.theme,
        slides=material.slides,
        films=films,
        pictures=_saved(pictures, scratch / "rests"),
    )


def _pdf(material: _Material, pictures: Mapping[int, Picture], target: Path, theme: str | None) -> None:
    stage = material.session
    if theme_named(theme or _HANDOUT_THEME) != material.theme or not pictures:
        pictures = replace(stage, theme=theme or _HANDOUT_THEME).pictures(*material.rests)
    write_pdf(
        target,
        title=material.title,
        slides=material.slides,
        pictures=_saved(pictures, stage.folders.scratch / "handout"),
    )


_WRITERS: dict[str, Callable[[_Material, Mapping[int, Picture], Path, str | None], None]] = {
    "html": _html,
    "pptx": _pptx,
    "pdf": _pdf,
}


def _saved(pictures: Mapping[int, Picture], folder: Path) -> dict[int, Path]:
    folder.mkdir()
    paths = {frame: folder / f"{frame}.png" for frame in pictures}
    for frame, picture in pictures.items():
        Image.fromarray(picture).convert("RGB").save(paths[frame])
    return paths
