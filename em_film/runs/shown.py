"""Which two of the columns fitted a film draws, and the mixture as it is seen there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from em_film.experiment import Dataset, Experiment
from em_film.wording import nearest, one_line, show
from em_model import EMError, History, Mixture

__all__ = ["bhattacharyya", "marginal", "shown_axes", "shown_sentence"]


def shown_axes(experiment: Experiment, dataset: Dataset, history: History) -> tuple[int, ...]:
    """Return the axes that are drawn, one or two, from 0: those of ``film.show``, or the most telling pair.

    Raises
    ------
    EMError
        If ``film.show`` names a column that is not fitted.
    """
    wanted, names = experiment.film.show, dataset.names
    if wanted:
        return tuple(_axis(experiment, name, names) for name in wanted)
    size = dataset.data.n_dimensions
    if size <= 2:
        return tuple(range(size))
    final = history.final
    return min(combinations(range(size), 2), key=lambda pair: _overlap(marginal(final, pair)))


def shown_sentence(dataset: Dataset, axes: Sequence[int], *, named: bool = True) -> str:
    """Say how many columns are fitted and which are shown, by name if wanted; nothing where all are."""
    size = dataset.data.n_dimensions
    if size == len(axes):
        return ""
    names = " and ".join(one_line(dataset.names[axis]) for axis in axes)
    return f"{size} columns fitted, {len(axes)} shown{f': {names}' if named else '.'}"


def marginal(mixture: Mixture, axes: Sequence[int]) -> Mixture:
    """Return the mixture of some coordinates alone: sub-vectors of means, sub-blocks of covariances.

    Parameters
    ----------
    mixture : Mixture
        One or a batch.
    axes : sequence of int
        Coordinates to keep, from 0, in this order.
    """
    kept = list(axes)
    if kept == list(range(mixture.n_dimensions)):
        return mixture
    return Mixture(mixture.weights, mixture.means[..., kept], mixture.covariances[..., kept, :][..., kept])


def _overlap(mixture: Mixture) -> float:
    """Return how far components overlap: Σ √(π_k π_l) exp(-B_kl) over pairs, with the Bhattacharyya distance B.

    It bounds the error of telling from which component a point came (Kailath 1967).
    """
    total = 0.0
    for i, j in combinations(range(mixture.n_components), 2):
        shares = float(np.sqrt(mixture.weights[i] * mixture.weights[j]))
        total += shares * float(np.exp(-bhattacharyya(mixture, i, j)))
    return total


def bhattacharyya(mixture: Mixture, i: int, j: int) -> float:
    """Return the Bhattacharyya distance of two components in nats; 0 where they are the same."""
    first, second = mixture.covariances[i], mixture.covariances[j]
    middle = (first + second) / 2
    apart = mixture.means[i] - mixture.means[j]
    spreads = np.linalg.slogdet(middle)[1] - (np.linalg.slogdet(first)[1] + np.linalg.slogdet(second)[1]) / 2
    return float(apart @ np.linalg.solve(middle, apart) / 8 + spreads / 2)


def _axis(experiment: Experiment, name: str, names: Sequence[str]) -> int:
    if name in names:
        return list(names).index(name)
    near = nearest(name, names)
    remedy = f"did you mean {show(near)}?" if near else f"choose from {', '.join(map(show, names[:6]))}"
    raise EMError(f"{experiment.called}: film.show: no column fitted is named {show(name)}; {remedy}")
