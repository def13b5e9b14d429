"""What a film says, heard without anything being drawn, and held against a list of sentences and their conditions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest
from manim import Mobject

from em_film.drawing.type import Type
from em_film.errors import ExperimentError
from em_film.film.film import Film
from em_model import EMError
from support import ROOT
from support.experiments import clusters
from support.watching import dry

__all__ = [
    "FOUR_COLUMNS",
    "OUTCOMES",
    "PAIR",
    "Conditions",
    "close",
    "number",
    "require_listed",
    "require_refused",
    "spoken",
    "written",
]

PAIR = f"[data]\npoints = 60\n{clusters([[0.0, 0.0], [3.0, 1.0]])}"
FOUR_COLUMNS = (
    '[data]\ncsv = "iris.csv"\ncolumns = ["sepal length", "sepal width", "petal length", "petal width"]\n'
    "[fit]\ncomponents = 3\n"
)
OUTCOMES = {
    "the default": (ROOT / "assets/experiments/three_clusters.toml").read_text(encoding="utf-8"),
    "one Gaussian": f"[data]\npoints = 50\n{clusters([[0.0, 0.0]])}[fit]\nmax_steps = 3\ntolerance = 0\n",
    "a poor start": (ROOT / "assets/experiments/poor_start.toml").read_text(encoding="utf-8"),
    "twins at a saddle": f"{PAIR}[start]\nmeans = [[1.0, 0.0], [1.0, 0.0]]\n",
    "tolerance 0": f"{PAIR}[fit]\ntolerance = 0\nmax_steps = 40\n",
    "a loose tolerance": f"{PAIR}[fit]\ntolerance = 0.05\n",
    "stopped": f"{PAIR}[fit]\nmax_steps = 4\n",
    "a prior": f'{PAIR}[fit]\nprior = "weak"\n',
    "one dimension": f"[data]\npoints = 60\n{clusters([[0.0], [3.0]])}",
    "four columns": f"{FOUR_COLUMNS}[start]\ntries = 5\n",
}
"""Experiments of every outcome, by name; a film adds its own, and leaves out what it refuses."""

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


def written(folder: Path, text: str) -> Path:
    """Write an experiment, with the flowers beside it, and return its file."""
    path = folder / "experiment.toml"
    path.write_text(text, encoding="utf-8")
    (folder / "iris.csv").write_bytes((ROOT / "assets/data/iris.csv").read_bytes())
    return path


def require_refused(kind: type[Film], experiment: Path, told: str) -> None:
    """Require that a film refuses an experiment in one line, which names the file."""
    with dry(experiment), pytest.raises((EMError, ExperimentError)) as refused:
        kind()
    assert str(refused.value) == f"{experiment}: {told}"


def require_listed(conditions: Conditions, said: Iterable[str], facts: Any) -> None:
    """Require that each line is listed once, and that its condition holds."""
    for line in said:
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
