"""A commented experiment file to begin with, for clusters or for a CSV file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from em_film.command.report import ALIKE, LIGHT, few_points
from em_film.errors import UsageError
from em_film.experiment import Dataset, Experiment, fit
from em_film.experiment.findings import hopeless
from em_film.experiment.table import UNREAD, Columns, Reading, columns_of, read_table
from em_film.runs.shown import bhattacharyya
from em_film.wording import name_file, one_line
from em_model import CollapseError, Data, DataError, EMError, History

__all__ = ["begun_with", "write_template"]

_PAGE = "docs/experiment-file.md"
_MOST_SAID = 12  # columns of which it is said why they are passed over
_MOST_TRIED = 8  # columns that are tried beside the first
_UNEQUAL = 3.0  # ratio of spreads from which columns are standardised

_TOP = f"""\
# An experiment for em-film. Every key: {_PAGE}
# em-film check FILE says how the fit goes; em-film render FILE makes the film.
title = {{title}}
seed = 4  # of all randomness; another seed, other points and another start

"""
_CLUSTERS = """\
[data]
points = 1000

# The clusters to draw the points from, as many as you like; their weights sum to 1.
[[data.cluster]]
weight = 0.5
mean = [0.0, 1.5]
covariance = [[1.0, 0.9], [0.9, 1.0]]

[[data.cluster]]
weight = 0.15
mean = [2.8, 1.5]
covariance = [[1.0, -0.8], [-0.8, 0.8]]

[[data.cluster]]
weight = 0.35
mean = [5.5, 3.0]
covariance = [[1.0, 0.9], [0.9, 1.0]]
"""
_CSV = """\
[data]
csv = {csv}
columns = {columns}  # of: {numeric}
{reading}standardize = {standardize}  # shift and scale each column to mean 0 and standard deviation 1
"""
_DROP = 'missing = "drop"  # {left_out}\n'
_REST = """
[start]
means = "k-means++"  # points drawn far from each other; or "sample", or a list with one mean per component
covariances = "data"  # that of all points; or "identity", or matrices of your own
tries = {tries}  # starts to draw and fit; the fit that ends highest is kept

[fit]
components = {components}
{prior}max_steps = 200
tolerance = 1e-7  # rise of the log-likelihood per point, in nats, under which EM has converged
# history = "run.npz"  # a saved fit to show instead of fitting: em-film check FILE --save run.npz

