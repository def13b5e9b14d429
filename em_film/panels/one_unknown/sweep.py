"""The likelihood drawn as far as the unknown mean has been moved, and the line that hangs it under its handle."""

from __future__ import annotations

from manim import Mobject, VGroup

from em_film.drawing.shapes import DashedSegment
from em_film.page.layers import Layer
from em_film.page.layout import Rect
from em_film.page.theme import Theme
from em_film.panels.one_unknown.density import DensityPanel
from em_film.panels.slice import SlicePanel
from em_film.runs.moment import Moment

__all__ = ["PlumbLine", "Sweep"]


class Sweep:
    """A slice panel on which red is seen up to the present θ, with its dot at the end."""

    def __init__(self, panel: SlicePanel) -> None:
        self.panel = panel

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.panel.red, self.panel.red_dot]

    def draw(self, moment: Moment) -> None:
        """Show red as far as the moment has come."""
        profile, window = moment.profile, moment.profile.window
        self.panel.draw_red(profile, (profile.here - window.left) / (window.right - window.left))
        self.panel.draw_place(moment)


class PlumbLine:
    """From the handle on the density panel straight down to the dot on the red curve under it.

    Parameters
    ----------
    above : DensityPanel
    below : SlicePanel
    theme : Theme
    title : Rect, optional
        What stands between the panels; the line leaves it out.
    """

    def __init__(self, above: DensityPanel, below: SlicePanel, theme: Theme, title: Rect | None = None) -> None:
        self.above, self.below, self.title = above, below, title
        self._halves = [DashedSegment(color=theme.dim, width=2.0) for _ in range(2)]
        self.line = VGroup(*self._halves).set_z_index(Layer.GROUND)

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [self.line]

    def draw(self, moment: Moment) -> None:
        """Hang the line at the moment's θ."""
        profile, title = moment.profile, self.title
        handle = self.above.plane.to_scene([profile.here, 0.0])
        dot = self.below.plane(profile.window).to_scene([profile.here, moment.log_likelihood])
        if title is None or not title.left < handle[0] < title.right or dot[1] > title.top:
            self._halves[0].set_ends(handle, dot)
            self._halves[1].set_ends(dot, dot)
            return
        self._halves[0].set_ends(handle, [handle[0], title.top])
        self._halves[1].set_ends([dot[0], min(title.bottom, float(dot[1]))], dot)
