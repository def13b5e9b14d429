"""The films there are: one storyboard a file in ``scenes``, found without importing any."""

from __future__ import annotations

import ast
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from em_film.errors import UsageError
from em_film.places import SCENES
from em_film.wording import nearest, one_line

if TYPE_CHECKING:
    from em_film.film.film import Film

__all__ = ["DEFAULT_FILM", "FOLDERS", "film_class", "film_files", "find_film"]

DEFAULT_FILM = "em_step"
FOLDERS = [SCENES]


@dataclass(frozen=True, slots=True)
class FilmFile:
    """A film as its file tells it.

    Attributes
    ----------
    name : str
        The file's name without its ending, which the command line takes.
    summary : str
        First line of the file's docstring.
    path : Path
    """

    name: str
    summary: str
    path: Path


def film_files() -> list[FilmFile]:
    """Return every film, the main one first, then by name."""
    found = []
    for path in sorted(path for folder in FOLDERS for path in folder.glob("[!_]*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.ClassDef) for node in tree.body):
            summary = (ast.get_docstring(tree) or "").partition("\n")[0]
            found.append(FilmFile(path.stem, summary, path))
    return sorted(found, key=lambda film: (film.name != DEFAULT_FILM, film.name))


def find_film(name: str) -> str:
    """Return the name of a film as typed, or raise an error that names the nearest."""
    names = [film.name for film in film_files()]
    if name in names:
        return name
    near = nearest(name, names)
    remedy = f"did you mean {near}?" if near else f"choose from {', '.join(names)}"
    raise UsageError(f"there is no film {one_line(name)[:60]}; {remedy}")


def film_class(name: str) -> type[Film[Any]]:
    """Import a film; its file holds exactly one."""
    from em_film.film.film import Film

    (path,) = (film.path for film in film_files() if film.name == name)
    module = _module(path)
    (found,) = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Film) and item.__module__ == module.__name__
    ]
    return found


def _module(path: Path) -> ModuleType:
    """Import a storyboard from where it lies, whatever else is called ``scenes`` there."""
    name = f"em_film.scenes.{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]
