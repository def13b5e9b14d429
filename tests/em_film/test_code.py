"""What a film's pieces and a heavy run rest on is the code they lead to, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import ROOT

from em_film.code import code_digest, import_closure

_SCENES = ROOT / "scenes"


def _names(path: Path) -> set[str]:
    return {file.relative_to(ROOT).as_posix() for file in import_closure(path) if file.is_relative_to(ROOT)}


def test_a_film_leads_to_its_panels_its_runs_the_renderer_and_the_model() -> None:
    names = _names(_SCENES / "em_step.py")
    assert names >= {
        "scenes/em_step.py",
        "em_film/panels/data.py",
        "em_film/panels/slice.py",
        "em_film/runs/steps.py",
        "em_film/renderer/fast.py",
        "em_film/page/theme.py",
        "em_model/em.py",
        "em_model/__init__.py",
    }


@pytest.mark.parametrize("film", [path.stem for path in sorted(_SCENES.glob("*.py"))])
def test_no_film_rests_on_another_ones_panels(film: str) -> None:
    names = _names(_SCENES / f"{film}.py")
    rooms = {name.split("/")[2] for name in names if name.startswith("em_film/panels/") and name.count("/") == 3}
    own = {
        "em_step": {"turn"},
        "one_parameter": {"one_unknown", "coordinates"},
        "four_panels": {"coordinates"},
        "em_and_gradient": {"landscape"},
        "singularity": {"singularity"},
        "k_means": {"k_means"},
    }
    assert rooms <= own.get(film, set())
    assert not any(name.startswith(("em_film/publish", "em_film/command")) for name in names)


def test_imports_within_functions_and_of_files_beside_count(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("def f():\n    import two\n")
    (tmp_path / "two.py").write_text("from package.inner import name\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "inner.py").write_text("import one\n")
    names = [file.relative_to(tmp_path).as_posix() for file in import_closure(tmp_path / "one.py")]
    assert names == ["one.py", "package/__init__.py", "package/inner.py", "two.py"]


def test_a_change_anywhere_in_the_closure_changes_the_digest(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("import two\n")
    (tmp_path / "two.py").write_text("A = 1\n")
    (tmp_path / "other.py").write_text("A = 1\n")
    before = code_digest(tmp_path / "one.py")
    (tmp_path / "other.py").write_text("A = 2\n")
    assert code_digest(tmp_path / "one.py") == before
    (tmp_path / "two.py").write_text("A = 2\n")
    assert code_digest(tmp_path / "one.py") != before
