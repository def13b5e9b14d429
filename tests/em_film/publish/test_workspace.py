"""Where renders work: apart from each other, with what an earlier one left, and without leaving more than they may."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest

from em_film.environment import cache_folder
from em_film.publish import workspace as module
from em_film.publish.delivery import delivery
from em_film.publish.workspace import workspace


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EM_FILM_CACHE", str(tmp_path / "cache"))


def test_what_one_render_leaves_the_next_one_finds() -> None:
    with workspace("film", "1") as first:
        (first.pieces / "a.mp4").write_bytes(b"piece")
        (first.pieces / "list.txt").write_bytes(b"not kept")
    assert not first.scratch.exists()
    with workspace("film", "1") as second:
        assert (second.pieces / "a.mp4").read_bytes() == b"piece"
        assert not (second.pieces / "list.txt").exists()
    with workspace("other", "1") as third, workspace("film", "2") as fourth:
        assert not list(third.pieces.iterdir())
        assert not list(fourth.pieces.iterdir())
        assert third.scratch != fourth.scratch


def test_pieces_of_a_render_that_fails_are_kept_too() -> None:
    with suppress(KeyboardInterrupt), workspace("film", "1") as place:
        (place.pieces / "a.mp4").write_bytes(b"piece")
        raise KeyboardInterrupt
    with workspace("film", "1") as place:
        assert (place.pieces / "a.mp4").exists()


def test_the_pieces_unused_for_longest_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_BYTES", 250)
    with workspace("film", "1") as place:
        for age, name in enumerate("abcd"):
            (place.pieces / f"{name}.mp4").write_bytes(bytes(100))
            os.utime(place.pieces / f"{name}.mp4", (1e9 - age, 1e9 - age))
    with workspace("film", "1") as place:
        assert sorted(path.name for path in place.pieces.iterdir()) == ["a.mp4", "b.mp4"]


def test_type_and_runs_that_go_unused_go_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_BYTES", 250)
    kept = [cache_folder() / folder / f"{age}.npz" for age, folder in enumerate(("type", "runs", "type", "runs"))]
    for age, file in enumerate(kept):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(100))
        os.utime(file, (1e9 - age, 1e9 - age))
    with workspace("film", "1"):
        pass
    assert [file.exists() for file in kept] == [True, True, False, False]


def test_scratch_of_a_render_that_was_killed_goes_after_days() -> None:
    with workspace("film", "1") as place:
        left = place.scratch.parent / "film-killed"
        left.mkdir()
        fresh = place.scratch.parent / "film-running"
        fresh.mkdir()
        os.utime(left, (time.time() - 3 * 86400,) * 2)
    with workspace("film", "1"):
        assert not left.exists()
        assert fresh.exists()


def test_without_a_cache_that_can_be_written_to_films_are_made_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EM_FILM_CACHE", "/proc/em-film")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with workspace("film", "1") as place:
        (place.pieces / "a.mp4").write_bytes(b"piece")
    assert not list(tmp_path.iterdir())


def test_the_cache_lies_where_the_system_has_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EM_FILM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder() == Path("/somewhere/em-film")


def test_files_appear_together_and_in_place_of_the_former_ones(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    out.mkdir(parents=True)
    (out / "film.mp4").write_text("former")
    (out / "parts").mkdir()
    (out / "parts" / "old").write_text("former")
    with delivery(out, ["film.mp4"], ["parts"]) as parcel:
        parcel.path("film.mp4").write_text("new")
        parcel.path("parts").mkdir()
        (parcel.path("parts") / "new").write_text("new")
        assert (out / "film.mp4").read_text() == "former"
        parcel.show(tmp_path / "small.toml")
    assert (out / "film.mp4").read_text() == "new"
    assert [path.name for path in (out / "parts").iterdir()] == ["new"]
    assert sorted(path.name for path in out.iterdir()) == ["film.mp4", "parts"]


def test_folders_made_for_nothing_are_removed(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), delivery(tmp_path / "a" / "b", ["film.mp4"]):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_files_of_another_experiment_of_the_same_name_are_not_replaced_without_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def deliver(experiment: Path, *names: str) -> str:
        with delivery(tmp_path / "out", names) as parcel:
            for name in names:
                parcel.path(name).write_text(str(experiment))
            parcel.show(experiment)
        return capsys.readouterr().err

    one, other = tmp_path / "one" / "small.toml", tmp_path / "other" / "small.toml"
    assert deliver(one, "film.mp4", "film.srt") == ""
    assert deliver(one, "film.mp4", "film.srt") == ""
    said = deliver(other, "film.mp4", "film.srt")
    assert said.splitlines() == [
        f"{tmp_path}/out/film.mp4 and 1 more: replaced; made before of another experiment, {one}"
    ]
    assert deliver(other, "film.mp4") == ""
    (tmp_path / "out" / "film.mp4").write_text("by somebody's own hand")
    assert deliver(one, "film.mp4") == ""
