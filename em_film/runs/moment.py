"""The model at one instant of a film: what a panel is handed, and all that it may draw."""

from __future__ import annotations

from dataclasses import dataclass

from em_film.page.window import Window
from em_model import Mixture, Slice
from em_model.mixture import FloatArray

__all__ = ["Ahead", "Mark", "Moment"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a mixture θ⁽ⁱ⁾ of the fit stands on the line."""

    step: int
    position: float
    opacity: float = 1.0


@dataclass(frozen=True, slots=True)
class Ahead:
    """Where the M-step leads, which need not lie on the line: the line's coordinate of θ_new, and ℓ(θ_new) in nats."""

    position: float
    log_likelihood: float
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """The model at one instant.

    Attributes
    ----------
    step : int
        EM step under way, from 1.
    progress : float
        EM steps taken so far; between two whole numbers during an M-step.
    mixture : Mixture
        Parameters θ.
    posterior : array, shape (N, K)
        Posterior r of every point.
    certainty : float
        0 while no posterior has been computed yet, 1 once it has.
    line : Slice
        The line through parameter space on which the curves are evaluated.
    window : Window
        What of it is shown.
    positions : array, shape (T,)
        Positions on the line, within its domain and the window.
    red : array, shape (T,)
        Log-likelihood ℓ in nats at each of them.
    blue : array, shape (T,)
        Lower bound L(r, ·) in nats at each of them.
    here : float
        Position of θ on the line.
    log_likelihood, lower_bound : float
        ℓ(θ) and L(r, θ) in nats.
    marks : tuple of Mark
        Mixtures of the fit that stand on the line.
    touch : float, optional
        Position at which blue touches red; none while it does not.
    ahead : Ahead, optional
        Where the M-step leads; none while that is not known, or where it is bound to lie on the line.
    """

    step: int
    progress: float
    mixture: Mixture
    posterior: FloatArray
    certainty: float
    line: Slice
    window: Window
    positions: FloatArray
    red: FloatArray
    blue: FloatArray
    here: float
    log_likelihood: float
    lower_bound: float
    marks: tuple[Mark, ...]
    touch: float | None = None
    ahead: Ahead | None = None

    @property
    def gap(self) -> float:
        """KL(r ‖ p) = ℓ(θ) - L(r, θ) in nats (Bishop 9.70)."""
        return self.log_likelihood - self.lower_bound
