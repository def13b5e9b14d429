"""How the four methods are called and coloured, in every picture that compares them."""

from __future__ import annotations

from em_film.drawing.shapes import Curve
from em_film.page.theme import Theme
from em_model.ascent.methods import METHODS, Method

__all__ = ["METHODS", "method_colour", "method_dash", "method_key", "method_name"]

_NAMES: dict[Method, str] = {
    "EM": "EM",
    "fixed step": "gradient, fixed step",
    "line search": "gradient, line search",
    "L-BFGS": "L-BFGS",
}


_DASHES: dict[Method, tuple[float, float] | None] = {
    "EM": None,
    "fixed step": (0.2, 0.1),
    "line search": (0.06, 0.07),
    "L-BFGS": (0.42, 0.12),
}
_KEY = 0.6  # length of a line in a legend, in scene units


def method_colour(method: Method, theme: Theme) -> str:
    """Colour of a method, ``#RRGGBB``: the first colours of the palette, and ink."""
    row = METHODS.index(method)
    return theme.cluster(row) if row < 3 else theme.ink


def method_dash(method: Method) -> tuple[float, float] | None:
    """Lengths of dash and gap of a method's lines, so that they are told apart without their colours; None if solid."""
    return _DASHES[method]


def method_key(method: Method, theme: Theme, x: float, y: float) -> Curve:
    """Return a piece of a method's line for a legend, beginning at `x`, amid letters on the baseline `y`."""
    line = Curve(color=method_colour(method, theme), width=5.0, dash=method_dash(method))
    return line.set_path([[x, y + 0.1], [x + _KEY, y + 0.1]])


def method_name(method: Method) -> str:
    """Say what a method is called on screen."""
    return _NAMES[method]
