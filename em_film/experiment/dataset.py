"""The data an experiment names: drawn from its clusters, or read from its table."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from em_film.experiment.agreement import disagreement
from em_film.experiment.experiment import Experiment
from em_film.experiment.table import ColumnError, Table, read_csv
from em_film.wording import show
from em_model.data import Data
from em_model.errors import DataError
from em_model.mixture import FloatArray

__all__ = ["DATA_STREAM", "Dataset"]

DATA_STREAM = 0  # of the experiment's randomness, apart from the start's, which so leaves the data as they are


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Points to be fitted and shown, with what is known of them.

    Parameters
    ----------
    points : array, shape (N, D)
        Real numbers, in the units they are fitted in; made read-only.
    columns : tuple of str
        Names of the columns they were read from; empty for points drawn from clusters.

    Attributes
    ----------
    data : em_model.Data
        The points, checked and ready to be fitted.

    Raises
    ------
    DataError
        If no mixture can be fitted to such points.
    """

    points: FloatArray
    columns: tuple[str, ...] = ()
    data: Data = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.points.flags.writeable = False
        object.__setattr__(self, "data", Data(self.points))

    @classmethod
    def of(cls, experiment: Experiment) -> Dataset:
        """Draw an experiment's points from its clusters, or read them from the table it names.

        Raises
        ------
        ExperimentError
            If the table cannot be read, or does not go with the rest of the experiment.
        """
        try:
            if experiment.data.csv is None:
                return cls(_drawn(experiment))
            table = _table(experiment, experiment.data.csv)
            return cls(_points(experiment, table), table.columns)
        except DataError as error:
            raise experiment.error("data", str(error)) from None


def _drawn(experiment: Experiment) -> FloatArray:
    truth = experiment.truth
    assert truth is not None
    return truth.sample(experiment.data.points, np.random.default_rng([experiment.seed, DATA_STREAM]))[0]


def _table(experiment: Experiment, file: str) -> Table:
    try:
        return read_csv(experiment.resolve(file), experiment.data.columns)
    except ColumnError as error:
        raise experiment.error("data.columns", str(error)) from None
    except DataError as error:
        raise experiment.error("data.csv", str(error)) from None


def _points(experiment: Experiment, table: Table) -> FloatArray:
    points = table.values
    n_points, n_dimensions = points.shape
    found = disagreement(experiment, n_dimensions, n_points)
    if found:
        raise experiment.error(found.key, f"{found.problem}; {found.remedy}")
    if not experiment.data.standardize:
        return points
    spread = points.std(axis=0)
    if not spread.all():
        column = table.columns[int(spread.argmin())]
        problem = f"all values of column {show(column)} are the same; choose another column"
        raise experiment.error("data.standardize", problem)
    standardised: FloatArray = (points - points.mean(axis=0)) / spread
    return standardised
