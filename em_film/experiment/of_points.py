"""An experiment of points that are at hand in Python: written down as the files it would be read from."""

from __future__ import annotations

import csv
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from weakref import finalize

import numpy as np

from em_film.experiment.experiment import Experiment
from em_film.wording import nearest, one_line
from em_model import Data, EMError, Mixture
from em_model.mixture import FloatArray

__all__ = ["experiment_of_points", "mixture_of"]


def experiment_of_points(
    points: Any,
    *,
    n_components: int | None = None,
    start: Any = None,
    title: str | None = None,
    seed: int | None = None,
) -> Experiment:
    """Write points into a folder that lasts as long as the experiment, as its file and its table, and load it.

    Parameters
    ----------
    points : array or DataFrame, shape (N, D)
        A DataFrame's columns name the axes. All columns are fitted.
    n_components : int, optional
        K; as many as the start has, or else 2.
    start : optional
        "sample", "k-means++", a Mixture, or a fitted GaussianMixture of scikit-learn; k-means++ when left out.
    title : str, optional
        Of the film; its files are named after it.
    seed : int, optional
        Of the start, where it is drawn.

    Raises
    ------
    EMError
        If there is no experiment of these points; the message names the argument.
    """
    table, columns = _table(points)
    name = re.sub(r"\W+", "_", (title or "").strip()).strip("_").lower()[:60] or "points"
    start_keys = _start(start, table)
    folder = Path(tempfile.mkdtemp(prefix="em-film-points-"))
    try:
        told: dict[str, dict[str, Any]] = {
            "": {"title": title, "seed": seed},
            "data": {"csv": f"{name}.csv", "columns": columns, "decimal": ".", "encoding": "utf-8"},
            "start": start_keys,
            "fit": {"components": n_components},
        }
        experiment = _written(folder, name, told, table)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finalize(experiment, shutil.rmtree, folder, ignore_errors=True)
    return experiment


def mixture_of(start: Any) -> Mixture:
    """Return a Mixture, or a fitted GaussianMixture of scikit-learn as one.

    Raises
    ------
    EMError
        If it is neither.
    """
    if isinstance(start, Mixture):
        return start
    fitted = [getattr(start, f"{name}_", None) for name in ("weights", "means", "covariances")]
    kind = getattr(start, "covariance_type", None)
    if kind is None or any(part is None for part in fitted):
        state = "is not fitted yet" if kind is not None else f"is a {type(start).__name__}"
        raise EMError(f"start: {state}; give a Mixture, a fitted GaussianMixture, 'sample' or 'k-means++'")
    weights, means, covariances = (np.asarray(part, dtype=float) for part in fitted)
    n_components, n_dimensions = means.shape
    unit = np.eye(n_dimensions)
    if kind == "tied":
        covariances = np.broadcast_to(covariances, (n_components, n_dimensions, n_dimensions))
    elif kind == "diag":
        covariances = covariances[:, :, None] * unit
    elif kind == "spherical":
        covariances = covariances[:, None, None] * unit
    return Mixture(weights / weights.sum(), means, covariances)


def _written(folder: Path, name: str, told: Mapping[str, Mapping[str, Any]], table: FloatArray) -> Experiment:
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(told["data"]["columns"])
        writer.writerows([repr(float(value)) for value in row] for row in table)
    path = folder / f"{name}.toml"
    content = "".join(_toml(section, keys) for section, keys in told.items())
    return Experiment.parse(content.encode(), path, made_by="em_film.render")


def _table(points: Any) -> tuple[FloatArray, list[str]]:
    try:
        table = np.asarray(points, dtype=float)
    except (TypeError, ValueError):
        raise EMError("x: not all of it are numbers; give an array or a DataFrame of N points by D columns") from None
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2:
        raise EMError(f"x: has {table.ndim} axes; give an array of N points by D columns")
    try:
        Data(table)
    except EMError as error:
        raise EMError(f"x: {error}") from None
    named = getattr(points, "columns", None)
    columns = [one_line(str(name)).strip() for name in named] if named is not None else []
    return table, columns if all(columns) and columns else [f"x{axis}" for axis in range(1, table.shape[1] + 1)]


def _start(start: Any, table: FloatArray) -> dict[str, Any]:
    if start is None or isinstance(start, str):
        known = ("sample", "k-means++")
        if start is not None and start not in known:
            near = nearest(start, known)
            remedy = f"did you mean {near!r}?" if near else "choose 'sample' or 'k-means++'"
            raise EMError(f"start: there is no start {one_line(start)[:40]!r}; {remedy}")
        return {"means": start or "k-means++", "covariances": "data"}
    mixture = mixture_of(start)
    if mixture.n_dimensions != table.shape[1]:
        raise EMError(f"start: has {mixture.n_dimensions} dimensions, x has {table.shape[1]}; give a start for x")
    return {
        "means": mixture.means.tolist(),
        "covariances": mixture.covariances.tolist(),
        "weights": mixture.weights.tolist(),
    }


def _toml(section: str, keys: Mapping[str, Any]) -> str:
    """Write a table; JSON's text, numbers and arrays are TOML's."""
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in keys.items() if value is not None]
    return (f"[{section}]\n" if section else "") + "".join(lines)
