"""What the README shows works as shown, and pages name what there is."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from PIL import Image

_ROOT = Path(__file__).resolve().parents[1]
_PAGES = [*_ROOT.glob("*.md"), *_ROOT.glob("docs/*.md"), *_ROOT.glob("bench/*.md")]
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


@pytest.mark.parametrize("page", _PAGES, ids=lambda path: path.name)
def test_every_file_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    linked = [page.parent / name.partition("#")[0] for name in re.findall(r"\]\(([^):]+)\)", text)]
    named = [_ROOT / name for name in re.findall(r"\b(?:scenes|assets|em_film|em_model|tests|tools)/[\w/]+\.\w+", text)]
    missing = [path for path in linked + named if not path.exists()]
    assert not missing


def test_the_readme_shows_a_small_still_of_every_film_and_experiment() -> None:
    shown = {Path(name) for name in re.findall(r"!\[[^]]*\]\((assets/gallery/[^)]+)\)", _TEXT)}
    films = {path.stem for path in (_ROOT / "scenes").glob("[!_]*.py")}
    own = {"three_clusters", "two_means", "one_parameter", "singularity"}  # shown in the stills of their films
    experiments = {path.stem for path in (_ROOT / "assets" / "experiments").glob("*.toml")} - own
    assert {path.stem for path in shown} == films | experiments
    for path in shown:
        assert (_ROOT / path).stat().st_size < 40_000, path
        with Image.open(_ROOT / path) as picture:
            assert picture.size == (480, 270), path


def test_the_targets_of_make_that_pages_name_exist() -> None:
    makefile = (_ROOT / "Makefile").read_text(encoding="utf-8")
    named = {
        target
        for page in _PAGES
        for target in re.findall(r"(?m)(?:^|`)make ([a-z]+)", page.read_text(encoding="utf-8"))
    }
    assert {"film", "test", "gallery"} <= named
    assert named <= set(re.findall(r"(?m)^([a-z]+):", makefile))
