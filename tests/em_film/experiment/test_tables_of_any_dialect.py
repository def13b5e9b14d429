"""Tables in random dialects, with random things around: read to the right numbers or refused, and never misread."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
from numpy.testing import assert_allclose

from em_film.experiment.table import read_table
from em_model.errors import DataError

_SWAPPED = str.maketrans(".,", ",.")


def _dialect(seed: int) -> tuple[bytes, np.ndarray]:
    """Write a random table of columns aa and bb in a random way; return its bytes and what is in it."""
    draw, rng = Random(seed), np.random.default_rng(seed)
    count = draw.choice([3, 5, 9, 40])
    separator = draw.choice([",", ";", "\t", " ", "|"])
    comma = separator != "," and draw.random() < 0.4
    form = draw.choice(["{:.{}f}", "{:.{}f}", "{:.8e}", "{:,.{}f}" if separator not in ", " else "{:.{}f}"])
    columns, cells = [], []
    for decimals in (draw.randint(0, 4), draw.randint(1, 3)):
        numbers = rng.normal(draw.choice([0, 5, 100]), 1, count) * 10.0 ** draw.randint(-2, 5)
        written = [form.format(number, decimals) for number in numbers]
        columns.append([float(cell.replace(",", "")) for cell in written])
        cells.append([cell.translate(_SWAPPED) if comma else cell for cell in written])
    rows, names, units = [list(row) for row in zip(*cells, strict=True)], ["aa", "bb"], ["mm", "kg"]
    beside = draw.choice(["", "", "index", "label", "time", "row names", "last"])
    if beside == "last" and separator != " ":
        rows, names, units = [[*row, ""] for row in rows], [*names, ""], [*units, ""]
    elif beside == "row names":
        rows = [[f"r{n}", *row] for n, row in enumerate(rows)]
    elif beside in {"index", "label", "time"}:
        cell = {"index": "{}", "label": "x{}", "time": "2024-03-{:02d}T10:00:00"}[beside]
        rows = [[cell.format(n % 28 + 1), *row] for n, row in enumerate(rows)]
        names, units = ["" if beside == "index" else "kind", *names], ["", *units]
    quote = draw.choice(["", '"'])

    def line(row: list[str]) -> str:
        return separator.join(f'"{cell}"' if quote or not cell else cell for cell in row)

    around = draw.choice(["", "comment", "title", "settings", "units", "blank", "sep"])
    above = {
        "comment": ["# made by x, y; z", "# on Monday"],
        "title": ["Results of the experiment", ""],
        "settings": [f"Device{separator}XY", f"Rate{separator}100", ""],
        "blank": ["", ""],
        "sep": [f"sep={separator}"],
    }.get(around, [])
    below = [line(units)] if around == "units" and beside != "row names" else []
    text = draw.choice(["\n", "\r\n", "\r"]).join([*above, line(names), *below, *map(line, rows), ""])
    return text.encode(draw.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"])), np.array(columns).T


@pytest.mark.parametrize("first", range(0, 1000, 250))
def test_a_table_in_any_dialect_is_read_right_or_refused(tmp_path: Path, first: int) -> None:
    refused = []
    for seed in range(first, first + 250):
        content, values = _dialect(seed)
        (tmp_path / "t.csv").write_bytes(content)
        try:
            table = read_table(tmp_path / "t.csv", ["aa", "bb"])
        except DataError as error:
            refused.append(str(error))
            continue
        assert_allclose(table.values, values, rtol=1e-12, atol=0, err_msg=f"seed {seed}: {content!r}")
    others = [line for line in refused if "set data.decimal" not in line]
    assert len(refused) < 25, refused
    assert len(others) < 5, others
