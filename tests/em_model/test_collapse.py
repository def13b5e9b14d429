from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from support.cases import random_mixture

from em_model import (
    CollapseError,
    DataError,
    EMError,
    Known,
    Mixture,
    Statistics,
    ThinComponentError,
    fit,
    m_step,
)
from em_model.mixture import FloatArray

REMEDY = (
    "where the likelihood has no maximum (Bishop 9.2.1); "
    "a prior on the covariances gives it one, or try another start or fewer components"
)


def cloud(n_points: int, n_dimensions: int, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).standard_normal((n_points, n_dimensions))


def two(means: list[list[float]], variances: tuple[float, float]) -> Mixture:
    size = len(means[0])
    return Mixture([0.5, 0.5], means, np.stack([v * np.eye(size) for v in variances]))


def collapse_of(points: FloatArray, begin: Mixture, known: Known | None = None) -> CollapseError:
    with pytest.raises(CollapseError) as caught:
        fit(points, begin, max_steps=500, tolerance=0, known=known)
    return caught.value


@pytest.mark.parametrize("n_dimensions", [1, 2, 4])
def test_component_on_a_single_point_collapses(n_dimensions: int) -> None:
    points = np.concatenate([cloud(100, n_dimensions), np.full((1, n_dimensions), 50.0)])
    begin = two([[0.0] * n_dimensions, [50.0] * n_dimensions], (1.0, 1.0))
    error = collapse_of(points, begin)
    assert (error.component, error.step) == (1, 1)
    assert str(error) == f"component 2 shrank onto a single point in step 1, {REMEDY}"
    assert error.history.outcome == "collapsed"
    assert error.history.n_steps == 0
    assert_array_equal(error.history.final.means, begin.means)


@pytest.mark.parametrize("n_dimensions", [1, 2])
def test_component_on_duplicates_of_one_point_collapses(n_dimensions: int) -> None:
    points = np.concatenate([np.full((20, n_dimensions), -30.0), cloud(100, n_dimensions)])
    error = collapse_of(points, two([[-30.0] * n_dimensions, [0.0] * n_dimensions], (0.5, 1.0)))
    assert error.component == 0
    assert f"in step {error.step}, " in str(error)


def test_data_on_a_random_line_are_refused(rng: np.random.Generator) -> None:
    for _ in range(50):
        line = rng.standard_normal((30, 1)) * rng.standard_normal(3)
        with pytest.raises(DataError, match=r"^columns [1-3, and]+ of the data are one quantity"):
            fit(line, two([list(line[0]), list(line[1])], (1.0, 1.0)))


def test_component_on_a_line_of_points_collapses_in_two_dimensions() -> None:
    points = np.concatenate([cloud(100, 2), [[40.0, t] for t in np.linspace(-1, 1, 15)]])
    error = collapse_of(points, two([[0.0, 0.0], [40.0, 0.0]], (1.0, 1.0)))
    assert (error.component, error.step) == (1, 1)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("direction", [[3.0, 1.0], [0.0, 1.0], [1.0, -0.1]])
def test_data_on_a_line_are_refused_whatever_scale_and_direction(scale: float, direction: list[float]) -> None:
    line = scale * np.linspace(0, 1, 30)[:, None] * direction
    told = "column 1 of the data holds one value only" if direction[0] == 0 else "columns 1 and 2 of the data are one"
    begin = two([[0.0, 0.0], list(line[-1])], (scale**2, scale**2))
    with pytest.raises(DataError, match=f"^{told}"):
        fit(line, begin)
    assert fit(line, begin, known=Known(covariances=True)).outcome == "converged"


