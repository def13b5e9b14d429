"""The films there are: one file in ``scenes`` each, found without importing any."""

from __future__ import annotations

import ast
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import scenes
from em_model.wording import nearest, one_line
from scenes.publish.errors import UsageError

if TYPE_CHECKING:
    from scenes.stage.film import Film

__all__ = ["DEFAULT_FILM", "FilmFile", "film_class", "film_files", "find_film"]

DEFAULT_FILM = "em_step"


@dataclass(frozen=True, slots=True)
class FilmFile:
    """A film as its file tells it.

    Attributes
    ----------
    name : str
        The file's name without its ending, which the command line takes.
    summary : str
        First line of the file's docstring.
    """

    name: str
    summary: str


def film_files() -> list[FilmFile]:
    """Return every film, the main one first, then by name."""
    found = []
    for path in sorted(path for folder in scenes.__path__ for path in Path(folder).glob("[!_]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.ClassDef) for node in tree.body):
            summary = (ast.get_docstring(tree) or "").partition("\n")[0]
            found.append(FilmFile(path.stem, summary))
    return sorted(found, key=lambda film: (film.name != DEFAULT_FILM, film.name))


def find_film(name: str) -> str:
    """Return the name of a film as typed, or raise an error that names the nearest."""
    names = [film.name for film in film_files()]
    if name in names:
        return name
    near = nearest(name, names)
    remedy = f"did you mean {near}?" if near else f"choose from {', '.join(names)}"
    raise UsageError(f"there is no film {one_line(name)[:60]}; {remedy}")


def film_class(name: str) -> type[Film]:
    """Import a film; its file holds exactly one."""
    from scenes.stage.film import Film

    module = importlib.import_module(f"scenes.{name}")
    (found,) = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Film) and item.__module__ == module.__name__
    ]
    return found
