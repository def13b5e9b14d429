"""EM beside gradient ascent: one landscape, the same start, the same number of passes over the data.

manim render scenes/em_and_gradient.py
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
from manim import FadeIn, FadeOut, Group, Mobject, VGroup

from em_model import Data, EMError, Experiment, Mixture, ascend
from em_model.ascent import METHODS
from em_model.mixture import FloatArray
from scenes.stage.basin_panel import BasinPanel, summit_colours
from scenes.stage.bells_panel import BellsPanel
from scenes.stage.bowl_panel import BowlPanel
from scenes.stage.comparison import (
    BASIN_METHODS,
    basins_of,
    crowd_of,
    landscape_of,
    pace_of,
    require_two_means,
)
from scenes.stage.film import Drive, Film, steady
from scenes.stage.findings import (
    basin_sentences,
    crowd_sentences,
    heights,
    pace_sentence,
    race_sentences,
    summit_sentences,
)
from scenes.stage.header import Header
from scenes.stage.kept import runs_folder
from scenes.stage.layout import Rect
from scenes.stage.map_panel import MapPanel
from scenes.stage.map_run import MapMoment, MapRun
from scenes.stage.methods import method_colour
from scenes.stage.number import Number, number_text
from scenes.stage.pace_panel import PacePanel, method_legend
from scenes.stage.race_panel import RacePanel
from scenes.stage.shapes import Disc
from scenes.stage.slice_panel import SlicePanel
from scenes.stage.step_run import StepRun
from scenes.stage.strips_panel import StripsPanel
from scenes.stage.type import Size, formula, place, words

__all__ = ["EMAndGradient"]

_MAP = Rect(-6.05, -2.95, -0.77, 2.33)
_TABLE = Rect(0.75, -1.2, 6.65, 2.29)
_LEFT_MAP, _RIGHT_MAP = Rect(-6.05, -2.55, -1.55, 1.95), Rect(1.1, -2.55, 5.6, 1.95)
_PACES = Rect(-5.9, -2.65, -0.55, 2.1), Rect(1.3, -2.65, 6.65, 2.1)
_STRIPS = Rect(-3.35, -2.3, 3.2, 1.75)
_DETAILED, _QUICK = 1, 6  # EM steps on the map shown slowly, and how many more
_WITHIN = 0.1  # nats below the best that count as having reached it


class EMAndGradient(Film):
    """What gradient methods and EM do on the same log-likelihood."""

    default_experiment: ClassVar[str] = "assets/experiments/two_means.toml"

    def prepare(self) -> None:
        """Compute everything the film shows; the heavy runs are kept on disk."""
        experiment, settings = self.experiment, self.experiment.ascent
        self.data = Data(experiment.points())
        require_two_means(experiment, self.data)
        self.landscape = landscape_of(experiment, self.data)
        self.stationary = self.landscape.stationary()
        self.summits = tuple(spot for spot in self.stationary if spot.kind == "summit")
        self.run = StepRun(self.data, experiment.run())
        if self.run.n_steps == 0:
            raise EMError(f"{experiment.path}: fit.max_steps: the fit took no step; give 1 or more")
        start = self.run.history.start
        self.climbs = {
            method: ascend(
                self.data,
                start,
                method,
                step=settings.step,
                max_passes=settings.max_passes,
                tolerance=experiment.fit.tolerance,
                known=experiment.known,
            )
            for method in METHODS
        }
        home = Path(__file__).resolve().parents[1] / "assets/experiments"
        files = [experiment.path.parent / file for file in settings.paces]
        files = files or [home / "separated_clusters.toml", home / "overlapping_clusters.toml"]
        self.others = [Experiment.load(file) for file in files]
        self.paces = [pace_of(other) for other in self.others]
        file = experiment.path.parent / settings.crowd if settings.crowd else home / "three_clusters.toml"
        crowded = Experiment.load(file)
        self.others.append(crowded)
        self.basins = basins_of(experiment, self.landscape, self.summits, runs_folder())
        self.crowd = crowd_of(crowded, settings.starts, runs_folder())

    def setup(self) -> None:
        """Make the other experiments part of every cache key too."""
        super().setup()
        parts = [vars(self.camera)["fingerprint"], *(other.fingerprint() for other in self.others)]
        vars(self.camera)["fingerprint"] = "/".join(parts)

    def construct(self) -> None:
        """Tell the story."""
        self.show_title()
        self.show_map()
        self.show_summits()
        self.show_bowl()
        self.show_race()
        self.show_basins()
        self.show_paces()
        self.show_crowd()

    def show_title(self) -> None:
        """Name the film."""
        self.next_section("title")
        title = place(words("EM beside gradient ascent", color=self.theme.ink, size=Size.TITLE), 0, 0.35, "centre")
        line = "One landscape, one start, the same passes over the data"
        subtitle = place(words(line, color=self.theme.dim, size=Size.CAPTION, width=12.0), 0, -0.45, "centre")
        self.play(FadeIn(title), run_time=0.8)
        self.play(FadeIn(subtitle), run_time=0.6)
        self.wait(1.0)
        self.play(FadeOut(title, subtitle), run_time=0.6)

    def show_map(self) -> None:
        """Open the map: each of its points is a mixture."""
        self.next_section("landscape")
        theme, land = self.theme, self.landscape
        self.map = MapPanel(land, self.stationary, theme, _MAP)
        self.bells = BellsPanel(self.data, land, theme, Rect(0.75, -0.9, 6.65, 2.29))
        self.walker = Disc(color=theme.ink, radius=0.1, ring=theme.background, ring_width=3).set_z_index(8)
        self.walk(0.0)
        self.say("", "Two Gaussians, of which only the means are free.")
        self.play(FadeIn(self.bells.frame, self.bells.note, self.bells.scatter, self.bells.mixture), run_time=0.8)
        self.say("", "Every point of this map is a pair of means.", "Its lines join points of equal ℓ(μ₁, μ₂).")
        self.play(FadeIn(*self.map.still, self.walker), run_time=0.6)
        self.play(Drive(self.walking, self.walk, "walk"), FadeIn(self.map.lines), run_time=3.4)

    @property
    def walking(self) -> list[Mobject]:
        """What moves when another point of the map is shown."""
        return [self.bells.mixture, self.walker]

    def walk(self, share: float, start: FloatArray | None = None, end: FloatArray | None = None) -> None:
        """Show one point of a straight way over the map as the mixture it is; from the fit's start to its end."""
        fitted = self.run.history.mixtures.means[:, :, 0]
        start, end = fitted[0] if start is None else start, fitted[-1] if end is None else end
        means = (1 - share) * start + share * end
        base = self.landscape.coordinates.base
        self.bells.draw_mixture(Mixture(base.weights, means.reshape(2, 1), base.covariances))
        self.walker.set_centre(self.map.spot(means))

    def show_summits(self) -> None:
        """Mark what the landscape has: summits, lower summits, saddles."""
        self.next_section("summits")
        theme = self.theme
        first, second = summit_sentences(self.landscape, self.summits)
        self.say("", first, second)
        legend = VGroup()
        rows = [(f"ℓ = {number_text(height, 1)}", many, "summit") for height, many in heights(self.summits)[:3]]
        if len(self.map.saddles):
            rows.append(("a saddle: up one way, down the other", len(self.map.saddles), "saddle"))
        for row, (text, many, kind) in enumerate(rows):
            y = -1.75 - 0.44 * row
            mark = self.map.mark_of(kind).move_to((0.9, y + 0.09, 0.0))
            noun = kind if many == 1 else f"{kind}s"
            label = f"{many} {noun}, {text}" if kind == "summit" else f"{many} {noun}: up one way, down the other"
            legend.add(mark, place(words(label, color=theme.ink, size=Size.NOTE), 1.15, y))
        self.play(FadeIn(self.map.summits, self.map.saddles, legend), run_time=0.8)
        here = self.run.history.final.means[:, 0]
        mirrored = partial(self.walk, start=here, end=here[::-1])
        self.play(Drive(self.walking, mirrored, "exchange"), run_time=3.4)
        self.read()
        parts = [self.bells.frame, self.bells.note, self.bells.scatter, self.bells.mixture, legend, self.walker]
        self.play(FadeOut(*parts), FadeOut(self.map.saddles), run_time=0.6)

    def show_bowl(self) -> None:
        """EM on the map: the bound is a bowl turned over, its top the next iterate."""
        self.next_section("bowl")
        run = MapRun(self.run)
        trail = self.run.history.mixtures.means[:, :, 0]
        bowl = BowlPanel(self.map, trail, self.theme, method_colour("EM", self.theme))
        slice_panel = SlicePanel(self.theme, note="the line from θ to the top of the bowl")
        header = Header(self.run, self.theme)
        panels: list[BowlPanel | _OnMoment] = [bowl, _OnMoment(slice_panel), _OnMoment(header)]
        first = run.e_step(1, 0.0)
        for panel in panels:
            panel.draw(first)
        opened: list[Mobject] = [slice_panel.frame, slice_panel.note, slice_panel.ticks, slice_panel.marks]
        self.say("", "A start θ, on its level line.")
        self.play(FadeIn(*bowl.place, *opened, *slice_panel.likelihood, header.line), run_time=0.8)
        self.read()
        self.say(
            "E-step",
            "the lower bound is a bowl turned over",
            "Blue rings: its own level lines. The widest touches red at θ.",
        )
        self.add(*bowl.bound, *slice_panel.bound)
        self.drive(panels, partial(run.e_step, 1), 3.0, "bowl E1")
        self.say("M-step", "go to the middle of the rings", "Inside the widest, ℓ is higher everywhere.")
        self.drive(panels, partial(run.m_step, 1), 2.4, "bowl M1")
        self.say("", "And again: a new bowl, through the new θ.")
        n = self.run.n_steps
        for step in range(2, min(n, 1 + _DETAILED + _QUICK) + 1):
            slow = step <= 1 + _DETAILED
            self.drive(panels, partial(run.turn, step - 1), 0.6 if slow else 0.2, f"bowl turn{step}")
            self.drive(panels, partial(run.e_step, step), 1.0 if slow else 0.2, f"bowl E{step}")
            self.drive(panels, partial(run.m_step, step), 1.0 if slow else 0.2, f"bowl M{step}")
        self.show_link([*slice_panel.likelihood, *slice_panel.bound, *opened])
        self.read()
        gone = [*bowl.bound, *bowl.place, header.line, self.link]
        self.play(FadeOut(*gone), run_time=0.6)

    def show_link(self, gone: list[Mobject]) -> None:
        """Say what EM's step is, in terms of the gradient."""
        self.play(FadeOut(*gone), run_time=0.4)
        self.say("", "EM follows the gradient too, with its own step length.")
        theme = self.theme
        source = 'mu_k^"new" = mu_k + sigma_k^2 / N_k thin {{ (partial ell) / (partial mu_k) : slope }}'
        law = place(formula(source, color=theme.ink, size=40, colors={"slope": theme.red}), 3.7, 0.55, "centre")
        note = words("Nₖ: how many points component k is responsible for", color=theme.dim, size=Size.SMALL)
        self.link = VGroup(law, place(note, 3.7, -0.55, "centre"))
        self.play(FadeIn(self.link), run_time=0.6)
        self.read()

    def show_race(self) -> None:
        """Race four methods from the same start, by passes over the data."""
        self.next_section("race")
        race = RacePanel(self.map, self.climbs, self.theme, _TABLE)
        race.draw(1.0)
        self.say(
            "",
            "The same start, the same passes over the data.",
            "A pass yields ℓ, and the M-step or the gradient.",
        )
        self.play(FadeIn(race.table, race.counts, race.paths), run_time=0.8)
        first, last = 1.0, race.last

        def draw(share: float) -> None:
            race.draw(first + np.expm1(share * np.log1p(last - first)))

        self.play(Drive(race.moving, draw, "race", rate_func=steady), run_time=6.0)
        self.say("", *race_sentences(self.climbs, self.landscape, self.summits))
        self.read()
        everything = [race.table, race.counts, race.paths, *self.map.still, self.map.lines, self.map.summits]
        self.play(FadeOut(*everything), run_time=0.6)

    def show_basins(self) -> None:
        """Where every start ends, by EM and by gradient ascent."""
        self.next_section("basins")
        colours = summit_colours(self.summits, self.theme)
        titles = ("EM", "gradient ascent, fixed step")
        panels, basins, still = [], [], Group()
        for method, page, title in zip(BASIN_METHODS, (_LEFT_MAP, _RIGHT_MAP), titles, strict=True):
            panel = MapPanel(self.landscape, self.stationary, self.theme, page, quiet=True)
            found = self.basins
            shown = found.reached[method], found.trails[method], found.grain_reached[method]
            basins.append(BasinPanel(panel, *shown, colours, self.theme))
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

        self.play(Drive([*(basin.grains for basin in basins), counter], draw, "grains", rate_func=steady), run_time=5.0)
        first, second = basin_sentences(self.basins, self.summits)
        self.say("", *first)
        summits = [panel.summits for panel in panels]
        self.play(
            FadeOut(*(basin.grains for basin in basins), counter, label),
            FadeIn(*(basin.cells for basin in basins), *summits),
            run_time=1.0,
        )
        self.read()
        self.say("", *second)
        self.read()
        self.play(FadeOut(still, *(basin.cells for basin in basins), *summits), run_time=0.6)

    def show_paces(self) -> None:
        """When EM is fast, and when it crawls."""
        self.next_section("pace")
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
        self.play(Drive(lines, draw, "paces", rate_func=steady), run_time=5.0)
        self.say("", *(pace_sentence(pace) for pace in self.paces))
        self.read()
        self.play(FadeOut(*(part for panel in panels for part in [*panel.still, panel.lines]), legend), run_time=0.6)

    def show_crowd(self) -> None:
        """Many random starts, all parameters free: where they end, and what that costs."""
        self.next_section("random starts")
        experiment = self.others[-1]
        strips = StripsPanel(self.crowd, _WITHIN, self.theme, _STRIPS)
        count = self.crowd.log_likelihoods.shape[1]
        limit = experiment.ascent.max_passes
        self.say(
            "",
            f"{experiment.heading}, all parameters free: {count} random starts.",
            f"{limit} passes at most. The best: within {_WITHIN:g} nats of the highest ℓ found.",
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
        self.wait(1.0)


class _OnMoment:
    """Lets a panel that draws a Moment follow a MapMoment."""

    def __init__(self, panel: SlicePanel | Header) -> None:
        self.panel = panel

    def draw(self, shown: MapMoment) -> None:
        self.panel.draw(shown.moment)

    def changed(self, before: MapMoment, after: MapMoment) -> list[Mobject]:
        return self.panel.changed(before.moment, after.moment)