def test_history_of_a_late_collapse_reaches_up_to_it() -> None:
    points = np.concatenate([cloud(60, 1), [[3.5]]])
    begin = two([[0.0], [3.5]], (1.0, 0.5))
    error = collapse_of(points, begin)
    history = error.history
    assert error.component == 1
    assert error.step > 1
    assert history.n_steps == error.step - 1
    shorter = fit(points, begin, max_steps=history.n_steps, tolerance=0)
    assert_array_equal(history.log_likelihoods, shorter.log_likelihoods)
    assert_array_equal(history.final.covariances, shorter.final.covariances)
    widths = history.mixtures.covariances[:, 1, 0, 0]
    assert widths[-1] < widths[0]
    assert history.half_steps[-1].kind == "E"


def test_component_that_lost_all_its_points_is_named() -> None:
    error = collapse_of(cloud(50, 2), two([[0.0, 0.0], [1e6, 0.0]], (1.0, 1.0)))
    assert (error.component, error.step) == (1, 1)
    assert str(error) == (
        "component 2 lost all its points in step 1: none is near enough for the M-step to say where it goes; "
        "start it nearer to the points, or wider"
    )
    assert error.history.n_steps == 0


def test_known_covariances_do_not_collapse() -> None:
    points = np.concatenate([cloud(100, 1), [[50.0]]])
    begin = two([[0.0], [50.0]], (1.0, 1.0))
    history = fit(points, begin, max_steps=5, tolerance=0, known=Known(covariances=True))
    assert history.outcome == "step limit"
    assert history.final.means[1, 0] == pytest.approx(50.0, rel=1e-12)


def test_component_without_points_may_stay_where_all_of_it_is_known() -> None:
    points, begin = cloud(50, 1), two([[0.0], [1e6]], (1.0, 1.0))
    history = fit(points, begin, max_steps=3, known=Known(weights=True, covariances=True, means=(1,)))
    assert_array_equal(history.final.means[1], [1e6])
    for known in (Known(weights=True, covariances=True), Known(covariances=True, means=(1,)),
                  Known(weights=True, means=(1,))):  # fmt: skip
        assert collapse_of(points, begin, known).component == 1


def test_every_lost_component_with_something_free_counts_not_only_the_first() -> None:
    points = cloud(50, 1)
    begin = Mixture(np.full(3, 1 / 3), [[1e6], [2e6], [0.0]], np.ones((3, 1, 1)))
    error = collapse_of(points, begin, Known(weights=True, covariances=True, means=(0,)))
    assert error.component == 1


def test_m_step_without_counts_has_no_maximum(rng: np.random.Generator) -> None:
    current = random_mixture(rng, 2, 1)
    empty = Statistics(np.array([5.0, 0.0]), np.zeros((2, 1)), np.ones((2, 1, 1)), 0.0)
    with pytest.raises(EMError, match=r"^component 2 has lost all its points$"):
        m_step(empty, current)
    nearly = Statistics(np.array([5.0, 1e-308]), np.zeros((2, 1)), np.ones((2, 1, 1)), 0.0)
    with pytest.raises(EMError, match=r"^component 2 has lost all its points$"):
        m_step(nearly, current)


def test_start_too_thin_for_the_data_is_no_collapse_of_a_step() -> None:
    with pytest.raises(ThinComponentError, match="component 1 is too narrow"):
        fit(cloud(50, 1), two([[0.0], [1.0]], (1e-26, 1.0)))


def test_every_random_fit_of_few_points_ends_in_a_fit_or_in_a_named_collapse() -> None:
    rng = np.random.default_rng(921)
    collapses = 0
    for _ in range(300):
        n_components, n_dimensions = int(rng.integers(2, 5)), int(rng.integers(1, 4))
        points = np.round(rng.standard_normal((int(rng.integers(n_dimensions + 6, 14)), n_dimensions)), 1)
        begin = random_mixture(rng, n_components, n_dimensions, 1.0)
        with suppress(CollapseError):
            assert fit(points, begin, max_steps=60).outcome in {"converged", "step limit"}
            continue
        error = collapse_of(points, begin)
        collapses += 1
        assert f"component {error.component + 1} " in str(error)
        assert error.history.n_steps == error.step - 1
        assert np.isfinite(error.history.log_likelihoods).all()
    assert collapses > 100
