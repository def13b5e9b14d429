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
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import cairo
import manim
import numpy as np
import scipy

__all__ = ["code_fingerprint"]

_ROOT = Path(__file__).resolve().parents[2]
_SAYING = {"say", "words"}


def code_fingerprint(film: type[object]) -> str:
    """Return a digest of the code a film is drawn by, except for the sentences in the film's own files.

    A sentence can be changed without everything being rendered anew, because what is said stands in the scene as
    mobjects, whose points Manim hashes. As a sentence counts what is handed to ``say`` or ``words``,
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
