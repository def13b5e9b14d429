"""A hunt, small and seeded: whatever the data, no curve falls, no collapse goes unseen, nothing else is raised.

At its full size it was 30 000 fits, with unit starts among them.
"""

from __future__ import annotations

import numpy as np
import pytest

from em_model import CollapseError, Data, EMError, History, StepSlice, fit, log_likelihood, responsibilities, start
from em_model.mixture import FloatArray

KINDS = ("plain", "ties", "outlier", "collinear", "repeated", "scales")


def draw(kind: str, rng: np.random.Generator) -> FloatArray:
    """Up to 300 points of three clusters, in up to three dimensions, with trouble of a kind."""
    size = int(rng.choice([8, 12, 20, 40, 100, 300]))
    dimensions = int(rng.integers(1, 4))
    centres = rng.choice([0, 2, 6]) * rng.standard_normal((3, dimensions))
    points = np.concatenate([rng.standard_normal((size // 3 + 1, dimensions)) + centre for centre in centres])[:size]
    if kind == "ties":
        return np.round(points, int(rng.integers(0, 2)))
    if kind == "outlier":
        points[rng.integers(size)] *= 10.0 ** rng.integers(2, 12)
    if kind == "collinear" and dimensions > 1:
        noise = 10.0 ** -rng.integers(0, 14)
        points[:, -1] = 2.54 * points[:, 0] + noise * rng.standard_normal(size)
    if kind == "repeated":
        points[: size // 3, 0] = points[0, 0]
    if kind == "scales":
        points = points * 10.0 ** rng.integers(-8, 9, dimensions)
        points += rng.choice([0, 1e4, 1e6]) * points.std(axis=0)
    return points


def outcome(points: FloatArray, rng: np.random.Generator) -> History | None:
    """The fit, up to its collapse if it has one; None where it is refused."""
    try:
        begin = start(points, int(rng.integers(1, 5)), means="k-means++", covariances="data", rng=rng)
        return fit(points, begin, max_steps=60, tolerance=float(rng.choice([0, 1e-9])))
    except CollapseError as error:
        return error.history
    except EMError:
        return None


def unseen(points: FloatArray, history: History) -> bool:
    """Whether a component has points on a line or on one point only, judged from the points themselves."""
    posterior = responsibilities(points, history.final)
    for k, mean in enumerate(history.final.means):
        weighted = np.sqrt(posterior[:, k])[:, None] * (points - mean)
        spreads = np.sqrt(np.square(weighted).sum(axis=0))
        if not spreads.all() or np.linalg.svd(weighted / spreads, compute_uv=False)[-1] < 1e-6:
            return True
    return False


def thinness(history: History) -> float:
    """The least eigenvalue of any component's correlations along a fit."""
    covariances = history.mixtures.covariances
    scales = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
    correlations = covariances / (scales[..., :, None] * scales[..., None, :])
    return max(float(np.linalg.eigvalsh(correlations).min()), 1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_data_the_fit_is_sound_to_its_end(kind: str) -> None:
    rng = np.random.default_rng(KINDS.index(kind))
    fitted = 0
    for _ in range(70):
        points = draw(kind, rng)
        history = outcome(points, rng)
        if history is None:
            continue
        fitted += 1
        heights = history.log_likelihoods
        sizes = np.maximum(np.abs(heights), len(points))
        assert (np.diff(heights) >= -1e-9 * sizes[1:]).all()
        bounds = np.array([half.lower_bound for half in history.half_steps])
        rounding = np.finfo(float).eps / thinness(history)  # of a thin covariance kept in data units, in nats per point
        assert (np.diff(bounds) >= -np.maximum(1e-9 * np.abs(bounds[1:]), 8 * rounding * len(points))).all()
        if history.outcome != "collapsed":
            assert not unseen(points, history)
        for step in range(min(2, history.n_steps)):
            line = StepSlice.through(history.mixtures[step], history.mixtures[step + 1])
            assert np.isfinite(log_likelihood(Data(points), line.at(np.linspace(0, 1, 7)))).all()
    assert fitted > 20
