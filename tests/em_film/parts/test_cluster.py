"""The same fit by the workers of a real cluster: to the last bit for any number of them, and whatever befalls one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.in_parts import START, parts_of, three_clusters, write_parts

from em_film.parts import cluster as cluster_module
from em_film.parts.cluster import Cluster, PartsThere
from em_film.parts.here import PartsHere
from em_film.parts.part import Part
from em_model import DataError, EMError, History, Mixture, fit


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two worker processes."""
    cluster = Cluster(None, workers=2)
    yield cluster
    cluster.close()


def fit_of(source: PartsHere | PartsThere, start: Mixture = START) -> History:
    return fit(source, start, max_steps=10, tolerance=0)


def assert_same_bits(one: History, other: History) -> None:
    assert_array_equal(one.log_likelihoods, other.log_likelihoods)
    for name in ("weights", "means", "covariances"):
        assert_array_equal(getattr(one.mixtures, name), getattr(other.mixtures, name))
    for name in ("counts", "means", "covariances", "entropy"):
        assert_array_equal(getattr(one.statistics, name), getattr(other.statistics, name))


def wait_for(cluster: Cluster, workers: int) -> None:
    cluster._own.scale(workers)
    cluster.client.wait_for_workers(workers, timeout=60)
    assert len(set(cluster.threads)) == workers


def test_bits_are_those_of_one_process_for_one_two_and_three_workers_and_l_that_of_memory(tmp_path: Path) -> None:
    points = three_clusters(6000)
    parts = parts_of(write_parts(tmp_path / "data", np.split(points, [10, 10, 1500, 2000, 5000]), row_group_size=900))
    memory, here = fit(points, START, max_steps=10, tolerance=0), PartsHere(parts, 4)
    histories = [fit_of(here)]
    assert_allclose(histories[0].log_likelihoods, memory.log_likelihoods, rtol=1e-12)
    assert_allclose(histories[0].final.covariances, memory.final.covariances, rtol=1e-11)
    cluster = Cluster(None, workers=1)
    try:
        for workers in (1, 2, 3):
            wait_for(cluster, workers)
            there = PartsThere(cluster, parts, 4)
            histories.append(fit_of(there))
            assert_array_equal(there.sample(1000), here.sample(1000))
            assert {at for who in cluster.client.who_has(there._held).values() for at in who} == set(cluster.threads)
    finally:
        cluster.close()
    for other in histories[1:]:
        assert_same_bits(histories[0], other)


def test_a_worker_killed_in_the_midst_of_a_fit_changes_no_bit(cluster: Cluster, tmp_path: Path) -> None:
    parts = parts_of(write_parts(tmp_path / "data", np.split(three_clusters(4000), 8)))
    there = PartsThere(cluster, parts, 4)
    killed: list[int] = []

    def kill(step: int, log_likelihood: float) -> None:
        if step == 4:
            address = cluster.client.who_has(there._held)[there._held[0].key][0]
            (process,) = cluster.client.run(os.getpid, workers=[address]).values()
            os.kill(process, signal.SIGKILL)
            killed.append(process)

    found = fit(there, START, max_steps=10, tolerance=0, watch=kill)
    assert len(killed) == 1
    assert_same_bits(found, fit_of(PartsHere(parts, 4)))


def test_parts_that_are_moved_to_another_worker_change_no_bit(cluster: Cluster, tmp_path: Path) -> None:
    parts = parts_of(write_parts(tmp_path / "data", np.split(three_clusters(4000), 8)))
    there = PartsThere(cluster, parts, 4)
    cluster.client.replicate(there._held)
    first = cluster.threads[0]
    there._held = [
        cluster.client.submit(lambda group: group, group, workers=[first], pure=False) for group in there._held
    ]
    assert_same_bits(fit_of(there), fit_of(PartsHere(parts, 4)))


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_parts_of_very_different_sizes_far_from_the_origin_fit_as_in_memory(
    cluster: Cluster, tmp_path: Path, offset: float
) -> None:
    points = three_clusters(5000) + offset
    begin = Mixture(START.weights, START.means + offset, START.covariances)
    parts = parts_of(write_parts(tmp_path / "data", np.split(points, [1, 2, 60, 4900])))
    memory = fit(points, begin, max_steps=10, tolerance=0)
    found = fit_of(PartsThere(cluster, parts, 4), begin)
    assert_allclose(found.log_likelihoods, memory.log_likelihoods, rtol=1e-12)


def test_empty_parts_and_more_parts_than_rows(cluster: Cluster, tmp_path: Path) -> None:
    points = three_clusters(30)
    blocks = [block for point in np.split(points, 30) for block in (point[:0], point)]
    parts = parts_of(write_parts(tmp_path / "data", blocks))
    found = fit(PartsThere(cluster, parts, 4), START, max_steps=2, tolerance=0)
    assert len(parts) == 60 or len(parts) == 30  # a file without rows may have no row group
    assert_allclose(found.log_likelihoods, fit(points, START, max_steps=2, tolerance=0).log_likelihoods, rtol=1e-12)


def test_nothing_but_empty_parts_is_told(cluster: Cluster, tmp_path: Path) -> None:
    parts = parts_of(write_parts(tmp_path / "data", [three_clusters(4)[:0]] * 3))
    with pytest.raises(DataError, match=r"^the data hold no point"):
        PartsThere(cluster, parts, 4)


def test_nan_in_a_part_is_told_by_part_row_and_column(cluster: Cluster, tmp_path: Path) -> None:
    blocks = np.split(three_clusters(400), 4)
    blocks[2][11, 0] = np.nan
    folder = write_parts(tmp_path / "data", blocks)
    with pytest.raises(DataError) as caught:
        PartsThere(cluster, parts_of(folder), 4)
    assert str(caught.value).startswith(f'{folder}/002.parquet: row 12, column "a": nan is no finite number; ')


def test_parts_that_have_gone_meanwhile_are_told(cluster: Cluster, tmp_path: Path) -> None:
    parts: list[Part] = list(parts_of(write_parts(tmp_path / "data", np.split(three_clusters(400), 4))))
    (tmp_path / "data" / "003.parquet").unlink()
    with pytest.raises(DataError, match=r"003\.parquet: cannot be read"):
        PartsThere(cluster, parts, 4)


def test_a_scheduler_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "_PATIENCE", 0.5)
    with pytest.raises(EMError) as caught:
        Cluster("tcp://127.0.0.1:1")
    assert str(caught.value).startswith("tcp://127.0.0.1:1 cannot be reached (")
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith("or leave fit.scheduler out for a cluster on this machine")


def test_a_scheduler_without_workers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(cluster_module, "_PATIENCE", 0.5)
    with LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as empty, pytest.raises(EMError) as caught:
        Cluster(empty.scheduler_address)
    address = empty.scheduler_address
    assert str(caught.value) == f"{address} has no worker; start one by: dask worker {address}"
