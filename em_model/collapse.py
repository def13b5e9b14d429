"""What happened when a component collapsed, in one true sentence with a remedy that is still to be tried."""

from __future__ import annotations

from functools import partial

import numpy as np

from em_model.data import Data
from em_model.densities import Densities
from em_model.errors import LostComponentError, ThinComponentError
from em_model.history import History
from em_model.known import Known
from em_model.mixture import FloatArray
from em_model.parts.source import Source
from em_model.statistics import normalised

__all__ = ["describe"]

_MOST = 10_000  # points that are looked at; a component that has more is judged by these
_FLAT = 1e-6  # spread across, in units of the spread along, that counts as none


def describe(
    error: ThinComponentError | LostComponentError, data: Source, known: Known, step: int, history: History
) -> str:
    """Say what became of a component in a step, whether the likelihood has a maximum there, and what may help.

    Parameters
    ----------
    error : ThinComponentError or LostComponentError
        What the step met.
    data : Source
    known : Known
    step : int
        From 1.
    history : History
        The fit up to the step before.
    """
    name, when = f"component {error.component + 1}", f"in step {step}"
    if isinstance(error, LostComponentError):
        remedy = "start it nearer to the points" + ("" if known.covariances else ", or wider")
        return f"{name} lost all its points {when}: none is near enough for the M-step to say where it goes; {remedy}"
    seat = _seat(_held(data, history, error.component), data.n_dimensions)
    if history.prior is not None:
        return f"{name} shrank onto {seat} {when}; the prior's spread is too narrow to hold it, give a wider one"
    return (
        f"{name} shrank onto {seat} {when}, where the likelihood has no maximum (Bishop 9.2.1); "
        "a prior on the covariances gives it one, or try another start or fewer components"
    )


def _held(data: Source, history: History, component: int) -> FloatArray:
    """Points that belong to a component rather than not, shape (n, D), in data units."""
    held = np.empty((0, data.n_dimensions))
    for found in data.each(partial(_held_of_part, Densities(data, history.final), component)):
        held = np.concatenate([held, found])
        if len(held) >= _MOST:
            break
    return held


def _held_of_part(densities: Densities, component: int, part: Data) -> FloatArray:
    held = np.empty((0, part.n_dimensions))
    for rows, joint, _ in densities.chunks(part):
        mine = normalised(joint)[0][component, 0] > 0.5
        held = np.concatenate([held, np.asarray(part.points[rows][mine], dtype=np.float64)])
        if len(held) >= _MOST:
            break
    return held


def _seat(points: FloatArray, n_dimensions: int) -> str:
    many = f"{len(points):,} points" if len(points) < _MOST else "many points"
    if len(np.unique(points, axis=0)) <= 1:
        return "a single point" if len(points) <= 1 else f"{many} that are one and the same"
    deviations = points - points.mean(axis=0)
    spreads = np.sqrt(np.square(deviations).mean(axis=0))
    alike = np.flatnonzero(spreads <= 4 * np.finfo(float).eps * np.abs(points).max(axis=0))
    if len(alike):
        return f"{many} with one value in column {alike[0] + 1}"
    sizes = np.linalg.svd(deviations / spreads, compute_uv=False)
    rank = int((sizes > _FLAT * sizes[0]).sum())
    if rank < n_dimensions:
        return f"{many} on a { ({1: 'line', 2: 'plane'}.get(rank, 'hyperplane')) }"
    if len(points) <= n_dimensions:
        return "too few points"
    return f"{many} that lie flatter than double precision tells"
