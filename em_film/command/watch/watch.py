"""Looks at an experiment anew whenever it, or what it names, is saved."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from watchfiles import watch as changes

from em_film.command.watch.look import Look, files_of, look
from em_film.command.watch.server import Board, served

__all__ = ["watch"]

_SETTLED = 0.1  # seconds without a change


def watch(
    film: str,
    path: Path,
    *,
    quality: str,
    theme: str | None,
    port: int,
    say: Callable[[str], None],
    stop: threading.Event | None = None,
) -> None:
    """Show an experiment on a page until somebody ends it.

    Parameters
    ----------
    film, path, quality, theme
        As for a still.
    port : int
        0 for any that is free.
    say : callable
        Is told where the page is, and what was seen.
    stop : Event, optional
        Ends it; so does Ctrl-C.

    Raises
    ------
    UsageError
        If the port is taken.
    """
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # Manim has whatever is logged printed
    board, stop = Board(), stop or threading.Event()
    with served(board, port) as address:
        say(f"{address} shows {path}; Ctrl-C ends it")
        while not stop.is_set():
            files = files_of(path)
            before = _settled(files)
            _show(board, look(film, path, quality, theme), say)
            _wait(files, before, stop)


def _show(board: Board, seen: Look, say: Callable[[str], None]) -> None:
    board.show(seen)
    say(seen.error or f"{seen.title}: seen")


def _wait(files: set[Path], before: list[tuple[int, int]], stop: threading.Event) -> None:
    """Wait until a file is not as it was before the last look; editors replace files, so their folders are watched."""
    folders = {file.parent for file in files if file.parent.is_dir()}
    told = changes(
        *folders,
        debounce=100,
        step=30,
        rust_timeout=1000,  # what was saved during the look is found without being told
        yield_on_timeout=True,
        recursive=False,
        stop_event=stop,
    )
    while _state(files) == before and next(told, None) is not None:
        pass


def _settled(files: set[Path]) -> list[tuple[int, int]]:
    """Return the files' state once nobody is writing them: many editors empty a file before they fill it."""
    before, found = None, _state(files)
    while before != found:
        time.sleep(_SETTLED)
        before, found = found, _state(files)
    return found


def _state(files: set[Path]) -> list[tuple[int, int]]:
    """Return when each file was changed, and its size; zeros where there is none."""
    found = [file.stat() if file.is_file() else None for file in sorted(files)]
    return [(stat.st_mtime_ns, stat.st_size) if stat else (0, 0) for stat in found]
