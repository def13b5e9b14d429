"""The data of an experiment in parts: which files there are, how they are cut, and who goes through them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import finalize

import numpy as np

from em_film.experiment.experiment import Experiment
from em_film.experiment.table import EmptyTableError, Reading, read_table
from em_film.parts.files import files_named, is_address
from em_film.parts.part import ArrayPart, Part, array_parts
from em_film.wording import counted, one_line
from em_model.errors import DataError, EMError
from em_model.mixture import FloatArray

if TYPE_CHECKING:
    from em_film.parts.cluster import Cluster, PartsThere
    from em_film.parts.here import PartsHere

__all__ = ["opened"]

_MOST = 2  # columns that are taken where none are named
_TABLES = (".csv", ".tsv", ".txt", ".dat", ".gz", ".npy")


@dataclass(frozen=True, slots=True, eq=False)
class InParts:
    """Data in parts, gone through once.

    Attributes
    ----------
    source : Source
        All points; to be closed.
    columns : tuple of str
    note : str
        How many files and parts there are, and who goes through them; a phrase.
    """

    source: PartsHere | PartsThere
    columns: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class _Files:
    """Which files there are, and how they are read; it travels to whoever looks."""

    where: str
    parquet: bool
    columns: tuple[str, ...]
    reading: Reading

    def parts(self) -> tuple[int, tuple[str, ...], Sequence[Part]]:
        """Look: how many files, which columns, which parts."""
        files = files_named(self.where, (".parquet", ".pq") if self.parquet else _TABLES)
        drop = self.reading.missing == "drop"
        if self.parquet:
            from em_film.parts.parquet import numeric_columns, parquet_parts

            columns = self.columns or numeric_columns(files[0])[:_MOST]
            if not columns:
                raise DataError(f"{one_line(files[0])}: no column holds numbers; name other files")
            return len(files), columns, [part for file in files for part in parquet_parts(file, columns, drop)]
        if is_address(self.where):
            raise DataError(f"{one_line(self.where)}: tables and arrays are read from here only; write them as Parquet")
        saved = [file for file in files if file.endswith(".npy")]
        if saved and len(saved) < len(files):
            other = next(file for file in files if file not in saved)
            raise DataError(f"{one_line(other)}: lies among saved arrays; name files of one kind")
        if saved:
            found = [part for file in files for part in array_parts(file, self.columns, _MOST, drop)]
            return len(files), found[0].columns, _alike(found)
        columns = self.columns or read_table(Path(files[0]), (), self.reading, _MOST).columns
        return len(files), columns, [_CsvPart(file, columns, self.reading, os.path.getsize(file)) for file in files]


@dataclass(frozen=True, slots=True)
class _CsvPart:
    """A CSV file; one that is read again and again may be kept, read, in a folder."""

    file: str
    columns: tuple[str, ...]
    reading: Reading
    size: int
    kept: str = ""

    @property
    def name(self) -> str:
        """Name of the file."""
        return one_line(self.file)

    def read(self) -> FloatArray:
        """Return the points."""
        if self.kept and os.path.exists(self.kept):
            kept: FloatArray = np.load(self.kept)
            return kept
        try:
            points = read_table(Path(self.file), self.columns, self.reading).values.astype(np.float64)
        except EmptyTableError:
            points = np.empty((0, len(self.columns)))
        if self.kept:
            np.save(self.kept, points)
        return points


def _alike(parts: list[ArrayPart]) -> list[ArrayPart]:
    """Return parts of which each has the same columns; DataError, which names it, where one has not."""
    for part in parts:
        if part.columns != parts[0].columns:
            told = f"{len(part.columns)} column(s) where the first file has {len(parts[0].columns)}"
            raise DataError(f"{part.name}: has {told}; name data.columns that all have")
    return parts


def opened(experiment: Experiment) -> InParts:
    """Find the files of an experiment, cut them into parts, and go through them once, here or on a cluster.

    Raises
    ------
    ExperimentError
        If they cannot be read, or the cluster cannot be had: one line that names the key and the part.
    """
    data, key = experiment.data, "data.parquet" if experiment.data.parquet is not None else "data.csv"
    if data.standardize:
        problem = "data in parts are fitted in their own units, as EM is the same in any; remove it"
        raise experiment.error("data.standardize", problem)
    reading = Reading(data.missing, data.decimal or "", data.encoding or "")
    files = _Files(experiment.where, data.parquet is not None, data.columns, reading)
    if experiment.fit.engine is None:
        with _told(experiment, key):
            return _here(files, experiment.seed)
    from em_film.parts.cluster import Cluster

    with _told(experiment, "fit.scheduler" if experiment.fit.scheduler else "fit.engine"):
        cluster = Cluster(experiment.fit.scheduler)
    try:
        with _told(experiment, key):
            return _there(files, cluster, experiment.seed)
    except BaseException:
        cluster.close()
        raise


def _here(files: _Files, seed: int) -> InParts:
    from em_film.parts.here import PartsHere

    count, columns, parts = files.parts()
    tables = [part for part in parts if isinstance(part, _CsvPart)]
    if not tables:
        return InParts(PartsHere(parts, seed), columns, f"{_told_parts(count, parts)}, read anew in every step")
    folder = tempfile.mkdtemp(prefix="em-film-parts-")
    kept = [replace(part, kept=f"{folder}/{place}.npy") for place, part in enumerate(tables)]
    try:
        source = PartsHere(kept, seed)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finalize(source, shutil.rmtree, folder, ignore_errors=True)
    return InParts(source, columns, f"{_told_parts(count, parts)}, kept as arrays in {folder} meanwhile")


def _there(files: _Files, cluster: Cluster, seed: int) -> InParts:
    from em_film.parts.cluster import PartsThere

    count, columns, parts = cluster.result(cluster.client.submit(files.parts, pure=False))
    source = PartsThere(cluster, parts, seed)
    workers = counted(len(set(cluster.threads)), "worker", words=False)
    return InParts(source, columns, f"{_told_parts(count, parts)}, held by {workers} of {one_line(cluster.name)}")


def _told_parts(count: int, parts: Sequence[Part]) -> str:
    return f"{counted(len(parts), 'part', words=False)} of {counted(count, 'file', words=False)}"


@contextmanager
def _told(experiment: Experiment, key: str) -> Iterator[None]:
    """Have what is wrong begin with the experiment's file and a key of it."""
    try:
        yield
    except EMError as error:
        folder = f"{experiment.path.parent.resolve()}{os.sep}"
        raise experiment.error(key, str(error).replace(folder, "")) from None
