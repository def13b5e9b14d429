"""Vectors and matrices as they may be written in an experiment file, checked and brought to one form."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from em_film.wording import LARGEST_NUMBER, kind, nearest, show

__all__ = [
    "COVARIANCE",
    "COVARIANCES",
    "GIVEN_MEANS",
    "MEAN",
    "MEANS",
    "MOST_COLUMNS",
    "PRIOR",
    "WEIGHTS",
    "Covariance",
    "CovariancePrior",
    "GivenMeans",
    "Mean",
    "StartCovariances",
    "StartMeans",
    "StartWeights",
    "TextLine",
    "refuse",
    "require_unit_sum",
]

Vector = tuple[float, ...]
Matrix = tuple[Vector, ...]

MOST_COLUMNS = 50
MEAN = "one number for each dimension, such as [0.0, 1.5]"
COVARIANCE = (
    "a symmetric matrix with positive eigenvalues, such as [[1.0, 0.5], [0.5, 1.0]], or in 1-D a number above 0"
)
GIVEN_MEANS = "one mean per component, such as [[0.0, 1.5], [2.8, 1.5]]"
MEANS = f'{GIVEN_MEANS}, or "sample" or "k-means++"'
COVARIANCES = '"identity", "data", one matrix, or one matrix per component'
PRIOR = '"weak", or a table such as { points = 4.0, spread = [[1.0, 0.0], [0.0, 1.0]] }'
WEIGHTS = "one number above 0 per component, together 1"

_PRIOR_KEYS = ("points", "spread")
_SYMMETRY = 1e-9  # relative, as in Mixture
_SINGULAR = 1e-12  # least eigenvalue, relative to the largest
_SUM = 1e-6  # how far a sum of weights may be from 1: numbers in files are rounded


def refuse(problem: str, remedy: str, key: str = "") -> PydanticCustomError:
    """Return an error for a validator to raise; ``key`` names what is wrong below the value being validated."""
    return PydanticCustomError("refused", "{problem}; {remedy}", {"problem": problem, "remedy": remedy, "key": key})


def require_unit_sum(weights: Vector, key: str = "") -> None:
    """Refuse weights whose sum is not 1 within 1e-6."""
    total = sum(weights)
    if abs(total - 1) > _SUM:
        raise refuse(f"weights sum to {total:.6g}", "make them sum to 1", key)


def _read_mean(value: object) -> Vector:
    numbers = _vector(value, f"give {MEAN}")
    if len(numbers) > MOST_COLUMNS:
        raise refuse(f"holds {len(numbers)} numbers", f"give {MEAN}")
    return numbers


def _read_covariance(value: object, name: str = "") -> Matrix:
    remedy = f"give {COVARIANCE}"
    rows = value if isinstance(value, list | tuple) else [[value]]
    if not all(isinstance(row, list | tuple) for row in rows):
        raise refuse(f"{name}is no matrix", remedy)
    if not 1 <= len(rows) <= MOST_COLUMNS or any(len(row) != len(rows) for row in rows):
        raise refuse(f"{name}is not square", remedy)
    matrix = np.array([_vector(row, remedy, name) for row in rows])
    apart = abs(matrix - matrix.T)
    if (apart > _SYMMETRY * abs(matrix).max()).any():
        i, j = np.unravel_index(apart.argmax(), apart.shape)
        raise refuse(f"{name}is not symmetric: {matrix[i, j]:g} is not {matrix[j, i]:g}", remedy)
    matrix = 0.5 * (matrix + matrix.T)
    eigenvalues = np.linalg.eigvalsh(matrix)
    if not eigenvalues[0] > _SINGULAR * eigenvalues[-1]:
        raise refuse(f"{name}is not positive definite: its smallest eigenvalue is {eigenvalues[0]:.3g}", remedy)
    return tuple(tuple(row) for row in matrix.tolist())


def _read_means(value: object) -> str | Matrix:
    if isinstance(value, str):
        return _choice(value, ("sample", "k-means++"), MEANS)
    return _read_given_means(value, MEANS)


def _read_given_means(value: object, right: str = GIVEN_MEANS) -> Matrix:
    if not isinstance(value, list | tuple) or not value:
        raise refuse(f"{show(value)} is not right", f"give {right}")
    means = tuple(_vector(mean, f"give {right}", f"mean {number}: ") for number, mean in enumerate(value, 1))
    for number, mean in enumerate(means, 1):
        if len(mean) != len(means[0]) or len(mean) > MOST_COLUMNS:
            raise refuse(f"mean {number} has {len(mean)} dimensions", "give every mean as many as the data have")
    return means


def _read_covariances(value: object) -> str | tuple[Matrix, ...]:
    if isinstance(value, str):
        return _choice(value, ("identity", "data"), COVARIANCES)
    if isinstance(value, list | tuple) and not value:
        raise refuse("is an empty array", f"give {COVARIANCES}")
    if isinstance(value, list | tuple) and _depth(value) != 2:
        return tuple(_read_covariance(item, f"matrix {number} ") for number, item in enumerate(value, 1))
    return (_read_covariance(value),)


def _read_weights(value: object) -> Vector:
    weights = _vector(value, f"give {WEIGHTS}")
    for number, weight in enumerate(weights, 1):
        if weight <= 0:
            raise refuse(f"weight {number} is {weight:g}", f"give {WEIGHTS}")
    require_unit_sum(weights)
    return weights


def _read_prior(value: object) -> str | tuple[float, Matrix]:
    if isinstance(value, str):
        return _choice(value, ("weak",), PRIOR)
    if not isinstance(value, dict) or not value:
        raise refuse(f"{show(value)} is not right", f"give {PRIOR}")
    for name in value:
        if name not in _PRIOR_KEYS:
            near = nearest(name, _PRIOR_KEYS)
            raise refuse("unknown key", f"did you mean {near}?" if near else f"give {PRIOR}", name)
    for name in _PRIOR_KEYS:
        if name not in value:
            raise refuse("is missing", f"give {PRIOR}", name)
    points = _number(value["points"], f"give {PRIOR}", "points: ")
    if points <= 0:
        raise refuse(f"points: {points:g} is too small", "give a number above 0")
    return points, _read_covariance(value["spread"], "spread ")


def _require_line(text: str) -> str:
    if not text.isprintable():
        raise refuse("holds a line break or a control character", "give a single line of text")
    return text


def _vector(value: object, remedy: str, name: str = "") -> Vector:
    items = value if isinstance(value, list | tuple) else [value]
    if not items:
        raise refuse(f"{name}is an empty array", remedy)
    return tuple(_number(item, remedy, name) for item in items)


def _number(value: object, remedy: str, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse(f"{name}{show(value)} is {kind(value)}, not a number", remedy)
    if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        finite = isinstance(value, int) or abs(value) < float("inf")
        raise refuse(f"{name}{show(value)} is {'too large' if finite else 'not a finite number'}", remedy)
    return float(value)


def _depth(value: object) -> int:
    depth = 0
    while isinstance(value, list | tuple) and value:
        depth, value = depth + 1, value[0]
    return depth


def _choice(value: str, choices: tuple[str, ...], right: str) -> str:
    if value in choices:
        return value
    near = nearest(value, choices)
    raise refuse(f"{show(value)} is not known here", f'did you mean "{near}"?' if near else f"give {right}")


TextLine = Annotated[str, AfterValidator(_require_line)]
GivenMeans = Annotated[Matrix | None, BeforeValidator(_read_given_means)]
Mean = Annotated[Vector, BeforeValidator(_read_mean)]
Covariance = Annotated[Matrix, BeforeValidator(_read_covariance)]
StartMeans = Annotated[Literal["sample", "k-means++"] | Matrix, BeforeValidator(_read_means)]
StartCovariances = Annotated[Literal["identity", "data"] | tuple[Matrix, ...], BeforeValidator(_read_covariances)]
CovariancePrior = Annotated[Literal["weak"] | tuple[float, Matrix] | None, BeforeValidator(_read_prior)]
StartWeights = Annotated[Vector | None, BeforeValidator(_read_weights)]
