"""One bar for the whole film, whose end is known before it begins."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from support.running import Run

from em_film.publish import progress


def test_the_bar_moves_forward_from_0_to_the_films_length(
    small: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[tuple[str, float | None]] = []
    reached: list[float] = []
    monkeypatch.setattr(progress.Bar, "begin", lambda self, what, total=None: begun.append((what, total)))
    monkeypatch.setattr(progress.Bar, "reach", lambda self, seconds: reached.append(seconds))
    for _ in range(2):  # drawn, and from the cache
        begun.clear()
        reached.clear()
        result = run("render", "tiny_film", small, "-q", "l", "--theme", "light", "--out", tmp_path / "out")
        assert result.exit_code == 0, result.stderr
        assert [what for what, _ in begun] == ["laying out", "rendering", "finishing"]
        total = begun[1][1]
        assert total is not None
        assert reached == sorted(reached)
        assert 0.8 * total < reached[-1] <= total


def test_a_terminal_shows_the_bar_and_a_file_does_not() -> None:
    for terminal in (True, False):
        screen = StringIO()
        with progress.bar(Console(file=screen, force_terminal=terminal, width=80)) as shown:
            shown.begin("rendering", 10.0)
            shown.reach(10.0)
        assert ("100%" in screen.getvalue()) == terminal
