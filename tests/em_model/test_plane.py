"""The plane of a turn holds every line of it, and measures as the lower bound does."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from support.cases import random_mixture

from em_model import Data, History, Mixture, MixtureError, Prior, StepSlice, fit, log_likelihood, lower_bound, turned
from em_model.plane import TurnPlane

_KINDS = [(1, 2), (2, 3), (2, 1), (4, 2), (3, 5)]


def _fitted(n_dimensions: int, n_components: int) -> tuple[Data, History]:
    rng = np.random.default_rng([n_dimensions, n_components])
    truth = random_mixture(rng, max(n_components, 2), n_dimensions)
    data = Data(truth.sample(400, rng)[0])
    spread = np.cov(np.asarray(data.points).T).reshape(n_dimensions, n_dimensions)
    means = np.asarray(data.points)[rng.choice(400, n_components, replace=False)]
    start = Mixture(np.full(n_components, 1 / n_components), means, np.stack([spread] * n_components))
    return data, fit(data, start, max_steps=6, tolerance=0)


def _plane(history: History, step: int) -> TurnPlane:
    before, here, after = (history.mixtures[i] for i in (step - 1, step, step + 1))
    return TurnPlane.through(before, here, after, history.statistics[step])


@pytest.mark.parametrize("kind", [kind for kind in _KINDS if kind[1] > 1])
def test_every_line_of_the_turn_lies_in_the_plane(kind: tuple[int, int]) -> None:
    _, history = _fitted(*kind)
    plane = _plane(history, 2)
    lines = [StepSlice.through(history.mixtures[i - 1], history.mixtures[i]) for i in (2, 3)]
    for share in (0.0, 0.3, 1.0):
        line = turned(lines[0], lines[1], share)
        for beyond in (-0.2, 0.0, 0.15):
            place = plane.coordinates([beyond * (1 - share), beyond * share])
            here, wanted = plane.at(place), line.at(1 - share + beyond)
            assert_allclose(here.means, wanted.means, rtol=1e-9, atol=1e-9)
            assert_allclose(here.covariances, wanted.covariances, rtol=1e-8)
            assert_allclose(here.weights, wanted.weights, rtol=1e-9)


@pytest.mark.parametrize("kind", [kind for kind in _KINDS if kind[1] > 1])
def test_the_step_is_one_long_and_leads_up(kind: tuple[int, int]) -> None:
    _, history = _fitted(*kind)
    plane = _plane(history, 2)
    assert_allclose(plane.at([0.0, 0.0]).means, history.mixtures[2].means, atol=1e-9)
    assert_allclose(plane.at([0.0, 1.0]).means, history.mixtures[3].means, atol=1e-8)


@pytest.mark.parametrize("kind", [kind for kind in _KINDS if kind[1] > 1])
def test_blues_level_lines_are_circles_near_its_top(kind: tuple[int, int]) -> None:
    """The yardstick is the Hessian of the bound, found here by central differences."""
    _, history = _fitted(*kind)
    plane, bound = _plane(history, 2), history.statistics[2]
    angles, radius = np.linspace(0, 2 * np.pi, 9)[:-1], 1e-2
    circle = np.array([0.0, 1.0]) + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    opposite = np.array([0.0, 1.0]) - radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    top = float(lower_bound(bound, history.mixtures[3]))
    bends = 2 * top - lower_bound(bound, plane.at(circle)) - lower_bound(bound, plane.at(opposite))
    assert_allclose(bends / bends.mean(), 1.0, rtol=2e-3)


@pytest.mark.parametrize("kind", [kind for kind in _KINDS if kind[1] > 1])
def test_with_a_prior_the_yardstick_is_that_of_blue_with_log_p(kind: tuple[int, int]) -> None:
    """M has MᵀM in proportion to the Hessian of -L - log p at its top, found here by central differences in (a, b)."""
    data, history = _fitted(*kind)
    prior = Prior(300.0, 0.5 * data.covariance)
    history = fit(data, history.start, max_steps=6, tolerance=0, prior=prior)
    iterates, bound = [history.mixtures[i] for i in (1, 2, 3)], history.statistics[2]
    plane = TurnPlane.through(*iterates, bound, prior)
    here, last, step = plane.here, plane.last, plane.next

    def blue(a: float, b: float) -> float:
        mixture = (here + last.scaled(a) + step.scaled(b)).mixture()
        return float(lower_bound(bound, mixture) + prior.log_density(mixture))

    h = 1e-3
    top = blue(0.0, 1.0)
    along = [-(blue(h * a, 1 + h * b) - 2 * top + blue(-h * a, 1 - h * b)) / h**2 for a, b in ((1, 0), (0, 1), (1, 1))]
    mixed = (along[2] - along[0] - along[1]) / 2
    wanted = np.array([[along[0], mixed], [mixed, along[1]]]) / along[1]
    assert_allclose(plane.yardstick.T @ plane.yardstick, wanted, rtol=3e-4, atol=3e-4 * np.abs(wanted).max())
    without = TurnPlane.through(*iterates, bound)
    assert np.abs(without.yardstick.T @ without.yardstick - wanted).max() > 3e-3 * np.abs(wanted).max()


@pytest.mark.parametrize("kind", [kind for kind in _KINDS if kind[1] > 1])
def test_all_inside_the_widest_ring_is_higher_than_here(kind: tuple[int, int]) -> None:
    data, history = _fitted(*kind)
    plane, bound = _plane(history, 2), history.statistics[2]
    axis = np.linspace(-1.5, 1.5, 41)
    places = np.stack(np.meshgrid(axis, axis + 0.5), axis=-1).reshape(-1, 2)
    places = places[plane.holds(places)]
    mixtures = plane.at(places)
    red, blue, here = log_likelihood(data, mixtures), lower_bound(bound, mixtures), history.log_likelihoods[2]
    inside = blue > here
    assert inside.any()
    assert (red[inside] > here - 1e-7).all()
    assert (blue <= red + 1e-7).all()


def test_where_a_precision_is_not_positive_definite_the_plane_holds_no_mixture() -> None:
    _, history = _fitted(2, 3)
    plane = _plane(history, 2)
    far = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, -500.0], [500.0, 0.0]])
    held = plane.holds(far)
    assert held[:2].all()
    assert not held.all()
    for place in far[~held]:
        with pytest.raises(MixtureError):
            plane.at(place)


@pytest.mark.parametrize("ends", [(0.0, 1.01), (0.5, 1.2), (0.9, 1.3)])
@pytest.mark.parametrize("kind", [kind for kind in _KINDS if kind[1] > 1])
def test_three_mixtures_on_one_line_span_no_plane(kind: tuple[int, int], ends: tuple[float, float]) -> None:
    _, history = _fitted(*kind)
    line = StepSlice.through(history.mixtures[1], history.mixtures[2])
    with pytest.raises(MixtureError, match="one line"):
        TurnPlane.through(line.at(ends[0]), line.at(1.0), line.at(ends[1]), history.statistics[2])


@pytest.mark.parametrize("kind", [kind for kind in _KINDS if kind[1] > 1])
def test_the_plane_holds_mixtures_up_to_its_reach_and_none_beyond(kind: tuple[int, int]) -> None:
    _, history = _fitted(*kind)
    plane = _plane(history, 2)
    angles = np.linspace(0, 2 * np.pi, 60)
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    reach = plane.reach(ways)
    ending = np.isfinite(reach)
    assert ending.any()
    assert plane.holds(0.999 * reach[ending, None] * ways[ending]).all()
    assert not plane.holds(1.001 * reach[ending, None] * ways[ending]).any()
    assert plane.reach([0.0, 0.0]) == np.inf
