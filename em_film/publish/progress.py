"""One bar for the whole film."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

__all__ = ["Bar", "bar"]


class Bar:
    """Says how much of a film is done; without a total it only says that something is going on."""

    def __init__(self, move: Callable[..., None]) -> None:
        self._move = move

    def begin(self, what: str, total: float | None = None) -> None:
        """Start on something that will take a total of seconds of film, or nobody knows how much."""
        self._move(description=what, total=total, completed=0)

    def reach(self, seconds: float) -> None:
        """Be so far."""
        self._move(completed=seconds)


@contextmanager
def bar(console: Console | None = None) -> Iterator[Bar]:
    """Show a bar on stderr while the block runs; nothing where stderr is no terminal."""
    console = console or Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as progress:
        task = progress.add_task("", total=None)
        yield Bar(lambda **change: progress.update(task, **change))
