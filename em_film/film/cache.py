"""What makes Manim's cache of rendered plays right for films that draw a model: nothing old is shown, nothing drifts.

Manim finds the file of a play again by a hash of the mobjects at its start, the animations and the camera. A movement
drawn from a model depends on more than that: on the experiment and on the code. Both go into a fingerprint that hangs
on the camera. And a play that is skipped must leave the mobjects as the rendered one would, to the last bit, or every
later hash differs: a movement ends in the very state that was drawn before it began (see `Snapshot`).
"""

from __future__ import annotations

import ast
import hashlib
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import cairo
import manim
import numpy as np
import scipy

from em_film.code import import_closure

__all__ = ["code_fingerprint"]

_SAYING = {"say", "words"}


def code_fingerprint(film: type[object]) -> str:
    """Return a digest of the code a film is drawn by, except for the sentences in the film's own files.

    That is all that the film's file leads to through its imports, so that what other films alone are drawn by may
    change. A sentence can be changed without everything being rendered anew, because what is said stands in the scene
    as mobjects, whose points Manim hashes. As a sentence counts what is handed to ``say`` or ``words``, and any text
    with a space in it.

    Parameters
    ----------
    film : class
        The film; the files of the classes it derives from count, too.
    """
    digest = hashlib.sha256(_versions().encode())
    read: set[Path] = set()
    of_films: set[Path] = set()
    for ancestor in film.__mro__:
        module = sys.modules[ancestor.__module__]
        file = getattr(module, "__file__", None)
        if ancestor.__module__.partition(".")[0] == "manim" or ancestor is object or _is_pythons_own(file):
            continue
        if file is None:  # a film that was typed into a notebook
            digest.update(repr(_instructions(ancestor)).encode())
            continue
        if not ancestor.__module__.startswith("em_film.film"):
            of_films.add(Path(file).resolve().parent)
        if Path(file).resolve() not in read:
            read.update(import_closure(Path(file)))
    for path in sorted(read):
        source = path.read_text(encoding="utf-8")
        digest.update((_without_sentences(source) if path.parent in of_films else source).encode())
    return digest.hexdigest()


def _is_pythons_own(file: str | None) -> bool:
    """Whether a file is one of the standard library, as that of ``typing.Generic`` is: all of it would be read."""
    return file is not None and Path(file).resolve().parent == Path(sysconfig.get_path("stdlib")).resolve()


def _versions() -> str:
    return "/".join((manim.__version__, np.__version__, scipy.__version__, cairo.version, cairo.cairo_version_string()))


def _instructions(film: type[object]) -> list[tuple[str, bytes, str]]:
    codes = {name: getattr(item, "__code__", None) for name, item in sorted(vars(film).items())}
    return [(name, code.co_code, repr(code.co_consts)) for name, code in codes.items() if code is not None]


@lru_cache(maxsize=1024)
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
