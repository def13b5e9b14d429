"""EM in four panels: the points, the components, and the objective along two coordinates of the means.

manim render scenes/four_panels.py
"""

from __future__ import annotations

from functools import partial
from operator import attrgetter, itemgetter

from manim import Mobject

from em_film.drawing.fades import FadeIn
from em_film.experiment import Dataset, Experiment
from em_film.film.drive import beats, steady
from em_film.film.film import Film
from em_film.page.layout import EDGE, Rect
from em_film.panels.coordinates.data import ComponentsPanel, PointsPanel
from em_film.panels.coordinates.instants import Instant, Instants, StepTitles
from em_film.panels.coordinates.run import CoordinateRun, shown_range, two_coordinates
from em_film.panels.coordinates.slice import CoordinatePanel
from em_film.panels.coordinates.told import Told
from em_film.panels.header import Header
from em_film.panels.panel import Following, Panel
from em_film.runs.fitted import fitted
from em_film.runs.outcome import is_at_the_top, last_to_climb, left_to_gain
from em_film.runs.sample import drawn_rows
from em_film.runs.shown import shown_axes

__all__ = ["FourPanels"]

_BEATS = 16  # up to so many steps after the detailed ones have a beat each; of more, half of that, and a sweep
_POINTS, _COMPONENTS = Rect(-EDGE, 0.3, -0.35, 2.5), Rect(0.35, 0.3, EDGE, 2.5)
_SLICES = Rect(-5.6, -2.98, -0.35, -0.8), Rect(1.4, -2.98, EDGE, -0.8)
_WIDE = Rect(-5.6, -2.98, EDGE, -0.8)


