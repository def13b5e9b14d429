"""With a prior both curves carry log p(θ), and all that a slice promises holds for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from support import EXPERIMENTS

from em_film.experiment import Dataset, Experiment, fit
from em_film.page.theme import DARK
from em_film.panels.header import Header
from em_film.panels.slice import SlicePanel
from em_film.publish.deck.slides import numbers_of
from em_film.runs.steps import StepRun
from em_model import log_likelihood
from em_model.prior import log_prior


@pytest.fixture(scope="module")
def run() -> StepRun:
    content = (EXPERIMENTS / "three_clusters.toml").read_text(encoding="utf-8")
    experiment = Experiment.parse(content.replace("[fit]\n", '[fit]\nprior = "weak"\n').encode(), "prior.toml")
    dataset = Dataset.of(experiment)
    return StepRun(dataset.data, fit(experiment, dataset))


def test_red_is_the_likelihood_and_the_prior(run: StepRun) -> None:
    profile = run.m_start(1).profile
    mixtures = run.line(1).at(profile.positions)
    wanted = log_likelihood(run.data, mixtures) + log_prior(run.history.prior, mixtures)
    assert run.has_prior
    assert_allclose(profile.red, wanted, rtol=1e-12)
    assert np.ptp(log_prior(run.history.prior, mixtures)) > 1e-3


@pytest.mark.parametrize("step", [1, 2])
def test_blue_touches_red_stays_under_it_and_has_its_top_where_the_step_ends(run: StepRun, step: int) -> None:
    start, end = run.m_start(step), run.m_step(step, 1.0)
    profile = start.profile
    assert_allclose(start.lower_bound, start.log_likelihood, rtol=1e-10)
    assert (profile.blue <= profile.red + 1e-7).all()
    assert end.lower_bound >= profile.blue.max() - 1e-9 * abs(end.lower_bound)
    assert_allclose(profile.positions[profile.blue.argmax()], 1.0, atol=0.02)


def test_the_curves_and_the_header_say_so(run: StepRun) -> None:
    plain, named = SlicePanel(DARK), SlicePanel(DARK, prior=True)
    assert named.red_name.width > 1.5 * plain.red_name.width
    assert named.blue_name.width > 1.3 * plain.blue_name.width
    header = Header(run, DARK)
    header.draw(run.m_step(1, 1.0))
    assert header.line.width > 3.0


def test_the_numbers_of_a_deck_say_so_too(run: StepRun) -> None:
    names = [name for name, _ in numbers_of(run.m_step(1, 1.0))]
    assert names == [
        "EM steps taken",
        "log-likelihood ℓ(θ) + log p(θ)",
        "lower bound L(q, θ) + log p(θ)",
        "gap KL(q ‖ posterior)",
    ]


def test_a_moment_with_numbers_of_its_own_tells_those_in_a_deck(run: StepRun) -> None:
    moment = replace(run.m_step(1, 1.0), numbers=lambda shown: (("steps", f"{shown.progress:.0f}"),))
    assert numbers_of(moment) == (("steps", "1"),)
