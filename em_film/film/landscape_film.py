"""What a film on the map of two means begins with: the landscape, its summits, and EM's bound as a bowl turned over."""

from __future__ import annotations

from functools import partial

import numpy as np
from manim import FadeIn, FadeOut, Mobject, VGroup

from em_film.drawing.shapes import Disc
from em_film.drawing.type import Size, formula, place, words
from em_film.film.drive import Drive
from em_film.film.film import Film
from em_film.page.layout import Rect
from em_film.page.ticks import number_text
from em_film.panels.header import Header
from em_film.panels.landscape.bound import BowlPanel
from em_film.panels.landscape.comparison import landscape_of, require_two_means
from em_film.panels.landscape.densities import BellsPanel
from em_film.panels.landscape.findings import heights, summit_sentences
from em_film.panels.landscape.map import MapPanel
from em_film.panels.landscape.methods import method_colour
from em_film.panels.landscape.run import MapMoment, MapRun
from em_film.panels.slice import SlicePanel
from em_film.runs.steps import StepRun
from em_model import Data, EMError, Mixture
from em_model.mixture import FloatArray

__all__ = ["LandscapeFilm"]

_MAP = Rect(-6.05, -2.95, -0.9, 2.2)
_LINE = Rect(0.75, -1.9, 6.65, 2.2)
_DETAILED, _QUICK = 1, 4  # EM steps on the map shown slowly, and how many more


class LandscapeFilm(Film):
    """A film whose experiment leaves two means free, so that ℓ is a landscape."""

    def prepare_map(self) -> None:
        """Compute the landscape, its stationary points and the fit."""
        experiment = self.experiment
        self.data = Data(experiment.points())
        require_two_means(experiment, self.data)
        self.landscape = landscape_of(experiment, self.data)
        self.stationary = self.landscape.stationary()
        self.summits = tuple(spot for spot in self.stationary if spot.kind == "maximum")
        self.run = StepRun(self.data, experiment.run())
        if self.run.n_steps == 0:
            raise EMError(f"{experiment.path}: fit.max_steps: the fit took no step; give 1 or more")

    def turn_to(self, section: str, *gone: Mobject) -> None:
        """Begin a section by clearing away what the last one showed, which so ends on a full page."""
        self.next_section(section)
        if gone:
            self.play(FadeOut(*gone), run_time=0.6)

    def show_map(self) -> None:
        """Open the map: each of its points is a mixture."""
        self.next_section("landscape")
        theme, land = self.theme, self.landscape
        self.map = MapPanel(land, self.stationary, theme, _MAP)
        self.bells = BellsPanel(self.data, land, theme, Rect(0.75, -0.9, 6.65, 2.2))
        self.walker = Disc(color=theme.ink, radius=0.1, ring=theme.background, ring_width=3).set_z_index(8)
        self.walk(0.0)
        self.say("", "Two Gaussians; only their means are free.")
        self.play(FadeIn(self.bells.frame, self.bells.note, self.bells.scatter, self.bells.mixture), run_time=0.8)
        self.say("", "Every point of this map is a pair of means.", "Its lines join points of equal ℓ(μ₁, μ₂).")
        self.play(FadeIn(*self.map.still, self.walker), run_time=0.6)
        self.play(Drive(self.walking, self.walk, "walk"), FadeIn(self.map.lines), run_time=2.6)

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
        rows = [(f"ℓ = {number_text(height, 1)}", many, "maximum") for height, many in heights(self.summits)[:3]]
        if len(self.map.saddles):
            rows.append(("a saddle: up one way, down the other", len(self.map.saddles), "saddle"))
        for row, (text, many, kind) in enumerate(rows):
            y = -1.75 - 0.44 * row
            mark = self.map.mark_of(kind).move_to((0.9, y + 0.09, 0.0))
            noun = "summit" if kind == "maximum" else kind
            noun = noun if many == 1 else f"{noun}s"
            label = f"{many} {noun}, {text}" if kind == "maximum" else f"{many} {noun}: up one way, down the other"
            legend.add(mark, place(words(label, color=theme.ink, size=Size.NOTE), 1.15, y))
        self.play(FadeIn(self.map.summits, self.map.saddles, legend), run_time=0.8)
        here = self.run.history.final.means[:, 0]
        if (self.landscape.reached(np.stack([here, here[::-1]]), self.summits) >= 0).all():
            exchanged = partial(self.walk, start=here, end=here[::-1])
            self.play(Drive(self.walking, exchanged, "exchange"), run_time=3.4)
        self.read()
        bells = self.bells
        self.leaving = [bells.frame, bells.note, bells.scatter, bells.mixture, legend, self.walker, self.map.saddles]

    def show_bowl(self) -> None:
        """EM on the map: the bound is a bowl turned over, its top the next iterate."""
        self.turn_to("bowl", *self.leaving)
        run = MapRun(self.run)
        trail = self.run.history.mixtures.means[:, :, 0]
        bowl = BowlPanel(self.map, trail, self.theme, method_colour("EM", self.theme))
        slice_panel = SlicePanel(self.theme, _LINE, note="the line from θ to the top of the bowl")
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
            "Blue rings: its level lines. The widest touches red at θ.",
        )
        self.add(*bowl.bound, *slice_panel.bound)
        self.drive(panels, partial(run.e_step, 1), 2.8, "bowl E1")
        self.say("M-step", "go to the middle of the rings", "Inside the widest, ℓ is higher everywhere.")
        self.drive(panels, partial(run.m_step, 1), 2.2, "bowl M1")
        self.say("", "And again: a new bowl, through the new θ.")
        n = self.run.n_steps
        for step in range(2, min(n, 1 + _DETAILED + _QUICK) + 1):
            slow = step <= 1 + _DETAILED
            self.drive(panels, partial(run.turn, step - 1), 0.6 if slow else 0.2, f"bowl turn{step}")
            self.drive(panels, partial(run.e_step, step), 1.0 if slow else 0.2, f"bowl E{step}")
            self.drive(panels, partial(run.m_step, step), 1.0 if slow else 0.2, f"bowl M{step}")
        self.show_link([*slice_panel.likelihood, *slice_panel.bound, *opened])
        self.leaving = [*bowl.bound, *bowl.place, header.line, self.link]

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


class _OnMoment:
    """Lets a panel that draws a Moment follow a MapMoment."""

    def __init__(self, panel: SlicePanel | Header) -> None:
        self.panel = panel

    def draw(self, shown: MapMoment) -> None:
        self.panel.draw(shown.moment)

    def changed(self, before: MapMoment, after: MapMoment) -> list[Mobject]:
        return self.panel.changed(before.moment, after.moment)
