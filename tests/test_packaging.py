from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import em_model

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = (None, "film", "distributed", "test")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

WALK_WITHOUT_MANIM = """
import importlib, pkgutil, sys

class NoManim:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"manim", "cairo", "manimpango", "av", "typst", "pydantic", "em_film"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NoManim())
try:
    import manim
except ModuleNotFoundError:
    pass
else:
    sys.exit("the hook blocks nothing")

import em_model
names = [module.name for module in pkgutil.walk_packages(em_model.__path__, "em_model.")]
for name in names:
    importlib.import_module(name)
print(*names)
"""


def declared(extra: str | None = None) -> list[Requirement]:
    project = PYPROJECT["project"]
    lines = project["dependencies"] if extra is None else project["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


def pinned() -> dict[str, Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / "constraints.txt").read_text().splitlines())
    pins = [Requirement(line) for line in lines if line]
    assert len({canonicalize_name(pin.name) for pin in pins}) == len(pins), "a package is pinned twice"
    return {canonicalize_name(pin.name): pin for pin in pins}


def version_of(pin: Requirement) -> str:
    return str(pin.specifier).removeprefix("==")


def requirements_of(name: str) -> list[Requirement]:
    try:
        lines = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:  # wanted on another Python only
        lines = []
    return [Requirement(line) for line in lines]


def needed(requirement: Requirement, environment: dict[str, str]) -> set[str]:
    """Names of all distributions that an installed requirement brings in, itself included."""
    found: set[str] = set()
    queue = [requirement]
    while queue:
        wanted = queue.pop()
        name = canonicalize_name(wanted.name)
        for child in requirements_of(name):
            markers = [environment | {"extra": extra} for extra in (wanted.extras or {""})]
            applies = child.marker is None or any(child.marker.evaluate(marker) for marker in markers)
            if applies and canonicalize_name(child.name) not in found:
                queue.append(child)
        found.add(name)
    return found


def test_every_module_of_em_model_imports_where_manim_is_not_installed() -> None:
    run = subprocess.run(
        [sys.executable, "-c", WALK_WITHOUT_MANIM], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert set(run.stdout.split()) >= {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "em_model").rglob("*.py")
        if path.stem != "__init__"
    }


def test_em_model_rests_on_numpy_and_scipy_alone() -> None:
    assert {requirement.name for requirement in declared()} == {"numpy", "scipy"}


def test_every_dependency_has_an_upper_bound() -> None:
    for extra in EXTRAS:
        for requirement in declared(extra):
            assert any(bound.operator in {"<", "<=", "=="} for bound in requirement.specifier), requirement


def test_installed_metadata_are_those_of_pyproject() -> None:
    assert importlib.metadata.version("em-film") == PYPROJECT["project"]["version"]
    assert getattr(em_model, "__version__", PYPROJECT["project"]["version"]) == PYPROJECT["project"]["version"]


def test_constraints_are_exact() -> None:
    for pin in pinned().values():
        assert re.fullmatch(r"==[0-9][0-9a-z.]*", str(pin.specifier)), pin


@pytest.mark.parametrize("extra", EXTRAS)
def test_constraints_lie_within_the_bounds_of_pyproject(extra: str | None) -> None:
    for requirement in declared(extra):
        pin = pinned()[canonicalize_name(requirement.name)]
        assert pin.marker is None, pin
        assert requirement.specifier.contains(version_of(pin)), (requirement, pin)


def test_constraints_lie_within_the_bounds_of_the_build() -> None:
    for line in PYPROJECT["build-system"]["requires"]:
        requirement = Requirement(line)
        assert requirement.specifier.contains(version_of(pinned()[requirement.name])), requirement


@pytest.mark.parametrize("python", PYTHONS)
def test_constraints_pin_whatever_an_install_brings_in(python: str) -> None:
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    pins = pinned()
    for extra in EXTRAS:
        for requirement in declared(extra):
            for name in needed(requirement, environment):
                marker = pins[name].marker
                assert marker is None or marker.evaluate(environment), (python, name)


def test_every_pin_installs_on_the_oldest_python_allowed() -> None:
    """Debian 12 has 3.11.2: a pin that wants 3.11.5 breaks the set-up there and nowhere else."""
    pins = pinned()
    for distribution in importlib.metadata.distributions():
        pin = pins.get(canonicalize_name(distribution.name))
        if pin is not None and distribution.version == version_of(pin):
            allowed = SpecifierSet(str(distribution.metadata.json.get("requires_python", "")))
            assert allowed.contains("3.11.0") or pin.marker is not None, (pin, allowed)


@pytest.mark.parametrize("name", ["manim.cfg", "Makefile", ".ci/run", "tools/setup.sh", "tools/say_where.sh"])
def test_what_is_read_in_the_locales_encoding_is_ascii(name: str) -> None:
    assert (ROOT / name).read_bytes().isascii()


def test_the_citation_is_of_the_version_there_is() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {PYPROJECT['project']['version']}\n" in citation
    assert f"\nlicense: {PYPROJECT['project']['license']}\n" in citation


def test_the_workflow_runs_the_one_command_on_every_python_there_is() -> None:
    workflow = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    (matrix,) = re.findall(r"python: \[(.*)\]", workflow)
    assert tuple(re.findall(r'"([\d.]+)"', matrix)) == PYTHONS
    assert re.search(r"(?m)^ +- run: \.ci/run$", workflow)
    classifiers = PYPROJECT["project"]["classifiers"]
    assert [line.rpartition(" ")[2] for line in classifiers if re.search(r":: 3\.\d+$", line)] == list(PYTHONS)
