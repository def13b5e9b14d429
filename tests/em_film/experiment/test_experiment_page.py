"""The page on the experiment file says what the model does: every key, its value, default and meaning."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from support import ROOT
from support.experiments import fit_of
from support.in_parts import three_clusters, write_parts

from em_film.experiment import Dataset, Experiment
from em_film.experiment.complaints import keys_of
from em_model.errors import EMError

PAGE = (ROOT / "docs" / "experiment-file.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
MESSAGES = re.search(r"^```text\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
WRONG = [
    (
        "[data]\n[[data.cluster]]\nweight = 1\nmean = 0\ncovariance = 1\n"
        "[[data.cluster]]\nweight = -0.5\nmean = 0\ncovariance = 1\n",
        "",
    ),
    ('[data]\ncsv = "data.csv"\n[film]\ntheme = "drak"\n', ""),
    ('[data]\ncsv = "data.csv"\n', "eruptions,waiting\n3.6,79\n1.8,abc\n"),
]


def test_the_page_lists_exactly_the_keys_of_the_model_as_the_model_has_them() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    expected = [
        f"| `{key.name}` | {key.right} | {key.default or 'required'} | {key.meaning} |"
        for key in keys_of(Experiment)
        if key.meaning
    ]
    assert sorted(rows) == sorted(expected)


def test_every_table_has_its_own_heading_and_every_key_a_phrase_of_what_is_right() -> None:
    for key in keys_of(Experiment):
        assert key.right
        if not key.meaning:
            assert re.search(rf"^#+ `\[{re.escape(key.name)}\]`$", PAGE, re.MULTILINE)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_on_the_page_runs(tmp_path: Path, example: str) -> None:
    (tmp_path / "data.csv").write_text("a,b\n" + "".join(f"{i % 7},{i * i % 11}\n" for i in range(40)))
    write_parts(tmp_path / "measurements", [three_clusters(40)])
    path = tmp_path / "my.toml"
    path.write_text(example, encoding="utf-8")
    assert fit_of(Experiment.load(path)).n_steps > 0


@pytest.mark.parametrize(("number", "text", "table"), [(i, *wrong) for i, wrong in enumerate(WRONG)])
def test_the_messages_on_the_page_are_the_real_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, text: str, table: str
) -> None:
    assert MESSAGES
    monkeypatch.chdir(tmp_path)
    Path("data.csv").write_text(table)
    Path("my.toml").write_text(text)
    with pytest.raises(EMError) as caught:
        Dataset.of(Experiment.load("my.toml"))
    assert str(caught.value) == MESSAGES[1].splitlines()[number]


def test_a_default_said_in_the_model_is_the_default_used() -> None:
    experiment = Experiment.parse(b"[data]\n[[data.cluster]]\nweight = 1\nmean = 0\ncovariance = 1\n", "x.toml")
    tree = experiment.model_dump()
    for key in keys_of(Experiment):
        try:
            value = tomllib.loads(f"it = {key.default}")["it"]
        except tomllib.TOMLDecodeError:
            continue  # a default in words, or none
        *above, last = key.name.split(".")
        section = tree
        for name in above:
            section = section[name]
        assert section[last] == value, key.name
