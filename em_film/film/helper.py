"""A process that helps another one to render a film: ``python -m em_film.film.helper FOLDER``."""

from __future__ import annotations

import importlib.util
import os
import pickle
import signal
import sys
import threading
from contextlib import chdir
from pathlib import Path

from em_film.places import MANIM_CFG

__all__: list[str] = []


def _main(folder: Path) -> None:
    """Render what nobody has claimed of the film that the folder tells of."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the first process's
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    with chdir(MANIM_CFG.parent):  # Manim looks for settings where it is imported; those handed over are put over them
        from manim import config

        from em_film.film.crew import TASK, help_with
    with (folder / TASK).open("rb") as file:
        name, path, settings = pickle.load(file)
        config.update(settings)
        _import(name, path)
        again = pickle.load(file)
    help_with(again, folder)


def _import(name: str, path: str) -> None:
    """Import a film's file from where it lies, under the name it had."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def _end_with_the_first() -> None:
    os.read(0, 1)  # comes to an end when the other end is closed
    os._exit(1)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
