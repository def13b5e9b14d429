"""Files at addresses: whatever a driver says is one line that names them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fsspec
import pyarrow
import pyarrow.parquet
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from em_film.experiment import Dataset, Experiment
from em_film.parts.files import files_named, open_file, reached
from em_model import EMError
from em_model.errors import DataError


class _UnreachedError(Exception):
    """Of a kind that only a driver knows."""


class _Unreached(MemoryFileSystem):
    protocol = "unreached"

    def glob(self, *_: Any, **__: Any) -> Any:
        raise _UnreachedError("no such\nhost")

    def open(self, *_: Any, **__: Any) -> Any:
        raise _UnreachedError("no such\nhost")


fsspec.register_implementation("unreached", _Unreached, clobber=True)


def test_what_only_a_driver_knows_is_a_line() -> None:
    with pytest.raises(DataError, match=r"^unreached://a/\*\.parquet: cannot be read \(no such\\nhost\); check the"):
        files_named("unreached://a/*.parquet", (".parquet",))
    with pytest.raises(DataError, match="cannot be read"), reached("unreached://a"):
        open_file("unreached://a")


def test_a_driver_that_is_missing_is_to_be_installed() -> None:
    fsspec.register_implementation(
        "uninstalled", "no_such_driver.System", errtxt="Please install no-such", clobber=True
    )
    with pytest.raises(DataError, match=r"Please install no-such\); install its driver where files are read"):
        files_named("uninstalled://a/*.parquet", (".parquet",))


def test_faults_of_our_own_are_not_called_the_files() -> None:
    with pytest.raises(ZeroDivisionError), reached("points.parquet"):
        print(1 / 0)


def test_parquet_elsewhere_is_read_and_tables_are_refused(tmp_path: Path) -> None:
    system = fsspec.filesystem("memory")
    table = pyarrow.table({"a": [1.0, 2.0, 3.0, 7.0, 8.0, 9.5], "b": [0.0, 1.0, 0.5, 4.0, 5.0, 4.0]})
    with system.open("/there/one.parquet", "wb") as file:
        pyarrow.parquet.write_table(table, file)
    with system.open("/there/one.csv", "wb") as file:
        file.write(b"a,b\n1,2\n3,4\n")
    path = tmp_path / "there.toml"
    path.write_text('[data]\nparquet = "memory://there/*.parquet"\n[fit]\ncomponents = 2\n')
    assert Dataset.of(Experiment.load(path)).source.n_points == 6
    path.write_text('[data]\ncsv = "memory://there/*.csv"\n[fit]\ncomponents = 2\n')
    with pytest.raises(EMError, match=r"data\.csv: memory://there/\*\.csv: tables and arrays are read from here only"):
        Dataset.of(Experiment.load(path))
