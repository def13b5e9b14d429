"""What each half-step computes, as a formula: Bayes' rule in the E-step, the weighted mean in the M-step."""

from __future__ import annotations

from em_film.drawing.type import Size, Type, formula, place
from em_film.page.layout import Rect
from em_film.page.theme import Theme

__all__ = ["Acts"]

_MIDDLE = 0.4  # of the formulas, over the panel's top, in scene units


class Acts:
    """Formulas over the bars, of which one is shown at a time.

    Parameters
    ----------
    theme : Theme
    page : Rect
        Of the bars, in scene units.
    unknown : int
        The component whose mean is unknown, from 0.

    Attributes
    ----------
    gap, share, mean : Type
        What the gap is (Bishop 9.70), the E-step's shares (9.13) and the M-step's mean (9.24).
    """

    def __init__(self, theme: Theme, page: Rect, unknown: int) -> None:
        k = unknown + 1
        colours = {"own": theme.cluster(unknown)}
        share = "q_(n k) = (pi_k cal(N)_k (x_n)) / (sum_j pi_j cal(N)_j (x_n))"
        mean = f"{{{{ mu : own }}}} = (sum_n q_(n {k}) x_n) / (sum_n q_(n {k}))"
        self.gap = _at(formula('"gap" = "KL"(q || "posterior")', color=theme.ink, size=Size.NOTE), page)
        self.share = _at(formula(share, color=theme.ink, size=Size.NOTE), page)
        self.mean = _at(formula(mean, color=theme.ink, size=Size.NOTE, colors=colours), page)


def _at(term: Type, page: Rect) -> Type:
    place(term, page.left, 0.0)
    return term.move_to((float(term.get_center()[0]), page.top + _MIDDLE, 0.0))
