"""A sample of the points that stands for all of them: weighed so that the whole's fit is the sample's own."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from em_model.data import Data
from em_model.densities import Densities
from em_model.frame import pairs
from em_model.history import History
from em_model.mixture import FloatArray
from em_model.parts.moments import Moments
from em_model.statistics import Statistics, normalised

__all__ = ["weighed"]

_MOST = 300  # conditions that weights are asked to fulfil
_SHARE = 1 / 40  # of the sample, the same: each takes some freedom from it
_COARSE = 1e-7  # eigenvalue, relative to the largest, under which conditions are so alike that a few points decide
_FINE = 1e-11  # the same, under which they are one condition to double precision
_ROUNDS = 12  # of Newton's method
_SHORTEST = 0.05  # of a step of it, under which there is no way on
_NEAR = 1e-9


def weighed(points: ArrayLike, whole: Moments, history: History) -> Data:
    """Weigh a sample so that every θ⁽ⁱ⁾ of a fit to the whole has, on the sample, the ℓ it has on the whole.

    Weights begin equal and are changed as little as may be, and none to 0: raking, as Deville and Särndal, "Calibration
    estimators in survey sampling" (1992), have it. The sums Σ_n w_n r_nk f(x_n) become those of the whole, at as many i
    as some hundred conditions allow, the first ones and the last among them, to about a thousandth; so does the slope
    with which both curves touch. Then ℓ(θ⁽ⁱ⁾) is made that of the whole at every i, as closely as such
    weights can: with 50 000 points to 6e-9 to 2e-5 of itself in five trials. Between these θ it is an estimate.

    Parameters
    ----------
    points : array, shape (n, D)
        A sample, drawn at random.
    whole : Moments
        Of all points.
    history : History
        A fit to all points.

    Returns
    -------
    Data
        The sample with its weights, which sum to N; weights of 1 where the points are all there are.

    Examples
    --------
    >>> from em_model import Mixture, fit, log_likelihood
    >>> rng = np.random.default_rng(0)
    >>> points = np.concatenate([rng.standard_normal((3000, 1)), 4 + rng.standard_normal((2000, 1))])
    >>> start = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> history = fit(points, start)
    >>> sample = weighed(rng.permutation(points)[:2000], Data(points).moments, history)
    >>> print(sample.n_rows, sample.n_points)
    2000 5000
    >>> print(f"{history.log_likelihoods[-1]:.3f} {log_likelihood(sample, history.final):.3f}")
    -10190.727 -10190.727
    """
    sample = Data(points, whole=whole)
    if sample.n_rows == whole.count:
        return Data(sample.points)
    count, each = len(history.log_likelihoods), sample.n_features * history.start.n_components
    most = min(count, int(min(_MOST, _SHARE * sample.n_rows) - count) // each)
    equal = np.full(sample.n_rows, whole.count / sample.n_rows)
    while True:
        conditions, targets, exact = _conditions(sample, history, _spread_out(count, most))
        weights = _raked(conditions, targets, equal)
        if weights is not None:
            finished = _finished(conditions[exact], targets[exact], weights)
            if finished.min() > 0 or most <= 0:
                weights = finished if finished.min() > 0 else weights
                return Data(sample.points, whole=whole, weights=weights)
        if most <= 0:
            return Data(sample.points, whole=whole, weights=equal)
        most //= 2


def _spread_out(count: int, most: int) -> NDArray[np.intp]:
    """Choose iterates whose sums are matched: the first ones, where most happens, and the last, ever fewer between."""
    if most >= count:
        return np.arange(count)
    steps = np.unique(np.geomspace(1, count, most).round().astype(np.intp)) if most > 0 else np.empty(0, dtype=np.intp)
    return np.asarray(steps - 1)


def _conditions(
    sample: Data, history: History, full: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Rows (m, n) whose sums over the whole are known, those sums (m,), and which have to be met exactly (m,)."""
    mixtures, frame = history.mixtures, sample.frame
    features = frame.features(sample.points, np.empty((sample.n_features, sample.n_rows)))
    rows, targets = [np.ones((1, sample.n_rows))], [np.array([float(sample.moments.count)])]
    for step in range(len(history.log_likelihoods)):
        log_densities, posterior = np.empty(sample.n_rows), np.empty((history.start.n_components, sample.n_rows))
        for part, joint, _ in Densities(sample, mixtures[step]).chunks(sample):
            shares, heights = normalised(joint)
            posterior[:, part], log_densities[part] = shares[:, 0], heights[0]
        rows.append(log_densities[None])
        targets.append(history.log_likelihoods[step : step + 1])
        if step in full:
            rows.append((posterior[:, None] * features).reshape(-1, sample.n_rows))
            targets.append(_sums_of(history.statistics[step], sample).ravel())
    exact = np.repeat([len(row) == 1 for row in rows], [len(row) for row in rows])
    conditions, sums = np.concatenate(rows), np.concatenate(targets)
    sizes = np.sqrt(np.square(conditions).sum(axis=1))
    sizes = np.where(sizes > 0, sizes, 1.0)
    return conditions / sizes[:, None], sums / sizes, exact


