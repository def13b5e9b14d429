"""Five seconds of the main film, its first E-step and M-step, as films of their own.

``manim render bench/cut.py FiveSeconds`` renders them as the film does, ``OrdinaryFiveSeconds`` as ordinary Manim.
`bench/plots.py` draws the same moments with matplotlib.
"""

from __future__ import annotations

from functools import partial

from bench.ordinary import OrdinaryEMStep
from em_film.experiment import Dataset, Experiment
from em_film.panels.turn.run import TurnRun
from em_film.runs.fitted import fitted
from scenes.em_step import EMStep

__all__ = ["E_STEP", "M_STEP", "FiveSeconds", "OrdinaryFiveSeconds"]

E_STEP, M_STEP = 2.6, 2.4
"""Seconds of the E-step and of the M-step."""


class FiveSeconds(EMStep):
    """The film, cut down to the two half-steps."""

    @classmethod
    def prepare(cls, experiment: Experiment, dataset: Dataset) -> TurnRun:
        """Fit, and look for no other starts: the end of the film alone tells of them."""
        return TurnRun(dataset.data, fitted(experiment, dataset))

    def construct(self) -> None:
        self.run = self.prepared
        self.count = self.run.history.start.n_components
        self.build_panels()
        self.stand()
        self.drive(self.panels, partial(self.run.rise, 1), E_STEP)
        self.drive(self.panels, partial(self.run.m_step, 1), M_STEP)

    def stand(self) -> None:
        """Have everything stand there as the E-step finds it."""
        first = self.run.rise(1, 0.0)
        self.put(self.panels, first)
        self.slice_panel.draw_axes(first.profile)
        self.slice_panel.draw_red(first.profile, 1.0)
        self.add(*(part for panel in self.panels for part in panel.parts))


class OrdinaryFiveSeconds(FiveSeconds, OrdinaryEMStep):
    """The same, told by ordinary mobjects."""