[film]
theme = "dark"  # or "light"
detailed_steps = 3  # EM steps shown half-step by half-step; the rest run fast
"""
_PRIOR = 'prior = "weak"  # on the covariances: without it a component shrinks onto too few points\n'


class _Settings(NamedTuple):
    """How to fit, in a file to begin with."""

    components: int
    tries: int = 1
    prior: bool = False


_ATTEMPTS = (_Settings(2), _Settings(2, tries=20), _Settings(2, tries=20, prior=True), _Settings(1))


def write_template(
    path: Path, csv: Path | None = None, columns: Sequence[str] = (), reading: Reading | None = None
) -> list[str]:
    """Write a commented experiment file where there is none yet.

    Parameters
    ----------
    path : Path
        The new file; never one that exists.
    csv : Path, optional
        A table to read the points from; clusters when left out.
    columns : sequence of str, optional
        Names of its columns to fit; the first one or two that are worth it when left out.
    reading : Reading, optional
        What is known about how it is written.

    Returns
    -------
    list of str
        What was decided about the table, a line each.

    Raises
    ------
    UsageError
        If the file exists or cannot be written.
    EMError
        If the table cannot be used.
    """
    if os.path.lexists(path):
        raise UsageError(f"{name_file(path)}: exists already; name a new file")
    if not path.parent.is_dir():
        raise UsageError(f"{name_file(path)}: there is no folder {name_file(path.parent)}; make it, or name another")
    top = _top(path)
    if csv is None:
        content = (top + _CLUSTERS + _rest(_Settings(3))).encode()
        said: list[str] = []
        Dataset.of(Experiment.parse(content, path))
    else:
        content, said = _for_table(top, path, csv, tuple(columns), reading)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise UsageError(f"{name_file(path)}: exists already; name a new file") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no path can hold this"
        raise UsageError(f"{name_file(path)}: cannot be written ({why}); choose another place") from None
    return said


def begun_with(csv: Path) -> tuple[Experiment, list[str]]:
    """Return the experiment that a template for a table would be, and what was decided about the table, a line each.

    Raises
    ------
    EMError
        If the table cannot be used.
    """
    content, said = _for_table(_top(csv), csv, csv, ())
    return Experiment.parse(content, csv), said


def _top(path: Path) -> str:
    words = one_line(path.stem).replace("_", " ").strip().capitalize()[:80]
    return _TOP.format(title=_toml(words if len(words) > 3 else "My experiment"))


def _for_table(
    top: str, path: Path, csv: Path, columns: tuple[str, ...], reading: Reading | None = None
) -> tuple[bytes, list[str]]:
    """Return a file that passes the check, and what was decided about the table."""
    reading = replace(reading or Reading(), missing="drop")
    offered = columns_of(csv, reading)
    names, said = (columns, []) if columns else _chosen(csv, offered, reading)
    table = read_table(csv, names, reading)
    left_out = next((note for note in table.notes if " left out" in note), "")
    said = [*(note for note in table.notes if note != left_out), *said]
    spreads = table.values.std(axis=0)
    data = _CSV.format(
        csv=_toml(_relative(csv, path.parent)),
        columns="[" + ", ".join(map(_toml, names)) + "]",
        numeric=", ".join(map(_toml, offered.numeric[:20])) + (", ..." if len(offered.numeric) > 20 else ""),
        reading=_told(reading) + (_DROP.format(left_out=one_line(left_out)) if left_out else ""),
        standardize=str(bool(spreads.max() > _UNEQUAL * spreads.min())).lower(),
    )
    said += [left_out] if left_out else []
    failure: EMError | None = None
    for settings in _ATTEMPTS:
        try:
            content = (top + data + _rest(settings)).encode()
        except UnicodeEncodeError:
            raise UsageError(f"{name_file(csv)}: TOML cannot hold this path; rename the file") from None
        experiment = Experiment.parse(content, path)
        dataset = Dataset.of(experiment)
        try:
            history = fit(experiment, dataset)
        except CollapseError as error:
            failure = failure or error
            continue
        if settings.components == 1 or _means_something(history):
            return content, [*said, *_about(settings, dataset), *few_points(experiment, dataset)]
    assert failure is not None
    raise failure


def _rest(settings: _Settings) -> str:
    return _REST.format(tries=settings.tries, components=settings.components, prior=_PRIOR if settings.prior else "")


def _means_something(history: History) -> bool:
    """Tell whether a fit shows components that can be told apart and hold more than a few points."""
    final = history.final
    apart = all(bhattacharyya(final, i, j) > ALIKE for i, j in combinations(range(final.n_components), 2))
    return apart and bool((final.weights > LIGHT).all()) and history.outcome == "converged"


def _about(settings: _Settings, dataset: Dataset) -> list[str]:
    found = list(dataset.findings(settings.prior))
    if settings.components == 1:
        why = "one Gaussian is fitted: of two, one ends with hardly a point or on the other"
        found.insert(0, f"{why}{'; mend the data as follows and begin anew' if found else ''}")
    return found


def _told(reading: Reading) -> str:
    told = {"decimal": reading.decimal, "encoding": reading.encoding}
    return "".join(f"{key} = {_toml(value)}\n" for key, value in told.items() if value)


def _chosen(csv: Path, offered: Columns, reading: Reading) -> tuple[tuple[str, ...], list[str]]:
    """Take the first two columns worth fitting that are not one and the same; and say which are passed over."""
    passed = [
        f"column {one_line(name)} is passed over: it {one_line(why)}" for name, why in offered.passed_over.items()
    ]
    said = passed[:_MOST_SAID]
    if len(passed) > len(said):
        said.append(f"{len(passed) - len(said)} more columns are passed over")
    worth = offered.worth_fitting
    if not worth:
        unread = [why.removeprefix(UNREAD) for why in offered.passed_over.values() if why.startswith(UNREAD)]
        if unread and (len(unread) == len(offered.passed_over) or all("remove the line" in why for why in unread)):
            raise DataError(f"{name_file(csv)}: {unread[0]}")
        told = "; ".join(said) or "no column holds numbers that can be asked for by name"
        remedy = "give --columns, or numbers that measure something"
        raise DataError(f"{name_file(csv)}: no column is worth fitting: {told}; {remedy}")
    first = worth[0]
    for second in worth[1 : _MOST_TRIED + 1]:
        table = read_table(csv, (first, second), reading)
        if not hopeless(Data(table.values), (first, second)):
            return (first, second), said
        said.append(f"column {one_line(second)} is passed over: it is one and the same quantity as {one_line(first)}")
    left = len(worth) - 1 - _MOST_TRIED
    return (first,), said + ([f"{left} more columns are not looked at"] if left > 0 else [])


def _relative(csv: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(csv, folder)).as_posix()
    except ValueError:  # another drive
        return csv.absolute().as_posix()


def _toml(text: str) -> str:
    """Return a text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
