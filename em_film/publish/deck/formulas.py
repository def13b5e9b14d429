"""The formula of a half-step, for the notes of a lecture: set, and as it is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import typst

__all__ = ["Formula", "formula_of"]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in two forms.

    Attributes
    ----------
    typst : str
        Typst's mathematics.
    text : str
        On one line of text.
    """

    typst: str
    text: str

    def svg(self) -> str:
        """Return it drawn, black on nothing."""
        return _drawn(self.typst)


# They hold for every film: whichever parameters are unknown, θ stands for those.
_FORMULAS = {
    "Assign": Formula(  # Bishop 9.2
        'r_(n k) = 1 quad "if" quad k = op("arg min", limits: #true)_j norm(bold(x)_n - bold(mu)_j)^2,'
        ' quad "else" quad 0',
        "rₙₖ = 1 if k = arg min over j of ‖xₙ − μⱼ‖², else 0",
    ),
    "Average": Formula(  # Bishop 9.4
        "bold(mu)_k = (sum_n r_(n k) bold(x)_n) / (sum_n r_(n k))",
        "μₖ = Σₙ rₙₖ xₙ / Σₙ rₙₖ",
    ),
    "E-step": Formula(  # Bishop 9.13, 9.23
        "q(z_n = k) = r_(n k) = (pi_k cal(N)(bold(x)_n | bold(mu)_k, bold(Sigma)_k))"
        "/(sum_j pi_j cal(N)(bold(x)_n | bold(mu)_j, bold(Sigma)_j))",
        "q(zₙ = k) = rₙₖ = πₖ N(xₙ | μₖ, Σₖ) / Σⱼ πⱼ N(xₙ | μⱼ, Σⱼ)",
    ),
    "M-step": Formula(  # Bishop 9.70 to 9.74
        'theta^"new" = op("arg max", limits: #true)_theta cal(L)(q, theta), quad '
        'ell(theta^"new") - ell(theta) >= cal(L)(q, theta^"new") - cal(L)(q, theta) >= 0',
        "θnew = arg max over θ of L(q, θ), so that ℓ(θnew) − ℓ(θ) ≥ L(q, θnew) − L(q, θ) ≥ 0",
    ),
}


# With a prior, which is added to both curves (Bishop, end of section 9.4).
_M_STEP_TO_THE_MODE = Formula(
    'theta^"new" = op("arg max", limits: #true)_theta {cal(L)(q, theta) + log p(theta)}, quad '
    'ell(theta^"new") + log p(theta^"new") >= ell(theta) + log p(theta)',
    "θnew = arg max over θ of L(q, θ) + log p(θ), so that ℓ(θnew) + log p(θnew) ≥ ℓ(θ) + log p(θ)",
)


def formula_of(section: str, *, prior: bool = False) -> Formula | None:
    """Return the formula of the half-step that a section shows, with a prior or without; None for other sections."""
    if prior and section.startswith("M-step"):
        return _M_STEP_TO_THE_MODE
    return next((formula for kind, formula in _FORMULAS.items() if section.startswith(kind)), None)


@lru_cache(maxsize=8)
def _drawn(mathematics: str) -> str:
    page = "#set page(width: auto, height: auto, margin: 3pt, fill: none)\n#set text(size: 18pt)\n"
    svg: bytes = typst.compile(f"{page}$ {mathematics} $".encode(), format="svg")
    return svg.decode()
