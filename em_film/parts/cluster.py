"""Parts held by the workers of a Dask cluster: mixtures travel there, K × F sums come back, the points stay."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from em_film.errors import UsageError
from em_film.parts.files import INSTALL_PARTS
from em_film.parts.held import groups_of, held, in_frame, moments_of, on_each, rows_taken, sizes_of
from em_film.parts.part import Part
from em_film.parts.sampled import rows_of_parts, sampled_rows
from em_film.wording import one_line
from em_model import Data, EMError, merged
from em_model.mixture import FloatArray
from em_model.parts.source import Whole

__all__ = ["Cluster", "PartsThere"]

Result = TypeVar("Result")

_PATIENCE = 10  # seconds in which a scheduler answers, and has a worker


class Cluster:
    """A Dask cluster: one that runs elsewhere, or workers of our own, one for each core.

    Parameters
    ----------
    scheduler : str or None
        Address of a scheduler, such as ``tcp://10.0.0.1:8786``; a cluster on this machine when None.
    workers : int, optional
        How many to start on this machine; one for each core when left out.

    Raises
    ------
    UsageError
        If Dask is not installed.
    EMError
        If the scheduler cannot be reached, or has no worker.
    """

    def __init__(self, scheduler: str | None = None, workers: int | None = None) -> None:
        try:
            from distributed import Client, LocalCluster
        except ModuleNotFoundError:
            raise UsageError(f"dask is not installed; {INSTALL_PARTS}") from None
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters of it is told in a line of ours
        self._own: Any = None
        if scheduler is None:
            self._own = LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0")
        self.name = scheduler or "the cluster on this machine"
        try:
            self.client: Any = Client(self._own or scheduler, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            why = "it is no address" if isinstance(error, ValueError) else f"no answer in {_PATIENCE} seconds"
            remedy = "start one by: dask scheduler, or leave fit.scheduler out for a cluster on this machine"
            raise EMError(f"{one_line(self.name)} cannot be reached ({why}); {remedy}") from None
        try:
            self.client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            self.close()
            raise EMError(
                f"{one_line(self.name)} has no worker; start one by: dask worker {one_line(self.name)}"
            ) from None

    @property
    def threads(self) -> list[str]:
        """Addresses of the workers, each as often as it has threads."""
        return [address for address, count in sorted(self.client.nthreads().items()) for _ in range(count)]

    def result(self, futures: Any) -> Any:
        """Wait for results; what broke on the way is told in a line."""
        from distributed import CancelledError, KilledWorker
        from distributed.comm.core import CommClosedError

        try:
            return self.client.gather(futures)
        except KilledWorker as error:
            times = getattr(error, "allowed_failures", 3) + 1
            raise EMError(
                f"{self.name}: {times} workers died over the same parts, as where memory is short; start more workers"
            ) from None
        except (CancelledError, CommClosedError, TimeoutError):
            raise EMError(f"{self.name} was lost on the way; start it again, and the fit") from None
        except ModuleNotFoundError as error:
            raise EMError(
                f"{self.name}: its workers have no {error.name}; install em-film[distributed] where they run"
            ) from None

    def close(self) -> None:
        """Leave the cluster, and end it if it is our own."""
        if hasattr(self, "client"):
            self.client.close()
        if self._own is not None:
            self._own.close()


class PartsThere(Whole):
    """Points in files that workers have read and keep.

    A worker that dies takes its points along; whoever takes its place reads them again.

    Parameters
    ----------
    cluster : Cluster
        Closed with it.
    parts : sequence of Part
    seed : int
        Of the sample.

    Raises
    ------
    DataError
        If a part cannot be read, or there is no point; it names the part.
    """

    def __init__(self, cluster: Cluster, parts: Sequence[Part], seed: int) -> None:
        self._cluster, self._seed = cluster, seed
        self._sample: FloatArray | None = None
        threads = cluster.threads
        groups = groups_of(parts, len(threads))
        self._at = threads[: len(groups)]
        read = self._there(held, groups)
        found = cluster.result(self._there(moments_of, read))
        super().__init__(merged(moments for group in found for moments in group))
        self._held = self._there(in_frame, read, [self.moments] * len(groups))
        self._last: list[Any] = []

    def each(self, work: Callable[[Data], Result]) -> list[Result]:
        """Do the work on each part where it lies, and return the results in the parts' order."""
        # In one message for all groups: Dask's client sends another one only 10 ms later. That is also why the futures
        # of the step before are let go of after these are asked for, and not before.
        futures = self._cluster.client.map(on_each, self._held, work=work, pure=False)
        self._last = futures
        return [result for group in self._cluster.result(futures) for result in group]

    def sample(self, most: int) -> FloatArray:
        """Points that stand for all, a seeded sample, shape (n, D) with n ≤ ``most``."""
        if self._sample is None:
            sizes = self._cluster.result(self._there(sizes_of, self._held))
            flat = [size for group in sizes for size in group]
            rows = iter(rows_of_parts(sampled_rows(self.n_points, self._seed), flat))
            wanted = [[next(rows) for _ in group] for group in sizes]
            taken = self._cluster.result(self._there(rows_taken, self._held, wanted))
            self._sample = np.concatenate([points for group in taken for points in group])
        return self._sample[:: -(-len(self._sample) // most)]

    def _there(self, work: Callable[..., Any], groups: Sequence[Any], others: Sequence[Any] = ()) -> list[Any]:
        """Ask for the work on each group by the worker it is meant for; by another one only where that is gone."""
        pairs = zip(groups, others, strict=True) if others else ((group,) for group in groups)
        return [
            self._cluster.client.submit(work, *pair, workers=[address], allow_other_workers=True, pure=False)
            for pair, address in zip(pairs, self._at, strict=True)
        ]

    def close(self) -> None:
        """Let the points go, and the cluster."""
        self._held, self._last = [], []
        self._cluster.close()
