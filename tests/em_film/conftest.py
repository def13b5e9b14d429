from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.running import FILMS, ROOT, SMALL, START, Run, Started

from em_film.command.command import command
from em_film.publish import films


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give the tests a cache of their own, one film more, and nothing of the user's environment."""
    for name in ("EM_EXPERIMENT", "EM_THEME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EM_FILM_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setattr(films, "FOLDERS", [*films.FOLDERS, FILMS])


@pytest.fixture
def run() -> Run:
    """Run the command in this process."""

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(command, [str(argument) for argument in arguments], prog_name="em-film")

    return run


@pytest.fixture
def started() -> Iterator[Started]:
    """Start the command in a process of its own, in any folder, patched by a line of Python."""
    processes = []

    def started(
        *arguments: object, cwd: Path, environment: Mapping[str, str] | None = None, patch: str = ""
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", START.format(patch=patch), str(FILMS), *map(str, arguments)],
            cwd=cwd,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | dict(environment or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield started
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """An experiment file whose fit takes no time."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path
