"""What each film costs: ``python -m bench --only films``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.copies import FULL, HEADS, NOTE, Copy, Cost, in_turns, row
from bench.timing import print_table
from em_film.publish.films import film_files

__all__ = ["main"]

_HEAVY = "em_and_gradient"  # it climbs from many starts before it draws


def main(quick: bool = False) -> None:
    """Print the table."""
    with TemporaryDirectory() as folder:
        print_films([film.name for film in film_files()], Path(folder), FULL, times=1 if quick else 3)


def print_films(films: list[str], folder: Path, options: tuple[str, ...], times: int) -> None:
    """Render films in turns, and print what each costs."""
    kept, cold = Copy(folder / "kept"), Copy(folder / "cold")
    cases = {}
    for film in films:
        kept.lay_out(film)
        path = f"scenes/{film}.py"
        if film == _HEAVY:
            cases[f"{film}, nothing kept"] = partial(anew, cold, *options, film=path)
        cases[film] = partial(kept.render, *options, film=path)
    rows = [row(name, cost) for name, cost in in_turns(cases, times).items()]
    note = f"{NOTE} All plays rendered; type and heavy runs kept from an earlier play, unless said otherwise."
    print_table(f"The films, {_size(options)}, each with its own experiment", HEADS, rows, note)


def anew(copy: Copy, *options: str, film: str) -> Cost:
    """Render where nothing was ever rendered."""
    copy.forget()
    return copy.render(*options, film=film)


def _size(options: tuple[str, ...]) -> str:
    return "1080p60" if options == FULL else " ".join(options)
