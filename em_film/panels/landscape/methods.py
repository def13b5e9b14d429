"""How the four methods are called and coloured, in every picture that compares them."""

from __future__ import annotations

from em_film.page.theme import Theme
from em_model.ascent.methods import METHODS, Method

__all__ = ["METHODS", "method_colour", "method_name"]

_NAMES: dict[Method, str] = {
    "EM": "EM",
    "fixed step": "gradient, fixed step",
    "line search": "gradient, line search",
    "L-BFGS": "L-BFGS",
}


def method_colour(method: Method, theme: Theme) -> str:
    """Colour of a method, ``#RRGGBB``: the first colours of the palette, and ink."""
    row = METHODS.index(method)
    return theme.cluster(row) if row < 3 else theme.ink


def method_name(method: Method) -> str:
    """Say what a method is called on screen."""
    return _NAMES[method]
