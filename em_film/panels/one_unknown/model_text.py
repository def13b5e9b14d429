"""The mixture and its log-likelihood as formulas, each Gaussian in its colour."""

from __future__ import annotations

from manim import VGroup

from em_film.drawing.type import OnLine, Size, Type, formula, place
from em_film.page.layout import Rect
from em_film.page.theme import Theme
from em_model import Mixture

__all__ = ["ModelText", "number_source"]

_ROW = 0.52  # from one line to the next, in scene units
_PLAIN = 6  # power of ten from which a number is written in it
_MOST = 4  # Gaussians written out


class ModelText:
    """p(x) as the sum that it is, with the one unknown mean as a letter; and ℓ as the sum over points of its logarithm.

    Parameters
    ----------
    theme : Theme
    page : Rect
        Its upper left corner is where the first line stands; scene units.
    mixture : Mixture
        One-dimensional.
    unknown : int
        The component whose mean is written as a letter, from 0.
    n_points : int
        Number of points.

    Attributes
    ----------
    density, likelihood : VGroup
    bottom : float
        Height under both, in scene units.
    """

    def __init__(self, theme: Theme, page: Rect, mixture: Mixture, unknown: int, n_points: int) -> None:
        count = mixture.n_components
        written = [k for k in range(count) if k != unknown]
        left_out = written[_MOST - 2 :] if count > _MOST else []
        rows = [k for k in sorted([*written, unknown]) if k not in left_out]
        size = Size.NOTE
        head = place(formula("p(x) =", color=theme.ink, size=size), page.left, page.top)
        edge = float(head.get_right()[0]) + 0.12
        self.density = VGroup(head)
        for number, k in enumerate(rows):
            y = page.top - number * _ROW
            term = _fitting(_component(mixture, k, k == unknown), theme.cluster(k), page.right - edge)
            parts: list[OnLine] = [place(term, edge, y)]
            if number:
                parts.append(place(formula("+", color=theme.ink, size=size), edge - 0.1, y, "right"))
            self.density.add(*parts)
        if left_out:
            y = page.top - len(rows) * _ROW
            self.density.add(place(formula("+ dots.c", color=theme.ink, size=size), edge - 0.28, y))
        y = page.top - (len(rows) + bool(left_out) + 0.5) * _ROW
        source = f"ell(mu) = sum_(n=1)^{n_points} log p(x_n)"
        self.likelihood = VGroup(place(_fitting(source, theme.red, page.width), page.left, y - 0.35))
        self.bottom = y - 1.35


def _fitting(source: str, colour: str, width: float) -> Type:
    """Set a formula no wider than there is room."""
    term = formula(source, color=colour, size=Size.NOTE)
    return term.scale(min(1.0, width / float(term.width)))


def number_source(value: float) -> str:
    """Return the formula of a number in three digits, in a power of ten where it is far from one."""
    mantissa, _, power = f"{value:.3g}".partition("e")
    if not power:
        return mantissa
    return f"{value:.0f}" if 0 < int(power) < _PLAIN else f"{mantissa} dot 10^({int(power)})"


def _component(mixture: Mixture, k: int, unknown: bool) -> str:
    weight, mean, variance = (
        number_source(float(x[k].item())) for x in (mixture.weights, mixture.means, mixture.covariances)
    )
    return f"{weight} thin cal(N)(x | {'mu' if unknown else mean}, {variance})"