class FourPanels(Film[tuple[list[CoordinateRun], bool]]):
    """All of EM at one glance."""

    poster = "M-step 1"

    @classmethod
    def prepare(cls, experiment: Experiment, dataset: Dataset) -> tuple[list[CoordinateRun], bool]:
        """Fit the experiment, lay a slice along each of the coordinates to be shown, and see if it ends at the top."""
        data, history = dataset.data, fitted(experiment, dataset)
        runs = []
        for component, axis in two_coordinates(experiment.slices, experiment.n_components, data.n_dimensions):
            left, right = shown_range(data, history, axis)
            runs.append(CoordinateRun(data, history, component, axis, left=left, right=right))
        return runs, is_at_the_top(history, left_to_gain(data, history, experiment.known))

    def construct(self) -> None:
        """Tell the story."""
        self.runs, at_the_top = self.prepared
        self.data, self.history = self.runs[0].data, self.runs[0].history
        self.at = Instants(self.runs)
        self.told = Told(self.history, self.runs[0].e_step(1, 0.0).gap, at_the_top=at_the_top)
        self.slices = [(run.component, run.axis) for run in self.runs]
        self.build_panels()
        self.show_start()
        detailed = min(self.experiment.film.detailed_steps, self.history.n_steps)
        for step in range(1, detailed + 1):
            self.show_e_step(step)
            self.show_m_step(step)
        if detailed < self.history.n_steps:
            self.show_rest(detailed + 1)
        self.show_end()

    def build_panels(self) -> None:
        """Set up what is drawn: points and components above, the slices below them."""
        run, rows = self.runs[0], drawn_rows(self.data.n_rows, self.experiment.seed)
        axes = shown_axes(self.experiment, self.dataset, self.history)
        names = self.dataset.labels
        self.points = PointsPanel(run, self.theme, rows, _POINTS, axes, names)
        self.components = ComponentsPanel(run, self.theme, rows, _COMPONENTS, self.slices, axes, names)
        whose, kinds = "responsibilities", "Gaussians"
        self.titles = StepTitles(self.theme, {"E-step": (whose, _POINTS), "M-step": (kinds, _COMPONENTS)})
        self.header = Header(run, self.theme)
        self.leave_room_for(self.header.line)
        pages = _SLICES if len(self.slices) > 1 else (_WIDE,)
        self.objectives = [
            CoordinatePanel(
                self.theme,
                page,
                component=component,
                axis=axis,
                n_dimensions=self.data.n_dimensions,
                name=names[axis] if names else "",
                counted=run.counted,
                prior=self.runs[0].has_prior,
                gap_places=self.runs[0].decimals,
            )
            for page, run, (component, axis) in zip(pages, self.runs, self.slices, strict=False)
        ]
        self.panels: list[Panel[Instant]] = [
            self.titles,
            Following(self.points, attrgetter("model")),
            Following(self.components, attrgetter("model")),
            Following(self.header, attrgetter("model")),
            *(Following(panel, itemgetter(which)) for which, panel in enumerate(self.objectives)),
        ]

    def show_start(self) -> None:
        """Begin with everything there at the first guess; nothing has been computed about any point."""
        self.next_section("start")
        self.put(self.panels, self.at.e_step(1, 0.0))
        frames = [self.points.frame, self.components.frame, *(panel.frame for panel in self.objectives)]
        titles = [panel.title for panel in self.objectives]
        self.add(*frames, *titles, self.components.scatter, *self.titles.lines, *self.at_start)
        self.wait(0.4)
        self.say(self.told.opening(len(self.points.rows)))
        self.read()

    def show_e_step(self, step: int) -> None:
        """Raise the bound until it touches."""
        self.next_section(f"E-step {step}")
        if step == 1:
            self.say(self.told.e_step(), half_step="E-step")
            self.play(*(FadeIn(part) for panel in self.objectives for part in panel.bound), run_time=0.4)
        elif step == 2:
            self.say(self.told.second_step())
        self.drive(self.panels, partial(self.at.e_step, step), 2.0 if step == 1 else 0.8)
        self.wait(0.4 if step == 1 else 0.2)

    def show_m_step(self, step: int) -> None:
        """Show where the M-step leads, then move the base there, and the curves with it."""
        self.next_section(f"M-step {step}")
        if step == 1:
            along = "slices move" if len(self.slices) > 1 else "slice moves"
            said = f"to the top of the bound; the {along} along"
            self.say(said, half_step="M-step")
            self.add(*(part for panel in self.objectives for part in panel.ahead))
        self.drive(self.panels, partial(self.at.look_ahead, step), 0.4)
        if step == 1:
            self.wait(0.8)
        self.drive(self.panels, partial(self.at.m_step, step), 2.2 if step == 1 else 1.0)
        self.wait(0.4 if step == 1 else 0.2)

    def show_rest(self, first: int) -> None:
        """Give each step that is seen to climb a beat, and let what is left after them run past."""
        self.next_section("on to convergence")
        n = self.history.n_steps
        self.say(self.told.rest(first))
        most = n if n - first < _BEATS else first + _BEATS // 2 - 1
        last = max(first - 1, min(last_to_climb(self.history), most))
        for step in range(first, last + 1):
            self.drive(self.panels, partial(self.at.e_step, step), 0.2)
            self.drive(self.panels, partial(self.at.brief_m_step, step), 0.4)
        if last < n:
            run_time = beats(min(4.0, 0.1 * (n - last) + 0.6))
            self.drive(self.panels, partial(self.at.sweep, last), run_time, rate=steady)

    def show_end(self) -> None:
        """Hold the result against the truth."""
        self.next_section("end")
        truth = self.experiment.truth
        shown = truth if truth is not None and truth.n_dimensions == self.data.n_dimensions else None
        self.truth: list[Mobject] = [] if shown is None else [self.components.truth(shown)]
        sentence, caption = self.told.end(self.runs[0].decimals, shown)
        self.say(sentence, caption=caption)
        over = [FadeIn(*self.truth)] if self.truth else []
        self.drive([self.titles], self.at.rest, 0.4, along=over)
        self.read()
        self.wait(1.0)

    @property
    def at_start(self) -> list[Mobject]:
        """What is seen of the first guess, and changes later."""
        parts: list[Mobject] = [self.points.scatter, self.components.components, self.header.line]
        for panel in self.objectives:
            parts += [panel.ticks, panel.base, *panel.likelihood]
        return parts
