"""Files that appear whole or not at all, and folders that go when the process that works in them is gone."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

__all__ = ["part_beside", "removed", "sweep_parts", "whole_file", "working_folder"]

_LOCK = ".lock"
_PART = ".part"
_UNLOCKED_FOR = 60  # seconds a folder without a lock is left alone: it may just be being made


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a file aside, and put it in place of what was there when it is complete.

    Readers never see half of it, and a process that is killed leaves what was there before.

    Parameters
    ----------
    path : Path
        Its folder is made if missing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.stem}-", suffix=_part_suffix(), delete=False
        ) as file:
            part = Path(file.name)
            yield file
        part.chmod(0o644)
        part.replace(path)
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


def part_beside(path: Path) -> Path:
    """Where a file can be written until it is complete: beside its place, named after it and this process."""
    return path.with_name(f".{path.name}{_part_suffix()}")


def sweep_parts(folder: Path) -> None:
    """Remove what processes that were killed have left of files that they wrote aside."""
    for part in folder.glob(f".*{_PART}") if folder.is_dir() else ():
        number = part.name.removesuffix(_PART).rpartition(".")[2]
        if number.isdigit() and not _runs(int(number)):
            removed(part)


@contextmanager
def working_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Make a folder to work in, which goes afterwards; with it go those of the same prefix whose process was killed.

    Parameters
    ----------
    parent : Path
        Exists already.
    prefix : str
        The folder's name begins so.
    """
    for left in parent.glob(f"{prefix}*"):
        if _is_abandoned(left):
            removed(left)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=prefix))
    lock = FileLock(folder / _LOCK)
    try:
        with lock:
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def removed(path: Path) -> bool:
    """Remove a file, or a folder with all that is in it; whether it is gone."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return not os.path.lexists(path)


def _part_suffix() -> str:
    return f".{os.getpid()}{_PART}"


def _runs(process: int) -> bool:
    if os.name == "nt":  # where a file that somebody writes cannot be removed anyway
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is somebody else's
        return True
    return True


def _is_abandoned(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    lock = folder / _LOCK
    try:
        if not lock.exists():
            return time.time() - folder.stat().st_mtime > _UNLOCKED_FOR
        with FileLock(lock, timeout=0):
            return True
    except (OSError, Timeout):
        return False
