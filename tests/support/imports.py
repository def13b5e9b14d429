"""Who imports whom, read from the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from support import ROOT

__all__ = ["ROOMS", "imports_of", "modules", "room_of"]

ROOMS = (
    "em_model",
    "house",
    "page",
    "parts",
    "experiment",
    "runs",
    "drawing",
    "panels",
    "renderer",
    "film",
    "publish",
    "command",
    "scenes",
)
"""From the foundations up; ``house`` stands for the modules of em_film that lie in no room."""


def modules() -> dict[str, Path]:
    """Every module of the source, by its dotted name."""
    found = {}
    for top in ("em_model", "em_film", "scenes"):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def room_of(module: str) -> str:
    """Room in which a module stands."""
    parts = module.split(".")
    if parts[0] != "em_film":
        return parts[0]
    if parts[1:] == ["__main__"]:
        return "command"
    return parts[1] if len(parts) > 1 and parts[1] in ROOMS else "house"


def imports_of(path: Path) -> Iterator[tuple[str, str | None]]:
    """Yield module and name of every import that runs, also inside functions; those for type checkers do not."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in node.body
        for part in ast.walk(inner)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.module, alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, None
