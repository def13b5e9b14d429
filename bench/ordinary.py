"""The main film as one would write it in ordinary Manim: the yardstick that the real one is measured against.

Story, run times, data and numbers are those of the film: every Moment comes from the same run. What differs is how it
is drawn: a VGroup of Dots, curves by Axes.plot, ParametricFunctions, DecimalNumbers, Typst texts, and redrawing by
updaters wherever something moves, with Manim's own renderer, camera and encoder settings.

EM_RENDERER=plain manim render bench/ordinary.py
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    UP,
    Axes,
    DashedLine,
    DashedVMobject,
    DecimalNumber,
    Dot,
    Group,
    Integer,
    ManimColor,
    MathTypst,
    Mobject,
    ParametricFunction,
    Typst,
    ValueTracker,
    VGroup,
    VMobject,
    smooth,
)

from em_film.film.drive import beats
from em_film.page.layout import CAPTION_LINE, DATA, DETAIL_LINE, EDGE, SLICE, TRACE, Plane, Rect
from em_film.page.theme import Theme, blend, point_opacity, point_radius, rgb
from em_film.page.window import Window
from em_film.runs.moment import Moment
from em_film.runs.profile import Profile
from em_film.runs.sample import drawn_rows
from em_model import Mixture
from scenes.em_step import EMStep

__all__ = ["OrdinaryEMStep"]


def axes_in(page: Rect, x_range: Sequence[float], y_range: Sequence[float], colour: str) -> Axes:
    """Make axes that fill a rectangle of the page."""
    axes = Axes(x_range, y_range, page.width, page.height, tips=False, axis_config={"color": colour})
    corner = axes.c2p(x_range[0], y_range[0])
    return axes.shift(np.array([page.left, page.bottom, 0]) - corner)


class Panel:
    """Mobjects, each with what makes it anew from a Moment, as for always_redraw."""

    def __init__(self) -> None:
        self.builders: dict[Mobject, Callable[[Moment], Mobject]] = {}

    def redrawn(self, build: Callable[[Moment], Mobject], moment: Moment, z_index: int = 0) -> Mobject:
        mobject = build(moment).set_z_index(z_index)
        self.builders[mobject] = lambda now: build(now).set_z_index(z_index)
        return mobject

    def draw(self, moment: Moment) -> None:
        for mobject, build in self.builders.items():
            mobject.become(build(moment))

    def changed(self, before: Moment, after: Moment) -> list[Mobject]:
        return list(self.builders) if before is not after else []

    @property
    def parts(self) -> list[Mobject]:
        return list(self.builders)


class DataPanel(Panel):
    """Dots in the colours of their responsibilities, and the contours of the components."""

    flat = False

    def __init__(self, film: EMStep, moment: Moment) -> None:
        super().__init__()
        theme, final = film.theme, film.run.history.final
        self.theme = theme
        self.rows = drawn_rows(film.run.data.n_points, film.experiment.seed)
        points = np.asarray(film.run.data.points[self.rows])
        self.colours = theme.cluster_rgb(final.n_components)
        self.grey = rgb(theme.dim)
        (left, bottom), (right, top) = points.min(axis=0) - 0.5, points.max(axis=0) + 0.5
        self.frame = axes_in(DATA, [left, right, right - left], [bottom, top, top - bottom], theme.dim)
        radius, opacity = point_radius(len(points)), point_opacity(len(points))
        self.scatter = VGroup(
            *(Dot(self.frame.c2p(x, y), radius, color=theme.dim, fill_opacity=opacity) for x, y in points)
        )
        shown = range(final.n_components)
        self.contours = [
            [self.redrawn(lambda now, k=k, c=c: self.contour(now.mixture, k, c), moment, 3) for c in (1.0, 2.0)]
            for k in shown
        ]
        self.means = [self.redrawn(lambda now, k=k: self.mean(now.mixture, k), moment, 3) for k in shown]
        self.components = VGroup(*(part for parts in self.contours for part in parts), *self.means)

    @property
    def parts(self) -> list[Mobject]:
        return [self.frame, self.scatter, self.components]

    def contour(self, mixture: Mixture, k: int, deviations: float) -> VMobject:
        root = deviations * np.linalg.cholesky(mixture.covariances[k])
        return ParametricFunction(
            lambda angle: self.frame.c2p(*(mixture.means[k] + root @ [np.cos(angle), np.sin(angle)])),
            t_range=[0, 2 * np.pi],
            color=self.theme.cluster(k),
        )

    def mean(self, mixture: Mixture, k: int) -> Dot:
        return Dot(self.frame.c2p(*mixture.means[k]), color=self.theme.cluster(k))

    def draw_mixture(self, mixture: Mixture) -> None:
        """Stand where the start has them; nothing to do."""

    def truth(self, mixture: Mixture) -> VGroup:
        lines = (self.contour(mixture, k, 2.0).set_color(self.theme.ink) for k in range(mixture.n_components))
        return VGroup(*(DashedVMobject(line, 40) for line in lines))

    def recolour(self, moment: Moment) -> None:
        """Give every dot its colour."""
        mixed = blend(moment.posterior[self.rows], self.colours)
        mixed = (1 - moment.certainty) * self.grey + moment.certainty * mixed
        for dot, colour in zip(self.scatter, mixed, strict=True):
            dot.set_color(ManimColor(colour))

    def changed(self, before: Moment, after: Moment) -> list[Mobject]:
        return list(self.builders) if before.mixture is not after.mixture else []


class SlicePanel(Panel):
    """Axes, both curves, and the parameters' place on them."""

    def __init__(self, theme: Theme, moment: Moment) -> None:
        super().__init__()
        self.theme = theme
        self.now = moment
        self.frame = self.redrawn(lambda now: self.axes(now), moment)
        self.note = MathTypst('"a straight line through parameter space"', font_size=18, color=theme.dim)
        self.note.move_to([SLICE.right - 2, SLICE.bottom - 0.66, 0])
        self.marks = self.redrawn(self.guides, moment)
        self.ticks = VGroup()
        self.blue = self.redrawn(lambda now: self.curve(now.profile, now.profile.blue, theme.blue), moment, 4)
        self.red = self.redrawn(lambda now: self.curve(now.profile, now.profile.red, theme.red), moment, 5)
        self.red_name = MathTypst("ell(theta)", color=theme.red, font_size=32).move_to([SLICE.right, SLICE.top, 0])
        self.blue_name = MathTypst("cal(L)(q, theta)", color=theme.blue, font_size=32)
        self.blue_name.next_to(self.red_name, DOWN, buff=2)
        self.red_dot = self.redrawn(lambda now: self.dot(now, now.log_likelihood, theme.red), moment, 8)
        self.blue_dot = self.redrawn(lambda now: self.dot(now, now.lower_bound, theme.blue), moment, 9)
        self.gap = self.redrawn(self.gap_line, moment, 6)
        self.gap_name = self.redrawn(self.gap_label, moment, 7)
        self.bound = [self.blue, self.blue_name, self.gap, self.gap_name, self.blue_dot]

    @property
    def parts(self) -> list[Mobject]:
        return [*self.builders, self.note, self.red_name, self.blue_name]

    page = SLICE

    def plane(self, window: Window) -> Plane:
        return Plane(Rect(window.left, window.low, window.right, window.high), SLICE)

    def draw_axes(self, profile: Profile) -> None:
        """Nothing: they are drawn with the rest."""

    def axes(self, now: Moment) -> Axes:
        window = now.profile.window
        step = (window.high - window.low) / 5
        axes = axes_in(SLICE, [window.left, window.right, 1], [window.low, window.high, step], self.theme.dim)
        return axes.add(
            *(
                DecimalNumber(value, 0, mob_class=MathTypst, font_size=18, color=self.theme.dim).next_to(
                    axes.c2p(window.left, value), -RIGHT, buff=0.12
                )
                for value, *_ in window.ticks
            )
        )

    def place(self, now: Moment, x: float, y: float) -> np.ndarray:
        window = now.profile.window
        share = np.array(
            [(x - window.left) / (window.right - window.left), (y - window.low) / (window.high - window.low)]
        )
        share = np.clip(share, 0, 1)
        return np.array([SLICE.left + share[0] * SLICE.width, SLICE.bottom + share[1] * SLICE.height, 0])

    def curve(self, profile: Profile, values: np.ndarray, colour: str) -> VMobject:
        window = profile.window
        axes = Axes(
            [window.left, window.right, 10], [window.low, window.high, 1e9], SLICE.width, SLICE.height, tips=False
        ).move_to([(SLICE.left + SLICE.right) / 2, (SLICE.bottom + SLICE.top) / 2, 0])
        seen = np.clip(values, window.low, window.high)
        left, right = float(profile.positions[0]), float(profile.positions[-1])
        step = (right - left) / 160
        return axes.plot(
            lambda t: float(np.interp(t, profile.positions, seen)), x_range=[left, right, step], color=colour
        )

    def dot(self, now: Moment, value: float, colour: str) -> Dot:
        return Dot(self.place(now, now.profile.here, value), color=colour)

    def gap_line(self, now: Moment) -> DashedLine:
        top, foot = (self.place(now, now.profile.here, value) for value in (now.log_likelihood, now.lower_bound))
        return DashedLine(top, foot - 1e-3 * UP, color=self.theme.ink)

    def gap_label(self, now: Moment) -> VGroup:
        words = MathTypst('upright("KL")(q || p) =', font_size=26, color=self.theme.ink)
        number = DecimalNumber(max(now.gap, 0.0), 1, mob_class=MathTypst, font_size=26, color=self.theme.ink)
        return (
            VGroup(words, number)
            .arrange(RIGHT, buff=0.1)
            .next_to(self.place(now, now.profile.here, now.lower_bound), RIGHT)
        )

    def guides(self, now: Moment) -> VGroup:
        parts = VGroup()
        for mark in now.profile.marks:
            foot = self.place(now, mark.position, now.profile.window.low)
            line = DashedLine(foot, foot + SLICE.height * UP, color=self.theme.dim)
            name = MathTypst(f"theta^(({mark.step}))", font_size=30, color=self.theme.ink).next_to(foot, DOWN)
            parts.add(line, name)
        return parts

    def draw_red(self, profile: Profile, share: float) -> None:
        self.red.become(self.curve(profile, profile.red, self.theme.red).set_z_index(5))
        self.red.pointwise_become_partial(self.red.copy(), 0, max(share, 1e-3))

    def changed(self, before: Moment, after: Moment) -> list[Mobject]:
        moving = [self.red_dot, self.blue_dot, self.gap, self.gap_name]
        if before.profile.line is not after.profile.line or before.profile.window != after.profile.window:
            return [self.frame, self.marks, self.red, self.blue, *moving]
        return [self.blue, *moving] if before.profile.blue is not after.profile.blue else moving


