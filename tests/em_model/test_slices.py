from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from support.cases import fits, largest_difference, random_mixture, to_vector

from em_model import (
    CollapseError,
    CoordinateSlice,
    History,
    Known,
    Mixture,
    MixtureError,
    Natural,
    Slice,
    Statistics,
    StepSlice,
    e_step,
    fit,
    log_likelihood,
    lower_bound,
    turned,
)
from em_model.mixture import FloatArray

Case = tuple[FloatArray, Mixture, np.random.Generator]


def one_step(points: FloatArray, old: Mixture, known: Known | None = None) -> tuple[Statistics, Mixture]:
    """The E-step's statistics at old, and where the M-step goes."""
    try:
        history = fit(points, old, max_steps=1, tolerance=0, known=known)
    except CollapseError:
        assume(False)
    return history.statistics[0], history.final


def inner_grid(line: StepSlice, size: int = 201) -> FloatArray:
    """Positions over the line's whole domain, up to a thousandth from its ends, or from -3 to 4 where it has none."""
    low, high = np.clip(line.domain, -3, 4)
    margin = 1e-3 * (high - low)
    return np.linspace(low + margin, high - margin, size)


@given(fits())
def test_step_slice_leads_from_old_to_new(case: Case) -> None:
    points, old, _ = case
    _, new = one_step(points, old)
    line = StepSlice.through(old, new)
    low, high = line.domain
    assert low < 0
    assert high > 1
    for position, end in ((0.0, old), (1.0, new)):
        there = line.at(position)
        scale = max(1.0, np.linalg.cond(end.covariances).max())
        assert largest_difference(there, end) < 1e-10 * scale


def test_step_slice_is_straight_in_natural_coordinates(history: History) -> None:
    line = StepSlice.through(history.mixtures[0], history.mixtures[1])
    ends = [to_vector(m.natural()) for m in (history.mixtures[0], history.mixtures[1])]
    for t in (-0.02, 0.3, 0.5, 1.02):
        there = to_vector(line.at(t).natural())
        straight = (1 - t) * ends[0] + t * ends[1]
        # The weights are renormalised, so their logarithms may all differ by one number.
        assert np.ptp((there - straight)[:3]) < 1e-12
        assert_allclose(there[3:], straight[3:], rtol=1e-9, atol=1e-9)
        assert_allclose(line.at(t).weights.sum(), 1, rtol=1e-14)


@given(fits(), st.booleans(), st.booleans())
def test_blue_is_concave_on_the_whole_step_slice_and_its_top_stands_at_one(
    case: Case, weights: bool, covariances: bool
) -> None:
    points, old, _ = case
    found, new = one_step(points, old, Known(weights, covariances))
    line = StepSlice.through(old, new)
    grid = inner_grid(line)
    blue = lower_bound(found, line.at(grid))
    noise = 1e-9 * np.abs(blue).max()
    assert np.diff(blue, 2).max() <= noise
    assert blue.max() <= float(lower_bound(found, line.at(1.0))) + 1e-9 * abs(float(lower_bound(found, new)))


def test_top_of_blue_is_at_exactly_one(history: History) -> None:
    for step in range(5):
        old, new = history.mixtures[step], history.mixtures[step + 1]
        line, found = StepSlice.through(old, new), history.statistics[step]
        width = 1e-3
        before, top, after = lower_bound(found, line.at(1 + width * np.array([-1.0, 0.0, 1.0])))
        curvature = before - 2 * top + after
        assert curvature < 0
        assert abs(0.5 * width * (before - after) / curvature) < 1e-4  # the top of the parabola through all three
        assert top == max(before, top, after)


def test_blue_touches_red_at_zero_and_lies_below_it_everywhere(points: FloatArray, history: History) -> None:
    for step in range(5):
        line, found = StepSlice.through(history.mixtures[step], history.mixtures[step + 1]), history.statistics[step]
        grid = np.append(inner_grid(line), 0.0)
        red, blue = log_likelihood(points, line.at(grid)), lower_bound(found, line.at(grid))
        assert (red - blue).min() >= -1e-9
        assert_allclose(blue[-1], red[-1], rtol=1e-13)
        width = 1e-4 * np.array([-1.0, 1.0])
        slopes = [np.diff(curve)[0] for curve in (log_likelihood(points, line.at(width)),
                                                  lower_bound(found, line.at(width)))]  # fmt: skip
        assert_allclose(slopes[0], slopes[1], rtol=1e-4)


