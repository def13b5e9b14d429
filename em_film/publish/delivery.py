"""Finished files appear under their final names only when all of them are complete."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from em_film.errors import UsageError
from em_film.files import working_folder
from em_film.publish.origins import origin_of, remember_origin
from em_film.wording import name_file

__all__ = ["Delivery", "check_folder", "delivery"]

_PREFIX = ".em-film-"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where finished files are laid down, hidden, and then all shown at once.

    Attributes
    ----------
    folder : Path
        Where they will be seen.
    hidden : Path
        In the same file system; gone in the end.
    names : tuple of str
        Files and folders that will be seen; what is complete lies in ``hidden`` under the same name.
    """

    folder: Path
    hidden: Path
    names: tuple[str, ...]

    def path(self, name: str) -> Path:
        """Where to write one of the files."""
        return self.hidden / name

    def show(self, experiment: Path | None) -> list[Path]:
        """Put everything in place of what was there before; return the new paths.

        Where what was there before was made of another experiment file of the same name, a line on stderr says so.

        Parameters
        ----------
        experiment : Path or None
            File that they were made of; None for what was made in memory, of which nothing is said.
        """
        shown: list[Path] = []
        others = [(self.folder / name, origin_of(self.folder / name)) for name in self.names]
        replaced = [
            (target, other) for target, other in others if experiment and other not in (None, experiment.resolve())
        ]
        for name in self.names:
            target = self.folder / name
            if target.is_dir() and not target.is_symlink():
                os.replace(target, self.hidden / f"{name}.former")
            os.replace(self.hidden / name, target)
            shown.append(target)
            if experiment:
                remember_origin(target, experiment)
        if replaced:
            (target, other), more = replaced[0], len(replaced) - 1
            which = name_file(target) + (f" and {more} more" if more else "")
            print(
                f"{which}: replaced; made before of another experiment, {name_file(other or target)}", file=sys.stderr
            )
        return shown


def check_folder(folder: Path) -> None:
    """Raise a one-line error where no folder of that name can be written to; make nothing."""
    try:
        if folder.exists():
            if not folder.is_dir():
                raise UsageError(f"--out {name_file(folder)}: is a file; name a folder")
            writable = os.access(folder, os.W_OK | os.X_OK)
        else:
            if folder.is_symlink():
                raise UsageError(f"--out {name_file(folder)}: is a link that leads nowhere; name a folder")
            above = next(parent for parent in folder.absolute().parents if parent.exists())
            if not above.is_dir():
                raise UsageError(f"--out {name_file(folder)}: {name_file(above)} is a file; name a folder")
            writable = os.access(above, os.W_OK | os.X_OK)
    except (OSError, ValueError) as error:
        raise _unusable(folder, error) from None
    if not writable:
        raise UsageError(f"--out {name_file(folder)}: may not be written to; choose another folder")


@contextmanager
def delivery(folder: Path, files: Sequence[str], folders: Sequence[str] = ()) -> Iterator[Delivery]:
    """Make the folder and a hidden one in it, for files and folders of these names.

    Raises
    ------
    UsageError
        If the folder cannot be written to, or one of the names is taken by something of another kind.
    """
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as entered:
            hidden = entered.enter_context(working_folder(folder, _PREFIX))
            working = entered.pop_all()
    except (OSError, ValueError) as error:
        _remove_empty(made)
        raise _unusable(folder, error) from None
    shown = False
    try:
        with working:
            for name in (*files, *folders):
                _check_name(folder, hidden, name, is_folder=name in folders)
            yield Delivery(folder, hidden, (*files, *folders))
            shown = True
    finally:
        if not shown:
            _remove_empty(made)


def _check_name(folder: Path, hidden: Path, name: str, *, is_folder: bool) -> None:
    target = folder / name
    if target.exists() and target.is_dir() != is_folder:
        kind, remedy = ("a folder", "move it away") if target.is_dir() else ("no folder", "move it away")
        raise UsageError(f"{name_file(target)}: is {kind}; {remedy}")
    try:
        (hidden / name).touch()
        (hidden / name).unlink()
    except OSError as error:
        raise UsageError(f"{name_file(target)}: cannot be written ({error.strerror}); rename the experiment") from None


def _unusable(folder: Path, error: Exception) -> UsageError:
    why = getattr(error, "strerror", None) or "no path can hold this"
    return UsageError(f"--out {name_file(folder)}: cannot be used ({why}); choose another folder")


def _remove_empty(folders: Sequence[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
