"""Whatever any panel of any film paints anew in the course of a movement is known to move by then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import Mobject, tempconfig
from support import EXPERIMENTS
from support.experiments import two_clusters
from support.two_means import two_means_experiment

from em_film.film.drive import Drive
from em_film.film.state import Snapshot, mobjects_in
from em_film.publish.films import film_class

_SHARES = (0.04, 0.2, 0.37, 0.63, 0.8, 0.96)
_SHORT = two_clusters(60, "[fit]\nmax_steps = 6\ntolerance = 0\n", seed=3, weight=0.5, tilt=0.2, apart=4.0)
_FILMS = {
    "em_step": _SHORT,
    "em_step in 1-D": (EXPERIMENTS / "one_dimension.toml").read_text(encoding="utf-8"),
    "em_step of Old Faithful": "",
    "four_panels": _SHORT,
    "em_and_gradient": "",
    "one_parameter": (EXPERIMENTS / "one_parameter.toml").read_text(encoding="utf-8"),
    "k_means": "",
    "singularity": (EXPERIMENTS / "singularity.toml").read_text(encoding="utf-8"),
}


_PAINT = ("points", "rgbas", "fill_rgbas", "stroke_rgbas", "stroke_width")


def _paint(part: Mobject) -> list[Any]:
    return [np.array(vars(part)[name]) for name in _PAINT if name in vars(part)]


class _Watcher:
    """Draws movements at many places, and notes what is painted otherwise than at the beginning and yet not known."""

    def __init__(self) -> None:
        self.movements = 0
        self.late = 0
        self.missed: list[str] = []

    def watch(self, drive: Drive, drawn: object, draw: Callable[[float], None]) -> None:
        touched = [part for mobject in mobjects_in(drawn) for part in mobject.get_family()]
        before = Snapshot(touched)
        drive.begin()
        start = {id(part): _paint(part) for part in touched}
        for share in _SHARES:
            draw(share)
            self.late += drive.notice()
            known = {id(part) for part in drive.mobject.get_family()}
            self.missed += [
                f"{self.movements}: {part!r} at {share}"
                for part in touched
                if id(part) not in known
                and len(part.points)
                and not all(
                    np.array_equal(one, other, equal_nan=True)
                    for one, other in zip(start[id(part)], _paint(part), strict=True)
                )
            ]
        before.restore()
        self.movements += 1


@pytest.mark.parametrize("case", _FILMS)
def test_nothing_that_moves_is_overlooked(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = two_means_experiment(tmp_path) if case == "em_and_gradient" else EXPERIMENTS / "old_faithful.toml"
    if _FILMS[case]:
        path = tmp_path / "short.toml"
        path.write_text(_FILMS[case], encoding="utf-8")
    seen, plain = _Watcher(), Drive.__init__

    def watched(self: Drive, drawn: object, draw: Callable[[float], None], **kwargs: Any) -> None:
        plain(self, drawn, draw, **kwargs)
        seen.watch(self, drawn, draw)

    monkeypatch.setattr(Drive, "__init__", watched)
    with tempconfig({"dry_run": True, "media_dir": str(tmp_path), "verbosity": "ERROR", "progress_bar": "none"}):
        film_class(case.split()[0])(path, skip_animations=True).render()
    assert seen.movements > 10
    assert seen.missed == []
    assert seen.late > 0 or case != "four_panels"  # where labels fade in and out on the way
