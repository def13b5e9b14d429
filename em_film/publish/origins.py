"""Which experiment the files in a folder were made of, so that another one of the same name is noticed."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from em_film import environment
from em_film.files import whole_file

__all__ = ["origin_of", "remember_origin"]


def remember_origin(target: Path, experiment: Path) -> None:
    """Note, in the user's cache, of which experiment file a file or folder was made."""
    with suppress(OSError), whole_file(_note(target)) as file:  # without a cache nothing is noted
        file.write(f"{target.stat().st_mtime_ns}\n{experiment.resolve()}".encode())


def origin_of(target: Path) -> Path | None:
    """Experiment file that a file or folder was made of; None where that is not known, or somebody has changed it."""
    try:
        changed, experiment = _note(target).read_text(encoding="utf-8").split("\n", 1)
        return Path(experiment) if int(changed) == target.stat().st_mtime_ns else None
    except (OSError, ValueError):
        return None


def _note(target: Path) -> Path:
    name = hashlib.sha256(str(target.resolve()).encode(errors="surrogateescape")).hexdigest()[:32]
    return environment.cache_folder() / "origins" / name
