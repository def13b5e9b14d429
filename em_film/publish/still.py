"""One frame of a film, without rendering the rest of it."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from em_film.errors import UsageError
from em_film.experiment import Experiment
from em_film.publish.delivery import check_folder, delivery
from em_film.publish.session import QUALITIES, session
from em_film.wording import nearest, one_line

if TYPE_CHECKING:
    from em_film.film.film import Film
    from em_film.renderer.rehearsal import Timeline

__all__ = ["frame_of", "still"]

_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,9}(?:\.\d*)?|\.\d+)")


def still(
    film: str | type[Film[Any]],
    experiment: Path | Experiment | None,
    *,
    at: str | None,
    quality: str,
    theme: str | None,
    transparent: bool,
    folder: Path,
) -> Path:
    """Write one frame of a film as a PNG; it is the frame that the rendered film shows at that moment.

    Parameters
    ----------
    film, experiment, quality, theme, transparent, folder
        As for a whole film.
    at : str, optional
        Seconds, minutes and seconds with a colon, or the name of a section; the film's poster when left out.

    Raises
    ------
    UsageError
        If the film has no such moment, or the folder cannot be used.
    RenderError
        If something breaks.
    """
    check_folder(folder)
    settings = {"quality": QUALITIES[quality], "transparent": transparent}
    with session(film, experiment=experiment, theme=theme, settings=settings) as stage:
        when = stage.film.poster if at is None else at
        section = when.strip().casefold()
        scene, renderer = stage.rehearsal(until=section, rests=lambda name: name.casefold() == section)
        scene.render()
        timeline = renderer.timeline
        frame = frame_of(timeline, when) if when else timeline.n_frames - 1
        name = f"{stage.stem}-{_slug(at if at is not None else 'poster')}.png"
        with delivery(folder, [name]) as parcel:
            Image.fromarray(stage.pictures(frame, drawn=renderer.pictures)[frame]).save(parcel.path(name))
            return parcel.show(stage.experiment.origin)[0]


def frame_of(timeline: Timeline, at: str) -> int:
    """Return the frame seen at a moment, or raise a one-line error that says which moments there are."""
    named = timeline.rest_of(at.strip())
    if named is not None:
        return named
    length = f"the film is {timeline.seconds:.1f} s long"
    seconds = _seconds(at)
    if seconds is not None:
        frame = timeline.frame_at(seconds)
        if frame is None:
            raise UsageError(f"--at {one_line(at)[:40]}: {length}; give a time from 0 to {timeline.seconds:.1f}")
        return frame
    names = [section.name for section in timeline.sections]
    near = nearest(at, names)
    remedy = f'did you mean "{near}"?' if near else f"choose from {', '.join(names)}, or a time in seconds"
    raise UsageError(f'--at: the film has no section "{one_line(at)[:40]}"; {remedy}')


def _seconds(at: str) -> float | None:
    found = _CLOCK.fullmatch(at.strip().removesuffix("s").strip())
    if found:
        return 60 * int(found[1] or 0) + float(found[2])
    try:
        return float(at) if math.isfinite(float(at)) else None
    except ValueError:
        return None


def _slug(at: str) -> str:
    return re.sub(r"[^\w.]+", "-", at.strip()).strip("-.") or "still"
