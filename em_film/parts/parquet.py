"""Parquet files cut into parts at their row groups."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from em_film.errors import UsageError
from em_film.parts.files import INSTALL_PARTS, open_file, reached
from em_film.parts.part import NUMBERS, checked, column_of
from em_film.wording import one_line, show
from em_model.errors import DataError
from em_model.mixture import FloatArray

__all__ = ["ParquetPart", "numeric_columns", "parquet_parts"]


@dataclass(frozen=True, slots=True)
class ParquetPart:
    """Row groups of a Parquet file that follow each other.

    Parameters
    ----------
    file : str
    columns : tuple of str
    groups : tuple of int
        Row groups, from 0.
    size : int
        Rows.
    drop : bool
        Whether rows in which a value is missing are left out.
    name : str
    """

    file: str
    columns: tuple[str, ...]
    groups: tuple[int, ...]
    size: int
    drop: bool
    name: str

    def read(self) -> FloatArray:
        """Return the points."""
        with _opened(self.file) as file:
            table = file.read_row_groups(list(self.groups), columns=list(self.columns), use_threads=False)
        points = np.empty((len(table), len(self.columns)))
        for axis, column in enumerate(self.columns):
            points[:, axis] = table.column(column).to_numpy()
        return checked(points, self, self.drop)


def numeric_columns(file: str) -> tuple[str, ...]:
    """Names of the columns of a Parquet file that hold numbers."""
    with _opened(file) as opened:
        return tuple(field.name for field in opened.schema_arrow if _is_numeric(field.type))


def parquet_parts(file: str, columns: tuple[str, ...], drop: bool) -> list[ParquetPart]:
    """Cut a Parquet file into parts.

    Raises
    ------
    DataError
        If it is none, lacks a column, or one holds no numbers; it names the file.
    """
    name = one_line(file)
    with _opened(file) as opened:
        schema, metadata = opened.schema_arrow, opened.metadata
        for column in columns:
            kind = schema.field(column_of(column, schema.names, name)).type
            if not _is_numeric(kind):
                raise DataError(f"{name}: column {show(column)} holds {kind} and no numbers; choose another column")
        sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    most = max(1, NUMBERS // len(columns))
    cuts: list[tuple[int, ...]] = []
    held: list[int] = []
    for group, size in enumerate(sizes):
        if held and sum(sizes[place] for place in held) + size > most:
            cuts.append(tuple(held))
            held = []
        held.append(group)
    cuts += [tuple(held)] if held else []
    return [
        ParquetPart(
            file,
            columns,
            groups,
            sum(sizes[place] for place in groups),
            drop,
            name if len(cuts) == 1 else f"{name}, rows from {sum(sizes[: groups[0]]) + 1}",
        )
        for groups in cuts
    ]


def _is_numeric(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_integer(kind) or types.is_floating(kind))


@contextmanager
def _opened(file: str) -> Iterator[Any]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ModuleNotFoundError:
        raise UsageError(f"pyarrow is not installed; {INSTALL_PARTS}") from None
    with reached(file), open_file(file) as stored:
        try:
            yield ParquetFile(stored)
        except ArrowException:
            raise DataError(f"{one_line(file)}: is no Parquet file, or damaged; write it again") from None