class TracePanel(Panel):
    """The log-likelihood, step by step."""

    def __init__(self, film: EMStep, moment: Moment) -> None:
        super().__init__()
        self.theme, self.values = film.theme, film.run.history.log_likelihoods
        low, high = float(self.values.min()), float(self.values.max())
        self.frame = axes_in(TRACE, [0, max(len(self.values) - 1, 1), 1], [low, high, high - low], film.theme.dim)
        self.note = MathTypst('"log-likelihood, step by step"', font_size=18, color=film.theme.dim)
        self.note.move_to([TRACE.right - 1.5, TRACE.bottom - 0.25, 0])
        self.trace = self.redrawn(self.line, moment, 3)

    @property
    def parts(self) -> list[Mobject]:
        return [self.frame, self.note, self.trace]

    def line(self, now: Moment) -> VGroup:
        whole = int(now.progress + 1e-9)
        spots = [self.frame.c2p(i, value) for i, value in enumerate(self.values[: whole + 1])]
        spots.append(self.frame.c2p(now.progress, now.log_likelihood))
        line = VMobject(color=self.theme.red).set_points_as_corners(spots)
        return VGroup(line, *(Dot(spot, 0.042, color=self.theme.red) for spot in spots))

    def changed(self, before: Moment, after: Moment) -> list[Mobject]:
        return [self.trace] if before.progress != after.progress else []


