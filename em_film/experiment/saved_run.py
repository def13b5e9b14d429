"""A saved fit of data in parts carries a sample of them, so that a film can be drawn where the data are not."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from em_film.wording import one_line
from em_model.data import Data
from em_model.errors import DataError
from em_model.parts.moments import Moments

if TYPE_CHECKING:
    from em_film.experiment.dataset import Dataset

__all__ = ["SampleOfRun", "beside", "sample_in"]

_NAMES = ("sample", "sample_weights", "whole_count", "whole_mean", "whole_scatter", "columns")
_MOST_COLUMNS = 100


@dataclass(frozen=True, slots=True, eq=False)
class SampleOfRun:
    """What a saved fit carries of its data.

    Attributes
    ----------
    data : Data
        The sample, weighed.
    columns : tuple of str
    """

    data: Data
    columns: tuple[str, ...]

    @property
    def note(self) -> str:
        """Say what is carried, in a phrase."""
        return f"a sample of {self.data.n_rows} points, which the saved fit carries; the data themselves are not read"


def beside(dataset: Dataset) -> dict[str, NDArray[Any]]:
    """Return the arrays that a fit is saved with: none, but for data in parts, once they are weighed."""
    data = dataset.weighed
    if data is None:
        return {}
    whole, rows = data.moments, np.ones(data.n_rows) if data.weights is None else data.weights
    values = (
        np.asarray(data.points),
        rows,
        np.array(whole.count),
        whole.mean,
        whole.scatter,
        np.array(dataset.columns),
    )
    return dict(zip(_NAMES, values, strict=True))


def sample_in(path: Path) -> SampleOfRun | None:
    """Return the sample that a saved fit carries; None where there is none, or no file that holds one."""
    try:
        if not path.is_file():  # a pipe would be waited for
            return None
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            if not set(_NAMES) <= set(archive.files):
                return None
            points, weights, count, mean, scatter, columns = (archive[name] for name in _NAMES)
        whole = Moments(int(count), mean, scatter)
        names = tuple(one_line(str(name)) for name in columns)
        sound = points.ndim == 2 and points.shape[1] == len(names) == len(mean) <= _MOST_COLUMNS
        if not sound or scatter.shape != (len(mean), len(mean)) or not np.isfinite(points).all():
            return None
        every = len(points) == whole.count
        return SampleOfRun(Data(points) if every else Data(points, whole=whole, weights=weights), names)
    except (OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, DataError):
        return None  # what is wrong with it is said where the fit is read
