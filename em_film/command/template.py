"""A commented experiment file to begin with, for clusters or for a CSV file."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from em_film.errors import UsageError
from em_film.experiment.dataset import Dataset
from em_film.experiment.experiment import Experiment
from em_film.experiment.table import Columns, columns_of, read_table
from em_film.wording import name_file, one_line
from em_model.errors import DataError

__all__ = ["write_template"]

_PAGE = "docs/experiment-file.md"
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
columns = {columns}  # one or two of: {numeric}
standardize = {standardize}  # shift and scale each column to mean 0 and standard deviation 1
"""
_REST = """
[start]
means = "{means}"  # {means_said}
covariances = "data"  # that of all points; or "identity", or matrices of your own

[fit]
components = {components}
max_steps = 200
tolerance = 1e-7  # rise of the log-likelihood per point, in nats, under which EM has converged
# history = "run.npz"  # a saved fit to show instead of fitting: em-film check FILE --save run.npz

[film]
theme = "dark"  # or "light"
detailed_steps = 3  # EM steps shown half-step by half-step; the rest run fast
"""
_SAMPLE = 'points drawn from the data; or "k-means++", or a list with one mean per component'
_FAR = 'points drawn far from each other; or "sample", or a list with one mean per component'


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Columns of a CSV file to begin with."""

    names: tuple[str, ...]
    standardize: bool


def write_template(path: Path, csv: Path | None = None) -> None:
    """Write a commented experiment file where there is none yet.

    Parameters
    ----------
    path : Path
        The new file; never one that exists.
    csv : Path, optional
        A CSV file to read the points from; clusters when left out.

    Raises
    ------
    UsageError
        If the file exists or cannot be written.
    EMError
        If the CSV file cannot be used.
    """
    if os.path.lexists(path):
        raise UsageError(f"{name_file(path)}: exists already; name a new file")
    if not path.parent.is_dir():
        raise UsageError(f"{name_file(path)}: there is no folder {name_file(path.parent)}; make it, or name another")
    text = _text(path, csv)
    try:
        content = text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{name_file(csv or path)}: TOML cannot hold this path; rename the file") from None
    Dataset.of(Experiment.parse(content, path))
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise UsageError(f"{name_file(path)}: exists already; name a new file") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no path can hold this"
        raise UsageError(f"{name_file(path)}: cannot be written ({why}); choose another place") from None


def _text(path: Path, csv: Path | None) -> str:
    words = one_line(path.stem).replace("_", " ").strip().capitalize()[:80]
    title = words if len(words) > 3 else "My experiment"
    top = _TOP.format(title=_toml(title))
    if csv is None:
        return top + _CLUSTERS + _REST.format(components=3, means="sample", means_said=_SAMPLE)
    columns = columns_of(csv)
    chosen = _choose(csv, columns)
    data = _CSV.format(
        csv=_toml(_relative(csv, path.parent)),
        columns="[" + ", ".join(map(_toml, chosen.names)) + "]",
        numeric=", ".join(map(_toml, columns.numeric)),
        standardize=str(chosen.standardize).lower(),
    )
    return top + data + _REST.format(components=2, means="k-means++", means_said=_FAR)


def _choose(csv: Path, columns: Columns) -> _Chosen:
    """Take the first two columns of numbers that do not merely number the rows."""
    names: list[str] = []
    spreads: list[float] = []
    for name in columns.numeric:
        values = read_table(csv, [name]).values[:, 0]
        counts_rows = len(values) > 2 and bool((np.diff(values) == 1).all()) and values[0] in (0.0, 1.0)
        if not counts_rows and values.std() > 0:
            names.append(name)
            spreads.append(float(values.std()))
        if len(names) == 2:
            break
    if not names:
        raise DataError(f"{name_file(csv)}: no column holds numbers that differ; give one or two that do")
    return _Chosen(tuple(names), max(spreads) > _UNEQUAL * min(spreads))


def _relative(csv: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(csv, folder)).as_posix()
    except ValueError:  # another drive
        return csv.absolute().as_posix()


def _toml(text: str) -> str:
    """Return a text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
