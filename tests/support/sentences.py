"""What a film says, heard without anything being drawn, and held against a list of sentences and their conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from manim import Mobject

from em_film.drawing.type import Type
from em_film.film.film import Film
from support.watching import dry

__all__ = ["Conditions", "close", "number", "require_listed", "spoken"]

_Heard = TypeVar("_Heard", bound=Film)
Conditions = Mapping[str, Callable[..., bool]]
"""Patterns of whole lines; under each whether it holds, given the film and what the pattern's groups have found."""


class _Spoken(Film):
    """Mixed into a film: notes its lines, and lets nothing take time."""

    def setup(self) -> None:
        super().setup()
        self.said: list[str] = []

    def say(self, sentence: str, detail: str = "", half_step: str | None = None, **more: Any) -> None:
        super().say(sentence, detail, half_step, **more)
        assert self._heading is not None
        cut = [piece for piece in self._heading.get_family() if isinstance(piece, Type) and piece.is_cut]
        assert not cut, f"{sentence!r}, {detail!r} is cut"
        assert detail or len(self._heading.submobjects) == 1, f"{sentence!r} is broken over two lines"
        self.said += [f"{half_step}: {sentence}" if half_step else sentence, *([detail] if detail else [])]

    def play(self, *args: Any, **kwargs: Any) -> None:
        pass

    def wait(self, *args: Any, **kwargs: Any) -> None:
        pass

    def drive(self, panels: Any, shown_at: Any, run_time: float, **more: Any) -> None:
        pass

    def add(self, *mobjects: Mobject) -> Any:
        return self


def spoken(kind: type[_Heard], experiment: Path) -> _Heard:
    """Go through a film of an experiment without drawing; what it says is in its attribute ``said``."""
    with dry(experiment):
        film = type(kind.__name__, (_Spoken, kind), {"__module__": kind.__module__})(skip_animations=True)
        film.setup()
        film.construct()
    return film


def require_listed(conditions: Conditions, film: Any, facts: Any) -> None:
    """Require that each line of a film is listed once, and that its condition holds."""
    for line in film.said:
        found = [(match, holds) for pattern, holds in conditions.items() if (match := re.fullmatch(pattern, line))]
        assert len(found) == 1, f"{line!r} is listed {len(found)} times"
        (match, holds), *_ = found
        assert holds(facts, *match.groups()), f"{line!r} is not so"


def number(text: str) -> float:
    """Read a number as films write it."""
    return float(text.replace("−", "-"))


def close(text: str, value: float) -> bool:
    """Whether a number is written as it is, to its last digit."""
    places = len(text.partition(".")[2])
    return abs(number(text) - value) <= 0.51 * 10.0**-places
