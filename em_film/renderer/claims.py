"""Claims on the pieces of a film that several processes render: each piece is rendered by whoever came first."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from em_film.renderer.seals import is_sound

__all__ = ["Claims"]


class Claims:
    """What one of several processes has claimed, and what it found claimed.

    A claim is a lock on a file, which the system undoes when a process ends, however that comes about.

    Parameters
    ----------
    folder : Path
        Where the locks are, on this machine; the same for all the processes.

    Attributes
    ----------
    elsewhere : set of Path
        Pieces that others had claimed when they were asked for.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own: dict[Path, FileLock] = {}
        self.elsewhere: set[Path] = set()

    def take(self, piece: Path) -> bool:
        """Claim a piece; False where somebody else renders it, or just has."""
        lock = self._lock(piece)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self.elsewhere.add(piece)
            return False
        if is_sound(piece):
            lock.release()
            return False
        self._own[piece] = lock
        return True

    def give_back(self, piece: Path) -> None:
        """Let go of a piece, whether it is complete or never will be."""
        lock = self._own.pop(piece, None)
        if lock is not None:
            lock.release()

    def missing(self) -> list[Path]:
        """Wait until nobody renders what was claimed elsewhere, and return what of it is not there even so."""
        for piece in self.elsewhere:
            with self._lock(piece):
                pass
        return [piece for piece in self.elsewhere if not is_sound(piece)]

    def complete(self) -> bool:
        """See to it that all pieces are there, so that the film can be put together: that is for the first process."""
        return False

    def _lock(self, piece: Path) -> FileLock:
        return FileLock(self._folder / f"{piece.name}.lock", thread_local=False)
