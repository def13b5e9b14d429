"""What a module exports is what others import from it, no more and no less."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import ROOT

HOUSE = ("em_model", "em_film", "scenes")
GUESTS = ("tests", "bench", "docs")


def _modules(folders: tuple[str, ...]) -> dict[str, Path]:
    """Dotted names of the modules in some folders, with their files."""
    found = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules(HOUSE)


def _exports(path: Path) -> list[str] | None:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    return None


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    """Modules and the names taken from them, by import or as attributes of an imported module."""
    tree, modules = ast.parse(path.read_text()), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield node.module, alias.name
                modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = modules.get(node.value.id)
            if module in MODULES and node.attr in (_exports(MODULES[module]) or []):
                yield module, node.attr


IMPORTERS: dict[tuple[str, str], set[str]] = defaultdict(set)
for _name, _path in (MODULES | _modules(GUESTS)).items():
    for _imported in _imports(_path):
        IMPORTERS[_imported].add(_name)


# A package's own list is for its users, who are not here.
@pytest.mark.parametrize("module", [name for name, path in MODULES.items() if path.name != "__init__.py"])
def test_every_exported_name_is_imported_somewhere(module: str) -> None:
    idle = [name for name in _exports(MODULES[module]) or [] if not IMPORTERS[module, name]]
    assert not idle, f"{module} exports what nobody imports: {', '.join(idle)}"


def test_every_imported_name_is_exported() -> None:
    missing = sorted(
        f"{importer} imports {name} from {module}"
        for (module, name), importers in IMPORTERS.items()
        if module in MODULES and not name.startswith("_") and f"{module}.{name}" not in MODULES
        if name not in (_exports(MODULES[module]) or [])
        for importer in importers
    )
    assert not missing, "\n".join(missing)
