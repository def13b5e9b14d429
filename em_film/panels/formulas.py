"""The formulas of a Gaussian mixture and of its bound, in the colours of what they compute."""

from __future__ import annotations

from manim import VGroup

from em_film.drawing.type import Size, Type, formula, place, words
from em_film.page.layout import Rect
from em_film.page.theme import Theme
from em_film.wording import counted

__all__ = ["bound_formula", "log_likelihood_formula", "responsibility_formula", "whole_guess"]

_LARGE = 48
_APART = 0.75  # between a formula and what its symbols are called, in scene units


def whole_guess(theme: Theme, page: Rect, counts: tuple[int, int, int]) -> VGroup:
    """Say in the middle of a page what θ is made of, and how many free numbers each of the three has."""
    x, y = (page.left + page.right) / 2, (page.bottom + page.top) / 2
    symbols = formula("theta^((0)) = {pi_k, mu_k, Sigma_k}", color=theme.ink, size=_LARGE)
    called = words("weights, means, covariances", color=theme.dim, size=Size.LABEL)
    total = f"{' + '.join(map(str, counts))} = {counted(sum(counts), 'free number', words=False)}"
    free = words(total, color=theme.dim, size=Size.LABEL)
    rows = (symbols, called, free)
    return VGroup(*(place(row, x, y - _APART * number, "centre") for number, row in enumerate(rows)))


def log_likelihood_formula(theme: Theme) -> Type:
    """ℓ(θ), the log-likelihood (Bishop 9.14)."""
    source = "inline(ell(theta) = sum_n log sum_k pi_k cal(N)(x_n; mu_k, Sigma_k))"
    return formula(source, color=theme.red)


def responsibility_formula(theme: Theme) -> Type:
    """q_nk, the share of component k in point n, by Bayes' theorem (Bishop 9.13)."""
    density = "pi_{0} cal(N)(x_n; mu_{0}, Sigma_{0})"
    source = f"inline(q_(n k) = {density.format('k')} thin slash thin sum_j {density.format('j')})"
    return formula(source, color=theme.ink)


def bound_formula(theme: Theme) -> Type:
    """𝓛(q, θ), the lower bound (Bishop 9.71)."""
    ratio = "pi_k cal(N)(x_n; mu_k, Sigma_k) thin slash thin q_(n k)"
    source = f"inline(cal(L)(q, theta) = sum_(n, k) q_(n k) log [{ratio}])"
    return formula(source, color=theme.blue)
