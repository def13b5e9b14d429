"""Where a render works: a scratch folder of its own, filled from a cache and emptied into it.

Two renders at once never write the same file, and one that is killed leaves the cache sound: pieces enter it whole.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from em_film import environment
from em_film.files import removed, working_folder
from em_film.renderer.seals import SEAL

__all__ = ["Workspace", "workspace"]

_MOST_BYTES = 2 << 30  # of pieces, runs and type that are kept for the next render
_KEPT = {".mp4", ".mov", ".webm", SEAL}


@dataclass(frozen=True, slots=True)
class Workspace:
    """Folders of one render.

    Attributes
    ----------
    scratch : Path
        Its own; gone when the render ends.
    pieces : Path
        In the scratch folder: Manim's video of each play; they outlive the render.
    """

    scratch: Path

    @property
    def pieces(self) -> Path:  # noqa: D102
        return self.scratch / "pieces"


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
    store = root / versions / "pieces" / film
    try:
        for folder in (root / "scratch", store):
            _make(folder)
        with working_folder(root / "scratch", f"{film}-") as scratch:
            place = Workspace(scratch)
            try:
                _fill(place.pieces, store)
                yield place
            finally:
                _keep(place.pieces, store)
        _prune(root)
    finally:
        if passing is not None:
            shutil.rmtree(passing, ignore_errors=True)


def _make(folder: Path) -> None:
    """Make a folder of the cache, in place of whatever else has its name."""
    for place in (*reversed(folder.parents), folder):
        if os.path.lexists(place) and not place.is_dir():
            removed(place)
    folder.mkdir(parents=True, exist_ok=True)


def _fill(folder: Path, store: Path) -> None:
    folder.mkdir()
    for file in store.iterdir():
        with suppress(OSError):  # another render may just have pruned it; what cannot be read is made anew
            if file.is_file():
                _link(file, folder / file.name)


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
        with suppress(OSError):
            if file.suffix in _KEPT and file.is_file() and file.stat().st_size:
                if (store / file.name).is_dir():
                    removed(store / file.name)
                os.replace(file, store / file.name)


def _prune(root: Path) -> None:
    """Remove what went unused for longest, beyond what may be kept."""
    entries = []
    for file in [*root.glob("*/pieces/*/*"), *root.glob("runs/*"), *root.glob("type/*")]:
        with suppress(FileNotFoundError):
            if file.is_file():
                entries.append((file.stat().st_mtime, file.stat().st_size, file))
    room = _MOST_BYTES
    for _, size, file in sorted(entries, reverse=True):
        room -= size
        if room < 0:
            file.unlink(missing_ok=True)
