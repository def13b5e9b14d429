"""Manim set up for one film: its configuration, folders and log; otherwise as plain Manim in the repository's root."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from em_film.errors import RenderError, broken
from em_film.places import MANIM_CFG
from em_film.publish.films import film_class
from em_film.publish.workspace import Workspace, workspace
from em_model import EMError

if TYPE_CHECKING:
    from em_film.film.film import Film
    from em_film.renderer.rehearsal import Rehearsal

__all__ = ["QUALITIES", "Staged", "staged"]

QUALITIES = {
    "l": "low_quality",
    "m": "medium_quality",
    "h": "high_quality",
    "p": "production_quality",
    "k": "fourk_quality",
}


@dataclass(slots=True)
class Staged:
    """A film that can be rehearsed and rendered, any number of times, fitted once.

    Attributes
    ----------
    film : type of Film
    folders : Workspace
    """

    film: type[Film]
    folders: Workspace

    def rehearsal(self, frame: int | None = None) -> tuple[Film, Rehearsal]:
        """Return the film, ready to `render` without drawing more than one frame, and what plays it."""
        from manim import config

        from em_film.renderer.rehearsal import Rehearsal

        config.dry_run = True
        renderer = Rehearsal(frame)
        return self.film(renderer=renderer), renderer

    def performance(self) -> Film:
        """Return the film, ready to `render` into the scratch folder."""
        from manim import config

        config.dry_run = False
        return self.film()


@contextmanager
def staged(
    film: str,
    *,
    experiment: Path | None,
    theme: str | None,
    settings: Mapping[str, Any],
) -> Iterator[Staged]:
    """Set Manim up for a film; afterwards everything is as it was.

    Parameters
    ----------
    film : str
        A film's name.
    experiment : Path, optional
        The experiment file; the film's own when left out.
    theme : str, optional
        "dark" or "light"; the experiment's when left out.
    settings : mapping
        Manim's, beyond those of the repository's ``manim.cfg``; tables are added to.

    Raises
    ------
    RenderError
        If something breaks that should not; what Manim and Python had to say about it is in the log it names.
    """
    with chdir(MANIM_CFG.parent):  # the place where Manim, when it is first imported, looks for its configuration
        from manim import config, tempconfig
    versions = f"manim-{version('manim')}-typst-{version('typst')}"
    named = {"EM_EXPERIMENT": str(experiment.absolute()) if experiment else None, "EM_THEME": theme}
    with workspace(film, versions) as folders, _environment(named), _logged(folders.scratch), tempconfig({}):
        config.digest_file(MANIM_CFG)
        for name, value in (_folders(folders) | dict(settings)).items():
            config[name] = {**config[name], **value} if isinstance(value, dict) else value
        yield Staged(_fitted_once(film_class(film)), folders)


def _folders(folders: Workspace) -> dict[str, Any]:
    return {
        "media_dir": folders.scratch,
        "video_dir": folders.scratch / "film",
        "partial_movie_dir": folders.pieces,
        "sections_dir": folders.scratch / "sections",
        "tex_dir": folders.type,
        "text_dir": folders.type,
        "output_file": "film",
        "max_files_cached": -1,
        "progress_bar": "none",
        "verbosity": "INFO",
    }


def _fitted_once(film: type[Film]) -> type[Film]:
    """Return the film with a memory: what `prepare` computes is computed once."""
    kept: dict[str, Any] = {}

    def prepare(self: Film) -> None:
        if not kept:
            before = set(vars(self))
            film.prepare(self)
            kept.update({name: value for name, value in vars(self).items() if name not in before})
        vars(self).update(kept)

    return type(film.__name__, (film,), {"prepare": prepare, "__module__": film.__module__, "__doc__": film.__doc__})


@contextmanager
def _environment(named: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.pop(name, None) for name in named}
    os.environ.update({name: value for name, value in named.items() if value})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


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
