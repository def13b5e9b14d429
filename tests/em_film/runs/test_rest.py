"""The last steps on one scale: nothing jumps, nothing is cut off, and each moment is the model's."""

from __future__ import annotations

import numpy as np
import pytest
from support import ROOT
from support.experiments import fit_of

from em_film.experiment import Dataset, Experiment
from em_film.runs.rest import Rest
from em_film.runs.steps import StepRun
from em_model import log_likelihood

_FIRST = 4


@pytest.fixture(scope="module")
def run() -> StepRun:
    experiment = Experiment.load(ROOT / "assets/experiments/three_clusters.toml")
    return StepRun(Dataset.of(experiment).data, fit_of(experiment))


def test_the_scale_is_held_from_the_first_of_the_steps_to_the_last(run: StepRun) -> None:
    rest = Rest(run, _FIRST)
    windows = [rest.settle(1.0).profile.window, *(rest.at(share).profile.window for share in np.linspace(0, 1, 23))]
    assert len({(window.low, window.high, window.ticks) for window in windows}) == 1


def test_both_dots_are_seen_all_the_way(run: StepRun) -> None:
    rest = Rest(run, _FIRST)
    for moment in [*map(rest.at, np.linspace(0, 1, 47)), *map(rest.passing, np.linspace(0, 1, 9))]:
        window = moment.profile.window
        assert window.low <= moment.lower_bound <= moment.log_likelihood + 1e-9 <= window.high


def test_each_moment_is_the_model_and_the_likelihood_never_falls(run: StepRun) -> None:
    moments = [Rest(run, _FIRST).at(float(share)) for share in np.linspace(0, 1, 61)]
    values = np.array([moment.log_likelihood for moment in moments])
    assert values == pytest.approx([float(log_likelihood(run.data, moment.mixture)) for moment in moments])
    assert np.diff(values).min() > -1e-9 * abs(values[0])
    assert np.array_equal(moments[-1].mixture.means, run.history.final.means)


def test_the_end_begins_where_the_last_step_left_off(run: StepRun) -> None:
    rest = Rest(run, _FIRST)
    assert rest.arrival(0.0).profile.window == rest.at(1.0).profile.window
    assert rest.arrival(1.0).profile.window == run.arrival(1.0).profile.window
