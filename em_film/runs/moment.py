"""The model at one instant of a film: what a panel is handed, and all that it may draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from em_film.runs.profile import Profile
from em_model import Mixture, Statistics
from em_model.mixture import FloatArray

__all__ = ["Moment"]


@dataclass(frozen=True, eq=False)
class Moment:
    """The model at one instant.

    What is not asked for is not computed: neither ℓ and L, nor the curves on a line, which are the most expensive.

    Parameters
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
    likelihood : callable
        ℓ in nats of a mixture, under the data; with a prior, log p(θ) is added to it and to the bound.
    bound : callable
        L in nats of statistics and a mixture.
    summary : callable
        Statistics of the posterior, with its entropy.
    curves : callable
        Profile of a moment such as this one.
    more : str
        What is added to ℓ and to the bound, such as log p(θ) with a prior; "" if nothing is.
    gap_places : int, optional
        Decimals in which the gap is written, the same for as long as it is the same gap; none where any will do.
    numbers : callable, optional
        Names and values that are told of a moment such as this one, where they are not ℓ, L and the gap, in nats.
    """

    step: int
    progress: float
    mixture: Mixture
    posterior: FloatArray
    certainty: float
    likelihood: Callable[[Mixture], float] = field(repr=False)
    bound: Callable[[Statistics, Mixture], FloatArray] = field(repr=False)
    summary: Callable[[], Statistics] = field(repr=False)
    curves: Callable[[Moment], Profile] = field(repr=False)
    more: str = ""
    gap_places: int | None = None
    numbers: Callable[[Moment], tuple[tuple[str, str], ...]] | None = field(default=None, repr=False)

    @cached_property
    def statistics(self) -> Statistics:
        """Statistics of the posterior, with its entropy."""
        return self.summary()

    @cached_property
    def log_likelihood(self) -> float:
        """ℓ(θ) in nats (Bishop 9.14), and log p(θ) with a prior."""
        return self.likelihood(self.mixture)

    @cached_property
    def lower_bound(self) -> float:
        """L(r, θ) in nats (Bishop 9.71), and log p(θ) with a prior."""
        return float(self.bound(self.statistics, self.mixture))

    @property
    def gap(self) -> float:
        """KL(r ‖ p) = ℓ(θ) - L(r, θ) in nats (Bishop 9.70)."""
        return self.log_likelihood - self.lower_bound

    @cached_property
    def profile(self) -> Profile:
        """Both curves on the line through θ that this run draws."""
        return self.curves(self)
