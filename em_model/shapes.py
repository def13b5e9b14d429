"""Which covariances a fit may choose from: any, one for all, along the axes, or round."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from em_model.errors import EMError
from em_model.known import Known
from em_model.mixture import FloatArray, Mixture

__all__ = [
    "MEANING",
    "SHAPES",
    "Shape",
    "count_parameters",
    "counts_of_parameters",
    "in_shape",
    "require_shape",
    "shaped",
]

Shape = Literal["full", "tied", "diag", "spherical"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

_SAME = 1e-12  # relative difference up to which given covariances are in a shape
MEANING: dict[Shape, str] = {
    "full": "any",
    "tied": "one and the same",
    "diag": "diagonal",
    "spherical": "multiples of the identity",
}


def count_parameters(start: Mixture, shape: Shape = "full", known: Known | None = None) -> int:
    """Count the free numbers of θ: weights that add up to one, means, and covariances of a shape.

    Parameters
    ----------
    start : Mixture
        K components in D dimensions.
    shape : "full", "tied", "diag" or "spherical"
    known : Known, optional
        What is held at its start, and not free.

    Examples
    --------
    >>> import numpy as np
    >>> count_parameters(Mixture([0.2, 0.3, 0.5], np.zeros((3, 2)), [np.eye(2)] * 3))
    17
    """
    return sum(counts_of_parameters(start, shape, known))


def counts_of_parameters(start: Mixture, shape: Shape = "full", known: Known | None = None) -> tuple[int, int, int]:
    """Count the free numbers of the weights, of the means and of the covariances; else as `count_parameters`.

    Examples
    --------
    >>> import numpy as np
    >>> counts_of_parameters(Mixture([0.2, 0.3, 0.5], np.zeros((3, 2)), [np.eye(2)] * 3))
    (2, 6, 9)
    """
    known = known or Known()
    count, size = start.n_components, start.n_dimensions
    whole = size * (size + 1) // 2
    covariances = {"full": count * whole, "tied": whole, "diag": count * size, "spherical": count}[shape]
    means = (count - len(set(known.means))) * size
    return 0 if known.weights else count - 1, means, 0 if known.covariances else covariances


def shaped(covariances: FloatArray, shape: Shape, counts: FloatArray | None = None) -> FloatArray:
    """Covariances of a shape that are the most likely ones for scatters S_k.

    L depends on Σ_k by -½ Σ_k N_k [log|Σ_k| + tr(Σ_k⁻¹ S_k)] (Bishop 9.40). Over all matrices its maximum is S_k
    (Bishop 9.25), over diagonal ones the diagonal of S_k, over multiples of the identity tr(S_k)/D · I, and over one
    Σ for all the average Σ_k N_k S_k / Σ_k N_k.

    Parameters
    ----------
    covariances : array, shape (..., K, D, D)
        S_k, in data units squared.
    shape : "full", "tied", "diag" or "spherical"
    counts : array, shape (..., K), optional
        N_k, which matter where the shape is tied; equal when left out.

    Returns
    -------
    array, shape (..., K, D, D)

    Examples
    --------
    >>> import numpy as np
    >>> print(shaped(np.array([[[4.0, 1.0], [1.0, 2.0]]]), "spherical"))
    [[[3. 0.]
      [0. 3.]]]
    """
    size = covariances.shape[-1]
    if shape == "full":
        return covariances
    if shape == "diag":
        return covariances * np.eye(size)
    if shape == "spherical":
        variances = np.asarray(np.trace(covariances, axis1=-2, axis2=-1), dtype=np.float64) / size
        return np.asarray(variances[..., None, None] * np.eye(size), dtype=np.float64)
    if counts is None:
        counts = np.ones(covariances.shape[:-2])
    shares = counts / counts.sum(axis=-1, keepdims=True)
    average = (shares[..., None, None] * covariances).sum(axis=-3, keepdims=True)
    return np.broadcast_to(average, covariances.shape).copy()


def in_shape(mixture: Mixture, shape: Shape) -> bool:
    """Whether a mixture's covariances have a shape, up to rounding."""
    wanted = shaped(mixture.covariances, shape, mixture.weights)
    scales = np.sqrt(np.diagonal(wanted, axis1=-2, axis2=-1))
    apart = np.abs(mixture.covariances - wanted) / (scales[..., :, None] * scales[..., None, :])
    return bool((apart <= _SAME).all())


def require_shape(mixture: Mixture, shape: Shape) -> None:
    """Raise EMError unless this is a shape, and a mixture's covariances have it."""
    if shape not in SHAPES:
        raise EMError(f"covariance shape {shape!r} is unknown; choose one of {', '.join(SHAPES)}")
    if not in_shape(mixture, shape):
        raise EMError(f"the start's covariances are not {MEANING[shape]}; a {shape} fit begins with such ones")
