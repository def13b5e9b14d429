"""A whole film: rendered, indexed, captioned, with its poster, laid down at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from em_film.experiment import Experiment
from em_film.publish.captions import to_vtt
from em_film.publish.delivery import Delivery, check_folder, delivery
from em_film.publish.gif import write_gif
from em_film.publish.progress import bar
from em_film.publish.session import QUALITIES, Session, session
from em_film.publish.video import fast_start

if TYPE_CHECKING:
    from em_film.film.film import Film
    from em_film.renderer.rehearsal import Rehearsal, Timeline

__all__ = ["Order", "render"]

# For a GIF: every pixel as drawn, so that what stands still in the film stands still in it.
_LOSSLESS = {"pixel_format": "yuv444p", "video_encoder_options": {"crf": "0", "preset": "veryfast"}}
# VP9 as careful as it can be takes ten times as long, and nobody sees it.
_QUICK_VP9 = {"video_encoder_options": {"deadline": "good", "cpu-used": "5", "row-mt": "1"}}
_SLOWEST = 15  # frames a second under which Manim no longer keeps time


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be rendered, and where it goes.

    Attributes
    ----------
    film : str or type of Film
        A film's name, or the film.
    experiment : Path, Experiment or None
        The experiment or its file; None for the film's own.
    theme : "dark", "light" or None
        None for the experiment's.
    quality : "l", "m", "h", "p" or "k"
    format : "mp4", "gif", "webm" or "mov"
    transparent : bool
        Without background; for webm and mov.
    sections : bool
        Also every section as a film of its own.
    folder : Path
        Where the files go.
    gif_width : int
        Pixels.
    gif_rate : int
        Frames a second.
    """

    film: str | type[Film[Any]]
    experiment: Path | Experiment | None
    theme: str | None
    quality: str
    format: str
    transparent: bool
    sections: bool
    folder: Path
    gif_width: int
    gif_rate: int

    @property
    def settings(self) -> dict[str, Any]:
        """Manim's settings for it."""
        is_gif, is_webm = self.format == "gif", self.format == "webm"
        return {
            "quality": QUALITIES[self.quality],
            "format": "mp4" if is_gif else self.format,
            "transparent": self.transparent,
            "save_sections": self.sections,
            **(_LOSSLESS | {"frame_rate": max(self.gif_rate, _SLOWEST)} if is_gif else {}),
            **(_QUICK_VP9 if is_webm else {}),
        }


def render(order: Order) -> list[Path]:
    """Render a film; return the files laid down, the film first.

    Raises
    ------
    UsageError
        If the folder cannot be used.
    RenderError
        If something breaks; what was there before is as it was.
    """
    check_folder(order.folder)
    with session(order.film, experiment=order.experiment, theme=order.theme, settings=order.settings) as stage:
        poster = stage.film.poster.casefold()
        scene, renderer = stage.rehearsal(rests=lambda name: name.casefold() == poster)
        stem = stage.stem
        files, folders = _names(order, stem)
        with delivery(order.folder, files, folders) as parcel, bar() as progress:
            progress.begin("laying out")
            scene.render()
            timeline = renderer.timeline
            _poster(stage, renderer, parcel.path(f"{stem}.png"))
            progress.begin("rendering", timeline.seconds)
            film = stage.performance(progress.reach)
            film.render()
            progress.begin("finishing")
            _finish(order, stage, film, timeline, parcel, stem)
            return parcel.show(stage.experiment.origin)


def _names(order: Order, stem: str) -> tuple[list[str], list[str]]:
    folders = [f"{stem}-sections"] if order.sections else []
    return [f"{stem}.{suffix}" for suffix in (order.format, "srt", "vtt", "png")], folders


def _poster(stage: Session, renderer: Rehearsal, target: Path) -> None:
    timeline = renderer.timeline
    frame = timeline.rest_of(stage.film.poster) if stage.film.poster else None
    frame = timeline.n_frames - 1 if frame is None else frame
    Image.fromarray(stage.pictures(frame, drawn=renderer.pictures)[frame]).save(target)


def _finish(order: Order, stage: Session, film: Film[Any], timeline: Timeline, parcel: Delivery, stem: str) -> None:
    scratch, heading = stage.folders.scratch, film.experiment.heading
    suffix = "mp4" if order.format == "gif" else order.format
    rendered, target = scratch / "film" / f"film.{suffix}", parcel.path(f"{stem}.{order.format}")
    parts = [(part.name, part.first / timeline.rate, part.end / timeline.rate) for part in timeline.sections]
    if order.format == "gif":
        write_gif(rendered, target, width=order.gif_width, rate=order.gif_rate)
    else:
        fast_start(rendered, target, title=heading, chapters=parts)
    captions = rendered.with_suffix(".srt")
    subrip = captions.read_text(encoding="utf-8") if captions.exists() else ""
    parcel.path(f"{stem}.srt").write_text(subrip, encoding="utf-8")
    parcel.path(f"{stem}.vtt").write_text(to_vtt(subrip), encoding="utf-8")
    if order.sections:
        _sections(scratch / "sections", parcel.path(f"{stem}-sections"), parts)


def _sections(rendered: Path, target: Path, parts: list[tuple[str, float, float]]) -> None:
    """Write each section as a film of its own, and a list of them with their places in the whole."""
    target.mkdir()
    index = json.loads((rendered / "film.json").read_text(encoding="utf-8"))
    told = []
    for number, (section, (name, start, end)) in enumerate(zip(index, parts, strict=True), 1):
        source = rendered / section["video"]
        slug = source.stem.split("_", 2)[-1]
        file = target / f"{number:02}-{slug}{source.suffix}"
        fast_start(source, file)
        told.append({"name": name, "video": file.name, "start": round(start, 3), "duration": round(end - start, 3)})
    (target / "sections.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
