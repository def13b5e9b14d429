"""What makes Manim's cache of rendered plays right for films that draw a model: nothing old is shown, nothing drifts.

Manim finds the file of a play again by a hash of the mobjects at its start, the animations and the camera. A movement
drawn from a model depends on more than that: on the experiment and on the code. Both go into a fingerprint that hangs
on the camera. And a play that is skipped must leave the mobjects as the rendered one would, to the last bit, or every
later hash differs: `Kept` brings back the start of a movement before its end is drawn.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cairo
import manim
import numpy as np
import scipy
from manim import Mobject

__all__ = ["Kept", "code_fingerprint", "digest_of", "mobjects_in"]

_ROOT = Path(__file__).resolve().parents[2]
_SAYING = {"say", "words", "paragraph"}


class Kept:
    """The state of mobjects and of all their parts, to be brought back as often as wanted.

    Parameters
    ----------
    mobjects : iterable of Mobject
        With their families.
    """

    __slots__ = ("_states",)  # and no __dict__, so that Manim's hash does not look inside

    def __init__(self, mobjects: Iterable[Mobject]) -> None:
        family = {id(part): part for mobject in mobjects for part in mobject.get_family()}
        self._states = [(part, _copied(vars(part))) for part in family.values()]

    def restore(self) -> None:
        """Make every mobject what it was."""
        for part, state in self._states:
            vars(part).update(_copied(state))


def mobjects_in(thing: object) -> Iterator[Mobject]:
    """Find the mobjects that a panel, or a list of panels, holds in its attributes."""
    if isinstance(thing, Mobject):
        yield thing
    elif isinstance(thing, (list, tuple)):
        for part in thing:
            yield from mobjects_in(part)
    elif isinstance(thing, dict):
        yield from mobjects_in(list(thing.values()))
    elif hasattr(thing, "draw") and hasattr(thing, "__dict__"):
        yield from mobjects_in(list(vars(thing).values()))


def digest_of(*values: object) -> str:
    """Return a digest of numbers, texts, arrays, tuples and dataclasses of them."""
    digest = hashlib.sha256()
    for value in values:
        _feed(digest, value)
    return digest.hexdigest()


def code_fingerprint(film: type[object]) -> str:
    """Return a digest of the code a film is drawn by, except for the sentences in the film's own files.

    A sentence can be changed without everything being rendered anew, because what is said stands in the scene as
    mobjects, whose points Manim hashes. As a sentence counts what is handed to ``say``, ``words`` or ``paragraph``,
    and any text with a space in it.

    Parameters
    ----------
    film : class
        The film; the files of the classes it derives from count, too, and all modules it has imported from scenes/.
    """
    digest = hashlib.sha256(_stage_fingerprint().encode())
    for path in sorted(_film_files(film)):
        digest.update(_without_sentences(path.read_text(encoding="utf-8")).encode())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def _stage_fingerprint() -> str:
    digest = hashlib.sha256()
    for folder in ("em_model", "em_film"):
        for path in sorted((_ROOT / folder).rglob("*.py")):
            digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    versions = (manim.__version__, np.__version__, scipy.__version__, cairo.version, cairo.cairo_version_string())
    digest.update("/".join(versions).encode())
    return digest.hexdigest()


def _film_files(film: type[object]) -> set[Path]:
    modules = {sys.modules[ancestor.__module__] for ancestor in film.__mro__}
    modules |= {module for name, module in list(sys.modules.items()) if name.startswith("scenes.")}
    paths = {Path(file).resolve() for module in modules if (file := getattr(module, "__file__", None))}
    elsewhere = (Path(manim.__file__).parent, _ROOT / "scenes" / "stage", _ROOT / "scenes" / "publish")
    return {path for path in paths if path.suffix == ".py" and not any(map(path.is_relative_to, elsewhere))}


def _without_sentences(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in _SAYING:
            for text in _texts([*node.args, *(keyword.value for keyword in node.keywords)]):
                text.value = ""
    for text in _texts([tree]):
        if " " in text.value:
            text.value = ""
    return ast.dump(tree)


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _texts(nodes: Iterable[ast.AST]) -> Iterator[Any]:
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part


def _copied(state: dict[str, Any]) -> dict[str, Any]:
    return {name: value.copy() if isinstance(value, (np.ndarray, list)) else value for name, value in state.items()}


def _feed(digest: Any, value: object) -> None:
    if is_dataclass(value) and not isinstance(value, type):
        value = tuple(getattr(value, field.name) for field in fields(value))
    if isinstance(value, np.ndarray):
        digest.update(f"{value.dtype.str}{value.shape}".encode() + np.ascontiguousarray(value).data)
    elif isinstance(value, (tuple, list)):
        digest.update(f"({len(value)}".encode())
        for part in value:
            _feed(digest, part)
    elif value is None or isinstance(value, (str, int, float, np.generic)):
        digest.update(f"{value!r},".encode())
    else:  # anything else may show its address
        digest.update(f"{type(value).__qualname__},".encode())
