"""What an experiment holds fixed, so that the M-step climbs over the rest."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Known"]


@dataclass(frozen=True, slots=True)
class Known:
    """Parameters that are held at their start; the M-step is the exact maximiser over the others.

    Parameters
    ----------
    weights : bool
        Hold all weights.
    covariances : bool
        Hold all covariances.
    means : tuple of int
        Indices (from 0) of the components whose mean is held.

    Examples
    --------
    >>> Known(weights=True, means=(0,))
    Known(weights=True, covariances=False, means=(0,))
    """

    weights: bool = False
    covariances: bool = False
    means: tuple[int, ...] = ()
