"""Heavy runs kept on disk: computed once, found again by what they were computed from."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy
from manim import config
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

import em_model

__all__ = ["Arrays", "kept", "runs_folder"]

Arrays = dict[str, NDArray[np.generic]]


def runs_folder() -> Path:
    """Folder of kept runs, beside Manim's other files of the same media folder."""
    return Path(config.get_dir("media_dir")) / "runs"


def kept(
    folder: Path, inputs: Sequence[object], what: str, total: int, compute: Callable[[Callable[[], None]], Arrays]
) -> Arrays:
    """Return the arrays of a run, from disk if the same run was made before.

    Parameters
    ----------
    folder : Path
        Where runs are kept; made if missing. Where it cannot be written to, nothing is kept.
    inputs : sequence
        All that the run depends on besides the code of em_model, numpy and scipy, which count by themselves.
    what : str
        A few words for the progress bar.
    total : int
        How often ``compute`` will call its argument.
    compute : callable
        Makes the run; it is handed a function to call after each part.
    """
    key = hashlib.sha256("\n".join(map(repr, [*inputs, what, _code()])).encode()).hexdigest()
    path = folder / f"{key[:32]}.npz"
    found = _read(path)
    if found is not None:
        return found
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(what, total=total)
        arrays = compute(lambda: progress.advance(bar))
    _write(path, arrays)
    return arrays


def _read(path: Path) -> Arrays | None:
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile):
        return None  # missing or damaged: to be computed again


def _write(path: Path, arrays: Arrays) -> None:
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            part = Path(file.name)
            np.savez(file, **arrays)  # type: ignore[arg-type]
        part.chmod(0o644)
        part.replace(path)
    except OSError:
        pass  # a run that cannot be kept is still a run
    finally:
        if part is not None:
            part.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def _code() -> str:
    digest = hashlib.sha256()
    for file in sorted(Path(em_model.__file__).parent.glob("*.py")):
        digest.update(file.name.encode() + file.read_bytes())
    digest.update(f"{np.__version__} {scipy.__version__}".encode())
    return digest.hexdigest()
