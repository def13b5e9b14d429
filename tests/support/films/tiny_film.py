"""A film of a few seconds, for tests: it stops, breaks or waits where it is told to."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
from manim import FadeIn

from em_film.drawing.scatter import Scatter
from em_film.drawing.shapes import Disc
from em_film.experiment import Dataset, Experiment, fit
from em_film.film.drive import Drive
from em_film.film.film import Film
from em_film.page.theme import rgb
from em_model import History


class TinyFilm(Film[History]):
    """Points appear, then a disc moves."""

    poster = "it moves"

    @classmethod
    def prepare(cls, experiment: Experiment, dataset: Dataset) -> History:
        return fit(experiment, dataset)

    def construct(self) -> None:
        points = self.dataset.points
        places = np.clip(np.column_stack([points, points])[:, :2], -3, 3)
        self.next_section("points & <such>")
        self.play(FadeIn(Scatter(places, rgb(self.theme.red), 0.06, 0.8)), run_time=0.6)
        self.say("Some points, a < b & c.", "Nothing else --> yet.")
        self.trouble()
        self.next_section("it moves")
        disc = Disc(color=self.theme.blue, radius=0.4)
        self.add(disc)
        self.play(Drive([disc], lambda share: disc.set_centre(np.array([6 * share - 3, -3.0]))), run_time=1.0)
        self.next_section("end")
        self.say("the disc has moved", half_step="Gone")
        self.wait(0.4)
        self.hush()

    def trouble(self) -> None:
        trouble = os.environ.get("TINY_TROUBLE", "")
        if self.renderer.skip_animations and type(self.renderer).__name__ == "Rehearsal":
            return
        if trouble == "break":
            raise ZeroDivisionError("a film that\nbreaks")
        if trouble == "interrupt":
            raise KeyboardInterrupt
        if trouble:
            Path(trouble).touch()
            time.sleep(60)
