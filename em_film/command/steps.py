"""Telling of the steps of a fit that takes its time: where ℓ is, and how many points a second were gone through."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from em_film.experiment.dataset import Dataset
from em_film.experiment.fitting import Watch, unwatched

__all__ = ["steps_told"]


@contextmanager
def steps_told(dataset: Dataset) -> Iterator[Watch]:
    """Yield what is told of each step of a fit; of data in parts it says so on stderr.

    On a terminal one line is kept up to date; elsewhere each step has its own.
    """
    if dataset.source is None:
        yield unwatched
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    last = time.perf_counter()

    def line(step: int, log_likelihood: float) -> str:
        nonlocal last
        taken, last = time.perf_counter() - last, time.perf_counter()
        rate = dataset.n_points / taken
        return f"step {step}: ℓ = {log_likelihood:.10g} nats, {taken:.2f} s, {rate:.2g} points a second"

    if not console.is_terminal:
        yield lambda step, log_likelihood: console.print(line(step, log_likelihood))
        return
    with console.status("the first step") as status:
        yield lambda step, log_likelihood: status.update(line(step, log_likelihood))
