"""Bishop's chapter 9, equation by equation: the page names each, and what it names cites it."""

from __future__ import annotations

import ast
import re

import pytest
from support import ROOT

PAGE = (ROOT / "docs/bishop.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (9\.\d+(?:, 9\.\d+)*) \| .* \| (.*) \|$", PAGE, flags=re.MULTILINE)
ASKED = [*range(12, 41), *range(70, 75)]


def _numbers(text: str) -> set[int]:
    """Equation numbers in a text, ranges filled in; sections such as 9.2.1 and exercises left out."""
    text = re.sub(r"exercise 9\.\d+|9\.\d+\.\d+", "", text)
    found = {int(number) for number in re.findall(r"\b9\.(\d+)", text)}
    for first, last in re.findall(r"9\.(\d+) to 9\.(\d+)", text):
        found |= set(range(int(first), int(last) + 1))
    return found


def _docstrings() -> dict[str, str]:
    """Docstrings of the functions, classes and methods of em_model by name."""
    found: dict[str, str] = {}
    for path in (ROOT / "em_model").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found[node.name] = found.get(node.name, "") + (ast.get_docstring(node) or "")
            if isinstance(node, ast.ClassDef):
                for child in node.body:
                    if isinstance(child, ast.FunctionDef):
                        found[f"{node.name}.{child.name}"] = ast.get_docstring(child) or ""
    return found


DOCSTRINGS = _docstrings()


def test_the_page_has_every_equation_once() -> None:
    listed = [int(number) for numbers, _ in ROWS for number in re.findall(r"9\.(\d+)", numbers)]
    assert listed == sorted(set(listed))
    assert set(ASKED) <= set(listed)


@pytest.mark.parametrize(("numbers", "where"), ROWS, ids=[numbers for numbers, _ in ROWS])
def test_what_a_row_names_exists_and_cites_the_equation(numbers: str, where: str) -> None:
    names = re.findall(r"`([\w.]+)`", where)
    for name in names:
        assert name in DOCSTRINGS, name
    cited = set().union(*(_numbers(DOCSTRINGS[name]) for name in names)) if names else set()
    if "as 9." in where or "by 9." in where:
        wanted = _numbers(where.partition(":")[0])
    elif ":" in where or not names or "for mixtures" in where or "step by step" in where or "checks" in where:
        return  # a sentence says why not
    else:
        wanted = _numbers(numbers)
    assert wanted & cited, f"{names} do not cite {sorted(wanted)}"


def test_the_code_cites_no_equation_that_the_page_leaves_out() -> None:
    listed = {int(number) for numbers, _ in ROWS for number in re.findall(r"9\.(\d+)", numbers)}
    for name, text in DOCSTRINGS.items():
        for sentence in re.findall(r"Bishop[^)]*", text):
            assert _numbers(sentence) - {2, 3} <= listed, name


def test_the_tangent_is_exercise_9_25() -> None:
    assert "exercise 9.25" in DOCSTRINGS["Coordinates.gradient"]
    assert not any("9.17" in text for text in DOCSTRINGS.values())
