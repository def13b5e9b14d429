"""What the end of a film says is so: for fits that arrived, that were stopped, and that a tolerance ended early."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from support import EXPERIMENTS

from em_film.experiment import Dataset, Experiment, fit
from em_film.runs.outcome import Outcome, last_to_climb, where_others_end
from em_model import History
from em_model import fit as fitted
from em_model.other_starts import OtherStarts

_CLUSTERS = (EXPERIMENTS / "three_clusters.toml").read_text(encoding="utf-8")


def _outcome(tmp_path: Path, **changes: str) -> tuple[Outcome, History, Dataset]:
    content = _CLUSTERS
    if changes:
        for key, value in changes.items():
            content = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", content)
    experiment = Experiment.parse(content.encode(), tmp_path / "told.toml")
    dataset = Dataset.of(experiment)
    history = fit(experiment, dataset)
    return Outcome.of(dataset.data, history, experiment.known, experiment.seed), history, dataset


def test_a_fit_that_arrived_has_nothing_left_that_could_be_seen(tmp_path: Path) -> None:
    outcome, history, dataset = _outcome(tmp_path)
    told, left = outcome.ending()
    assert told.startswith(f"After {history.n_steps} steps nothing visibly moves")
    assert left == "Blue touches at its own top."
    further = fitted(dataset.data, history.final, tolerance=0)
    assert further.log_likelihoods[-1] - history.log_likelihoods[-1] < 0.01


def test_the_last_step_to_climb_is_the_last_one_that_gains_a_five_hundredth_of_the_whole_climb(tmp_path: Path) -> None:
    _, history, _ = _outcome(tmp_path)
    last, ends = last_to_climb(history), history.objectives
    assert 0 < last < history.n_steps
    assert ends[last] - ends[last - 1] > (ends[-1] - ends[0]) / 500
    assert (np.diff(ends[last:]) <= (ends[-1] - ends[0]) / 500).all()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"max_steps": "3"}, "Stopped after three steps, still climbing"),
        ({"tolerance": "0.5"}, "the tolerance ends it"),
    ],
)
def test_what_is_still_to_be_had_is_what_going_on_yields(changes: dict[str, str], told: str, tmp_path: Path) -> None:
    outcome, history, dataset = _outcome(tmp_path, **changes)
    first, left = outcome.ending()
    assert told in first
    (nats,) = re.findall(r"^([\d.]+) nats are still to be had\.$", left)
    further = fitted(dataset.data, history.final, max_steps=2000, tolerance=1e-12)
    assert float(nats) == pytest.approx(further.log_likelihoods[-1] - history.log_likelihoods[-1], rel=0.01)


def test_a_fit_that_took_all_its_steps_and_arrived_is_not_called_stopped(tmp_path: Path) -> None:
    outcome, history, _ = _outcome(tmp_path, tolerance="0")
    assert history.outcome == "step limit"
    assert "nothing visibly moves" in outcome.ending()[0]


@pytest.mark.parametrize(
    ("ends", "first", "second"),
    [
        ([-10.0] * 3, "From 3 other starts: 3 end here.", "All roads lead there."),
        (
            [-10.0, -12.0],
            "From 2 other starts: 1 ends here, 1 lower.",
            "EM climbs; the start decides which hill.",
        ),
        ([-8.0, -12.0], "From 2 other starts: 1 lower, 1 higher.", "The best is 2.0 nats higher."),
        ([-10.0, np.nan], "From 2 other starts: 1 ends here, 1 collapses.", "All that do not collapse lead there."),
    ],
)
def test_other_starts_are_told_as_they_were_found(ends: list[float], first: str, second: str, history: History) -> None:
    outcome = Outcome(history, 1, 0.0, OtherStarts(np.array(ends), -10.0, 0.1, None))
    said = outcome.other_ends()
    assert said[0] == first
    assert said[1].startswith(second)


def test_one_gaussian_has_no_other_hill(history: History) -> None:
    assert "one best fit" in Outcome(history, 1, 0.0, None).other_ends()[0]


@pytest.mark.parametrize(
    ("ends", "reached", "told"),
    [
        ([-10.0] * 4, -10.0, "all 4 other starts end where this one leads"),
        (
            [-10.0, -12.0, np.nan, -10.0],
            -10.0,
            "none of 4 other starts ends higher: 2 end where this one leads, 1 lower, 1 collapses",
        ),
        ([-10.0, -8.0, np.nan, -8.0], -10.0, "2 of 4 other starts reach -8.0, 2.0 nats higher"),
        ([-10.0, -8.0, -9.0], -10.0, "1 of 3 other starts reaches -8.0, 2.0 nats higher"),
        ([np.nan] * 3, -10.0, "all 3 other starts collapse"),
        ([-10.0, -10.0, np.nan], np.nan, "2 of 3 other starts reach -10.0, 1 collapses"),
        ([-12.0, -12.0], -10.0, "none of 2 other starts ends higher: 2 lower"),
    ],
)
def test_where_other_starts_end_is_said_for_every_outcome(ends: list[float], reached: float, told: str) -> None:
    others = OtherStarts(np.array(ends), reached, 0.1, None)
    assert where_others_end(others, with_prior=False).replace("−", "-") == told


def test_what_a_sample_stands_for_is_not_said_as_a_height_of_its_own() -> None:
    others = OtherStarts(np.array([-10.0, -8.0]), -10.0, 0.1, None, scale=10.0)
    assert where_others_end(others, with_prior=False) == "1 of 2 other starts reaches an end, 20.0 nats higher"
    assert where_others_end(None, with_prior=False) == "one component has one best fit, whatever the start"
    same = OtherStarts(np.array([-8.0]), -10.0, 0.1, None)
    assert "ℓ + log p = " in where_others_end(same, with_prior=True)
