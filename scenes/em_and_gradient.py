"""EM beside gradient ascent: one landscape, the same start, the same number of passes over the data.

manim render scenes/em_and_gradient.py
"""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import ClassVar

import numpy as np
from manim import Group, Mobject

from em_film.drawing.fades import FadeIn, FadeOut
from em_film.drawing.shapes import Disc
from em_film.drawing.type import place
from em_film.experiment import Dataset, Experiment
from em_film.film.drive import Drive, at_once, steady, then
from em_film.film.film import Film
from em_film.page.layers import Layer
from em_film.page.layout import Rect
from em_film.panels.header import Header
from em_film.panels.landscape.bound import BowlPanel, step_along_the_slope
from em_film.panels.landscape.comparison import Comparison, race_ends
from em_film.panels.landscape.densities import BellsPanel
from em_film.panels.landscape.findings import (
    basin_sentences,
    called,
    heights,
    pace_sentence,
    race_sentences,
    random_start_sentences,
    summit_sentences,
)
from em_film.panels.landscape.map import MapPanel
from em_film.panels.landscape.methods import method_colour
from em_film.panels.landscape.pace import PacePanel, method_legend, race_chart
from em_film.panels.landscape.pair import BasinPair
from em_film.panels.landscape.race import RacePanel
from em_film.panels.landscape.run import MapMoment, MapRun
from em_film.panels.landscape.strips import StripsPanel
from em_film.panels.panel import Following, Panel
from em_film.panels.slice import SlicePanel
from em_model import Known, Mixture
from em_model.mixture import FloatArray

__all__ = ["EMAndGradient"]

_MAP = Rect(-6.05, -2.95, -0.9, 2.2)
_LINE = Rect(0.85, -1.9, 6.65, 2.0)
_DETAILED, _QUICK = 1, 3  # EM steps on the map shown slowly, and how many more
_TABLE = Rect(0.75, -1.2, 6.65, 2.29)
_CHART = Rect(1.75, -2.75, 6.0, -1.15)
_LEGEND = 0.9, -1.65  # of the summits: its first mark
_PACES = Rect(-5.75, -2.4, -1.1, 2.1), Rect(1.15, -2.4, 5.8, 2.1)
_STRIPS = Rect(-3.3, -2.5, 3.2, 1.6)
_TOUCHING = 1e-3  # nats under red up to which blue touches it
_WITHIN = 0.1  # nats below the best that count as having reached it


