"""How a fit has ended, what is still to be had, and what other starts have found: as sentences of the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from em_film.page.ticks import number_text
from em_film.page.window import decimals_for
from em_film.wording import counted
from em_model import Data, EMError, History, Known, fit
from em_model.other_starts import OtherStarts, other_starts

__all__ = [
    "Outcome",
    "climbed",
    "gone_on",
    "is_at_the_top",
    "last_to_climb",
    "left_to_gain",
    "others_of",
    "where_others_end",
]

_FURTHER = 2000  # steps in which what is left to gain is looked for
_SEEN = 2e-3  # share of a climb that can be told from nothing where the climb is drawn whole
_STREAM = 3  # of the experiment's randomness, apart from those of data, start and random starts


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """The end of a fit, seen from further on and from other starts.

    Attributes
    ----------
    history : History
    decimals : int
        In which ℓ is written.
    left : float
        Nats that EM still gains when it goes on from the end of the fit.
    others : OtherStarts or None
        None with one component, which has one top only.
    """

    history: History
    decimals: int
    left: float
    others: OtherStarts | None

    @classmethod
    def of(cls, data: Data, history: History, known: Known, seed: int) -> Self:
        """Go on from the end of a fit, and fit from other starts."""
        left = left_to_gain(data, history, known)
        others = others_of(data, history, known, seed)
        climb = float(history.objectives[-1] - history.objectives[0])
        return cls(history, decimals_for(climb), left, others)

    @property
    def is_at_the_top(self) -> bool:
        """Whether what is left to gain cannot be told from nothing on the scale that is shown."""
        return is_at_the_top(self.history, self.left)

    def ending(self) -> tuple[str, str]:
        """Say how the fit has ended, and what is left."""
        steps = counted(self.history.n_steps, "step")
        ell = number_text(float(self.history.log_likelihoods[-1]), self.decimals)
        if self.is_at_the_top:
            return f"After {steps} nothing visibly moves: ℓ = {ell}.", "Blue touches at its own top."
        left = f"{number_text(self.left, decimals_for(self.left) - 1)} nats are still to be had."
        if not np.isfinite(self.left):
            left = "A component collapses further on."
        if self.history.outcome == "converged":
            return f"After {steps} the tolerance ends it: ℓ = {ell}.", left
        return f"Stopped after {steps}, still climbing: ℓ = {ell}.", left

    def other_ends(self) -> tuple[str, str]:
        """Say where other starts have led."""
        others = self.others
        if others is None:
            return "One Gaussian has one best fit.", "Every start leads to it, in one step."
        sound = others.count - others.collapsed
        here = "here" if self.is_at_the_top else "alike"
        ends = [
            f"{number} {where}"
            for number, where in (
                (others.same, f"end {here}" if others.same != 1 else f"ends {here}"),
                (others.lower, "lower"),
                (others.higher, "higher"),
                (others.collapsed, "collapse" if others.collapsed != 1 else "collapses"),
            )
            if number
        ]
        first = f"From {others.count} other starts: {', '.join(ends)}."
        if others.higher:
            return first, f"The best is {number_text(others.more, 1)} nats higher."
        if others.same == sound and sound:
            return first, "All roads lead there." if sound == others.count else "All that do not collapse lead there."
        return first, "EM climbs; the start decides which hill."


def gone_on(data: Data, history: History, known: Known) -> History | None:
    """Go on from the end of a fit until nothing moves; None where a component collapses."""
    try:
        return fit(
            data,
            history.final,
            max_steps=_FURTHER if data.n_rows <= 5000 else _FURTHER // 10,
            tolerance=1e-12,
            known=known,
            shape=history.shape,
            prior=history.prior,
        )
    except EMError:
        return None


def left_to_gain(data: Data, history: History, known: Known) -> float:
    """Return the nats of ℓ, or ℓ + log p(θ), that EM still gains after the end of a fit; infinite in a collapse."""
    further = gone_on(data, history, known)
    return np.inf if further is None else max(0.0, float(further.objectives[-1] - history.objectives[-1]))


def climbed(history: History) -> str:
    """Name what EM climbs: the log-likelihood, with a prior's density where there is one (Bishop 9.3)."""
    return "ℓ" if history.prior is None else "ℓ + log p"


def is_at_the_top(history: History, left: float) -> bool:
    """Tell whether so many nats, left to gain, cannot be told from nothing beside what the fit has climbed."""
    return left <= max(_SEEN * abs(float(history.objectives[-1] - history.objectives[0])), 1e-9)


def last_to_climb(history: History) -> int:
    """Return the last step whose gain can be told from nothing beside what the fit has climbed; 0 if there is none."""
    gains = np.diff(history.objectives)
    return max((int(step) for step in np.flatnonzero(gains > _SEEN * gains.sum()) + 1), default=0)


def others_of(data: Data, history: History, known: Known, seed: int) -> OtherStarts | None:
    """Fit from other starts, the same ones for every film and for `check`; None with one component."""
    if history.start.n_components == 1:
        return None
    return other_starts(data, history, rng=np.random.default_rng([seed, _STREAM]), known=known)


def where_others_end(others: OtherStarts | None, with_prior: bool) -> str:
    """Say in one line where other starts end, beside the fit: how many reach the highest end, and how high it is."""
    if others is None:
        return "one component has one best fit, whatever the start"
    sound = others.count - others.collapsed
    everyone = f"{others.count} other starts"
    collapses = f"{others.collapsed} collapse{'s' * (others.collapsed == 1)}"
    if not sound:
        return f"all {everyone} collapse"
    height, most = others.groups[0]
    value = f"{'ℓ + log p = ' if with_prior else ''}{number_text(height, 1)}" if others.scale == 1 else "an end"
    if np.isnan(others.reached):
        return f"{most} of {everyone} reach{'es' * (most == 1)} {value}" + f", {collapses}" * (others.collapsed > 0)
    if others.higher:
        return f"{most} of {everyone} reach{'es' * (most == 1)} {value}, {number_text(others.more, 1)} nats higher"
    if others.same == others.count:
        return f"all {everyone} end where this one leads"
    parts = [f"{others.same} end{'s' * (others.same == 1)} where this one leads"] if others.same else []
    parts += [f"{others.lower} lower"] if others.lower else []
    parts += [collapses] if others.collapsed else []
    return f"none of {everyone} ends higher: {', '.join(parts)}"
