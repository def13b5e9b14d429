"""Experiments of every kind that a film must bear: few and many points, one to eight components, far and near."""

from __future__ import annotations

import numpy as np

from em_film.experiment import Dataset, Experiment, fitting
from em_model import History

__all__ = ["EXPERIMENTS", "clusters", "fit_of", "two_clusters"]


def two_clusters(
    points: int,
    rest: str,
    *,
    title: str = "",
    seed: int = 24,
    weight: float = 0.6,
    tilt: float = 0.5,
    apart: float = 3.0,
) -> str:
    """Write an experiment with a slanted and a round cluster, as wide as the data to begin with.

    Parameters
    ----------
    points : int
    rest : str
        What follows in the table of the start, and after it.
    title : str
        None if empty.
    seed : int
    weight : float
        Of the slanted cluster.
    tilt : float
        Its covariance between the two coordinates.
    apart : float
        How far the other lies to the right of it.
    """
    heading = f'title = "{title}"\n' if title else ""
    return f"""\
{heading}seed = {seed}
[data]
points = {points}
[[data.cluster]]
weight = {weight}
mean = [0.0, 0.0]
covariance = [[1.0, {tilt}], [{tilt}, 1.0]]
[[data.cluster]]
weight = {1 - weight}
mean = [{apart}, 1.0]
covariance = [[1.0, 0.0], [0.0, 1.0]]
[start]
covariances = "data"
{rest}"""


def clusters(means: list[list[float]], spread: float = 1.0) -> str:
    """Write tables of equally large round clusters."""
    tables = []
    for mean in means:
        covariance = [[spread**2 * (i == j) for j in range(len(mean))] for i in range(len(mean))]
        tables.append(f"[[data.cluster]]\nweight = {1 / len(means)}\nmean = {mean}\ncovariance = {covariance}\n")
    return "\n".join(tables)


_RING = [[8.0 * float(np.cos(a)), 8.0 * float(np.sin(a))] for a in np.arange(8) * np.pi / 4]
EXPERIMENTS = {
    "one component": ("points = 200", clusters([[0.0, 0.0]])),
    "few points": ("points = 20", clusters([[0.0, 0.0], [6.0, 1.0]])),
    "many points": ("points = 50000", clusters([[0.0, 0.0], [3.0, 1.0]])),
    "eight components": ("points = 800", clusters(_RING)),
    "tiny": ("points = 200", clusters([[0.0, 0.0], [4e-6, 1e-6]], 1e-6)),
    "huge": ("points = 200", clusters([[0.0, 0.0], [4e6, 1e6]], 1e6)),
    "far from the origin": ("points = 200", clusters([[1e6, 1e6], [1e6 + 4, 1e6 + 1]])),
    "far apart": ("points = 200", clusters([[0.0, 0.0], [1000.0, 0.0]])),
    "overlapping": ("points = 500", clusters([[0.0, 0.0], [1.2, 0.0]])),
    "one dimension": ("points = 300", clusters([[0.0], [5.0]])),
    "one dimension, three": ("points = 60", clusters([[0.0], [4.0], [9.0]])),
    "long title": ("points = 100", clusters([[0.0, 0.0], [5.0, 1.0]])),
}


def fit_of(experiment: Experiment) -> History:
    """Fit an experiment to its data."""
    return fitting.fit(experiment, Dataset.of(experiment))
