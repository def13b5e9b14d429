"""The data an experiment names: drawn from its clusters, or read from its table."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from em_film.experiment.agreement import disagreement
from em_film.experiment.experiment import Experiment
from em_film.experiment.findings import findings, hopeless
from em_film.experiment.saved_run import SampleOfRun, sample_in
from em_film.experiment.table import ColumnError, Reading, Table, read_table
from em_film.parts.sampled import MOST_SAMPLED
from em_film.wording import show
from em_model.data import Data
from em_model.errors import DataError
from em_model.history import History
from em_model.mixture import FloatArray
from em_model.parts.weighed import weighed

if TYPE_CHECKING:
    from em_film.parts.cluster import PartsThere
    from em_film.parts.here import PartsHere

__all__ = ["Dataset", "drawn"]

_DATA_STREAM = 0  # of the experiment's randomness, apart from the start's, which so leaves the data as they are


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Points to be fitted and shown, with what is known of them.

    Parameters
    ----------
    points : array, shape (N, D)
        Real numbers, in the units they are fitted in; made read-only.
    columns : tuple of str
        Names of the columns they were read from; empty for points drawn from clusters.
    units : tuple of str
        Of the columns, as they are fitted; empty where none is known.
    titles : tuple of str
        Of the axes, where the experiment gives them.
    notes : tuple of str
        What was read past, left out or decided while reading, each a phrase.
    source : Source, optional
        All points, where those above are a sample of them that is not weighed yet.
    weighed : Data, optional
        The points above as a sample that stands for all, weighed by a fit to them.
    history : History, optional
        That fit.
    standardised : (array, array), optional
        Mean and standard deviation of each column as it was read, shape (D,), where the points are standardised.

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
    units: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    source: PartsHere | PartsThere | None = None
    weighed: Data | None = None
    history: History | None = None
    standardised: tuple[FloatArray, FloatArray] | None = None
    data: Data = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.points.flags.writeable = False
        whole = None if self.source is None else self.source.moments
        object.__setattr__(self, "data", self.weighed or Data(self.points, whole=whole))

    @property
    def n_points(self) -> int:
        """Number of points that are fitted, N."""
        return self.data.n_points if self.source is None else self.source.n_points

    def of_fit(self, history: History) -> Dataset:
        """Return what a film shows of data in parts: the sample, weighed so that a fit to all of them is its own."""
        if self.source is None:
            return self
        data = weighed(self.points, self.source.moments, history)
        return replace(self, source=None, weighed=data, history=history)

    def close(self) -> None:
        """Let go of data in parts, and of those who hold them."""
        if self.source is not None:
            self.source.close()

    @property
    def names(self) -> tuple[str, ...]:
        """What the axes are called in sentences: the columns, else "axis 1" and so on."""
        return self.columns or tuple(f"axis {axis}" for axis in range(1, self.data.n_dimensions + 1))

    @property
    def labels(self) -> tuple[str, ...]:
        """Titles of the axes: as given, else the columns with their units; empty where the axes have no names."""
        units = self.units or ("",) * len(self.columns)
        named = (f"{name} ({unit})" if unit else name for name, unit in zip(self.columns, units, strict=True))
        return self.titles or tuple(named)

    def findings(self, prior: bool = False) -> tuple[str, ...]:
        """Return what of the data will give a fit or a picture trouble, each as "what is so; what would help".

        With a ``prior`` on the covariances, none is the remedy.
        """
        return tuple(findings(self.data, self.names, prior, self._as_read))

    def _as_read(self, axis: int, value: float) -> float:
        if self.standardised is None:
            return value
        middle, spread = self.standardised
        return float(middle[axis] + value * spread[axis])

    @classmethod
    def of(cls, experiment: Experiment) -> Dataset:
        """Draw an experiment's points from its clusters, or read them from the table it names.

        Raises
        ------
        ExperimentError
            If the table cannot be read, does not go with the rest of the experiment, or cannot be fitted.
        """
        try:
            dataset = _made(experiment)
            problem = hopeless(dataset.data, dataset.names, experiment.fit.covariances)
            if problem and not experiment.fit.known.covariances and experiment.fit.prior is None:
                dataset.close()
                raise DataError(problem)
            return dataset
        except DataError as error:
            raise experiment.error("data", str(error)) from None


def _made(experiment: Experiment) -> Dataset:
    titles = experiment.data.labels
    carried = None if experiment.fit.history is None else sample_in(experiment.resolve(experiment.fit.history))
    if carried is not None:
        _require_labels(experiment, carried.columns)
        _require_same(experiment, carried)
        points = np.array(carried.data.points)
        return Dataset(points, carried.columns, (), (carried.note,), titles, weighed=carried.data)
    if experiment.in_parts:
        return _sampled(experiment)
    if experiment.data.csv is None:
        return Dataset(drawn(experiment)[0], titles=titles)
    table = _table(experiment, experiment.data.csv)
    _require_labels(experiment, table.columns)
    units = ("standardised",) * len(table.columns) if experiment.data.standardize else table.units
    points, standardised = _points(experiment, table)
    return Dataset(points, table.columns, units, table.notes, titles, standardised=standardised)


def _sampled(experiment: Experiment) -> Dataset:
    """Go through data in parts once, and take a sample of them."""
    from em_film.experiment.in_parts import opened

    whole = opened(experiment)
    try:
        _require_labels(experiment, whole.columns)
        _require_agreement(experiment, whole.source.n_dimensions, whole.source.n_points)
        points = whole.source.sample(MOST_SAMPLED)
    except BaseException:
        whole.source.close()
        raise
    notes = (whole.note,)
    return Dataset(points, whole.columns, (), notes, experiment.data.labels, whole.source)


def _require_labels(experiment: Experiment, columns: tuple[str, ...]) -> None:
    titles = experiment.data.labels
    if titles and len(titles) != len(columns):
        problem = f"holds {len(titles)} label(s) for {len(columns)} column(s); give one for each"
        raise experiment.error("data.labels", problem)


def _require_same(experiment: Experiment, carried: SampleOfRun) -> None:
    """Raise ExperimentError where a saved run is of other data than the experiment names."""
    named = experiment.data.columns
    if named and named != carried.columns:
        problem = f"was fitted to {', '.join(map(show, carried.columns))}; name these in data.columns"
        raise experiment.error("fit.history", problem)
    _require_agreement(experiment, carried.data.n_dimensions, carried.data.n_points)


def _require_agreement(experiment: Experiment, n_dimensions: int, n_points: int) -> None:
    found = disagreement(experiment, n_dimensions, n_points)
    if found:
        raise experiment.error(found.key, f"{found.problem}; {found.remedy}")


def drawn(experiment: Experiment) -> tuple[FloatArray, NDArray[np.intp]]:
    """Draw an experiment's points from its clusters, shape (N, D), with the cluster of each, shape (N,), from 0."""
    truth = experiment.truth
    assert truth is not None
    return truth.sample(experiment.data.points, np.random.default_rng([experiment.seed, _DATA_STREAM]))


def _table(experiment: Experiment, file: str) -> Table:
    data = experiment.data
    reading = Reading(data.missing, data.decimal or "", data.encoding or "")
    try:
        return read_table(experiment.resolve(file), data.columns, reading)
    except ColumnError as error:
        raise experiment.error("data.columns", str(error)) from None
    except DataError as error:
        raise experiment.error("data.csv", str(error)) from None


def _points(experiment: Experiment, table: Table) -> tuple[FloatArray, tuple[FloatArray, FloatArray] | None]:
    values: Any = table.values  # memory-mapped where it is an array of floats
    points: FloatArray = values if values.dtype == np.float64 else values.astype(np.float64)
    n_points, n_dimensions = points.shape
    _require_agreement(experiment, n_dimensions, n_points)
    if not experiment.data.standardize:
        return points, None
    middle, spread = points.mean(axis=0), points.std(axis=0)
    if not spread.all():
        column = table.columns[int(spread.argmin())]
        problem = f"all values of column {show(column)} are the same; choose another column"
        raise experiment.error("data.standardize", problem)
    return (points - middle) / spread, (middle, spread)
