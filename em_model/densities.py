"""Log-densities of all components at all points, chunk by chunk, and the posterior's sums gathered on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from em_model.errors import MixtureError, ThinComponentError
from em_model.frame import Frame, whitened
from em_model.mixture import FloatArray, Mixture
from em_model.scratch import scratch

if TYPE_CHECKING:
    from em_model.data import Data
    from em_model.parts.source import Source

__all__ = ["Densities", "centred_moments", "centred_sums", "feasible"]

_NARROWEST = 1e-24  # variance, in units of the data's, at which points are hardly told apart
_UNRESOLVED = 1e-10  # standard deviation, in units of a column's mean, beside which a mean has too few digits


class Densities:
    """log π_k + log N(x_n; μ_k, Σ_k) of a mixture, or of a batch of B, over data.

    Rows are components first: row k B + b is component k of mixture b. They are computed in the data's own frame, one
    matrix product for all of them; a component that is too far or too thin for that has a frame of its own.

    Parameters
    ----------
    source : Source
        The data, or all that they are parts of.
    mixture : Mixture
        One, or a batch of any shape.

    Raises
    ------
    MixtureError
        If the mixture has another dimension than the data.
    ThinComponentError
        If a component is too thin, by its own measure, for double precision.
    """

    def __init__(self, source: Source, mixture: Mixture) -> None:
        if mixture.n_dimensions != source.n_dimensions:
            raise MixtureError(
                f"the mixture has {mixture.n_dimensions} dimensions, the data {source.n_dimensions}; they must agree"
            )
        self.frame = source.frame
        weights, means, covariances = mixture.weights, mixture.means, mixture.covariances
        *self.batch_shape, self.n_components, size = means.shape
        self.n_mixtures = prod(self.batch_shape)
        if self.batch_shape:
            weights, means, covariances = (
                array.reshape(self.n_mixtures, self.n_components, *shape).swapaxes(0, 1).reshape(-1, *shape)
                for array, shape in ((weights, ()), (means, (size,)), (covariances, (size, size)))
            )
        self.coefficients, lost = self.frame.coefficients(weights, means, covariances)
        if not self.frame.even:
            lost = np.arange(len(means))
        elif self.frame.flat:
            lost = np.union1d(lost, np.flatnonzero(~whitened(covariances)[2]))  # in data units too, as blue has it
        self._shared = self.coefficients
        self._own: list[tuple[Frame, NDArray[np.intp]]] = []
        if len(lost):
            self._shared = self.coefficients.copy()
            self._give_frames(source, lost, weights, means, covariances)

    def _give_frames(
        self, source: Source, rows: NDArray[np.intp], weights: FloatArray, means: FloatArray, covariances: FloatArray
    ) -> None:
        for row in rows[~_wide_enough(source, covariances[rows])]:
            raise ThinComponentError(int(row) // self.n_mixtures)
        while len(rows):
            chosen = rows[len(rows) // 2]
            frame = Frame.of_component(means[chosen], covariances[chosen], int(chosen) // self.n_mixtures)
            coefficients, lost = frame.coefficients(weights[rows], means[rows], covariances[rows])
            # In its own frame it is N(0, 1) by construction: nothing of its factors is to be rounded once more.
            coefficients[len(rows) // 2] = frame.standard(float(weights[chosen]))
            lost = lost[lost != len(rows) // 2]
            served = np.delete(np.arange(len(rows)), lost)
            self._own.append((frame, rows[served]))
            self.coefficients[rows[served]] = coefficients[served]
            rows = rows[lost]

    def chunks(self, part: Data) -> Iterator[tuple[slice, FloatArray, list[FloatArray]]]:
        """Yield the rows of a part, the log-densities (K, B, n) and the features they came from, of every chunk.

        All of it is overwritten in the next chunk.
        """
        count, n_features = self._shared.shape
        if part.features is not None and not self._own and part.n_rows <= part.chunk_rows(count):
            joint = self._shared @ part.features
            yield slice(None), joint.reshape(self.n_components, self.n_mixtures, -1), [part.features]
            return
        size = min(part.chunk_rows(count), part.n_rows)
        with scratch((count + len(self._own) * n_features) * size) as memory:
            for rows, features in part.chunks(size):
                n = features.shape[1]
                joint = np.matmul(self._shared, features, out=memory[: count * n].reshape(count, n))
                held = [features]
                for i, (frame, indices) in enumerate(self._own):
                    space = memory[(count + i * n_features) * size :][: n_features * n].reshape(n_features, n)
                    held.append(frame.features(part.points[rows], space))
                    joint[indices] = self.coefficients[indices] @ held[-1]
                yield rows, joint.reshape(self.n_components, self.n_mixtures, n), held

    def sums(self, posterior: FloatArray, features: list[FloatArray]) -> FloatArray:
        """Return a chunk's Σ_n r_nk f(x_n), each row in its own frame, shape (K B, F)."""
        rows = posterior.reshape(len(self.coefficients), -1)
        found: FloatArray = rows @ features[0].T
        for (_, indices), own in zip(self._own, features[1:], strict=True):
            found[indices] = rows[indices] @ own.T
        return found

    def by_mixture(self, rows: FloatArray) -> FloatArray:
        """Rows of shape (K B, ...) as an array of shape (batch shape, K, ...)."""
        if not self.batch_shape:
            return rows
        apart = rows.reshape(self.n_components, self.n_mixtures, *rows.shape[1:])
        return apart.swapaxes(0, 1).reshape(*self.batch_shape, self.n_components, *rows.shape[1:])

    def summed(self, rows: FloatArray) -> FloatArray:
        """Sum of all that rows of shape (K B, F) hold of each mixture, shape (B,)."""
        found: FloatArray = np.add.reduce(rows.reshape(self.n_components, self.n_mixtures, -1), axis=(0, 2))
        return found

    def moments(self, sums: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.intp]]:
        """Return counts, means and covariances, shapes (K B, ...), in data units, and the rows that are not precise."""
        counts, means, covariances, lost = self.frame.moments(sums)
        for frame, rows in self._own:
            counts[rows], means[rows], covariances[rows], there = frame.moments(sums[rows])
            lost = np.union1d(np.setdiff1d(lost, rows), rows[there])
        return counts, means, covariances, lost


