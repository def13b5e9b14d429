"""Several processes render the film of one, whatever becomes of them; and none is started for nothing."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest
from manim import tempconfig
from numpy.typing import NDArray
from support.running import FILMS, ROOT, SMALL, wait_for
from support.watching import dry, played

from em_film.environment import cores, jobs
from em_film.film import crew
from em_film.film.film import Film
from scenes.em_step import EMStep
from scenes.four_panels import FourPanels
from scenes.k_means import KMeans

_MANIM = """
import os, signal, sys, time
from em_film.film import crew
{patch}
from manim.__main__ import main
sys.argv = ["manim", "render", "-ql", "--progress_bar", "none", *sys.argv[1:]]
main()
"""
_CALLED_AT_ONCE = """
crew._WORTH_CALLING = 0.0
plain = crew._Crew._call
def call(self):
    plain(self)
    with open("helpers", "a") as file:
        print(*(helper.pid for helper in self._helpers), file=file)
    # Until one of them has claimed something; or all have ended, as where another render has made every piece.
    while not list(self._folder.glob("[!.]*.lock")) and any(helper.poll() is None for helper in self._helpers):
        time.sleep(0.001)
crew._Crew._call = call
"""
# The other is stopped while it holds a claim, and killed when the first process has nothing else to do.
_KILLED = (
    _CALLED_AT_ONCE
    + """
import filelock, psutil
def held(lock):
    try:
        with filelock.FileLock(lock, timeout=0):
            return False
    except filelock.Timeout:
        return True
def stopped(self):
    call(self)
    (helper,) = self._helpers
    while helper.poll() is None:
        helper.send_signal(signal.SIGSTOP)
        while psutil.Process(helper.pid).status() != psutil.STATUS_STOPPED:
            time.sleep(0.001)
        if any(map(held, self._folder.glob("[!.]*.lock"))):
            return
        helper.send_signal(signal.SIGCONT)
        time.sleep(0.002)
missing = crew.Claims.missing
def killed(self):
    for helper in self._helpers:
        helper.kill()
    return missing(self)
crew._Crew._call, crew._Crew.missing = stopped, killed
"""
)
_NEVER_CALLED = """
crew._WORTH_CALLING = 0.0
def call(self):
    raise AssertionError("others are called")
crew._Crew._call = call
"""
_PLAYS = 9
unix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


def _start(folder: Path, patch: str, *options: str, **environment: str) -> subprocess.Popen[str]:
    (folder / "small.toml").write_text(SMALL)
    (folder / "tmp").mkdir(exist_ok=True)
    around = os.environ | {"PYTHONPATH": str(ROOT), "EM_EXPERIMENT": "small.toml", "EM_FILM_JOBS": "2"}
    around |= {"TMPDIR": str(folder / "tmp"), "EM_FILM_CACHE": str(folder.parent / "cache"), "COLUMNS": "400"}
    return subprocess.Popen(
        [sys.executable, "-c", _MANIM.format(patch=patch), *options, str(FILMS / "tiny_film.py")],
        cwd=folder,
        env=around | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(folder: Path, process: subprocess.Popen[str]) -> tuple[NDArray[np.uint8], str]:
    """Wait for a render; return the film's pictures and how many pieces the first process rendered."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    (film,) = (path for path in folder.rglob("tiny_film-small.mp4") if "partial" not in str(path))
    assert not _left(folder)
    with av.open(str(film)) as container:
        return np.array([frame.to_ndarray(format="gray") for frame in container.decode(video=0)]), out


def _rendered(out: str) -> int:
    return out.count("Partial movie file written")


def _left(folder: Path) -> list[Path]:
    """What a render may not leave: helpers, the crew's folder, halves of pieces."""
    helpers = (folder / "helpers").read_text().split() if (folder / "helpers").exists() else []
    running = [Path("/proc", number) for number in helpers if psutil.pid_exists(int(number))]
    return [*running, *(folder / "tmp").iterdir(), *folder.rglob("*.part")]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.uint8]:
    """The film of one process."""
    folder = tmp_path_factory.mktemp("alone")
    frames, out = _end(folder, _start(folder, _NEVER_CALLED, EM_FILM_JOBS="1"))
    assert _rendered(out) == _PLAYS
    return frames


@pytest.mark.parametrize("number", [2, 3])
def test_the_film_of_several_processes_is_that_of_one(number: int, alone: NDArray[np.uint8], tmp_path: Path) -> None:
    frames, out = _end(tmp_path, _start(tmp_path, _CALLED_AT_ONCE, EM_FILM_JOBS=str(number)))
    assert np.array_equal(frames, alone)
    assert len((tmp_path / "helpers").read_text().split()) == number - 1
    assert 0 < _rendered(out) < _PLAYS
    again, out = _end(tmp_path, _start(tmp_path, _NEVER_CALLED))  # all is cached
    assert np.array_equal(again, alone)
    assert _rendered(out) == 0


