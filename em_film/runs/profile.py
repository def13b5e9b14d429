"""Both curves along one line through parameter space, at one instant, and what of it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from em_film.page.window import Window
from em_model import Mixture, Slice
from em_model.mixture import FloatArray

__all__ = ["Ahead", "Mark", "Profile"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a mixture θ⁽ⁱ⁾ of the fit stands on the line; with a dot on red where nothing else shows its height."""

    step: int
    position: float
    opacity: float = 1.0
    dotted: bool = False


@dataclass(frozen=True, slots=True)
class Ahead:
    """Where the M-step leads, which need not lie on the line: the line's coordinate of θ_new, and ℓ(θ_new) in nats."""

    position: float
    log_likelihood: float
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The log-likelihood and the lower bound on a line through θ.

    Attributes
    ----------
    line : Slice
        The line on which the curves are evaluated.
    window : Window
        What of it is shown.
    positions : array, shape (T,)
        Positions on the line, within its domain and the window.
    mixtures : Mixture
        The mixtures there, a batch of shape (T,).
    red : array, shape (T,)
        Log-likelihood ℓ in nats at each of them.
    blue : array, shape (T,)
        Lower bound L(r, ·) in nats at each of them.
    here : float
        Position of θ on the line.
    marks : tuple of Mark
        Mixtures of the fit that stand on the line.
    touch : float, optional
        Position at which blue touches red; none while it does not.
    ahead : Ahead, optional
        Where the M-step leads; none while that is not known, or where it is bound to lie on the line.
    """

    line: Slice
    window: Window
    positions: FloatArray
    mixtures: Mixture
    red: FloatArray
    blue: FloatArray
    here: float
    marks: tuple[Mark, ...] = ()
    touch: float | None = None
    ahead: Ahead | None = None
