"""Which files a path, a folder, a pattern or an address names, in their order, and how one is opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape, glob, has_magic
from pathlib import PurePath
from typing import IO, Any

from em_film.errors import UsageError
from em_model.errors import DataError, EMError, one_line

__all__ = ["INSTALL_PARTS", "files_named", "is_address", "is_many", "open_file", "reached", "state_of"]

_LONG = 160  # letters of somebody else's message that are repeated
INSTALL_PARTS = "install what data in parts need: pip install 'em-film[distributed]'"


def is_address(where: str) -> bool:
    """Tell whether files lie elsewhere: s3://bucket/folder and all that fsspec knows, but no plain path."""
    return "://" in where


def is_many(where: str) -> bool:
    """Tell whether a path names a folder or a pattern, and not one file, such as run[1].csv."""
    return is_address(where) or os.path.isdir(where) or (has_magic(where) and not os.path.isfile(where))


def files_named(where: str, endings: tuple[str, ...]) -> list[str]:
    """Return the files that a path, a folder, a pattern or an address names, sorted by their names.

    Parameters
    ----------
    where : str
        ``run.parquet``, ``folder``, ``folder/*.parquet`` or ``s3://bucket/folder``.
    endings : tuple of str
        What the names of files in a folder end with; others in it, and hidden ones, are passed over.

    Raises
    ------
    DataError
        If there is none: "problem; remedy".
    """
    with reached(where):
        found = _files_there(where, endings) if is_address(where) else _files_here(where, endings)
    if not found:
        kinds = " or ".join(endings)
        raise DataError(f"{one_line(where)}: there is no file of that name that ends with {kinds}; check the path")
    return sorted(found)


@contextmanager
def reached(where: str) -> Iterator[None]:
    """Have whatever a file's system, or the driver of one elsewhere, raises say in a line which file it is about.

    Raises
    ------
    DataError
        For errors of the system, and of a file elsewhere for any: each driver has kinds of its own.
    """
    try:
        yield
    except EMError:
        raise
    except ImportError as error:
        if not is_address(where):
            raise
        remedy = "install its driver where files are read, on the workers if there are any"
        raise DataError(f"{one_line(where)}: cannot be read ({one_line(str(error))[:_LONG]}); {remedy}") from None
    except Exception as error:
        if not (is_address(where) or isinstance(error, (OSError, ValueError))):
            raise
        why = one_line(getattr(error, "strerror", None) or str(error) or type(error).__name__)[:_LONG]
        remedy = "check the address, and how it is reached" if is_address(where) else "check the path"
        raise DataError(f"{one_line(where)}: cannot be read ({why}); {remedy}") from None


def state_of(where: str) -> str:
    """Return a text that changes when a file that is named does; of files elsewhere, their address alone."""
    if is_address(where):
        return where
    states = ((file, os.stat(file)) for file in sorted(_files_here(where, ("",))))
    return repr([(file, state.st_size, state.st_mtime_ns) for file, state in states])


def open_file(file: str) -> IO[bytes]:
    """Open a file to read, here or elsewhere."""
    if is_address(file):
        opened: IO[bytes] = _fsspec().open(file, "rb").open()
        return opened
    return open(file, "rb")


def _files_here(where: str, endings: tuple[str, ...]) -> list[str]:
    if os.path.isdir(where):
        inside = glob(f"{escape(where)}/**/*", recursive=True)
        return [file for file in inside if _counts(os.path.relpath(file, where), endings) and os.path.isfile(file)]
    return [where] if os.path.isfile(where) else [file for file in glob(where, recursive=True) if os.path.isfile(file)]


def _files_there(where: str, endings: tuple[str, ...]) -> list[str]:
    system, path = _fsspec().core.url_to_fs(where)
    if has_magic(path):
        found = system.glob(path)
    elif system.isdir(path):
        found = [file for file in system.find(path) if _counts(file.removeprefix(path).lstrip("/"), endings)]
    else:
        found = [path] if system.exists(path) else []
    return [system.unstrip_protocol(file) for file in found]


def _counts(file: str, endings: tuple[str, ...]) -> bool:
    """Tell whether a file in a folder is one of the data: such as _SUCCESS are none."""
    return file.lower().endswith(endings) and not any(part.startswith(("_", ".")) for part in PurePath(file).parts)


def _fsspec() -> Any:
    try:
        import fsspec
    except ModuleNotFoundError:
        raise UsageError(f"fsspec is not installed; {INSTALL_PARTS}") from None
    return fsspec
