"""The watched experiment: its page follows every save, says what is wrong, and is for this machine alone."""

from __future__ import annotations

import http.client
import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from support.running import Run

from em_film.command.watch.look import Look, files_of, look
from em_film.command.watch.server import Board, served
from em_film.command.watch.watch import watch


@contextmanager
def _watched(path: Path) -> Iterator[str]:
    said: list[str] = []
    ready, stop = threading.Event(), threading.Event()

    def say(text: str) -> None:
        said.append(text)
        ready.set()

    options: dict[str, Any] = {"quality": "l", "theme": None, "port": 0, "say": say, "stop": stop}
    thread = threading.Thread(target=watch, args=("tiny_film", path), kwargs=options)
    thread.start()
    try:
        assert ready.wait(10)
        yield said[0].partition(" ")[0]
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


def _next(address: str, number: int) -> dict[str, Any]:
    with urlopen(f"{address}look?{number}", timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def test_the_page_follows_every_save_and_shows_what_is_wrong(small: Path) -> None:
    plain = small.read_text()
    with _watched(small) as address:
        first = _next(address, 0)
        assert first["error"] == ""
        assert any("fit" in line for line in first["lines"])
        with urlopen(f"{address}picture.png") as picture:
            assert picture.read().startswith(b"\x89PNG")
        small.write_text(plain.replace("points = 40", "points = -3"))
        second = _next(address, first["number"])
        assert "data.points" in second["error"]
        small.write_text(f'title = "Mended"\n{plain}')
        third = _next(address, second["number"])
        assert (third["error"], third["title"], third["picture"]) == ("", "Mended", True)
        with urlopen(address) as page:
            assert b"<script>" in page.read()


def test_the_terminal_has_a_line_for_every_look_and_nothing_else(
    small: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("watchfiles"), "level", logging.NOTSET)
    monkeypatch.setattr(logging.getLogger("watchfiles.main"), "level", logging.NOTSET)
    caplog.set_level(logging.INFO)
    with _watched(small) as address:
        seen = _next(address, 0)["number"]
        small.write_text(f'title = "Saved"\n{small.read_text()}')
        assert _next(address, seen)["title"] == "Saved"
    assert [record.getMessage() for record in caplog.records if record.name.startswith("watchfiles")] == []


def test_a_save_that_empties_the_file_first_is_seen_when_it_is_whole(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = f'title = "Whole"\n{small.read_text()}'
    filled = threading.Timer(0.05, small.write_text, (whole,))

    def look_while_a_save_begins(*arguments: Any) -> Look:
        seen = look(*arguments)
        if not filled.ident:  # the first look: the save begins before it ends
            small.write_text("")
            filled.start()
        return seen

    monkeypatch.setattr("em_film.command.watch.watch.look", look_while_a_save_begins)
    with _watched(small) as address:
        second = _next(address, _next(address, 0)["number"])
        assert (second["error"], second["title"]) == ("", "Whole")


def test_a_look_is_the_check_and_a_picture_or_the_error(small: Path) -> None:
    seen = look("tiny_film", small, "l", None)
    assert seen.error == ""
    assert seen.picture.startswith(b"\x89PNG")
    small.write_text("nonsense")
    assert look("tiny_film", small, "l", None).error.startswith(str(small))


def test_what_an_experiment_names_is_watched_with_it(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text('data.csv = "points.csv"')
    assert files_of(path) == {path.resolve(), (tmp_path / "points.csv").resolve()}


def test_another_name_than_this_machines_is_refused() -> None:
    with served(Board(), 0) as address:
        port = urlsplit(address).port
        for host, status in (("evil.example", 403), (f"evil.example:{port}", 403), (f"localhost:{port}", 200)):
            line = http.client.HTTPConnection("127.0.0.1", port)
            line.request("GET", "/", headers={"Host": host})
            assert line.getresponse().status == status
            line.close()


def test_a_board_gives_what_is_new_or_what_there_is() -> None:
    board = Board()
    assert board.after(0, 0)[0] == 0
    board.show(Look("one"))
    assert board.after(0, 5) == (1, Look("one"))


def test_a_port_that_is_taken_is_a_line(small: Path, run: Run) -> None:
    with served(Board(), 0) as address:
        result = run("watch", "tiny_film", small, "--port", urlsplit(address).port)
    assert result.exit_code == 2
    assert "name another, or 0 for any" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["em_step"]])
def test_without_an_experiment_there_is_nothing_to_watch(arguments: list[str], run: Run) -> None:
    assert run("watch", *arguments).exit_code == 2
