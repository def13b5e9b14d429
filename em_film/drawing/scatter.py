"""Thousands of round dots as one mobject, made for colours that change in every frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from manim import config
from manim.mobject.geometry.arc import Dot
from manim.mobject.mobject import Mobject
from manim.mobject.types.point_cloud_mobject import PMobject
from manim.mobject.types.vectorized_mobject import VGroup
from manim.utils.color import WHITE, ManimColor, ParsableManimColor

__all__ = ["Scatter"]

Floats = npt.NDArray[np.float64]


class Scatter(PMobject):
    """N round, anti-aliased, half-transparent dots of one radius and N colours.

    Painted by `StageCamera` as Cairo would paint N `Dot` s one after another, in the order of the points. Under any
    other camera it is drawn as hard squares that neither blend nor fade; `as_dots` gives the same picture there.

    It lives in a `Group` (a `VGroup` takes nothing but vector mobjects), and fades, moves, scales, copies and
    interpolates like one. Fading lowers the opacity of every dot, as it would for `Dot` s, so dots underneath show
    through on the way. Scaling scales the radius; stretching leaves the dots round.

    Parameters
    ----------
    points
        Centres in scene coordinates, shape (N, 2) or (N, 3), N from 0.
    colors
        sRGB in [0, 1], shape (N, 3), or one colour for all dots.
    radius
        Radius of every dot in scene units.
    opacity
        Opacity of every dot in [0, 1].
    **kwargs
        Passed to `PMobject` (`z_index`, `name`).

    Raises
    ------
    ValueError
        If shapes do not fit each other, or the radius is not a positive number.
    """

    def __init__(
        self,
        points: npt.ArrayLike,
        colors: npt.ArrayLike | ParsableManimColor = WHITE,
        radius: float = 0.03,
        opacity: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        centres = _as_points(points)
        self.points = centres
        self.rgbas = np.empty((len(centres), 4))
        self._place_ruler(radius)
        self.set_opacity(opacity)
        if isinstance(colors, (str, int, ManimColor)):
            self.set_color(colors)
        else:
            self.set_colors(np.asarray(colors, dtype=float))

    @property
    def radius(self) -> float:
        """Radius of every dot in scene units."""
        if not self.submobjects:
            return self._radius
        corners = self.submobjects[0].points
        return float(np.linalg.norm(corners[1] - corners[0]) / np.sqrt(2))

    @property
    def stroke_width(self) -> int:
        """Side, in pixels, of the square of a dot's area: what cameras that know only squares draw."""
        side = self.radius * np.sqrt(np.pi) * config.pixel_width / config.frame_width
        return max(1, round(float(side)))

    @stroke_width.setter
    def stroke_width(self, value: int) -> None:
        """Accept and forget what `PMobject` sets: dots have a radius and no stroke."""

    def set_radius(self, radius: float) -> Self:
        """Set the radius of every dot, in scene units."""
        self._place_ruler(radius)
        return self

    def set_colors(self, rgb: npt.ArrayLike) -> Self:
        """Give every dot its colour.

        Parameters
        ----------
        rgb
            sRGB in [0, 1], shape (N, 3), or (3,) for all dots.
        """
        colours = np.asarray(rgb, dtype=float)
        if colours.shape not in ((3,), (len(self.rgbas), 3)):
            raise ValueError(f"colors of {len(self.rgbas)} dots have shape {colours.shape}, not (N, 3)")
        self.rgbas[:, :3] = colours
        return self

    # The arguments are those of PMobject, which differ from those of Mobject.
    def set_color(  # type: ignore[override]
        self, color: ParsableManimColor = WHITE, family: bool = True
    ) -> Self:
        """Give all dots one colour; their opacity stays."""
        self.color = ManimColor.parse(color)
        return self.set_colors(self.color.to_rgb())

    def get_color(self) -> ManimColor:
        """Colour of the first dot; white if there is none."""
        return ManimColor(self.rgbas[0, :3] if len(self.rgbas) else WHITE)

    def set_opacity(self, opacity: float | Floats, family: bool = True) -> Self:
        """Set the opacity in [0, 1], of all dots or of each, shape (N,)."""
        self.rgbas[:, 3] = opacity
        return self

    def fade(self, darkness: float = 0.5, family: bool = True) -> Self:
        """Take the share `darkness` of their opacity from all dots."""
        self.rgbas[:, 3] *= 1.0 - darkness
        return self

    def fade_to(self, color: ParsableManimColor, alpha: float, family: bool = True) -> Self:
        """Move all colours the share `alpha` of the way to one colour; opacity stays."""
        towards = ManimColor.parse(color).to_rgb()
        return self.set_colors(self.rgbas[:, :3] + alpha * (towards - self.rgbas[:, :3]))

    def set_points(self, points: npt.ArrayLike) -> Self:
        """Move the dots; N and radius stay.

        Parameters
        ----------
        points
            Centres in scene coordinates, shape (N, 2) or (N, 3).
        """
        centres = _as_points(points)
        if len(centres) != len(self.rgbas):
            raise ValueError(f"{len(centres)} points for {len(self.rgbas)} dots: make a new Scatter instead")
        radius = self.radius
        self.points = centres
        self._place_ruler(radius)
        return self

    def interpolate_color(self, mobject1: Mobject, mobject2: Mobject, alpha: float) -> Self:
        """Take colours and opacities between those of two scatters."""
        start: Floats = getattr(mobject1, "rgbas")  # noqa: B009 - a Mobject has none, a PMobject has
        end: Floats = getattr(mobject2, "rgbas")  # noqa: B009
        if alpha in (0, 1):  # the two need not be of one length: `become` takes any scatter
            self.rgbas = (end if alpha else start).copy()
        else:  # in this form what is equal at both ends stays so to the last bit
            self.rgbas = start + alpha * (end - start)
        return self

    def as_dots(self) -> VGroup:
        """Give the same picture as N `Dot` s, slowly: for cameras that do not know a Scatter, and to compare."""
        radius = self.radius
        dots = VGroup()
        for point, rgba in zip(self.points, self.rgbas, strict=True):
            colour = ManimColor(rgba[:3])
            dots.add(Dot(point, radius=radius, color=colour, fill_opacity=float(rgba[3])))
        return dots.set_z_index(self.z_index)

    def _place_ruler(self, radius: float) -> None:
        if not (np.isfinite(radius) and radius > 0):
            raise ValueError(f"radius is {radius}, not a positive number of scene units")
        self._radius = float(radius)
        self.submobjects = [_Ruler(self.points, radius)] if len(self.points) else []


class _Ruler(Mobject):
    """The box about the dots, never drawn, that goes through whatever moves the dots and so knows their radius.

    Groups scale their members' points behind their backs; a number on the Scatter would not notice.
    """

    def __init__(self, points: Floats, radius: float) -> None:
        super().__init__()
        margin = np.array([radius, radius, 0.0])
        low, high = points.min(axis=0), points.max(axis=0)
        self.points = np.array([low - margin, low, high, high + margin])

    def interpolate_color(self, mobject1: Mobject, mobject2: Mobject, alpha: float) -> Self:
        return self

    def apply_over_attr_arrays(self, func: Callable[..., Any]) -> Self:
        return self


def _as_points(points: npt.ArrayLike) -> Floats:
    given = np.array(points, dtype=float)
    if given.size == 0:
        return np.zeros((0, 3))
    if given.ndim != 2 or given.shape[1] not in (2, 3):
        raise ValueError(f"points have shape {given.shape}, not (N, 2) or (N, 3)")
    if not np.all(np.isfinite(given)):
        raise ValueError("points hold values that are not finite")
    return given if given.shape[1] == 3 else np.column_stack([given, np.zeros(len(given))])
