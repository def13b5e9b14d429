"""Every experiment of the gallery shows what its first lines claim."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture
from support.experiments import fit_of

from em_film.experiment import Dataset, Experiment
from em_model import History, Mixture

_FOLDER = Path(__file__).resolve().parents[1] / "assets" / "experiments"
_GALLERY = [
    "overlapping",
    "separated",
    "poor_start",
    "better_start",
    "five_clusters",
    "one_dimension",
    "unequal_weights",
]
_NAMES = sorted(path.stem for path in _FOLDER.glob("*.toml"))


@lru_cache
def _experiment(name: str) -> Experiment:
    return Experiment.load(_FOLDER / f"{name}.toml")


@lru_cache
def _history(name: str) -> History:
    return fit_of(_experiment(name))


def _rises_and_gaps(history: History) -> list[tuple[float, float]]:
    """How far each M-step lifts the bound, and how far the log-likelihood then stands above it, in nats."""
    halves = history.half_steps
    return [
        (m.lower_bound - e.lower_bound, m.log_likelihood - m.lower_bound)
        for e, m in zip(halves[::2], halves[1::2], strict=False)
    ]


def _comment(name: str) -> str:
    lines = (_FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    told = [line.removeprefix("#").strip() for line in lines]
    return " ".join(told[: next(number for number, line in enumerate(lines) if not line.startswith("#"))])


def _sorted_to(found: Mixture, truth: Mixture) -> list[int]:
    """Return the components in the order of the clusters they are nearest to."""
    orders = permutations(range(truth.n_components))
    return list(min(orders, key=lambda order: float(np.square(found.means[list(order)] - truth.means).sum())))


def _is_found(name: str, *, within: float) -> bool:
    truth, found = _experiment(name).truth, _history(name).final
    assert truth is not None
    order = _sorted_to(found, truth)
    spread = np.sqrt(np.diagonal(truth.covariances, axis1=1, axis2=2))
    return bool((np.abs(found.means[order] - truth.means) < within * spread).all())


@pytest.mark.parametrize("name", _NAMES)
def test_every_experiment_says_what_it_shows_and_converges(name: str) -> None:
    assert len(_comment(name)) > 20
    assert _experiment(name).title
    assert _history(name).outcome == "converged"


@pytest.mark.parametrize("name", _GALLERY)
def test_there_are_steps_to_see_but_not_too_many(name: str) -> None:
    assert 4 <= _history(name).n_steps <= 80


@pytest.mark.parametrize("name", _GALLERY)
def test_the_first_two_steps_tell_the_story(name: str) -> None:
    """Where the bound is nearly the log-likelihood itself, blue hides red and nothing is to be seen of either."""
    for rise, gap in _rises_and_gaps(_history(name))[:2]:
        assert gap > 0.07 * rise


def test_overlapping_clusters_take_about_eleven_times_as_many_steps_as_separated_ones() -> None:
    slow, fast = _experiment("overlapping"), _experiment("separated")
    assert "eleven times" in _comment("overlapping")
    assert "an eleventh" in _comment("separated")
    assert slow.start == fast.start
    assert slow.fit == fast.fit
    for near, far in zip(slow.data.cluster, fast.data.cluster, strict=True):
        assert (near.weight, near.covariance) == (far.weight, far.covariance)
        assert 2 * near.mean[0] == far.mean[0]
    assert 10 <= _history("overlapping").n_steps / _history("separated").n_steps <= 12
    assert _is_found("overlapping", within=0.4)
    assert _is_found("separated", within=0.2)


def test_the_poor_start_ends_lower_than_the_better_one_on_the_same_points() -> None:
    poor, better = _experiment("poor_start"), _experiment("better_start")
    np.testing.assert_array_equal(Dataset.of(poor).points, Dataset.of(better).points)
    assert poor.fit == better.fit
    ends = {name: float(_history(name).log_likelihoods[-1]) for name in ("poor_start", "better_start")}
    assert ends["better_start"] - ends["poor_start"] > 140
    for name in ends:
        assert sorted(re.findall(r"-\d{4}", _comment(name))) == sorted(f"{ell:.0f}" for ell in ends.values())


def test_the_poor_end_is_a_maximum_that_longer_climbing_does_not_leave() -> None:
    text = (_FOLDER / "poor_start.toml").read_text(encoding="utf-8")
    longer = text.replace("tolerance = 1e-6", "tolerance = 1e-12\nmax_steps = 5000")
    history = fit_of(Experiment.parse(longer.encode(), "longer.toml"))
    assert history.outcome == "converged"
    assert history.n_steps > 100
    assert 0 <= history.log_likelihoods[-1] - _history("poor_start").log_likelihoods[-1] < 0.2


def test_the_poor_end_shares_one_cluster_and_covers_two_while_the_better_one_has_one_for_each() -> None:
    poor = _history("poor_start").final
    assert (poor.means[:2, 0] < -2.5).all()
    assert poor.weights[2] == pytest.approx(0.5, abs=0.03)
    assert np.sqrt(poor.covariances[2, 1, 1]) > 2
    assert _is_found("better_start", within=0.2)


@pytest.mark.parametrize(("name", "count"), [("five_clusters", 5), ("three_clusters", 3), ("one_dimension", 3)])
def test_the_clusters_are_found(name: str, count: int) -> None:
    assert _history(name).final.n_components == count
    assert _is_found(name, within=0.4)


def test_five_clusters_take_about_twenty_steps() -> None:
    assert "twenty" in _comment("five_clusters")
    assert 15 <= _history("five_clusters").n_steps <= 25


def test_one_dimension_starts_between_the_outer_clusters() -> None:
    experiment = _experiment("one_dimension")
    truth = experiment.truth
    assert truth is not None
    start = _history("one_dimension").start.means
    assert start.shape == (3, 1)
    assert start.min() >= truth.means.min() + 1
    assert start.max() < truth.means.max() - 1


def test_unequal_weights_are_found_from_equal_ones() -> None:
    truth, found = _experiment("unequal_weights").truth, _history("unequal_weights").final
    assert truth is not None
    np.testing.assert_allclose(_history("unequal_weights").start.weights, 1 / 3)
    np.testing.assert_allclose(found.weights[_sorted_to(found, truth)], truth.weights, atol=0.03)
    assert _is_found("unequal_weights", within=0.3)


def test_old_faithful_ends_at_the_maximum_that_scikit_learn_finds() -> None:
    points = Dataset.of(_experiment("old_faithful")).points
    other = GaussianMixture(2, reg_covar=0.0, tol=1e-10, max_iter=1000, n_init=5, random_state=0).fit(points)
    expected = other.score(points) * len(points)
    assert _history("old_faithful").log_likelihoods[-1] == pytest.approx(expected, abs=0.01)
