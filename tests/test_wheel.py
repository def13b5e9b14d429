"""Installed from a wheel, in an empty folder and beside packages of the same names, everything is there."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from support import ROOT
from support.running import SMALL

_HOSTILE = "raise ImportError('this is the package of the user, and none of em-film\\'s business')\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of a fresh environment that has the wheel, and for all else the packages of this one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    pip = [scripts / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*pip, wheel], check=True)
    (site,) = folder.rglob("site-packages")
    (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return scripts


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A folder with nothing of ours in it, but with packages and files of our names."""
    for name in ("scenes", "assets", "em_step"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(_HOSTILE)
    (tmp_path / "scenes" / "em_step.py").write_text(_HOSTILE)
    return tmp_path


def _run(scripts: Path, folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"EM_FILM_CACHE": str(folder / "cache")}
    done = subprocess.run(
        [scripts / arguments[0], *arguments[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_puts_two_names_at_the_top_level(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"em_film", "em_model"}


def test_the_wheel_holds_every_storyboard_experiment_and_setting(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    wanted = {
        f"em_film/{path.relative_to(ROOT).as_posix()}"
        for pattern in ("scenes/*.py", "assets/experiments/*", "assets/data/*", "manim.cfg")
        for path in ROOT.glob(pattern)
    }
    assert len(wanted) > 10
    assert wanted <= names


def test_from_the_wheel_films_are_listed_experiments_written_and_checked_and_a_still_drawn(
    installed: Path, beside: Path
) -> None:
    where = _run(
        installed, beside, "python", "-c", "import em_film, em_model; print(em_film.__file__, em_model.__file__)"
    )
    assert all(str(installed.parent) in path for path in where.split())
    films = {line.split()[0] for line in _run(installed, beside, "em-film", "list").splitlines()}
    assert films == {path.stem for path in (ROOT / "scenes").glob("[!_]*.py")}
    _run(installed, beside, "em-film", "new", "new.toml")
    assert "converged" in _run(installed, beside, "em-film", "check", "new.toml")
    (beside / "small.toml").write_text(SMALL)
    _run(installed, beside, "em-film", "still", "em_step", "small.toml", "-q", "l", "--at", "start", "--out", "out")
    (picture,) = (beside / "out").glob("*.png")
    with Image.open(picture) as drawn:
        assert drawn.size == (854, 480)
        assert len(drawn.convert("RGB").getcolors(1 << 20) or ()) > 50


def test_a_films_own_experiment_comes_with_the_wheel(installed: Path, beside: Path) -> None:
    code = (
        "from em_film.publish.films import film_class, film_files\n"
        "from em_film.experiment import Experiment\n"
        "from em_film.places import ASSETS\n"
        "for film in film_files():\n"
        "    print(Experiment.load(ASSETS / film_class(film.name).default_experiment).name)\n"
    )
    assert len(_run(installed, beside, "python", "-c", code).split()) == len(list((ROOT / "scenes").glob("[!_]*.py")))