def feasible(data: Source, mixtures: Mixture) -> NDArray[np.bool_]:
    """Whether double precision holds each mixture of a batch over these data; shape ``mixtures.batch_shape``."""
    return np.asarray(_wide_enough(data, mixtures.covariances).all(axis=-1))


def _wide_enough(data: Source, covariances: FloatArray) -> NDArray[np.bool_]:
    """Whether components of shape (..., D, D) are no points, lines or planes; shape (...)."""
    narrowest = np.maximum(_NARROWEST * np.diagonal(data.covariance), np.square(_UNRESOLVED * data.centre))
    wide = (covariances.diagonal(axis1=-2, axis2=-1) > narrowest).all(axis=-1)
    return np.asarray(wide & whitened(covariances)[2])


def centred_moments(
    sums: tuple[FloatArray, FloatArray], chosen: NDArray[np.intp], counts: FloatArray, means: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Means and covariances of some components, of `centred_sums` about their own means.

    Where a component lies far from the centre of a frame, beside its own spread, sums about that centre cancel.

    Parameters
    ----------
    sums : arrays, shapes (n, D) and (n, D, D)
    chosen : array of int, shape (n,)
        Which of the M.
    counts, means : arrays, shapes (M,) and (M, D)
        Their effective counts and, nearly, their means.
    """
    shift = sums[0] / counts[chosen, None]
    return means[chosen] + shift, sums[1] / counts[chosen, None, None] - shift[:, :, None] * shift[:, None, :]


def centred_sums(
    posteriors: Iterable[tuple[FloatArray, FloatArray]], chosen: NDArray[np.intp], means: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Sum up Σ_n r_nk (x_n - m_k) and Σ_n r_nk (x_n - m_k)(x_n - m_k)ᵀ of some components about given means.

    Parameters
    ----------
    posteriors : iterable of arrays, shapes (n, D) and (M, n)
        Points, in data units, and their responsibilities.
    chosen : array of int
        Which of the M.
    means : array, shape (M, D)
    """
    size = means.shape[1]
    first, second = np.zeros((len(chosen), size)), np.zeros((len(chosen), size, size))
    for block, posterior in posteriors:
        for i, row in enumerate(chosen):
            deviations = block - means[row]
            weighted = posterior[row][:, None] * deviations
            first[i] += weighted.sum(axis=0)
            second[i] += weighted.T @ deviations
    return first, second
