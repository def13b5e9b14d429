"""The notebook runs from its first cell to its last, and shows what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from support import ROOT


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What each cell of code shows last, by kind."""
    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.read(ROOT / "docs" / "notebook.ipynb", as_version=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EM_FILM_CACHE", str(folder / "cache"))
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [next((dict(output.data) for output in cell.outputs[::-1] if "data" in output), {}) for cell in cells]


def test_a_cell_that_renders_shows_the_film(outputs: list[dict[str, Any]]) -> None:
    assert "data:video/mp4;base64," in outputs[1]["text/html"]


def test_a_fit_is_a_line_and_a_mixture_a_table(outputs: list[dict[str, Any]]) -> None:
    assert outputs[2]["text/plain"].startswith("<History: converged after")
    assert "\n" not in outputs[2]["text/plain"]
    assert outputs[3]["text/html"].count("<tr>") == 4
    assert outputs[3]["text/plain"] == "<Mixture: K = 3, D = 2>"


def test_a_still_is_a_picture_and_a_deck_a_file(outputs: list[dict[str, Any]]) -> None:
    assert "image/png" in outputs[4]
    assert "four_panels-iris_petals.pdf" in outputs[5]["text/plain"]


def test_a_fit_of_scikit_learn_is_a_start(outputs: list[dict[str, Any]]) -> None:
    assert outputs[7]["text/plain"] == "<Mixture: K = 3, D = 2>"


def test_a_film_written_in_a_cell_is_rendered_by_us_and_by_manims_magic(outputs: list[dict[str, Any]]) -> None:
    assert outputs[6]["text/plain"] == "'Points-iris.mp4'"
    assert "video" in outputs[8]["text/html"]


def test_the_notebook_is_kept_without_what_it_shows() -> None:
    notebook = nbformat.read(Path(ROOT / "docs" / "notebook.ipynb"), as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
