"""The house has the rooms that docs/architecture.md draws, and no way leads back up."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import manim
import pytest
from support import ROOT
from support.imports import ROOMS, imports_of, modules, room_of

_MODULES = modules()
_MOST_MODULES = 20
_OURS = ("em_model", "em_film", "scenes")
_WITHOUT_MANIM = """
import importlib, sys

class NoManim:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"manim", "cairo", "manimpango", "av", "typst"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoManim())
for name in sys.argv[1:]:
    importlib.import_module(name)
    print(name)
"""


def _target(module: str, name: str | None) -> str:
    """Return the module that an import leads to: a package's submodule where the name is one."""
    return f"{module}.{name}" if f"{module}.{name}" in _MODULES else module


def _arrows() -> dict[str, set[str]]:
    arrows: dict[str, set[str]] = defaultdict(set)
    for source, path in _MODULES.items():
        for module, name in imports_of(path):
            if module.partition(".")[0] in _OURS:
                arrows[source].add(_target(module, name))
    return arrows


def test_every_module_imports_from_rooms_below_its_own() -> None:
    back_up = [
        f"{source} -> {target}"
        for source, targets in _arrows().items()
        for target in targets
        if ROOMS.index(room_of(target)) > ROOMS.index(room_of(source))
    ]
    assert len(_MODULES) > 80
    assert back_up == []


def test_no_imports_run_in_a_circle() -> None:
    try:
        list(TopologicalSorter(_arrows()).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_folder_holds_more_modules_than_one_can_overlook() -> None:
    folders: dict[Path, int] = defaultdict(int)
    for path in _MODULES.values():
        folders[path.parent] += path.name != "__init__.py"
    assert {str(folder.relative_to(ROOT)): count for folder, count in folders.items() if count > _MOST_MODULES} == {}


def test_numbers_page_and_runs_import_where_manim_is_not_installed() -> None:
    free = [name for name in _MODULES if room_of(name) in {"em_model", "house", "page", "experiment", "runs"}]
    free += [name for name in _MODULES if name.startswith("em_film.panels.") and name.endswith(".run")]
    assert len(free) > 40
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_MANIM, *free], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == free


def test_storyboards_import_from_the_house_and_from_manims_front_door_only() -> None:
    beyond = [
        f"{source}: {module}"
        for source, path in _MODULES.items()
        if room_of(source) == "scenes"
        for module, _ in imports_of(path)
        if module.partition(".")[0] not in {"em_film", "em_model", *sys.stdlib_module_names, "numpy"} | {"manim"}
        or module.startswith("manim.")
    ]
    assert beyond == []


def test_only_the_renderer_leans_on_manims_insides() -> None:
    """Modules of Manim that its front door does not name, and methods that begin with an underscore."""
    leaning = []
    for source, path in _MODULES.items():
        if room_of(source) in {"renderer", "em_model"}:
            continue
        for module, name in imports_of(path):
            private = any(part.startswith("_") for part in [*module.split("."), name or ""])
            if module.partition(".")[0] == "manim" and (
                private or module.startswith(("manim.renderer", "manim.scene"))
            ):
                leaning.append(f"{source}: {module}.{name}")
    assert leaning == []


def _defined(node: ast.AST) -> str | None:
    """Return the name that a piece of source defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return node.name
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        return node.attr
    return None


def test_only_the_renderer_uses_or_replaces_private_names_of_manims() -> None:
    """What a module defines for itself is its own, unless it stands in a class and hides what Manim has there."""
    manims = {
        name
        for item in vars(manim).values()
        if isinstance(item, type) and item.__module__.startswith("manim.")
        for name in vars(item)
        if name.startswith("_") and not name.startswith("__")
    }
    assert "_setup_scene" in manims
    trees = {name: ast.parse(path.read_text("utf-8")) for name, path in _MODULES.items() if room_of(name) != "renderer"}
    leaning = []
    for name, tree in trees.items():
        own = {_defined(node) for node in ast.walk(tree)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in manims - own:
                leaning.append(f"{name}: uses {node.attr}")
            if isinstance(node, ast.ClassDef):
                leaning += [
                    f"{name}.{node.name}: replaces {part.name}"
                    for part in node.body
                    if isinstance(part, ast.FunctionDef) and part.name in manims
                ]
    assert leaning == []


def test_the_picture_of_the_house_shows_the_arrows_there_are() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = {
        tuple(part.strip() for part in line.split("-->"))
        for line in page.splitlines()
        if "-->" in line and not line.strip().startswith("<")
    }
    real = {
        (room_of(source), room_of(target))
        for source, targets in _arrows().items()
        for target in targets
        if room_of(source) != room_of(target) and "house" not in {room_of(source), room_of(target)}
    }
    assert drawn == real


def test_every_public_module_says_what_it_is() -> None:
    silent = [
        name
        for name, path in _MODULES.items()
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []
