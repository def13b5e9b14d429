"""Heavy runs kept on disk: computed once, found again by what they were computed from."""

from __future__ import annotations

import hashlib
import os
import sys
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import scipy
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from em_film.code import code_digest
from em_film.files import whole_file

__all__ = ["Arrays", "stored_run"]

Arrays = dict[str, NDArray[np.generic]]


def stored_run(
    folder: Path, inputs: Sequence[object], what: str, total: int, compute: Callable[[Callable[[], None]], Arrays]
) -> Arrays:
    """Return the arrays of a run, from disk if the same run was made before.

    Parameters
    ----------
    folder : Path
        Where runs are kept; made if missing. Where it cannot be written to, nothing is kept.
    inputs : sequence
        All that the run depends on besides code: that of ``compute`` and of all it imports counts by itself, and so do
        numpy and scipy.
    what : str
        A few words for the progress bar.
    total : int
        How often ``compute`` will call its argument.
    compute : callable
        Makes the run; it is handed a function to call after each part.
    """
    key = hashlib.sha256("\n".join(map(repr, [*inputs, what, _code(compute)])).encode()).hexdigest()
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
            os.utime(path)  # what is used stays longest
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile):
        return None  # missing or damaged: to be computed again


def _write(path: Path, arrays: Arrays) -> None:
    with suppress(OSError), whole_file(path) as file:  # a run that cannot be kept is still a run
        np.savez(file, **arrays)  # type: ignore[arg-type]


def _code(compute: Callable[..., object]) -> str:
    file = Path(str(sys.modules[compute.__module__].__file__))
    return f"{code_digest(file)} {np.__version__} {scipy.__version__}"
