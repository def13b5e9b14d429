"""The experiment file: one TOML file that says which data, which start, which fit and which film."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import Field, PrivateAttr, ValidationError, model_validator

from em_film.errors import ExperimentError
from em_film.experiment.agreement import disagreement
from em_film.experiment.complaints import explain, explain_syntax
from em_film.experiment.sections import Ascent, DataSection, Film, Fit, Section, Start, key
from em_film.experiment.table import LARGEST_TABLE, ColumnError, Table, read_csv
from em_film.experiment.values import Line, refuse
from em_film.wording import name_file, one_line, read_file, show
from em_model import em, starts
from em_model.data import Data
from em_model.errors import CollapseError, DataError, EMError, HistoryError
from em_model.history import History
from em_model.known import Known
from em_model.mixture import FloatArray, Mixture
from em_model.objective import log_likelihood

__all__ = ["Experiment"]

_LARGEST_FILE = 2**20  # bytes of TOML
_DATA_STREAM, _START_STREAM = 0, 1  # apart, so that another start leaves the data as they are
_SAME = 1e-6  # relative difference of ℓ up to which a saved fit belongs to the data


class Experiment(Section):
    """A whole experiment file, validated; see ``docs/experiment-file.md`` for every key.

    Components and axes are counted from 1 in the file and from 0 in what the methods return.
    """

    title: Line = key(
        "",
        right="a line of text of up to 80 characters",
        meaning="Title of the film.",
        said="the file's name, underscores as blanks",
        max_length=80,
    )
    seed: int = key(
        4,
        right="a whole number from 0 to 9223372036854775807",
        meaning="Seed of all randomness; the data and the start have separate streams.",
        ge=0,
        lt=2**63,
    )
    data: DataSection = Field(
        json_schema_extra={"right": 'a [data] table with [[data.cluster]] tables or csv = "FILE"'}
    )
    start: Start = Field(default_factory=Start, json_schema_extra={"right": "a [start] table"})
    fit: Fit = Field(default_factory=Fit, json_schema_extra={"right": "a [fit] table"})
    ascent: Ascent = Field(default_factory=Ascent, json_schema_extra={"right": "an [ascent] table"})
    film: Film = Field(default_factory=Film, json_schema_extra={"right": "a [film] table"})

    _path: Path = PrivateAttr(default=Path("experiment.toml"))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Experiment:
        """Read and validate an experiment file; the CSV file it may name is read by `points`.

        Raises
        ------
        ExperimentError
            If it cannot be read or is wrong: one line "FILE: KEY: what is wrong; what would be right".
        """
        path = Path(path)
        try:
            content = read_file(path, _LARGEST_FILE)
        except ExperimentError as error:
            raise ExperimentError(f"{name_file(path)}: {error}") from None
        return cls.parse(content, path)

    @classmethod
    def parse(cls, content: bytes, path: str | os.PathLike[str]) -> Experiment:
        """Validate the bytes of an experiment file as if they stood at ``path``; errors as for `load`."""
        path = Path(path)
        try:
            tree = tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
            return cls.model_validate(tree, context=path)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            complaint = f"line {line}: is not UTF-8 text; save the file as plain text in UTF-8"
        except ValidationError as error:
            complaint = explain(error, cls)
        except (ValueError, RecursionError) as error:  # tomllib's own errors are ValueErrors
            complaint = explain_syntax(error)
        raise ExperimentError(f"{name_file(path)}: {complaint}")

    @property
    def path(self) -> Path:
        """Where the file lies; relative paths in it start from there."""
        return self._path

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self._path.stem

    @property
    def n_components(self) -> int:
        """Number of components fitted, K."""
        given = 0 if isinstance(self.start.means, str) else len(self.start.means)
        return self.fit.components or given or len(self.data.cluster) or 2

    @property
    def slices(self) -> tuple[tuple[int, int], ...]:
        """Coordinate slices as (component, axis), counted from 0."""
        if self.film.slices:
            return tuple((line.component - 1, line.axis - 1) for line in self.film.slices)
        return tuple((component, 0) for component in range(min(4, self.n_components)))

    @property
    def columns(self) -> tuple[str, ...] | None:
        """Names of the columns read from the CSV file; None for clusters."""
        return None if self.data.csv is None else self._table.columns

    @property
    def truth(self) -> Mixture | None:
        """The mixture the points are drawn from; None for a CSV file, of which nobody knows."""
        if not self.data.cluster:
            return None
        weights = np.array([cluster.weight for cluster in self.data.cluster])
        means = np.array([cluster.mean for cluster in self.data.cluster])
        covariances = np.array([cluster.covariance for cluster in self.data.cluster])
        return Mixture(weights / weights.sum(), means, covariances)

    def points(self) -> FloatArray:
        """Return the points, shape (N, D), read-only: drawn from the clusters, or read from the CSV file.

        Raises
        ------
        ExperimentError
            If the CSV file cannot be read, or does not go with the rest of the experiment.
        """
        return self._points

    def start_mixture(self, data: Data) -> Mixture:
        """Return the mixture where EM begins, θ⁽⁰⁾, chosen with the start's own random stream.

        Raises
        ------
        ExperimentError
            If the data have too few distinct points for it.
        """
        means = self.start.means
        return self._start("start", data, means if isinstance(means, str) else np.array(means))

    def run(self) -> History:
        """Fit, or load the saved fit and check that it belongs to the data.

        Raises
        ------
        ExperimentError
            If data, start or saved fit cannot be used.
        CollapseError
            If a component collapses; the message names the file as well.
        """
        data = self._data()
        if self.fit.history is not None:
            return self._saved(self.fit.history, data)
        return self._fit(data, self.start_mixture(data))

    def run_other_start(self) -> History | None:
        """Fit from the second start, ``film.other_start``; None where there is none. Errors as for `run`."""
        if self.film.other_start is None:
            return None
        data = self._data()
        return self._fit(data, self._start("film.other_start", data, np.array(self.film.other_start)))

    def fingerprint(self) -> str:
        """Return a digest (hexadecimal SHA-256) of all that decides the film: every key and the files named.

        Raises
        ------
        ExperimentError
            If a file it names cannot be read.
        """
        digest = hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode())
        digest.update(self.heading.encode())
        for where, file in (("data.csv", self.data.csv), ("fit.history", self.fit.history)):
            if file is not None:
                digest.update(hashlib.sha256(self._read(where, file)).digest())
        return digest.hexdigest()

    @property
    def known(self) -> Known:
        """What is held at its start, components counted from 0."""
        known = self.fit.known
        return Known(known.weights, known.covariances, tuple(component - 1 for component in known.means))

    @property
    def heading(self) -> str:
        """Title of the film: ``title``, or else the file's name in words."""
        return self.title or self.name.replace("_", " ").strip().capitalize()

    def model_post_init(self, context: Any) -> None:
        """Keep the path that `parse` hands through pydantic."""
        if isinstance(context, Path):
            self._path = context

    @model_validator(mode="after")
    def _agree(self) -> Self:
        found = disagreement(self, self.data.n_dimensions, self.data.points if self.data.cluster else None)
        if found:
            raise refuse(found.problem, found.remedy, found.key)
        return self

    @cached_property
    def _table(self) -> Table:
        file = self.data.csv or ""
        try:
            return read_csv(self._resolve(file), self.data.columns)
        except ColumnError as error:
            raise self._error("data.columns", str(error)) from None
        except DataError as error:
            raise self._error("data.csv", str(error)) from None

    @cached_property
    def _points(self) -> FloatArray:
        points = self._drawn() if self.data.csv is None else self._from_table()
        points.flags.writeable = False
        return points

    def _drawn(self) -> FloatArray:
        truth = self.truth
        assert truth is not None
        return truth.sample(self.data.points, np.random.default_rng([self.seed, _DATA_STREAM]))[0]

    def _from_table(self) -> FloatArray:
        points = self._table.values
        n_points, n_dimensions = points.shape
        found = disagreement(self, n_dimensions, n_points)
        if found:
            raise self._error(found.key, f"{found.problem}; {found.remedy}")
        if not self.data.standardize:
            return points
        spread = points.std(axis=0)
        if not spread.all():
            column = self._table.columns[int(spread.argmin())]
            raise self._error(
                "data.standardize", f"all values of column {show(column)} are the same; choose another column"
            )
        standardised: FloatArray = (points - points.mean(axis=0)) / spread
        return standardised

    def _data(self) -> Data:
        try:
            return Data(self.points())
        except DataError as error:
            raise self._error("data", str(error)) from None

    def _start(self, where: str, data: Data, means: str | FloatArray) -> Mixture:
        weights = self.start.weights
        try:
            return starts.start(
                data,
                self.n_components,
                means=means,
                covariances=self._start_covariances(),
                weights=None if weights is None else np.array(weights) / sum(weights),
                rng=np.random.default_rng([self.seed, _START_STREAM]),
            )
        except EMError as error:
            raise self._error(where, str(error)) from None

    def _fit(self, data: Data, start: Mixture) -> History:
        try:
            return em.fit(data, start, max_steps=self.fit.max_steps, tolerance=self.fit.tolerance, known=self.known)
        except CollapseError as error:
            message = f"{name_file(self._path)}: fit: {error}"
            raise CollapseError(message, component=error.component, step=error.step, history=error.history) from None
        except EMError as error:
            raise self._error("fit", str(error)) from None

    def _start_covariances(self) -> str | FloatArray:
        given = self.start.covariances
        if isinstance(given, str):
            return given
        matrices = np.array(given)
        shared: FloatArray = matrices[0] if len(matrices) == 1 else matrices
        return shared

    def _saved(self, file: str, data: Data) -> History:
        self._read("fit.history", file)
        try:
            history = History.load(self._resolve(file))
        except HistoryError as error:
            raise self._error("fit.history", one_line(str(error))) from None
        start = history.start
        saved = (start.n_components, start.n_dimensions, history.n_points)
        wanted = (self.n_components, data.n_dimensions, data.n_points)
        for what, there, here in zip(("components", "dimensions", "points"), saved, wanted, strict=True):
            if there != here:
                remedy = "set fit.components to agree" if what == "components" else "name the fit of these data"
                raise self._error("fit.history", f"holds {there} {what}, the experiment {here}; {remedy}")
        expected = float(log_likelihood(data, start))
        if abs(history.log_likelihoods[0] - expected) > _SAME * max(1.0, abs(expected)):
            raise self._error("fit.history", "was fitted to other data; name the fit of these data")
        return history

    def _resolve(self, file: str) -> Path:
        return self._path.parent / file

    def _read(self, where: str, file: str) -> bytes:
        try:
            return read_file(self._resolve(file), LARGEST_TABLE)
        except ExperimentError as error:
            raise self._error(where, f"{name_file(self._resolve(file))}: {error}") from None

    def _error(self, where: str, message: str) -> ExperimentError:
        return ExperimentError(f"{name_file(self._path)}: {where}: {message}")
