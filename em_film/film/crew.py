"""Several processes render one film, each play by one of them; the first puts the film together.

All of them walk the whole film and claim the plays that nobody has rendered yet. The first one calls the others when
there is enough to do, waits in the end for what they have claimed, and renders itself what they left behind.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from operator import attrgetter
from pathlib import Path
from time import perf_counter
from types import FunctionType, ModuleType
from typing import IO, Any

import psutil
from manim import Scene, config, tempconfig

from em_film import environment
from em_film.files import sweep_parts, working_folder
from em_film.renderer.claims import Claims
from em_film.renderer.fast import FastRenderer

__all__ = ["TASK", "crew", "help_with"]

TASK = "task.pickle"
"""File in the crew's folder that says what is rendered."""

_WORTH_CALLING = 1.0  # seconds spent drawing: what is cached takes none, and starting a process takes two
_SILENT = {"progress_bar": "none", "preview": False, "show_in_file_browser": False}


@contextmanager
def crew(film: Scene, again: partial[Any]) -> Iterator[None]:
    """Have others help while the block renders a film; they are gone afterwards.

    Parameters
    ----------
    film : Scene
    again : partial
        Makes it once more, of the same things.
    """
    writer: Any = getattr(vars(film)["renderer"], "file_writer", None)
    with ExitStack() as stack:
        if _can_be_shared(film, writer):
            folder = stack.enter_context(working_folder(Path(tempfile.gettempdir()), "em-film-crew-"))
            writer.claims = claims = _Crew(folder, again, writer.partial_movie_directory)
            stack.callback(claims.dismiss)
        yield


def help_with(again: Callable[[], Scene], folder: Path) -> None:
    """Render what nobody has claimed of a film that somebody else puts together."""
    with tempconfig(_SILENT):
        film = again()
        vars(film)["renderer"].file_writer.claims = Claims(folder)
        film.render()


class _Crew(Claims):
    """Claims of the first process, which calls the others."""

    def __init__(self, folder: Path, again: partial[Any], pieces: Path) -> None:
        super().__init__(folder)
        self._again = again
        self._pieces = pieces
        self._helpers: list[subprocess.Popen[bytes]] = []
        self._is_called = False
        self._began = self._drawn = 0.0

    def take(self, piece: Path) -> bool:
        if not self._is_called and self._drawn >= _WORTH_CALLING:
            self._is_called = True
            with suppress(OSError):  # who cannot be started does not help
                self._call()
        self._began = perf_counter()
        return super().take(piece)

    def give_back(self, piece: Path) -> None:
        self._drawn += perf_counter() - self._began
        super().give_back(piece)

    def complete(self) -> bool:
        if self.missing():  # somebody was killed
            self.dismiss()
            help_with(self._again, self._folder)
            if self.missing():
                raise RuntimeError("a play of the film came out otherwise when it was played again")
        return True

    def dismiss(self) -> None:
        """End the others; whatever they were at is left to nobody."""
        for helper in self._helpers:
            helper.kill()
        for helper in self._helpers:
            helper.communicate()
        sweep_parts(self._pieces)

    def _call(self) -> None:
        try:
            self._write_task()
        except Exception:  # what cannot be handed over is rendered here
            return
        paths = os.pathsep.join(path for path in sys.path if path)
        for _ in range(_helpers_wanted()):
            self._helpers.append(
                subprocess.Popen(
                    [sys.executable, "-P", "-m", "em_film.film.helper", str(self._folder)],
                    env=os.environ | {"PYTHONPATH": paths, "EM_FILM_JOBS": "1"},
                    stdin=subprocess.PIPE,  # it ends with this process, which alone could write into it
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            )

    def _write_task(self) -> None:
        module = sys.modules[self._again.func.__module__]
        with (self._folder / TASK).open("wb") as file:
            pickle.dump((module.__name__, module.__file__, config), file)
            _Pickler(file, module).dump(self._again)


class _Pickler(pickle.Pickler):
    """Takes what stands in the film's own file by its name: Manim imports that under one that nobody could import."""

    def __init__(self, file: IO[bytes], module: ModuleType) -> None:
        super().__init__(file)
        self._module = module.__name__

    def reducer_override(self, thing: Any) -> Any:
        if isinstance(thing, (type, FunctionType)) and thing.__module__ == self._module:
            return named, (thing.__module__, thing.__qualname__)
        return NotImplemented


def named(module: str, name: str) -> Any:
    """Return a class or a function by its name and that of its module, which is imported already."""
    return attrgetter(name)(sys.modules[module])


def _can_be_shared(film: Scene, writer: Any) -> bool:
    """Whether other processes could find film and pieces: not of a film typed in, nor with Manim's own renderer."""
    return (
        isinstance(film.renderer, FastRenderer)
        and writer.claims is None
        and writer.output_spec.is_video
        and not config.disable_caching
        and type(film).__module__ != "__main__"
        and environment.jobs() != 1
    )


def _helpers_wanted() -> int:
    """Return how many others to call: a process for each core, but no more than there is memory for."""
    asked = environment.jobs()
    if asked is not None:
        return asked - 1
    need = 200e6 + 45 * 4 * config.pixel_width * config.pixel_height  # measured, see bench/README.md
    return min(environment.cores() - 1, int(psutil.virtual_memory().available / need))
