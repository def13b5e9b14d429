"""Data in files, part by part, and starts for them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from em_film.parts.files import files_named
from em_film.parts.parquet import ParquetPart, parquet_parts
from em_model import Mixture
from em_model.mixture import FloatArray

__all__ = ["START", "parts_of", "three_clusters", "write_parts"]

START = Mixture(np.full(3, 1 / 3), [[-1.0, 0.0], [2.0, 3.0], [4.0, 1.0]], np.stack([np.eye(2)] * 3))


def three_clusters(count: int, seed: int = 4) -> FloatArray:
    """Draw points from the three clusters of the 2017 picture."""
    truth = Mixture(
        [0.5, 0.15, 0.35],
        [[0.0, 1.5], [2.8, 1.5], [5.5, 3.0]],
        [[[1, 0.9], [0.9, 1]], [[1, -0.8], [-0.8, 0.8]], [[1, 0.9], [0.9, 1]]],
    )
    return truth.sample(count, np.random.default_rng(seed))[0]


def write_parts(folder: Path, blocks: Sequence[FloatArray], row_group_size: int | None = None) -> Path:
    """Write a Parquet file for each block, with columns a, b, ... and one of text between them."""
    folder.mkdir(exist_ok=True)
    for number, block in enumerate(blocks):
        columns = {chr(ord("a") + axis): block[:, axis] for axis in range(block.shape[1])}
        table = pa.table({"place": pa.array(["here"] * len(block), pa.string()), **columns})
        parquet.write_table(table, folder / f"{number:03}.parquet", row_group_size=row_group_size)
    return folder


def parts_of(folder: Path, columns: tuple[str, ...] = ("a", "b"), drop: bool = False) -> list[ParquetPart]:
    """Cut the files of a folder into parts."""
    files = files_named(str(folder), (".parquet",))
    return [part for file in files for part in parquet_parts(file, columns, drop)]
