"""The lower bound over the map, as a bowl turned over: its level sets about its top, and θ on its way there."""

from __future__ import annotations

import numpy as np
from manim import Mobject, VGroup

from em_film.drawing.shapes import CovarianceEllipse, Curve, Disc
from em_film.drawing.type import Size, Type, formula
from em_film.page.layers import Layer
from em_film.page.theme import Theme
from em_film.panels.landscape.map import MapPanel
from em_film.panels.landscape.run import MapMoment
from em_model.mixture import FloatArray

__all__ = ["BowlPanel", "step_along_the_slope"]

_BESIDE = np.array([-0.24, -0.22])  # where θ's name stands, from θ
_WIDTHS = (5.2, 2.6, 2.6, 2.6)
_OPACITIES = (1.0, 0.75, 0.65, 0.55)


class BowlPanel:
    """Level sets of L(r, ·) in blue, the level set of ℓ through θ in red, θ, and where it has been.

    Parameters
    ----------
    panel : MapPanel
        The map it is drawn over.
    trail : array, shape (n + 1, 2)
        Means after each step of the fit.
    theme : Theme
    colour : str
        Of θ and its trail.
    """

    def __init__(self, panel: MapPanel, trail: FloatArray, theme: Theme, colour: str) -> None:
        self.panel, self._steps = panel, trail
        self.rings = VGroup(
            *(
                CovarianceEllipse(color=theme.blue, width=width, clip=panel.page, opacity=opacity)
                for width, opacity in zip(_WIDTHS, _OPACITIES, strict=True)
            )
        ).set_z_index(Layer.BOUND)
        self.level = Curve(color=theme.red, width=5.2, clip=panel.page).set_z_index(Layer.COMPONENTS)
        self.top = Disc(color=theme.blue, radius=0.075).set_z_index(Layer.NAMES)
        self.trail = Curve(color=colour, width=3.4, clip=panel.page).set_z_index(Layer.LIKELIHOOD)
        self.here = Disc(color=colour, radius=0.095, ring=theme.background, ring_width=3).set_z_index(Layer.DOTS)
        # Level lines are everywhere on a map: a small ground of its own keeps the name readable.
        self.ground = Disc(color=theme.background, radius=0.15).set_opacity(0.8).set_z_index(Layer.NAMES)
        self.name = formula("theta", color=theme.ink, size=Size.NOTE).set_z_index(Layer.UPPER_DOTS)

    @property
    def place(self) -> list[Mobject]:
        """θ, its trail and the level of ℓ it stands on."""
        return [self.level, self.trail, self.ground, self.here, self.name]

    @property
    def bound(self) -> list[Mobject]:
        """What belongs to the lower bound."""
        return [self.rings, self.top]

    @property
    def parts(self) -> list[Mobject]:
        """What the panel is made of, in the order in which it appears."""
        return [*self.place, *self.bound]

    def draw(self, shown: MapMoment) -> None:
        """Show a moment."""
        plane = self.panel.plane
        scale = plane.scale
        for ring, axes in zip(self.rings, shown.rings, strict=True):
            ring.set_ellipse(plane.to_scene(shown.top), np.diag(axes * scale))
        seen = bool(np.isfinite(shown.rings[0]).all())
        self.top.set_centre(self.panel.spot(shown.top) if seen else np.full(2, np.nan))
        self.level.set_path(self.panel.contours.level(shown.moment.log_likelihood))
        done = int(np.floor(shown.moment.progress + 1e-9))
        self.trail.set_path(plane.to_scene(np.concatenate([self._steps[: done + 1], shown.here[None]])))
        spot = self.panel.spot(shown.here)
        self.here.set_centre(spot)
        self.ground.set_centre(spot + _BESIDE)
        if np.isfinite(spot).all():
            self.name.move_to((*(spot + _BESIDE), 0.0))


def step_along_the_slope(theme: Theme) -> Type:
    """Write EM's step of a mean as one along its slope (Bishop 9.24; Xu and Jordan 1996)."""
    source = 'mu_k^"new" = mu_k + sigma_k^2 / N_k thin {{ (partial ell) / (partial mu_k) : slope }}'
    return formula(source, color=theme.ink, size=40, colors={"slope": theme.red})
