"""Whether a history that comes from outside can be one: every fact that a fit by EM obeys, held against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from em_model.frame import whitened
from em_model.mixture import FloatArray
from em_model.objective import lower_bound
from em_model.shapes import shaped

if TYPE_CHECKING:
    from em_model.history import History

__all__ = ["fault"]

_NEAR = 1e-6  # relative; a file from another machine differs by far less, a false one by more
_FALL = 1e-8  # of |ℓ|, by which rounding may let it fall


def fault(history: History) -> str:
    """Return what no fit by EM can have left behind, as a clause; nothing where all is sound.

    Parameters
    ----------
    history : History
        Of mixtures that are mixtures, in arrays that fit together.
    """
    with np.errstate(all="ignore"):
        return _fault(history)


def _fault(history: History) -> str:
    mixtures, statistics = history.mixtures, history.statistics
    counts, scatters = statistics.counts, statistics.covariances
    if not whitened(mixtures.covariances)[2].all():
        return "a component is no wider than a point"
    if (counts < 0).any() or not np.allclose(counts.sum(axis=-1), history.n_points, rtol=_NEAR, atol=0):
        return "its effective counts do not add up to its points"
    scales = np.sqrt(np.maximum(scatters.diagonal(axis1=-2, axis2=-1), np.finfo(float).tiny))
    correlations = scatters / (scales[..., :, None] * scales[..., None, :])
    symmetric = np.abs(correlations - correlations.swapaxes(-1, -2)).max() <= _NEAR
    if not symmetric or not np.isfinite(correlations).all() or np.linalg.eigvalsh(correlations).min() < -_NEAR:
        return "its scatters are those of no points"
    entropies = np.asarray(statistics.entropy)
    most = history.n_points * np.log(mixtures.n_components)
    if (entropies < 0).any() or (entropies > most * (1 + _NEAR) + _NEAR).any():
        return "its entropies are those of no posterior"
    touches = lower_bound(statistics, mixtures)
    sizes = np.maximum(np.abs(history.log_likelihoods), history.n_points)
    if not (np.abs(touches - history.log_likelihoods) <= _NEAR * sizes).all():
        return "its bound does not touch its log-likelihood after the E-step"
    heights = history.objectives
    if len(heights) > 1 and not (np.diff(heights) >= -_FALL * np.maximum(np.abs(heights[1:]), history.n_points)).all():
        return "its log-likelihood falls"
    return _stray(history)


def _stray(history: History) -> str:
    """Say which parameters are neither held nor where the M-step puts them."""
    mixtures, statistics = history.mixtures, history.statistics
    before, after, found = mixtures[:-1], mixtures[1:], statistics[:-1]
    if not (_same(after.weights, found.counts / history.n_points) | _same(after.weights, before.weights)).all():
        return "its weights are not those of its M-steps"
    spreads = np.sqrt(after.covariances.diagonal(axis1=-2, axis2=-1)) + np.sqrt(
        found.covariances.diagonal(axis1=-2, axis2=-1)
    )
    moved = np.abs(after.means - found.means) <= _NEAR * (spreads + np.abs(found.means))
    held = np.abs(after.means - before.means) <= _NEAR * (spreads + np.abs(before.means))
    if not (moved | held).all():
        return "its means are not those of its M-steps"
    apart = found.means - after.means
    scatters = found.covariances + apart[..., :, None] * apart[..., None, :]
    counts = found.counts
    if history.prior is not None:
        counts, scatters = history.prior.pooled(counts, scatters)
    wanted = shaped(scatters, history.shape, counts)
    sizes = np.sqrt(wanted.diagonal(axis1=-2, axis2=-1))
    near = np.abs(after.covariances - wanted) <= _NEAR * sizes[..., :, None] * sizes[..., None, :]
    if not (near | (after.covariances == before.covariances)).all():
        return "its covariances are not those of its M-steps"
    return ""


def _same(one: FloatArray, other: FloatArray) -> NDArray[np.bool_]:
    return np.isclose(one, other, rtol=_NEAR, atol=_NEAR)