def _sums_of(statistics: Statistics, sample: Data) -> FloatArray:
    """Return sums Σ_n r_nk f(x_n) in the frame of the whole, shape (K, F), of statistics in data units."""
    frame, size = sample.frame, sample.n_dimensions
    means = (statistics.means - frame.centre) @ frame.whitener.T
    products = frame.whitener @ statistics.covariances @ frame.whitener.T + means[:, :, None] * means[:, None, :]
    first, second = pairs(size)
    averages = np.concatenate([np.ones((len(means), 1)), means, products[:, first, second]], axis=1)
    found: FloatArray = statistics.counts[:, None] * averages
    return found


def _apart(gram: FloatArray, least: float) -> FloatArray:
    """Combine conditions to orthonormal ones, shape (m, kept), of those that can be told from each other."""
    values, vectors = np.linalg.eigh(gram)
    kept = values > least * values[-1]
    found: FloatArray = vectors[:, kept] / np.sqrt(values[kept])
    return found


def _raked(conditions: FloatArray, targets: FloatArray, weights: FloatArray) -> FloatArray | None:
    """Return positive weights w exp(Aᵀy) that fulfil A w = t, by Newton's method on the dual; None if none do."""
    combined = _apart(conditions @ conditions.T, _COARSE)
    rows, sums = combined.T @ conditions, combined.T @ targets

    def dual(multipliers: FloatArray) -> float:
        return float((weights * np.exp(np.minimum(multipliers @ rows, 50.0))).sum() - multipliers @ sums)

    multipliers = np.zeros(len(rows))
    height = dual(multipliers)
    for _ in range(_ROUNDS):
        present = weights * np.exp(np.minimum(multipliers @ rows, 50.0))
        missed = rows @ present - sums
        if np.abs(missed).max() <= _NEAR * np.abs(sums).max():
            return present
        step, length = np.linalg.solve((rows * present) @ rows.T, missed), 1.0
        while dual(multipliers - length * step) > height - 1e-4 * length * (missed @ step) and length > _SHORTEST:
            length /= 2
        if length <= _SHORTEST:
            return None
        multipliers = multipliers - length * step
        height = dual(multipliers)
    return None


def _finished(conditions: FloatArray, targets: FloatArray, weights: FloatArray) -> FloatArray:
    """Return weights w (1 + Aᵀy) under which few conditions, nearly met already, are met exactly."""
    for _ in range(3):
        combined = _apart((conditions * weights) @ conditions.T, _FINE)
        multipliers = combined @ (combined.T @ (targets - conditions @ weights))
        weights = weights * (1 + multipliers @ conditions)
    return weights
