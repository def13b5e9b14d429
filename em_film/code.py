"""What code a result rests on: a file, and all that it imports of ours, found by reading and not by running it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import em_model

__all__ = ["code_digest", "import_closure"]

_PACKAGES = {
    "em_film": Path(__file__).resolve().parent,
    "em_model": Path(em_model.__file__).resolve().parent,
}


def import_closure(path: Path) -> tuple[Path, ...]:
    """Files that a file leads to through its imports, itself included: of em_model, of em_film and beside it.

    Imports inside functions count as well, and so do the packages that a module lies in.

    Parameters
    ----------
    path : Path
        A Python file.
    """
    found: set[Path] = set()
    waiting = [path.resolve()]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += _imported(file)
    return tuple(sorted(found))


def code_digest(path: Path) -> str:
    """Return a digest (hexadecimal SHA-256) of all files that a file leads to through its imports."""
    digest = hashlib.sha256()
    for file in import_closure(path):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _imported(file: Path) -> list[Path]:
    return [
        path
        for module, names in _imports(file, file.stat().st_mtime_ns)
        for dotted in (module, *(f"{module}.{name}" for name in names))
        for path in _files(dotted, file.parent)
    ]


@lru_cache(maxsize=1024)
def _imports(file: Path, changed: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Every module that a file imports, with the names it takes from it."""
    found: list[tuple[str, tuple[str, ...]]] = []
    waiting: list[ast.AST] = [ast.parse(file.read_bytes())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found += [(alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module, tuple(alias.name for alias in node.names)))
        elif isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            waiting += node.orelse  # what only a type checker sees does not run
        else:
            waiting += ast.iter_child_nodes(node)
    return tuple(found)


def _files(dotted: str, beside: Path) -> Iterator[Path]:
    """Yield the files of a module of ours, from its package's down to its own; nothing for what is no module."""
    top, *rest = dotted.split(".")
    if top in _PACKAGES:
        yield from _below(_PACKAGES[top], rest)
    else:
        yield from _below(beside, [top, *rest])
        yield from _below(beside.parent, [top, *rest])


def _below(place: Path, parts: Sequence[str]) -> Iterator[Path]:
    for part in ("", *parts):
        place = place / part
        if (place / "__init__.py").is_file():
            yield place / "__init__.py"
    if parts and place.with_suffix(".py").is_file():
        yield place.with_suffix(".py")
