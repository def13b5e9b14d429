"""Whether the sections of an experiment file agree with each other and with the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from em_film.wording import counted
from em_model.mixture import FloatArray, Mixture
from em_model.shapes import MEANING, Shape, in_shape

if TYPE_CHECKING:
    from em_film.experiment.experiment import Experiment

__all__ = ["disagreement"]


class Disagreement(NamedTuple):
    """What is wrong at which key, and what would be right."""

    key: str
    problem: str
    remedy: str


def disagreement(experiment: Experiment, n_dimensions: int | None, n_points: int | None) -> Disagreement | None:
    """Return the first contradiction between sections, or None.

    Parameters
    ----------
    experiment : Experiment
        Its sections are valid one by one.
    n_dimensions, n_points : int or None
        Of the data; None while only a CSV file that has not been read can tell.
    """
    count = experiment.n_components
    if n_points is not None and count > n_points:
        return Disagreement(
            "fit.components",
            f"{counted(count, 'component', words=False)} for {counted(n_points, 'point', words=False)}",
            "ask for fewer, or bring more points",
        )
    if experiment.fit.engine is not None and experiment.data.cluster:
        return Disagreement("fit.engine", "the data are drawn from clusters, not read", "remove it, or name files")
    return (
        _start(experiment, count)
        or _known(experiment, count)
        or _other_start(experiment, count)
        or _slices(experiment, count)
        or (None if n_dimensions is None else _dimensions(experiment, n_dimensions))
    )


def _start(experiment: Experiment, count: int) -> Disagreement | None:
    start = experiment.start
    for name, given in (("means", start.means), ("covariances", start.covariances), ("weights", start.weights)):
        shared = name == "covariances" and given is not None and len(given) == 1
        if given is None or isinstance(given, str) or shared or len(given) == count:
            continue
        return Disagreement(
            f"start.{name}", f"holds {len(given)} {name} for {count} components", "give one per component"
        )
    shape = experiment.fit.covariances
    if not isinstance(start.covariances, str) and not _are_in_shape(np.array(start.covariances), shape):
        remedy = f'give such ones, or leave them out, as fit.covariances is "{shape}"'
        return Disagreement("start.covariances", f"are not {MEANING[shape]}", remedy)
    if start.tries > 1 and not isinstance(start.means, str):
        return Disagreement(
            "start.tries", "the means are given, nothing is drawn", 'remove it, or set means = "sample"'
        )
    return None


def _are_in_shape(matrices: FloatArray, shape: Shape) -> bool:
    count, size, _ = matrices.shape
    return in_shape(Mixture(np.full(count, 1 / count), np.zeros((count, size)), matrices), shape)


def _known(experiment: Experiment, count: int) -> Disagreement | None:
    known = experiment.fit.known
    for component in known.means:
        if component > count:
            return Disagreement(
                "fit.known.means", f"there is no component {component}", f"give numbers from 1 to {count}"
            )
    if len(set(known.means)) < len(known.means):
        return Disagreement("fit.known.means", "names a component twice", "name each once")
    if known.means and isinstance(experiment.start.means, str):
        return Disagreement("fit.known.means", "the known means are not given", "write all means under [start] means")
    if known.covariances and experiment.fit.prior is not None:
        return Disagreement("fit.prior", "the covariances are known, a prior on them changes nothing", "remove it")
    if known.weights and known.covariances and len(known.means) == count:
        return Disagreement("fit.known", "all is known and nothing left to fit", "leave at least one mean unknown")
    return None


def _other_start(experiment: Experiment, count: int) -> Disagreement | None:
    means, other, known = experiment.start.means, experiment.film.other_start, experiment.fit.known.means
    if other is None:
        return None
    if len(other) != count:
        problem = f"holds {len(other)} means for {count} components"
        return Disagreement("film.other_start", problem, "give one per component")
    for component in known:
        if not isinstance(means, str) and other[component - 1] != means[component - 1]:
            problem = f"moves component {component}, whose mean is known"
            return Disagreement("film.other_start", problem, "give it the mean it has under [start]")
    return None


def _slices(experiment: Experiment, count: int) -> Disagreement | None:
    for number, line in enumerate(experiment.film.slices, 1):
        if line.component > count:
            return Disagreement(
                f"film.slices[{number}].component",
                f"there is no component {line.component}",
                f"give a number from 1 to {count}",
            )
    return None


def _dimensions(experiment: Experiment, size: int) -> Disagreement | None:
    start = experiment.start
    data = f"the data are {size}-dimensional"
    if not isinstance(start.means, str) and len(start.means[0]) != size:
        return Disagreement("start.means", f"{data}, these means are not", f"give {size} number(s) for each mean")
    other = experiment.film.other_start
    if other is not None and len(other[0]) != size:
        return Disagreement("film.other_start", f"{data}, these means are not", f"give {size} number(s) for each mean")
    if not isinstance(start.covariances, str):
        for number, matrix in enumerate(start.covariances, 1):
            if len(matrix) != size:
                remedy = f"give {size}×{size} matrices" if size > 1 else "give variances"
                return Disagreement("start.covariances", f"{data}, matrix {number} is not", remedy)
    prior = experiment.fit.prior
    if isinstance(prior, tuple) and len(prior[1]) != size:
        return Disagreement("fit.prior", f"{data}, its spread is not", f"give a {size}×{size} matrix")
    for number, line in enumerate(experiment.film.slices, 1):
        if line.axis > size:
            return Disagreement(f"film.slices[{number}].axis", f"{data}: there is no axis {line.axis}", _axes(size))
    return None


def _axes(size: int) -> str:
    return "set axis = 1" if size == 1 else f"give a number from 1 to {size}"
