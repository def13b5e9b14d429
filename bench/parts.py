"""What a step costs on data in parts: workers of a Dask cluster against one process, scikit-learn and Spark MLlib."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import numpy as np
from threadpoolctl import threadpool_limits

import em_model
from bench.held import most_held
from bench.problems import problem
from bench.timing import Spread, interleaved, print_table, seconds
from em_film.parts.cluster import Cluster, PartsThere
from em_film.parts.part import array_parts

__all__ = ["main"]

_STEPS = 4
_AGREE = 1e-12
_SAME_FIT = 1e-9
_HEADS = ("N", "one process, ms", "1 worker ×", "2 workers ×", "2 workers, ms", "read, s")
_PEERS = ("em_model", "Dask, 2 workers", "scikit-learn", "Spark MLlib")


def main(quick: bool = False) -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory(prefix="em-bench-") as folder:
        against_one_process([10**6] if quick else [10**6, 10**7, 3 * 10**7, 10**8], Path(folder), 5 if quick else 9)
        against_peers([10**6] if quick else [10**6, 10**7], Path(folder))


def against_one_process(sizes: list[int], folder: Path, repetitions: int) -> None:
    rows = []
    for n_points in sizes:
        file, start = _saved(folder, n_points)
        parts = array_parts(str(file), (), 2, drop=False)
        data = em_model.Data(np.load(file, mmap_mode="r" if n_points > 3 * 10**7 else None))
        with threadpool_limits(1), _cluster(1) as one, _cluster(2) as two:
            sources = {
                "one process": data,
                "1 worker": PartsThere(one, parts, 0),
                "2 workers": PartsThere(two, parts, 0),
            }
            ells = [em_model.e_step(source, start)[1] for source in sources.values()]
            if max(abs(ell / ells[0] - 1) for ell in ells) > _AGREE:
                raise SystemExit(f"the log-likelihoods disagree: {ells}; their times compare nothing")
            actions = {name: partial(em_model.e_step, source, start) for name, source in sources.items()}
            taken = interleaved(actions, repetitions)
            read = seconds(partial(PartsThere, two, parts, 0))
        alone = taken["one process"]
        rows.append(
            (
                f"{n_points:,}",
                Spread.of(1e3 * alone),
                Spread.of(taken["1 worker"] / alone),
                Spread.of(taken["2 workers"] / alone),
                Spread.of(1e3 * taken["2 workers"]),
                f"{read:.2f}",
            )
        )
        file.unlink()
    note = "An E-step (K = 3, D = 2), workers as Dask starts them, points in their memory; one BLAS thread a process."
    print_table("Data in parts: workers beside one process", _HEADS, rows, note)


def against_peers(sizes: list[int], folder: Path) -> None:
    rows = []
    for n_points in sizes:
        file, start = _saved(folder, n_points)
        np.savez(folder / "start.npz", weights=start.weights, means=start.means, covariances=start.covariances)
        found = {name: _measured(name, file, folder / "start.npz") for name in _PEERS}
        ours = found["em_model"]
        for name, measured in found.items():
            if not measured:
                rows.append((f"{n_points:,}", name, "not installed", "", "", ""))
                continue
            apart = abs(measured["ell"] / ours["ell"] - 1)
            if apart > _SAME_FIT:
                raise SystemExit(f"{name} ends {apart:.0e} off in ℓ; its time compares nothing")
            each = measured["step"]
            rows.append(
                (
                    f"{n_points:,}",
                    name,
                    f"{1e3 * each:.0f}",
                    f"{each / ours['step']:.2f}",
                    f"{measured['peak'] / 1e6:,.0f}",
                    f"{apart:.0e}",
                )
            )
        file.unlink()
    note = (
        f"A fit of {_STEPS + 1} steps less one of 1, over {_STEPS}, from the same start, each in processes of its own. "
        "Peak: memory of all its processes; what they share counts once (Linux). Apart: relative difference of ℓ where "
        "they end."
    )
    print_table("Beside peers", ("N", "", "ms a step", "× em_model", "peak, MB", "apart"), rows, note)


def _saved(folder: Path, n_points: int) -> tuple[Path, em_model.Mixture]:
    file = folder / f"{n_points}.npy"
    points, start = problem(3, 2, n_points)
    np.save(file, points)
    return file, start


@contextmanager
def _cluster(workers: int) -> Iterator[Cluster]:
    cluster = Cluster(None, workers=workers)
    try:
        yield cluster
    finally:
        cluster.close()


def _measured(name: str, file: Path, start: Path) -> dict[str, float]:
    """Seconds a step, ℓ at the end and the highest memory of a contender; nothing where it is not installed."""
    if name == "Spark MLlib" and not (find_spec("pyspark") and which("java")):
        return {}
    command = [sys.executable, "-m", "bench.peers", name, str(file), str(start), str(_STEPS)]
    with (
        subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True) as process,
        most_held(process.pid) as peak,
    ):
        output, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{name} failed")
    return {**json.loads(output.splitlines()[-1]), "peak": peak[0]}


if __name__ == "__main__":
    main(quick=bool(os.environ.get("QUICK")))
