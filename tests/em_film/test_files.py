"""Files appear whole; working folders go with the process that works in them, killed or not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import ROOT

from em_film.files import removed, whole_file, working_folder

_WORKING = """
import sys, time
from pathlib import Path
from em_film.files import working_folder
with working_folder(Path("."), "film-") as folder:
    print(folder, flush=True)
    time.sleep(60)
"""


def test_a_file_is_put_in_place_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    with whole_file(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    with pytest.raises(TypeError), whole_file(path) as file:
        file.write("half")  # type: ignore[arg-type]
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_a_working_folder_is_left_alone_while_somebody_works_in_it_and_swept_when_they_were_killed(
    tmp_path: Path,
) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", _WORKING], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    other = tmp_path / process.stdout.readline().strip()
    with working_folder(tmp_path, "film-") as own:
        assert other.exists()
        assert own != other
    process.kill()
    process.communicate()
    assert other.exists()
    with working_folder(tmp_path, "film-") as own:
        assert not other.exists()
    assert not own.exists()


def test_a_folder_without_a_lock_is_swept_when_it_is_old(tmp_path: Path) -> None:
    for name in ("film-old", "film-new", "other-old"):
        (tmp_path / name).mkdir()
    for name in ("film-old", "other-old"):
        os.utime(tmp_path / name, (time.time() - 3600,) * 2)
    with working_folder(tmp_path, "film-"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film-new", "other-old"]


def test_whatever_it_is_it_is_removed(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    assert removed(tmp_path / "link")
    assert (tmp_path / "folder").exists()
    assert all(removed(tmp_path / name) for name in ("folder", "file", "nothing"))
    assert not list(tmp_path.iterdir())