@given(fits())
def test_step_slice_ends_where_a_precision_becomes_singular(case: Case) -> None:
    _, old, rng = case
    line = StepSlice.through(old, random_mixture(rng, old.n_components, old.n_dimensions))
    low, high = line.domain
    for end, side in ((low, -1), (high, 1)):
        if not np.isfinite(end):
            continue
        thinnest = np.linalg.eigvalsh(line.coordinates(end).precisions)
        scale = max(np.abs(line.origin.precisions).max(), np.abs(end * line.direction.precisions).max())
        if thinnest.min() > 1e-6 * scale:  # a weight underflows before
            assert_allclose(np.ptp(line.coordinates(end).log_weights), 708.396, rtol=1e-6)
            continue
        assert np.abs(thinnest[:, 0]).min() < 1e-11 * scale
        assert np.isfinite(line.at(end - side * 1e-6 * max(1, abs(end))).covariances).all()
        with pytest.raises(MixtureError, match=r"the precision of component . is not positive definite"):
            line.at(end + side * 1e-6 * max(1, abs(end)))


def test_domain_worked_by_hand() -> None:
    # Λ goes from 1 to 3 in one component, 0 at t = -1/2, and from 4 to 3 in the other, 0 at t = 4.
    old, new = (Mixture([0.5, 0.5], [[0.0], [1.0]], [[[a]], [[b]]]) for a, b in ((1, 1 / 4), (1 / 3, 1 / 3)))
    assert_allclose(StepSlice.through(old, new).domain, (-0.5, 4), rtol=1e-12)


def test_step_slice_of_known_covariances_and_weights_has_no_end(rng: np.random.Generator) -> None:
    old = random_mixture(rng, 3, 2)
    new = Mixture(old.weights, old.means + 1, old.covariances)
    assert StepSlice.through(old, new).domain == (-np.inf, np.inf)


def test_step_slice_ends_where_a_weight_underflows() -> None:
    # The weights' ratio grows tenfold per unit of t from 1 at t = 0; numbers end at about 2.2e-308, so at t = ± 307.65.
    old = Mixture([0.5, 0.5], [[0.0], [1.0]], np.ones((2, 1, 1)))
    new = Mixture([1 / 11, 10 / 11], [[0.0], [1.0]], np.ones((2, 1, 1)))
    line = StepSlice.through(old, new)
    assert_allclose(line.domain, (-307.6527, 307.6527), rtol=1e-6)
    points = np.array([[0.0], [0.5], [2.0]])
    found, _ = e_step(points, old)
    edges = line.at(np.array([-307.65, 307.65]))
    assert np.isfinite(lower_bound(found, edges)).all()
    assert np.isfinite(log_likelihood(points, edges)).all()
    with pytest.raises(MixtureError, match="the weight of component 1 is too small to be told from 0"):
        line.at(330.0)


def test_step_slice_of_a_batch_or_of_unlike_mixtures_is_refused(rng: np.random.Generator, history: History) -> None:
    with pytest.raises(MixtureError, match=r"a line needs two single mixtures of one shape, not \(3, 2\), \(2, 2\)"):
        StepSlice.through(history.final, random_mixture(rng, 2, 2))
    with pytest.raises(MixtureError, match="a line needs two single mixtures of one shape"):
        StepSlice.through(history.mixtures, history.mixtures)


@given(fits(), st.data())
def test_coordinate_slice_of_blue_is_a_parabola_of_known_curvature(case: Case, data: st.DataObject) -> None:
    points, base, _ = case
    component = data.draw(st.integers(0, base.n_components - 1))
    axis = data.draw(st.integers(0, base.n_dimensions - 1))
    found, height = e_step(points, base)
    line = CoordinateSlice(base, component, axis)
    precision = np.linalg.inv(base.covariances[component])[axis, axis]
    values = line.position + np.linspace(-2, 2, 9) / np.sqrt(precision)
    blue = lower_bound(found, line.at(values))
    curvature = -found.counts[component] * precision
    exact = blue[4] + (blue[5] - blue[3]) / (values[5] - values[3]) * (values - values[4])
    exact += 0.5 * curvature * (values - values[4]) ** 2
    assert_allclose(blue, exact, atol=1e-9 * (abs(height) + np.abs(blue).max()))
    assert_allclose(blue[4], height, rtol=1e-9)


def test_coordinate_slice_varies_one_number_only(clusters: Mixture) -> None:
    line = CoordinateSlice(clusters, 2, 1)
    moved = line.at(np.array([-1.0, 7.5]))
    assert_array_equal(moved.means[:, 2, 1], [-1.0, 7.5])
    changed = moved.means != clusters.means
    assert changed.sum() == 2
    assert_array_equal(moved.weights, np.tile(clusters.weights, (2, 1)))
    assert_array_equal(moved.covariances[1], clusters.covariances)
    assert line.position == 3.0
    assert line.domain == (-np.inf, np.inf)
    assert line.at(4.0).batch_shape == ()


