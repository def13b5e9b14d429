"""Work spread over processes: in order, the same to the last bit, and done even where a process is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support import ROOT

from em_film.runs import processes
from em_film.runs.processes import spread

_FIRST = os.getpid()


def _square(number: int) -> tuple[int, NDArray[np.float64]]:
    matrix = np.random.default_rng(number).normal(size=(300, 300))
    return os.getpid(), matrix @ matrix


def _die_once(number: int) -> int:
    if number == 5 and os.getpid() != _FIRST:
        os._exit(1)
    return number


def _fail(number: int) -> int:
    raise ZeroDivisionError(f"at {number}")


@pytest.mark.parametrize("way", ["fork", "spawn"])
def test_results_are_those_of_one_process_to_the_last_bit(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_WAY_OF_STARTING", way)
    told: list[int] = []
    alone = spread(_square, range(40), processes=1)
    together = spread(_square, range(40), lambda: told.append(1), processes=2)
    assert {process for process, _ in alone} == {os.getpid()}
    assert os.getpid() not in {process for process, _ in together}
    assert all(np.array_equal(one, other) for (_, one), (_, other) in zip(alone, together, strict=True))
    assert len(told) == 40


def test_what_a_lost_process_was_to_do_is_done_here() -> None:
    assert spread(_die_once, range(64), processes=2) == list(range(64))


def test_an_error_is_the_works_own() -> None:
    with pytest.raises(ZeroDivisionError, match="at 0"):
        spread(_fail, range(9), processes=2)


def test_nothing_is_done_for_nothing() -> None:
    assert spread(_fail, []) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_all_processes_end_with_the_first(number: signal.Signals, tmp_path: Path) -> None:
    script = (
        "import sys, time, pathlib\n"
        "from em_film.runs.processes import spread\n"
        "def wait(number):\n"
        "    pathlib.Path(sys.argv[1], f'at{number}').touch(); time.sleep(1 if number else 3)\n"
        "spread(wait, range(60), processes=2)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "at0").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    process.communicate(timeout=30)  # until the last of them has closed the pipe
    assert process.returncode in {-number, 1}
    assert len(list(tmp_path.iterdir())) < 20
