"""Where a render works: a scratch folder of its own, filled from a cache and emptied into it.

Two renders at once never write the same file, and one that is killed leaves the cache sound: pieces enter it whole.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from em_film import environment

__all__ = ["Workspace", "workspace"]

_MOST_BYTES = 2 << 30  # of rendered pieces that are kept for the next render
_ABANDONED = 2 * 86400  # seconds after which a scratch folder belongs to a render that was killed


@dataclass(frozen=True, slots=True)
class Workspace:
    """Folders of one render.

    Attributes
    ----------
    scratch : Path
        Its own; gone when the render ends.
    pieces, type : Path
        In the scratch folder: Manim's video of each play, and typeset text; both outlive the render.
    """

    scratch: Path

    @property
    def pieces(self) -> Path:  # noqa: D102
        return self.scratch / "pieces"

    @property
    def type(self) -> Path:  # noqa: D102
        return self.scratch / "type"


@contextmanager
def workspace(film: str, versions: str) -> Iterator[Workspace]:
    """Open a scratch folder that holds all that the cache has for a film, and keep afterwards what is new.

    Where the cache cannot be written to, nothing is kept, and all else is the same.

    Parameters
    ----------
    film : str
        Its name.
    versions : str
        Of the programs that draw; what others drew is not taken.
    """
    root = environment.cache_folder()
    passing = None if _is_writable(root) else Path(tempfile.mkdtemp(prefix="em-film-"))
    root = passing or root
    _remove_abandoned(root / "scratch")
    (root / "scratch").mkdir(exist_ok=True)
    shelf = root / versions
    place = Workspace(Path(tempfile.mkdtemp(dir=root / "scratch", prefix=f"{film}-")))
    kept = {shelf / "pieces" / film: place.pieces, shelf / "type": place.type}
    try:
        for store, folder in kept.items():
            store.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
            for file in store.iterdir():
                with suppress(FileNotFoundError):  # another render may just have pruned it
                    _link(file, folder / file.name)
        yield place
    finally:
        for store, folder in kept.items():
            _keep(folder, store)
        shutil.rmtree(place.scratch, ignore_errors=True)
        _prune(root)
        if passing is not None:
            shutil.rmtree(passing, ignore_errors=True)


def _is_writable(root: Path) -> bool:
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return True
    except OSError:
        return False


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without hard links
        shutil.copy2(file, target)


def _keep(folder: Path, store: Path) -> None:
    """Move what is new into the cache, each file at once; touch what was used."""
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.suffix in {".mp4", ".mov", ".webm", ".svg", ".npz"} and file.stat().st_size:
            with suppress(OSError):
                os.replace(file, store / file.name)


def _prune(root: Path) -> None:
    """Remove the pieces that went unused for longest, beyond what may be kept."""
    entries = []
    for file in [*root.glob("*/pieces/*/*"), *root.glob("runs/*")]:
        with suppress(FileNotFoundError):
            if file.is_file():
                entries.append((file.stat().st_mtime, file.stat().st_size, file))
    room = _MOST_BYTES
    for _, size, file in sorted(entries, reverse=True):
        room -= size
        if room < 0:
            file.unlink(missing_ok=True)


def _remove_abandoned(scratch: Path) -> None:
    for folder in scratch.iterdir() if scratch.is_dir() else ():
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _ABANDONED:
                shutil.rmtree(folder, ignore_errors=True)