class Header(Panel):
    """The step and its log-likelihood."""

    def __init__(self, film: EMStep, moment: Moment) -> None:
        super().__init__()
        self.theme, self.places = film.theme, film.run.decimals
        self.line = self.redrawn(self.numbers, moment, 2)

    def numbers(self, now: Moment) -> VGroup:
        look: dict[str, Any] = {"font_size": 30, "color": self.theme.dim, "mob_class": MathTypst}
        parts = VGroup(
            MathTypst('"step"', font_size=30, color=self.theme.dim),
            Integer(int(now.progress + 1e-9), **look),
            MathTypst("ell =", font_size=30, color=self.theme.dim),
            DecimalNumber(now.log_likelihood, self.places, **look),
        ).arrange(RIGHT, buff=0.2)
        return parts.next_to([EDGE, CAPTION_LINE + 0.1, 0], -RIGHT, buff=0)

    def changed(self, before: Moment, after: Moment) -> list[Mobject]:
        return [self.line] if before.log_likelihood != after.log_likelihood else []


class OrdinaryEMStep(EMStep):
    """The main film, told by ordinary mobjects."""

    def build_panels(self) -> None:
        moment = self.run.e_step(1, 0.0)
        self.data_panel = DataPanel(self, moment)
        self.slice_panel = SlicePanel(self.theme, moment)
        self.trace_panel = TracePanel(self, moment)
        self.header = Header(self, moment)
        self.panels = [self.data_panel, self.slice_panel, self.trace_panel, self.header]
        self.axes = (0, 1)

    def show_turn(self, step: int) -> None:
        """Turn the line as the film does; the map, which stands still, is the film's own."""
        self.turned = step
        super().show_turn(step)

    def drive(
        self,
        panels: Sequence[Panel],
        moment_at: Callable[[float], Moment],
        run_time: float,
        *,
        rate: Callable[[float], float] = smooth,
        along: Sequence[Any] = (),
    ) -> None:
        if moment_at is float:
            self.turn_on_the_map(panels, run_time)
            return
        before, after = moment_at(0.0), moment_at(1.0)
        tracker, at = ValueTracker(0.0), lru_cache(maxsize=1)(moment_at)
        moving = [(part, panel.builders[part]) for panel in panels for part in panel.changed(before, after)]
        for part, build in moving:
            part.add_updater(lambda mobject, build=build: mobject.become(build(at(tracker.get_value()))))
        dots = self.data_panel.scatter
        if before.posterior is not after.posterior or before.certainty != after.certainty:
            dots.add_updater(lambda _: self.data_panel.recolour(at(tracker.get_value())))
        self.play(tracker.animate(rate_func=rate).set_value(1.0), *along, run_time=beats(run_time))
        for part in (dots, *(part for part, _ in moving)):
            part.clear_updaters()
        self._driven = True
        self.slice_panel.now = after

    def turn_on_the_map(self, panels: Sequence[Any], run_time: float) -> None:
        """Move the line and the beads with an updater, and the other panels by what makes them anew."""
        tracker = ValueTracker(0.0)
        land, beads, *_ = panels
        for mobject, draw in ((land.line, land.draw), (beads.beads.discs, beads.draw)):
            mobject.add_updater(lambda _, draw=draw: draw(tracker.get_value()))
        at = lru_cache(maxsize=1)(partial(self.run.turn, self.turned))
        moving = [(part, build) for panel in self.panels[1:] for part, build in panel.builders.items()]
        for part, build in moving:
            part.add_updater(lambda mobject, build=build: mobject.become(build(at(tracker.get_value()))))
        self.play(tracker.animate(rate_func=smooth).set_value(1.0), run_time=beats(run_time))
        for part in (land.line, beads.beads.discs, *(part for part, _ in moving)):
            part.clear_updaters()
        self._driven = True
        self.slice_panel.now = at(1.0)

    def _lines(self, half_step: str | None, sentence: str, detail: str, beside: Mobject | None = None) -> Group:
        lines = Group(*(self._line(f"{half_step or ''} {sentence}".strip(), CAPTION_LINE, 32)))
        lines.add(*self._line(detail, DETAIL_LINE, 26) if detail else [])
        return lines.add(*[] if beside is None else [beside.move_to([EDGE - beside.width / 2, DETAIL_LINE + 0.1, 0])])

    def _line(self, text: str, height: float, size: float) -> list[Mobject]:
        line = Typst(f'#"{text}"', font_size=size, color=self.theme.ink)
        return [line.next_to([-EDGE, height + 0.1, 0], RIGHT, buff=0)]
