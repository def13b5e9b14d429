"""A piece is rendered by one process at a time; whatever ends that process lets go of the piece."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT

from em_film.renderer.claims import Claims
from em_film.renderer.seals import seal

_CLAIM = """
import sys, time
from pathlib import Path
from em_film.renderer.claims import Claims
assert Claims(Path(sys.argv[1])).take(Path(sys.argv[2]))
claims = Claims(Path(sys.argv[1]))
assert claims.take(Path(sys.argv[2]))
print("claimed", flush=True)
time.sleep(60)
"""


def _complete(piece: Path) -> None:
    piece.write_bytes(b"content")
    seal(piece, piece)


def test_the_first_has_the_piece_until_it_lets_go(tmp_path: Path) -> None:
    one, other, piece = Claims(tmp_path), Claims(tmp_path), tmp_path / "a.mp4"
    assert one.take(piece)
    assert not other.take(piece)
    assert other.take(tmp_path / "b.mp4")
    one.give_back(piece)
    assert other.elsewhere == {piece}
    assert other.missing() == [piece]
    assert other.take(piece)


def test_a_piece_that_has_just_been_completed_is_nobodys(tmp_path: Path) -> None:
    one, other, piece = Claims(tmp_path), Claims(tmp_path), tmp_path / "a.mp4"
    assert one.take(piece)
    assert not other.take(piece)
    _complete(piece)
    one.give_back(piece)
    assert not other.take(piece)
    assert other.missing() == []
    assert one.elsewhere == set()


@pytest.mark.parametrize("ending", ["kill", "terminate"])
def test_a_process_that_ends_lets_go(ending: str, tmp_path: Path) -> None:
    claims, piece = Claims(tmp_path), tmp_path / "a.mp4"
    process = subprocess.Popen(
        [sys.executable, "-c", _CLAIM, str(tmp_path), str(piece)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "claimed\n"
        assert not claims.take(piece)
    finally:
        getattr(process, ending)()
    assert claims.missing() == [piece]
    assert claims.take(piece)
    process.communicate()
