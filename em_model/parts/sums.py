"""The E-step of a part of the data: the K × F sums that it leaves, which add to those of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from em_model.data import Data
from em_model.densities import Densities, centred_sums
from em_model.mixture import FloatArray, Mixture
from em_model.statistics import normalised

__all__ = ["Sums", "added", "centred_part", "entropies_of_part", "partial_e_step", "summed", "sums_of_part"]


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What the E-step of a part leaves for the whole, whatever the part's size; sums of parts add.

    Parameters
    ----------
    features : array, shape (K B, F)
        Σ_n r_nk f(x_n) of B mixtures, row k B + b for component k of mixture b: f are the Gaussian's features in the
        frame of the whole, or in that of a component too far or too thin for it.
    log_likelihoods : array, shape (B,)
        Σ_n log p(x_n; θ), in nats (Bishop 9.14).

    Examples
    --------
    >>> total = Sums(np.array([[1.0, 0.5]]), np.array([-2.0])) + Sums(np.array([[2.0, 0.0]]), np.array([-1.5]))
    >>> print(total.features, total.log_likelihoods)
    [[3.  0.5]] [-3.5]
    """

    features: FloatArray
    log_likelihoods: FloatArray

    def __add__(self, other: Sums) -> Sums:
        """Add up the sums of both parts."""
        return Sums(self.features + other.features, self.log_likelihoods + other.log_likelihoods)


def partial_e_step(part: Data, mixture: Mixture) -> Sums:
    """Take the E-step (Bishop 9.23) on a part of the data.

    Parameters
    ----------
    part : Data
        In the frame of the whole: ``Data(points, whole=moments)``. Sums in other frames do not add.
    mixture : Mixture
        One, or a batch.

    Returns
    -------
    Sums
        Of the part, to be added to those of the others in the parts' order.

    Raises
    ------
    ThinComponentError
        If a component is too thin, by its own measure, for double precision.

    Examples
    --------
    >>> from em_model import Mixture
    >>> blocks = [[[-2.0], [-1.0]], [[0.5], [2.5]]]
    >>> whole = Data(blocks[0]).moments + Data(blocks[1]).moments
    >>> mixture = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> one, other = (partial_e_step(Data(block, whole=whole), mixture) for block in blocks)
    >>> print((one + other).features[:, 0].round(3), (one + other).log_likelihoods.round(3))
    [2.138 1.862] [-7.733]
    """
    return sums_of_part(Densities(part, mixture), part)


def sums_of_part(densities: Densities, part: Data) -> Sums:
    """Take the E-step on a part, of mixtures whose densities are at hand."""
    return added(_sums_of_chunks(densities, part))


def _sums_of_chunks(densities: Densities, part: Data) -> Iterator[Sums]:
    for rows, joint, features in densities.chunks(part):
        posterior, log_densities = normalised(joint)
        if part.weights is not None:
            posterior *= part.weights[rows]
        yield Sums(densities.sums(posterior, features), summed(log_densities, part, rows))


def centred_part(
    densities: Densities, chosen: NDArray[np.intp], means: FloatArray, part: Data
) -> tuple[FloatArray, FloatArray]:
    """Take the sums of a part about the components' own means, as `centred_sums` takes them."""
    return centred_sums(_posteriors(densities, part), chosen, means)


def entropies_of_part(densities: Densities, part: Data) -> FloatArray:
    """Entropies H(r) = -Σ_nk r_nk log r_nk of the posteriors on a part, summed point by point, shape (B,)."""
    found = np.zeros(densities.n_mixtures)
    for rows, joint, _ in densities.chunks(part):
        found += summed(entr(normalised(joint)[0]).sum(axis=0), part, rows)
    return found


def summed(values: FloatArray, part: Data, rows: slice) -> FloatArray:
    """Sum values of shape (..., n) over some of a part's points, each as often as it stands for one."""
    found: FloatArray = np.add.reduce(values, axis=-1) if part.weights is None else values @ part.weights[rows]
    return found


def added(parts: Iterable[Sums]) -> Sums:
    """Add the sums of all parts, in their order."""
    iterator = iter(parts)
    total = next(iterator)
    for part in iterator:
        total = total + part
    return total


def _posteriors(densities: Densities, part: Data) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Points and posteriors of every chunk, shapes (n, D) and (K B, n)."""
    for rows, joint, _ in densities.chunks(part):
        posterior = normalised(joint)[0]
        if part.weights is not None:
            posterior *= part.weights[rows]
        yield np.asarray(part.points[rows], dtype=np.float64), posterior.reshape(-1, posterior.shape[-1])
