"""EM beside gradient ascent: one landscape, the same start, the same number of passes over the data.

manim render scenes/em_and_gradient.py
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from manim import FadeIn, FadeOut, Group, VGroup

from em_film.drawing.number import Number
from em_film.drawing.type import Size, place, words
from em_film.film.drive import Drive, steady
from em_film.film.landscape_film import LandscapeFilm
from em_film.page.layout import Rect
from em_film.panels.landscape.basins import BasinPanel, summit_colours
from em_film.panels.landscape.comparison import (
    BASIN_METHODS,
    basins_of,
    crowd_of,
    named_experiments,
    pace_of,
    race_of,
)
from em_film.panels.landscape.findings import (
    basin_figures,
    basin_sentences,
    crowd_sentences,
    pace_sentence,
    race_sentences,
)
from em_film.panels.landscape.map import MapPanel
from em_film.panels.landscape.pace import PacePanel, method_legend, race_chart
from em_film.panels.landscape.race import RacePanel
from em_film.panels.landscape.strips import StripsPanel
from em_film.runs.store import runs_folder

__all__ = ["LEFT_MAP", "RIGHT_MAP", "EMAndGradient"]

_TABLE = Rect(0.75, -1.2, 6.65, 2.29)
_CHART = Rect(1.35, -2.95, 6.65, -0.85)
LEFT_MAP, RIGHT_MAP = Rect(-6.05, -2.55, -1.55, 1.95), Rect(1.1, -2.55, 5.6, 1.95)
_PACES = Rect(-5.9, -2.65, -0.55, 2.1), Rect(1.3, -2.65, 6.65, 2.1)
_STRIPS = Rect(-3.35, -2.3, 3.2, 1.75)
_WITHIN = 0.1  # nats below the best that count as having reached it


class EMAndGradient(LandscapeFilm):
    """What gradient methods and EM do on the same log-likelihood."""

    default_experiment: ClassVar[str] = "experiments/two_means.toml"
    poster: ClassVar[str] = "race"

    def prepare(self) -> None:
        """Compute everything the film shows; the heavy runs are kept on disk."""
        self.prepare_map()
        experiment = self.experiment
        self.climbs = race_of(experiment, self.data, self.run.history.start)
        paces, crowded = named_experiments(experiment)
        self.others = [*paces, crowded]
        self.paces = [pace_of(other) for other in paces]
        self.basins = basins_of(experiment, self.landscape, self.summits, runs_folder())
        self.crowd = crowd_of(crowded, experiment.ascent.starts, runs_folder())

    def setup(self) -> None:
        """Make the other experiments part of every cache key too."""
        super().setup()
        parts = [vars(self.camera)["fingerprint"], *(other.fingerprint() for other in self.others)]
        vars(self.camera)["fingerprint"] = "/".join(parts)

    def construct(self) -> None:
        """Tell the story."""
        self.show_title("EM beside gradient ascent", "One landscape, one start, the same passes over the data")
        self.show_map()
        self.show_summits()
        self.show_bowl()
        self.show_race()
        self.show_basins()
        self.show_paces()
        self.show_crowd()

    def show_race(self) -> None:
        """Race four methods from the same start, by passes over the data."""
        self.turn_to("race", *self.leaving)
        race = RacePanel(self.map, self.climbs, self.theme, _TABLE)
        chart = race_chart(self.climbs, self.landscape, self.summits, self.theme, _CHART)
        race.draw(1.0)
        chart.draw(1.0)
        self.say(
            "",
            "The same start, the same passes over the data.",
            "A pass yields ℓ, and the M-step or the gradient.",
        )
        self.play(FadeIn(race.table, race.counts, race.paths, *chart.still, chart.drawn), run_time=0.8)
        first, last = 1.0, race.last

        def draw(share: float) -> None:
            passes = first + float(np.expm1(share * np.log1p(last - first)))
            race.draw(passes)
            chart.draw(passes)

        self.play(Drive([*race.moving, chart.drawn], draw, "race", rate_func=steady), run_time=5.0)
        self.say("", *race_sentences(self.climbs, self.landscape, self.summits))
        self.read()
        self.leaving = [
            race.table,
            race.counts,
            race.paths,
            *chart.still,
            chart.drawn,
            *self.map.still,
            self.map.lines,
            self.map.summits,
        ]

    def show_basins(self) -> None:
        """Where every start ends, by EM and by gradient ascent."""
        self.turn_to("basins", *self.leaving)
        cells, grains = summit_colours(self.summits, self.theme), summit_colours(self.summits, self.theme, ground=0.0)
        titles = ("EM", "gradient ascent, fixed step")
        panels, basins, still = [], [], Group()
        for method, page, title in zip(BASIN_METHODS, (LEFT_MAP, RIGHT_MAP), titles, strict=True):
            panel = MapPanel(self.landscape, self.stationary, self.theme, page, quiet=True)
            found = self.basins
            shown = found.reached[method], found.trails[method], found.grain_reached[method]
            basins.append(BasinPanel(panel, *shown, cells, grains, self.theme))
            name = words(title, color=self.theme.ink, size=Size.NOTE)
            still.add(*panel.still, panel.lines, place(name, (page.left + page.right) / 2, page.top + 0.16, "centre"))
            panels.append(panel)
        self.say("", "A grain on every start, in the colour of the summit it ends on.")
        counter = Number(1, color=self.theme.ink, places=0, size=Size.LABEL, anchor="right").stand_at(0.02, -0.4)
        label = place(words("passes", color=self.theme.dim, size=Size.SMALL), -0.22, -0.75, "centre")
        self.play(FadeIn(still, *(basin.grains for basin in basins), counter, label), run_time=0.8)
        last = len(basins[0].trails) - 1

        def draw(share: float) -> None:
            steps = float(np.expm1(share * np.log1p(last)))
            counter.set_value(1 + np.floor(steps))
            for basin in basins:
                basin.draw(steps)

        self.play(Drive([*(basin.grains for basin in basins), counter], draw, "grains", rate_func=steady), run_time=4.2)
        self.say("", *basin_sentences(self.basins, self.summits))
        summits = [panel.summits for panel in panels]
        figures = VGroup()
        for text, page in zip(basin_figures(self.basins, self.summits), (LEFT_MAP, RIGHT_MAP), strict=True):
            line = words(text, color=self.theme.ink, size=Size.SMALL)
            figures.add(place(line, (page.left + page.right) / 2, page.bottom - 0.42, "centre"))
        self.play(
            FadeOut(*(basin.grains for basin in basins), counter, label),
            FadeIn(*(basin.cells for basin in basins), *summits, figures),
            run_time=1.0,
        )
        self.read()
        self.wait(1.6)  # the figures under the maps are read as well
        self.leaving = [still, figures, *(basin.cells for basin in basins), *summits]

    def show_paces(self) -> None:
        """When EM is fast, and when it crawls."""
        self.turn_to("pace", *self.leaving)
        right = PacePanel.reach(self.paces)
        panels = [PacePanel(pace, right, self.theme, page) for pace, page in zip(self.paces, _PACES, strict=True)]
        legend = method_legend(self.theme, -3.62)
        self.say("", "All parameters free: nats below the summit, on a log scale.")
        self.play(FadeIn(*(part for panel in panels for part in panel.still), legend), run_time=0.8)

        def draw(share: float) -> None:
            for panel in panels:
                panel.draw(share)

        lines = [panel.lines for panel in panels]
        self.add(*lines)
        self.play(Drive(lines, draw, "paces", rate_func=steady), run_time=3.6)
        self.say("", *(pace_sentence(pace) for pace in self.paces))
        self.read()
        self.leaving = [*(part for panel in panels for part in [*panel.still, panel.lines]), legend]

    def show_crowd(self) -> None:
        """Many random starts, all parameters free: where they end, and what that costs."""
        self.turn_to("random starts", *self.leaving)
        experiment = self.others[-1]
        strips = StripsPanel(self.crowd, _WITHIN, self.theme, _STRIPS)
        count = self.crowd.log_likelihoods.shape[1]
        limit = experiment.ascent.max_passes
        self.say(
            "",
            f"{experiment.heading}, all parameters free: {count} random starts.",
            f"The best: within {_WITHIN:g} nats of the highest ℓ found.",
        )
        self.play(FadeIn(strips.frame, strips.ticks, strips.note, strips.names, strips.heads), run_time=0.8)
        for strip, figures in zip(strips.strips, strips.figures, strict=True):
            self.play(FadeIn(Group(strip, figures)), run_time=0.8)
        first, second = crowd_sentences(self.crowd, limit, _WITHIN)
        self.say("", *first)
        self.read()
        self.next_section("end")
        self.say("", *second)
        self.read()
        self.wait(0.6)
