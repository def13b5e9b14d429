"""Captions where only a part of a film is written (``-n``, or sections that are skipped): on the clock of the part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from srt import Subtitle

__all__ = ["Played", "on_the_clock_of_the_part"]

_SHORTEST = timedelta(milliseconds=1)  # what a caption file can tell


@dataclass(frozen=True, slots=True)
class Played:
    """One play of a film.

    Attributes
    ----------
    start, end : float
        Seconds on Manim's clock, which plays that are left out move on as well.
    written : bool
        Whether it is in the file.
    """

    start: float
    end: float
    written: bool


def on_the_clock_of_the_part(captions: Sequence[Subtitle], plays: Sequence[Played]) -> list[Subtitle]:
    """Return what is said while something is written, timed from the beginning of what is written.

    Where all plays are written, or none, the captions stay as they are.

    Parameters
    ----------
    captions : sequence of Subtitle
        Of the whole film, on Manim's clock.
    plays : sequence of Played
        In the order in which they were played.

    Examples
    --------
    >>> said = Subtitle(0, timedelta(seconds=1), timedelta(seconds=5), "It moves.")
    >>> plays = [Played(0, 2, written=False), Played(2, 4, written=True), Played(4, 6, written=False)]
    >>> (part,) = on_the_clock_of_the_part([said], plays)
    >>> part.start.total_seconds(), part.end.total_seconds()
    (0.0, 2.0)
    """
    if len({play.written for play in plays}) < 2:
        return list(captions)
    written = [play for play in plays if play.written]

    def moved(time: timedelta) -> timedelta:
        now = time.total_seconds()
        return timedelta(seconds=sum(max(min(now, play.end) - play.start, 0.0) for play in written))

    parts = [(moved(caption.start), moved(caption.end), caption.content) for caption in captions]
    kept = [part for part in parts if part[1] - part[0] >= _SHORTEST]
    return [Subtitle(number, start, end, content) for number, (start, end, content) in enumerate(kept)]
