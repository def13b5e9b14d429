"""What the README shows works as shown."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]
_TEXT = (_ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", _TEXT, re.DOTALL)
    (tmp_path / "shown.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    runpy.run_path("shown.py")
    assert capsys.readouterr().out.startswith("converged")
    assert (tmp_path / "run.npz").is_file()


def test_every_file_the_readme_names_exists() -> None:
    named = re.findall(r"\]\(([^)]+)\)", _TEXT) + re.findall(r"(?:scenes|assets)/[\w/]+\.\w+", _TEXT)
    missing = [name for name in named if not (_ROOT / name).exists()]
    assert len(named) > 6
    assert not missing
