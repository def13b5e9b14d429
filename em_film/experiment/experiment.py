"""The experiment file: one TOML file that says which data, which start, which fit and which film."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from pathlib import Path
from typing import Any, Self

import numpy as np
from pydantic import Field, PrivateAttr, ValidationError, model_validator

from em_film.errors import ExperimentError
from em_film.experiment.agreement import disagreement
from em_film.experiment.complaints import explain, explain_syntax
from em_film.experiment.saved_run import sample_in
from em_film.experiment.sections import AscentSection, DataSection, FilmSection, FitSection, Section, StartSection, key
from em_film.experiment.table import LARGEST_TABLE
from em_film.experiment.values import TextLine, refuse
from em_film.parts.files import is_address, is_many, state_of
from em_film.wording import name_file, read_file
from em_model.known import Known
from em_model.mixture import Mixture

__all__ = ["Experiment"]

_LARGEST_FILE = 2**20  # bytes of TOML


class Experiment(Section):
    """A whole experiment file, validated; see ``docs/experiment-file.md`` for every key.

    Components and axes are counted from 1 in the file and from 0 in what the methods return.
    """

    title: TextLine = key(
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
    start: StartSection = Field(default_factory=StartSection, json_schema_extra={"right": "a [start] table"})
    fit: FitSection = Field(default_factory=FitSection, json_schema_extra={"right": "a [fit] table"})
    ascent: AscentSection = Field(default_factory=AscentSection, json_schema_extra={"right": "an [ascent] table"})
    film: FilmSection = Field(default_factory=FilmSection, json_schema_extra={"right": "a [film] table"})

    _path: Path = PrivateAttr(default=Path("experiment.toml"))
    _made_by: str = PrivateAttr(default="")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Experiment:
        """Read and validate an experiment file; the table it may name is read by `Dataset.of`.

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
    def parse(cls, content: bytes, path: str | os.PathLike[str], made_by: str = "") -> Experiment:
        """Validate the bytes of an experiment file as if they stood at ``path``; errors as for `load`.

        Where no user has written them, messages name instead of the file what they were made by.
        """
        path = Path(path)
        try:
            tree = tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
            experiment = cls.model_validate(tree, context=path)
            experiment._made_by = made_by
            return experiment
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            complaint = f"line {line}: is not UTF-8 text; save the file as plain text in UTF-8"
        except ValidationError as error:
            complaint = explain(error, cls)
        except (ValueError, RecursionError) as error:  # tomllib's own errors are ValueErrors
            complaint = explain_syntax(error)
        raise ExperimentError(f"{made_by or name_file(path)}: {complaint}")

    def __repr__(self) -> str:
        return f"<Experiment {self.heading!r}: {self.called}>"

    @property
    def path(self) -> Path:
        """Where the file lies; relative paths in it start from there."""
        return self._path

    @property
    def called(self) -> str:
        """What messages call it: its file, or what it was made by."""
        return self._made_by or name_file(self._path)

    @property
    def origin(self) -> Path | None:
        """The user's file that it is; None where it was made in memory."""
        return None if self._made_by else self._path

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
    def truth(self) -> Mixture | None:
        """The mixture the points are drawn from; None for files, of which nobody knows."""
        if not self.data.cluster:
            return None
        weights = np.array([cluster.weight for cluster in self.data.cluster])
        means = np.array([cluster.mean for cluster in self.data.cluster])
        covariances = np.array([cluster.covariance for cluster in self.data.cluster])
        return Mixture(weights / weights.sum(), means, covariances)

    def fingerprint(self) -> str:
        """Return a digest (hexadecimal SHA-256) of all that decides the film: every key and the files named.

        Raises
        ------
        ExperimentError
            If a file it names cannot be read.
        """
        digest = hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode())
        digest.update(self.heading.encode())
        carried = False
        if self.fit.history is not None:
            digest.update(hashlib.sha256(self.read("fit.history", self.fit.history)).digest())
            carried = sample_in(self.resolve(self.fit.history)) is not None
        if self.data.csv is not None and not self.in_parts and not carried:
            if self._is_large():
                digest.update(state_of(self.where).encode())
            else:
                digest.update(hashlib.sha256(self.read("data.csv", self.data.csv)).digest())
        elif self.in_parts and not carried:
            digest.update(state_of(self.where).encode())
        return digest.hexdigest()

    def _is_large(self) -> bool:
        """Tell whether the table is larger than any text may be: a saved array, perhaps larger than the memory."""
        return os.path.isfile(self.where) and os.path.getsize(self.where) > LARGEST_TABLE

    @property
    def where(self) -> str:
        """Where the files of the data lie: a whole path or an address; empty for clusters."""
        named = self.data.parquet or self.data.csv or ""
        return named if is_address(named) or not named else os.path.abspath(self.resolve(named))

    @property
    def in_parts(self) -> bool:
        """Whether the points are gone through part by part: those of many files, or of an engine."""
        if self.data.cluster:
            return False
        return self.data.parquet is not None or self.fit.engine is not None or is_many(self.where)

    @property
    def one_column(self) -> tuple[str, str]:
        """Key of the file that gives the data their columns, and what to do there to have one."""
        if self.data.cluster:
            return "data.cluster", "give each mean as one number"
        return "data.columns", "name one column"

    @property
    def known(self) -> Known:
        """What is held at its start, components counted from 0."""
        known = self.fit.known
        return Known(known.weights, known.covariances, tuple(component - 1 for component in known.means))

    @property
    def heading(self) -> str:
        """Title of the film: ``title``, or else the file's name in words."""
        return self.title or self.name.replace("_", " ").strip().capitalize()

    def resolve(self, file: str) -> Path:
        """Return where a file lies that this one names."""
        return self._path.parent / file

    def read(self, where: str, file: str) -> bytes:
        """Return the bytes of a file that the key ``where`` names; ExperimentError if it cannot be read."""
        try:
            return read_file(self.resolve(file), LARGEST_TABLE)
        except ExperimentError as error:
            raise self.error(where, f"{name_file(self.resolve(file))}: {error}") from None

    def error(self, where: str, message: str) -> ExperimentError:
        """Return the error that says, in one line, what is wrong at a key of this file."""
        return ExperimentError(f"{self.called}: {where}: {message}")

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
