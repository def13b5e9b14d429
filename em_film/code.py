"""What code a result rests on: a file, and all that it imports of ours, found by reading and not by running it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

import em_model

__all__ = ["code_digest", "import_closure"]

_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")  # where statements hold others
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
    files = cache(_files)  # asked for the same ones from file after file
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            for dotted in _imports(file, file.stat().st_mtime_ns):
                waiting += files(dotted, None if dotted.partition(".")[0] in _PACKAGES else file.parent)
    return tuple(sorted(found))


def code_digest(path: Path) -> str:
    """Return a digest (hexadecimal SHA-256) of all files that a file leads to through its imports."""
    digest = hashlib.sha256()
    for file in import_closure(path):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


@lru_cache(maxsize=1024)
def _imports(file: Path, changed: int) -> tuple[str, ...]:
    """Every module that a file imports, and every name it takes from one, which may be a module itself."""
    found: dict[str, None] = {}
    waiting: list[ast.AST] = [ast.parse(file.read_bytes())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found |= {alias.name: None for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module: None} | {f"{node.module}.{alias.name}": None for alias in node.names}
        elif isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            waiting += node.orelse  # what only a type checker sees does not run
        else:
            for block in _BLOCKS:  # imports are statements: what stands in expressions need not be looked at
                waiting += getattr(node, block, ())
    return tuple(found)


def _files(dotted: str, beside: Path | None) -> tuple[Path, ...]:
    """Files of a module of ours, from its package's down to its own; none for what is no module."""
    top, *rest = dotted.split(".")
    if beside is None:
        return tuple(_below(_PACKAGES[top], rest))
    return (*_below(beside, [top, *rest]), *_below(beside.parent, [top, *rest]))


def _below(place: Path, parts: Sequence[str]) -> Iterator[Path]:
    for part in ("", *parts):
        place = place / part
        if (place / "__init__.py").is_file():
            yield place / "__init__.py"
    if parts and place.with_suffix(".py").is_file():
        yield place.with_suffix(".py")
