"""Requests to end: the first one tidies up, the second one ends at once, and none leaves a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT
from support.running import FILMS, SMALL, wait_for

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

# numpy takes its time, and says that it has begun.
_SLOW_IMPORT = """
import sys, time
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            print("importing", flush=True)
            time.sleep(30)
sys.meta_path.insert(0, Slow())
sys.argv = ["em-film", "list"]
from em_film.command.entry import main
main()
"""

# Whoever tidies up after the first signal hangs.
_HANGS = """
import sys, time
from pathlib import Path
from em_film.publish import films
films.FOLDERS.append(Path({films!r}))
from manim.scene.scene_file_writer import SceneFileWriter
def hang(self, *args, **kwargs):
    Path("hanging").touch()
    time.sleep(60)
SceneFileWriter.abort_encode_jobs = hang
sys.argv = ["em-film", "render", "tiny_film", "small.toml", "-q", "l", "--out", "out"]
from em_film.command.entry import main
main()
"""


def _start(code: str, folder: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "EM_FILM_CACHE": str(folder / "cache")} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_during_the_first_imports_is_one_line(tmp_path: Path) -> None:
    process = _start(_SLOW_IMPORT, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "importing\n"
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=10)
    assert process.returncode == 130
    assert told == "interrupted before anything was done\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_whatever_hangs_after_the_first(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SMALL)
    process = _start(_HANGS.format(films=str(FILMS)), tmp_path, TINY_TROUBLE=str(tmp_path / "here"))
    wait_for((tmp_path / "here").exists, 60)
    process.send_signal(number)
    wait_for((tmp_path / "hanging").exists, 60)
    assert process.poll() is None
    process.send_signal(number)
    assert process.wait(timeout=5) == 128 + number
    process.communicate()
    assert not list((tmp_path / "out").glob("*.mp4"))
