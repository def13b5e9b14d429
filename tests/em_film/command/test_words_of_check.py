"""The lines of `check` on a fit beside their conditions, on experiments of every outcome."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from support.experiments import fit_of
from support.running import Run
from support.sentences import OUTCOMES, PAIR, Conditions, require_listed, written

from em_film.experiment import Experiment
from em_film.wording import counted
from em_model import History

_ON_THE_FIT = "  fit", "  starts", "  film", "  slices", "  shown", "  note"
_COLUMNS = "sepal length", "sepal width", "petal length", "petal width"
_EXPERIMENTS = OUTCOMES | {
    "stopped at once": f"{PAIR}[fit]\nmax_steps = 1\n",
}


def _rise(history: History) -> float:
    return float(history.objectives[-1] - history.objectives[-2])


_CONDITIONS: Conditions = {
    r"fit     K = (\d), (converged after|stopped at the limit of) (\d+ steps?): ℓ from (\S+) to (\S+) nats": (
        lambda h, k, how, steps, first, last: (
            int(k) == h.start.n_components
            and (how == "converged after") == (h.outcome == "converged")
            and steps == counted(h.n_steps, "step", words=False)
            and [first, last] == [f"{h.log_likelihoods[i]:.2f}" for i in (0, -1)]
        )
    ),
    r"starts  one component has one best fit, whatever the start": lambda h: h.start.n_components == 1,
    r"starts  all 50 other starts end where this one leads": lambda h: h.start.n_components > 1,
    r"starts  (\d+) of 50 other starts reach (ℓ \+ log p = )?(\S+), (\S+) nats higher": lambda h, n, p, top, more: (
        0 < int(n) <= 50
        and bool(p) == (h.prior is not None)
        and abs(float(top.replace("−", "-")) - float(more) - h.objectives[-1]) < 0.11
    ),
    r"starts  none of 50 other starts ends higher: "
    r"(?:(\d+) ends? where this one leads, )?(\d+) lower(?:, (\d+) collapses?)?": lambda h, *parts: (
        sum(int(part or 0) for part in parts) == 50
    ),
    r"film    dark, (\d+ steps?) in detail": lambda h, steps: steps == counted(min(3, h.n_steps), "step", words=False),
    r"slices  (.+)": lambda h, slices: all(
        (told := re.fullmatch(r"mean of component (\d)(?: along axis (\d))?", line))
        and int(told[1]) <= h.start.n_components
        and (told[2] is None) == (h.start.n_dimensions == 1)
        and int(told[2] or 1) <= h.start.n_dimensions
        for line in slices.split(", ")
    ),
    r"shown   (\d) columns fitted, 2 shown: (.+) and (.+)": lambda h, fitted, one, other: (
        int(fitted) == h.start.n_dimensions > 2 and one != other and {one, other} <= set(_COLUMNS)
    ),
    r"note    it is at the top: .*set fit\.tolerance above 0": lambda h: h.outcome == "step limit" and _rise(h) < 1e-9,
    r"note    it did not converge: the last step still raised ℓ by (\S+) nats; raise fit\.max_steps": lambda h, rise: (
        h.outcome == "step limit" and rise == f"{_rise(h):.2g}"
    ),
    r"note    it is called converged though its last step raised ℓ by (\S+) nats: .*; lower it": lambda h, rise: (
        h.outcome == "converged" and rise == f"{_rise(h):.3g}"
    ),
    r"note    components 1 and 2 start alike, so that EM never parts them; start them apart": lambda h: np.array_equal(
        h.final.means[0], h.final.means[1]
    ),
    r"note    (\d+) steps are more than a film can dwell on, .*": lambda h, n: int(n) == h.n_steps > 100,
}


@pytest.mark.parametrize("name", _EXPERIMENTS)
def test_each_line_on_a_fit_is_listed_and_its_condition_holds(name: str, tmp_path: Path, run: Run) -> None:
    path = written(tmp_path, _EXPERIMENTS[name])
    lines = [line for line in run("check", path).stdout.splitlines() if line.startswith(_ON_THE_FIT)]
    require_listed(_CONDITIONS, map(str.strip, lines), fit_of(Experiment.load(path)))