@given(fits(), st.data())
def test_with_the_base_at_the_new_mixture_blues_top_is_its_value(case: Case, data: st.DataObject) -> None:
    points, old, _ = case
    component = data.draw(st.integers(0, old.n_components - 1))
    axis = data.draw(st.integers(0, old.n_dimensions - 1))
    found, new = one_step(points, old)
    line = CoordinateSlice(new, component, axis)
    width = np.sqrt(new.covariances[component, axis, axis])
    blue = lower_bound(found, line.at(line.position + width * np.array([-1.0, 0.0, 1.0])))
    noise = 1e-9 * np.abs(blue).max()
    assert blue[1] >= blue.max() - noise
    assert abs(blue[0] - blue[2]) <= noise  # symmetric about its top


def test_joint_m_step_leaves_the_old_coordinate_slice(history: History) -> None:
    old, new, found = history.mixtures[1], history.mixtures[2], history.statistics[1]
    line = CoordinateSlice(old, 0, 1)
    values = np.linspace(-3, 5, 8001)
    top = values[lower_bound(found, line.at(values)).argmax()]
    assert abs(top - new.means[0, 1]) > 0.01


@pytest.mark.parametrize(
    ("component", "axis", "message"),
    [
        (3, 0, "component index 3 does not exist; it must be from 0 to 2"),
        (-1, 0, "component index -1 does not exist; it must be from 0 to 2"),
        (0, 2, "axis index 2 does not exist; it must be from 0 to 1"),
    ],
)
def test_coordinate_that_does_not_exist_is_refused(component: int, axis: int, message: str, clusters: Mixture) -> None:
    with pytest.raises(MixtureError) as caught:
        CoordinateSlice(clusters, component, axis)
    assert str(caught.value) == message


def test_coordinate_slice_of_a_batch_is_refused(history: History) -> None:
    with pytest.raises(MixtureError, match="a line needs a single mixture as its base, not a batch"):
        CoordinateSlice(history.mixtures, 0, 0)


def step_slices(history: History) -> tuple[StepSlice, StepSlice]:
    first, second, third = (history.mixtures[i] for i in range(3))
    return StepSlice.through(first, second), StepSlice.through(second, third)


def assert_same_line(one: StepSlice, other: StepSlice) -> None:
    def parts(natural: Natural) -> FloatArray:
        return to_vector(natural)

    assert_allclose(parts(one.coordinates(0.0)), parts(other.coordinates(0.0)), rtol=1e-9, atol=1e-9)
    assert_allclose(parts(one.direction), parts(other.direction), rtol=1e-9, atol=1e-9)


def test_turned_line_is_the_old_one_at_share_0_and_the_new_one_at_share_1(history: History) -> None:
    before, after = step_slices(history)
    assert_same_line(turned(before, after, 0.0), before)
    assert_same_line(turned(before, after, 1.0), after)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_turned_line_passes_through_the_mixture_both_share(history: History, share: float) -> None:
    before, after = step_slices(history)
    line = turned(before, after, share)
    assert largest_difference(line.at(1 - share), history.mixtures[1]) < 1e-10
    low, high = line.domain
    assert low < 1 - share < high


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_lines_may_share_their_mixture_anywhere_and_need_not_exist_at_0(share: float) -> None:
    wide, narrow = (Mixture([1.0], [[0.0]], [[[variance]]]) for variance in (1.0, 1e-4))
    before = StepSlice.through(Mixture([1.0], [[0.0]], [[[1.1e-4]]]), narrow)
    after = StepSlice(wide.natural(), narrow.natural() - wide.natural(), 0.5)
    line = turned(before, after, share, pivots=(1.0, 1.5))
    place = 1.0 + 0.5 * share
    low, high = line.domain
    assert low < place < high
    assert_allclose(line.at(place).covariances, narrow.covariances)
    assert (low > 0) == (share == 1.0)


def test_turning_is_continuous(history: History) -> None:
    before, after = step_slices(history)
    shares = np.linspace(0, 1, 101)
    lines = np.array([to_vector(turned(before, after, s).at(0.5).natural()) for s in shares])
    jumps = np.abs(np.diff(lines, axis=0)).max(axis=1)
    assert jumps.max() < 0.05 * jumps.sum()


def test_both_kinds_of_line_are_slices(history: History) -> None:
    lines: list[Slice] = [StepSlice.through(history.start, history.final), CoordinateSlice(history.final, 0, 0)]
    for line in lines:
        low, high = line.domain
        assert low < high
        assert line.at(np.zeros((2, 5))).batch_shape == (2, 5)