def test_a_part_of_a_film_is_that_of_one_process(tmp_path: Path) -> None:
    films = []
    for name, patch in (("one", _NEVER_CALLED), ("two", _CALLED_AT_ONCE)):
        (tmp_path / name).mkdir()
        number = "1" if name == "one" else "2"
        films.append(_end(tmp_path / name, _start(tmp_path / name, patch, "-n", "2,5", EM_FILM_JOBS=number)))
    assert np.array_equal(films[0][0], films[1][0])
    assert _rendered(films[0][1]) == 4
    assert _rendered(films[1][1]) < 4


@unix
def test_what_a_process_leaves_that_is_killed_in_a_play_is_rendered_by_the_first(
    alone: NDArray[np.uint8], tmp_path: Path
) -> None:
    frames, out = _end(tmp_path, _start(tmp_path, _KILLED))
    assert np.array_equal(frames, alone)
    assert out.count("Using cached data") > 0
    assert f"Played {_PLAYS} animations" in out


def test_two_renders_at_once_are_both_right(alone: NDArray[np.uint8], tmp_path: Path) -> None:
    processes = [_start(tmp_path, _CALLED_AT_ONCE, "-o", name) for name in ("one", "other")]
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
    for name in ("one", "other"):
        (film,) = tmp_path.rglob(f"{name}.mp4")
        with av.open(str(film)) as container:
            frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
        assert np.array_equal(frames, alone)
    assert not _left(tmp_path)


@unix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_others_end_with_the_first(number: signal.Signals, tmp_path: Path) -> None:
    process = _start(tmp_path, _CALLED_AT_ONCE, TINY_TROUBLE=str(tmp_path / "here"))
    wait_for(lambda: (tmp_path / "here").exists() and (tmp_path / "helpers").exists(), 60)
    process.send_signal(number)
    process.wait(timeout=10)
    process.communicate()
    (helper,) = (tmp_path / "helpers").read_text().split()
    wait_for(lambda: not psutil.pid_exists(int(helper)), 10)
    assert not list(tmp_path.rglob("tiny_film-small.mp4"))
    if number == signal.SIGINT:
        assert not _left(tmp_path)


@pytest.mark.parametrize("kind", [EMStep, FourPanels, KMeans])
def test_a_film_can_be_handed_over_when_much_of_it_has_been_played(kind: type[Film[Any]], tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SMALL)
    film = played(kind, tmp_path / "small.toml")
    again = partial(kind, film.experiment, film.theme.name, dataset=film.dataset, prepared=film.prepared)
    crew._Crew(tmp_path, again, tmp_path)._write_task()
    with (tmp_path / crew.TASK).open("rb") as file, dry(tmp_path / "small.toml"):
        assert pickle.load(file)[0] == kind.__module__
        assert pickle.load(file)().experiment.fingerprint() == film.experiment.fingerprint()


def test_manims_own_renderer_is_left_alone(tmp_path: Path) -> None:
    _, out = _end(tmp_path, _start(tmp_path, _NEVER_CALLED, EM_RENDERER="plain"))
    assert _rendered(out) == _PLAYS


@pytest.mark.parametrize("given", ["0", "-1", "two", "1.5", "257", "9999999999", " "])
def test_what_is_no_number_of_processes_is_a_line(given: str, tmp_path: Path) -> None:
    process = _start(tmp_path, "", EM_FILM_JOBS=given)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    (line,) = err.splitlines()
    assert line.startswith("EM_FILM_JOBS: ")
    assert "from 1 to 256" in line


def test_there_are_as_many_processes_as_cores_and_no_more_than_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    class Memory:
        available = 2e9

    monkeypatch.setattr(crew.environment, "cores", lambda: 8)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory)
    monkeypatch.delenv("EM_FILM_JOBS", raising=False)
    with tempconfig({"pixel_width": 1920, "pixel_height": 1080}):
        some = crew._helpers_wanted()
        assert 2 <= some <= 6
        Memory.available = 1e8
        assert crew._helpers_wanted() == 0
        Memory.available = 1e12
        assert crew._helpers_wanted() == 7
        monkeypatch.setenv("EM_FILM_JOBS", "3")
        assert crew._helpers_wanted() == 2
    assert jobs() == 3
    assert cores() >= 1