class EMAndGradient(Film[Comparison]):
    """What gradient methods and EM do on the same log-likelihood."""

    default_experiment: ClassVar[str] = "experiments/two_means.toml"
    poster: ClassVar[str] = "race"

    @classmethod
    def prepare(cls, experiment: Experiment, dataset: Dataset) -> Comparison:
        """Compute everything the film shows; the heavy runs are kept on disk."""
        return Comparison.of(experiment, dataset)

    @property
    def experiments(self) -> list[Experiment]:
        """Return the film's own, and those of the other races."""
        return [self.experiment, *(pace.experiment for pace in self.prepared.paces), self.prepared.started]

    def construct(self) -> None:
        """Tell the story."""
        self.show_title("EM beside gradient ascent", "One landscape, one start, the same passes over the data")
        self.show_map()
        self.show_summits()
        self.show_bowl()
        self.show_race()
        self.show_basins()
        self.show_paces()
        self.show_random_starts()

    def turn_to(self, section: str, *coming: Mobject) -> None:
        """Begin a section: what the last one said goes, and what it showed gives way to what this one begins with."""
        self.next_section(section)
        self.hush(FadeOut(*self.leaving, rate_func=at_once), FadeIn(*coming, rate_func=then), run_time=0.8)

    def show_map(self) -> None:
        """Open the map: each of its points is a mixture."""
        self.next_section("landscape")
        theme, land, label = self.theme, self.prepared.landscape, "".join(self.dataset.labels)
        self.map = MapPanel(land, self.prepared.stationary, theme, _MAP, label=label)
        self.bells = BellsPanel(self.dataset.data, land, theme, Rect(0.75, -0.9, 6.65, 2.0), label=label)
        self.walker = Disc(color=theme.ink, radius=0.1, ring=theme.background, ring_width=3).set_z_index(Layer.DOTS)
        self.walk(0.0)
        self.play(FadeIn(self.bells.frame, self.bells.note, self.bells.scatter, self.bells.mixture), run_time=0.6)
        self.say("Two Gaussians; only their means are free.")
        self.play(FadeIn(*self.map.still, self.walker), run_time=0.6)
        self.say("Every point of this map is a guess: two means.", "Across μ₁, up μ₂.")
        self.play(Drive(self.walking, self.walk), run_time=2.2)
        self.play(FadeIn(self.map.lines), run_time=0.6)
        self.say("Its lines join guesses of equal log-likelihood ℓ(μ₁, μ₂).")

    @property
    def walking(self) -> list[Mobject]:
        """What moves when another point of the map is shown."""
        return [self.bells.mixture, self.walker]

    def walk(self, share: float, start: FloatArray | None = None, end: FloatArray | None = None) -> None:
        """Show one point of a straight way over the map as the mixture it is; from the fit's start to its end."""
        fitted = self.prepared.run.history.mixtures.means[:, :, 0]
        start, end = fitted[0] if start is None else start, fitted[-1] if end is None else end
        means = (1 - share) * start + share * end
        base = self.prepared.landscape.coordinates.base
        self.bells.draw_mixture(Mixture(base.weights, means.reshape(2, 1), base.covariances))
        self.walker.set_centre(self.map.spot(means))

    def show_summits(self) -> None:
        """Mark what the landscape has: summits, lower summits, saddles."""
        self.next_section("summits")
        self.say(*summit_sentences(self.prepared.landscape, self.prepared.maxima))
        legend = self.map.legend(heights(self.prepared.maxima), _LEGEND)
        self.play(FadeIn(self.map.summits, self.map.saddles, legend), run_time=0.8)
        here = self.prepared.run.history.final.means[:, 0]
        if (self.prepared.landscape.reached(np.stack([here, here[::-1]]), self.prepared.maxima) >= 0).all():
            exchanged = partial(self.walk, start=here, end=here[::-1])
            self.play(Drive(self.walking, exchanged), run_time=2.4)
        self.read()
        bells = self.bells
        self.leaving = [bells.frame, bells.note, bells.scatter, bells.mixture, legend, self.walker, self.map.saddles]

    def show_bowl(self) -> None:
        """EM on the map: the bound is a bowl turned over, its top the next iterate."""
        run = MapRun(self.prepared.run)
        trail = self.prepared.run.history.mixtures.means[:, :, 0]
        bowl = BowlPanel(self.map, trail, self.theme, method_colour("EM", self.theme))
        slice_panel = SlicePanel(self.theme, _LINE, note="the line from θ to the next θ")
        header = Header(self.prepared.run, self.theme)
        at_moment = attrgetter("moment")
        panels: list[Panel[MapMoment]] = [bowl, Following(slice_panel, at_moment), Following(header, at_moment)]
        first = run.e_step(1, 0.0)
        for panel in panels:
            panel.draw(first)
        opened: list[Mobject] = [slice_panel.frame, slice_panel.note, slice_panel.ticks, slice_panel.marks]
        self.turn_to("bowl", *bowl.place, *opened, *slice_panel.likelihood, header.line)
        self.say("A start θ, on its level line.")
        self.read()
        touching = self.prepared.run.e_step(1, 0.0).gap < _TOUCHING
        self.say(f"the lower bound {'touches' if touching else 'rises until it touches'} red at θ", half_step="E-step")
        self.add(*bowl.bound, *slice_panel.bound)
        self.drive(panels, partial(run.e_step, 1), 2.6)
        self.say("Its level lines are rings: it is a bowl turned over.", "The widest touches red at θ.")
        self.say("go to the middle of the rings", "Inside the widest, ℓ is higher everywhere.", half_step="M-step")
        self.drive(panels, partial(run.m_step, 1), 2.2)
        n = self.prepared.run.n_steps
        if n > 1:
            self.say("And again: a new bowl, through the new θ.")
        for step in range(2, min(n, 1 + _DETAILED + _QUICK) + 1):
            slow = step <= 1 + _DETAILED
            self.drive(panels, partial(run.turn, step - 1), 0.6 if slow else 0.2)
            self.drive(panels, partial(run.e_step, step), 1.0 if slow else 0.2)
            self.drive(panels, partial(run.m_step, step), 1.0 if slow else 0.2)
        self.show_link([*slice_panel.likelihood, *slice_panel.bound, *opened])
        self.leaving = [*bowl.bound, *bowl.place, header.line, self.link]

    def show_link(self, gone: list[Mobject]) -> None:
        """Say what EM's step is, in terms of the gradient."""
        self.play(FadeOut(*gone), run_time=0.4)
        self.say(
            "EM: each mean follows its slope, with its own step length.",
            "Nₖ: how many points component k is responsible for.",
        )
        self.link = place(step_along_the_slope(self.theme), 3.7, 0.3, "centre")
        self.play(FadeIn(self.link), run_time=0.6)
        self.read()

    def show_race(self) -> None:
        """Race four methods from the same start, by passes over the data."""
        climbs, land, maxima = self.prepared.climbs, self.prepared.landscape, self.prepared.maxima
        ends = race_ends(climbs, land, maxima)
        race = RacePanel(self.map, climbs, ends, self.theme, _TABLE)
        chart = race_chart(climbs, ends, land, maxima, self.theme, _CHART)
        race.draw(1.0)
        chart.draw(1.0)
        self.turn_to("race", race.table, race.counts, race.paths, *chart.still, chart.drawn)
        self.say("The same start for all four.", "A pass = one look at all points.")

        def draw(share: float) -> None:
            passes = race.last**share  # exactly the last at the end
            race.draw(passes)
            chart.draw(passes)

        self.play(Drive([*race.moving, chart.drawn], draw, rate_func=steady), run_time=4.6)
        self.say(*race_sentences(self.prepared.climbs, self.prepared.landscape, self.prepared.maxima))
        self.read()
        raced = [race.table, race.counts, race.paths, *chart.still, chart.drawn]
        self.leaving = [*raced, *self.map.still, self.map.lines, self.map.summits]

    def show_basins(self) -> None:
        """Where every start ends, by EM and by gradient ascent."""
        pair = BasinPair(self.prepared, self.theme)
        self.turn_to("basins", pair.still, *pair.grains, *pair.counter)
        lost = any((reached < 0).any() for reached in self.prepared.basins.grain_reached.values())
        grey = "Grey: it ends on none." if lost else ""
        self.say("A grain on every start, in the colour of the summit it ends on.", grey)
        self.play(Drive([*pair.grains, *pair.counter], pair.draw, rate_func=steady), run_time=3.8)
        self.say(*basin_sentences(self.prepared.basins, self.prepared.maxima))
        self.play(FadeOut(*pair.grains, *pair.counter), FadeIn(*pair.cells, *pair.summits), run_time=1.0)
        self.read()
        self.leaving = [pair.still, *pair.cells, *pair.summits]

    def show_paces(self) -> None:
        """When EM is fast, and when it crawls."""
        right = PacePanel.reach(self.prepared.paces)
        panels = [
            PacePanel(pace, right, self.theme, page) for pace, page in zip(self.prepared.paces, _PACES, strict=True)
        ]
        legend = method_legend(self.theme, -3.8)
        self.turn_to("pace", *(part for panel in panels for part in panel.still), legend)
        free = all(pace.experiment.known == Known() for pace in self.prepared.paces)
        self.say(f"{'All parameters free: how' if free else 'How'} fast does each method arrive?")

        def draw(share: float) -> None:
            for panel in panels:
                panel.draw(share)

        lines = [panel.lines for panel in panels]
        self.add(*lines)
        self.play(Drive(lines, draw, rate_func=steady), run_time=3.6)
        rings = [panel.overtaking for panel in panels if len(panel.overtaking)]
        if rings:
            self.play(FadeIn(*rings), run_time=0.4)
        self.say(*map(pace_sentence, self.prepared.paces, ("Left", "Right")))
        self.read()
        self.leaving = [*(part for panel in panels for part in [*panel.still, panel.lines]), legend, *rings]

    def show_random_starts(self) -> None:
        """Many random starts, all parameters free: where they end, and what that costs."""
        experiment = self.prepared.started
        count = self.prepared.random_starts.log_likelihoods.shape[1]
        limit = experiment.ascent.max_passes
        free = ", all parameters free" if experiment.known == Known() else ""
        strips = StripsPanel(self.prepared.random_starts, _WITHIN, limit, self.theme, _STRIPS)
        self.turn_to("random starts", strips.frame, strips.ticks, strips.note, strips.names, strips.heads)
        self.say(
            f"{called(experiment, 'Other data')}{free}: {count} random starts.",
            f"The best: within {_WITHIN:g} nats of the highest ℓ found.",
        )
        for strip, figures in zip(strips.strips, strips.figures, strict=True):
            self.play(FadeIn(Group(strip, figures)), run_time=0.6)
        cost, end = random_start_sentences(self.prepared.random_starts, limit, _WITHIN)
        self.say(cost)
        self.read()
        self.next_section("end")
        self.say(*end)
        self.read()
