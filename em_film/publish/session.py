"""Manim set up for one film: its configuration, folders and log, whatever the user has set for other films."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from em_film.errors import RenderError, broken
from em_film.experiment import Dataset, Experiment, dataset_of_film
from em_film.places import ASSETS, MANIM_CFG
from em_film.publish.films import film_class
from em_film.publish.workspace import Workspace, workspace
from em_model import EMError

if TYPE_CHECKING:
    from em_film.film.film import Film
    from em_film.renderer.rehearsal import Picture, Rehearsal

__all__ = ["QUALITIES", "Session", "session"]

QUALITIES = {
    "l": "low_quality",
    "m": "medium_quality",
    "h": "high_quality",
    "p": "production_quality",
    "k": "fourk_quality",
}


@dataclass(frozen=True, slots=True)
class Session:
    """A film that can be rehearsed and rendered, any number of times, fitted once.

    Attributes
    ----------
    name : str
        The film's.
    film : type of Film
    experiment : Experiment
    theme : str or None
        None for the experiment's.
    folders : Workspace
    dataset : Dataset
    prepared
        What the film shows.
    """

    name: str
    film: type[Film[Any]]
    experiment: Experiment
    theme: str | None
    folders: Workspace
    dataset: Dataset
    prepared: Any

    @property
    def stem(self) -> str:
        """Film and experiment, which files are named after."""
        return f"{self.name}-{self.experiment.name}"

    def rehearsal(
        self, *frames: int, until: str | None = None, rests: Callable[[str], bool] = lambda name: False
    ) -> tuple[Film[Any], Rehearsal]:
        """Return the film, ready to `render` without drawing any but these frames, and what plays it.

        It ends after the section that is named, if there is one. `rests` tells by its name whether a section's frame at
        rest is drawn as well.
        """
        from manim import config

        from em_film.renderer.rehearsal import Rehearsal

        config.dry_run = True
        renderer = Rehearsal(*frames, until=until, rests=rests)
        return self._made(renderer=renderer), renderer

    def pictures(self, *frames: int, drawn: Mapping[int, Picture] | None = None) -> dict[int, Picture]:
        """Draw some frames of the film, of which there is at most one in a play, and which are not drawn yet."""
        drawn = drawn or {}
        missing = [frame for frame in frames if frame not in drawn]
        if not missing:
            return {frame: drawn[frame] for frame in frames}
        scene, renderer = self.rehearsal(*missing)
        scene.render()
        return {frame: drawn[frame] for frame in frames if frame in drawn} | renderer.pictures

    def performance(self, watch: Callable[[float], None] = lambda seconds: None) -> Film[Any]:
        """Return the film, ready to `render` into the scratch folder; `watch` is told the seconds rendered so far."""
        from manim import config

        config.dry_run = False
        film = self._made()
        film.watch = watch
        return film

    def _made(self, **kwargs: Any) -> Film[Any]:
        return self.film(self.experiment, self.theme, dataset=self.dataset, prepared=self.prepared, **kwargs)


@contextmanager
def session(
    film: str | type[Film[Any]],
    *,
    experiment: Path | Experiment | None,
    theme: str | None,
    settings: Mapping[str, Any],
) -> Iterator[Session]:
    """Set Manim up for a film; afterwards everything is as it was.

    Parameters
    ----------
    film : str or type of Film
        A film's name, or the film.
    experiment : Path or Experiment, optional
        The experiment or its file; the film's own when left out.
    theme : str, optional
        "dark" or "light"; the experiment's when left out.
    settings : mapping
        Manim's, beyond those of the films' ``manim.cfg``; tables are added to.

    Raises
    ------
    RenderError
        If something breaks that should not; what Manim and Python had to say about it is in the log it names.
    """
    with chdir(MANIM_CFG.parent):  # the place where Manim, when it is first imported, looks for its configuration
        from manim import config, tempconfig

        from em_film.renderer.configuration import configure
    versions = f"manim-{version('manim')}-typst-{version('typst')}"
    name = film if isinstance(film, str) else film.__name__
    with workspace(name, versions) as folders, _logged(folders.scratch), tempconfig({}):
        configure(MANIM_CFG)
        for setting, value in (_folders(folders) | dict(settings)).items():
            config[setting] = {**config[setting], **value} if isinstance(value, dict) else value
        made = film_class(film) if isinstance(film, str) else film
        told = experiment or ASSETS / made.default_experiment
        told = told if isinstance(told, Experiment) else Experiment.load(told)
        dataset = dataset_of_film(told)
        yield Session(name, made, told, theme, folders, dataset, made.prepare(told, dataset))


def _folders(folders: Workspace) -> dict[str, Any]:
    return {
        "media_dir": folders.scratch,
        "video_dir": folders.scratch / "film",
        "partial_movie_dir": folders.pieces,
        "sections_dir": folders.scratch / "sections",
        "tex_dir": folders.scratch / "type",
        "text_dir": folders.scratch / "type",
        "output_file": "film",
        "max_files_cached": -1,
        "progress_bar": "none",
        "verbosity": "INFO",
    }


@contextmanager
def _logged(folder: Path) -> Iterator[None]:
    """Have Manim's log and Python's warnings in a file, which stays where something breaks."""
    log = folder / "log.txt"
    handler = logging.FileHandler(log, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    loggers = [logging.getLogger(name) for name in ("manim", "libav", "py.warnings")]
    before = [(logger.handlers, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = [handler], False
    try:
        with warnings.catch_warnings():
            logging.captureWarnings(True)
            yield
    except EMError:
        raise
    except Exception as error:
        handler.flush()
        raise RenderError(f"the render {broken(error, log.read_text(encoding='utf-8'))}") from None
    finally:
        logging.captureWarnings(False)
        for logger, (handlers, propagate) in zip(loggers, before, strict=True):
            logger.handlers, logger.propagate = handlers, propagate
        handler.close()
