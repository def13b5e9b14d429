"""A fit of data in parts is that of the data in memory: however they are cut, wherever they lie, however it ends."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from support.cases import largest_difference

from em_model import (
    CollapseError,
    Data,
    DataError,
    Known,
    Mixture,
    Parts,
    Prior,
    Statistics,
    e_step,
    fit,
    log_likelihood,
    partial_e_step,
    start,
)
from em_model.mixture import FloatArray

CUTS = {
    "one part": (),
    "two": (500,),
    "very different sizes, and an empty part": (1, 1, 2, 990),
    "a point each": tuple(range(1, 1000)),
}


def in_parts(points: FloatArray, *places: int) -> Parts:
    return Parts([partial(np.copy, block) for block in np.split(points, places)])


@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("places", CUTS.values(), ids=CUTS)
def test_history_is_that_of_the_data_in_memory(
    points: FloatArray, start_of_three: Mixture, places: tuple[int, ...], offset: float
) -> None:
    far = points + offset
    begin = Mixture(start_of_three.weights, start_of_three.means + offset, start_of_three.covariances)
    memory = fit(far, begin, max_steps=12, tolerance=0)
    parts = fit(in_parts(far, *places), begin, max_steps=12, tolerance=0)
    assert parts.n_points == 1000
    assert_allclose(parts.log_likelihoods, memory.log_likelihoods, rtol=1e-12)
    assert_allclose(parts.statistics.counts, memory.statistics.counts, rtol=1e-11)
    assert_allclose(parts.statistics.entropy, memory.statistics.entropy, rtol=1e-9)
    assert largest_difference(parts.final, memory.final) < 1e-11


@pytest.mark.parametrize(
    "choice",
    [{"known": Known(covariances=True)}, {"shape": "tied"}, {"shape": "diag"}, {"prior": Prior(4.0, np.eye(2))}],
    ids=["known", "tied", "diag", "prior"],
)
def test_every_kind_of_fit_can_be_had_in_parts(points: FloatArray, start_of_three: Mixture, choice: dict) -> None:
    memory = fit(points, start_of_three, max_steps=5, **choice)
    parts = fit(in_parts(points, 10, 700), start_of_three, max_steps=5, **choice)
    assert_allclose(parts.log_likelihoods, memory.log_likelihoods, rtol=1e-12)


def test_components_too_far_for_the_shared_frame_are_summed_about_their_own_means(rng: np.random.Generator) -> None:
    clusters = [rng.standard_normal((200, 2)), 3e6 + rng.standard_normal((200, 2)) * [1.0, 0.2]]
    points = rng.permutation(np.concatenate(clusters))
    begin = Mixture([0.5, 0.5], [[0.5, 0.0], [3e6, 3e6]], np.stack([np.eye(2)] * 2))
    memory, found = e_step(points, begin), e_step(in_parts(points, 30, 31, 250), begin)
    assert_allclose(found[1], memory[1], rtol=1e-12)
    assert_allclose(found[0].covariances, memory[0].covariances, rtol=1e-9)


def test_a_start_far_too_narrow_has_its_entropy_summed_point_by_point(points: FloatArray) -> None:
    narrow = Mixture([0.5, 0.5], [[0.0, 0.0], [5.0, 5.0]], np.stack([1e-7 * np.eye(2)] * 2))
    memory, found = e_step(points, narrow), e_step(in_parts(points, 400), narrow)
    assert found[1] < -1e6 * len(points)
    assert_allclose(found[0].entropy, memory[0].entropy, rtol=1e-12, atol=1e-12)


def test_a_collapse_in_parts_is_told_as_that_in_memory(rng: np.random.Generator) -> None:
    points = np.concatenate([rng.standard_normal((60, 2)), [[20.0, 20.0]] * 3])
    begin = Mixture([0.9, 0.1], [[0.0, 0.0], [20.0, 20.0]], np.stack([np.eye(2)] * 2))
    messages = []
    for data in (points, in_parts(points, 20, 61)):
        with pytest.raises(CollapseError) as caught:
            fit(data, begin)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert "3 points that are one and the same" in messages[0]


def test_partial_sums_are_those_of_the_whole_and_travel(points: FloatArray, start_of_three: Mixture) -> None:
    whole = Data(points)
    parts = [Data(block, whole=whole.moments) for block in np.split(points, [100, 101])]
    sums = [pickle.loads(pickle.dumps(partial_e_step(part, start_of_three))) for part in parts]
    total = sums[0] + sums[1] + sums[2]
    found = partial_e_step(whole, start_of_three)
    assert_allclose(total.features, found.features, rtol=1e-12, atol=1e-10)
    assert_allclose(total.log_likelihoods, found.log_likelihoods, rtol=1e-14)
    assert len(pickle.dumps(sums[0])) < 1000


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_statistics_of_parts_add(points: FloatArray, start_of_three: Mixture, offset: float) -> None:
    mixture = Mixture(start_of_three.weights, start_of_three.means + offset, start_of_three.covariances)
    far = points + offset
    whole, _ = e_step(far, mixture)
    one, other = (e_step(block, mixture)[0] for block in (far[:990], far[990:]))
    found = one + other
    assert isinstance(found, Statistics)
    assert_allclose(found.counts, whole.counts, rtol=1e-12)
    assert_allclose(found.means, whole.means, rtol=1e-14)
    assert_allclose(found.covariances, whole.covariances, rtol=1e-10 if not offset else 1e-6)
    assert_allclose(found.entropy, whole.entropy, rtol=1e-10)


class OutOfOrder:
    """A source whose parts are worked on in another order than they are handed back in, as by several workers."""

    def __init__(self, parts: Parts, order: list[int]) -> None:
        self.parts, self.order = parts, order

    def __getattr__(self, name: str) -> object:
        return getattr(self.parts, name)

    def each(self, work: Callable[[Data], object]) -> Iterator[object]:
        blocks = list(self.parts.read())
        done = {i: work(Data(blocks[i], whole=self.parts.moments)) for i in self.order}
        return iter([done[i] for i in sorted(done)])


def test_who_works_on_which_part_first_changes_no_bit(points: FloatArray, start_of_three: Mixture) -> None:
    parts = in_parts(points, 10, 300, 301, 800)
    one = fit(parts, start_of_three, max_steps=8, tolerance=0)
    other = fit(OutOfOrder(parts, [3, 0, 4, 2, 1]), start_of_three, max_steps=8, tolerance=0)
    assert_array_equal(one.log_likelihoods, other.log_likelihoods)
    assert_array_equal(one.mixtures.covariances, other.mixtures.covariances)
    assert_array_equal(one.statistics.means, other.statistics.means)


def test_likelihood_and_start_know_data_in_parts(points: FloatArray, start_of_three: Mixture) -> None:
    parts = in_parts(points, 10, 300)
    assert_allclose(log_likelihood(parts, start_of_three), log_likelihood(points, start_of_three), rtol=1e-13)
    begun = start(parts, 3, means="k-means++", covariances="data", rng=0)
    assert_allclose(begun.covariances[0], np.cov(points.T, bias=True), rtol=1e-12)
    assert all((points == mean).all(axis=1).any() for mean in begun.means)


def test_sample_of_parts_is_evenly_spread_over_all_of_them(points: FloatArray) -> None:
    assert_array_equal(in_parts(points, 7, 7, 450).sample(100), points[::10])
    assert_array_equal(in_parts(points, 7, 7, 450).sample(10**6), points)


def test_too_few_distinct_points_are_counted_over_all_parts() -> None:
    points = np.repeat([[1.0, 2.0], [3.0, 4.0]], 50, axis=0)
    begin = Mixture(np.full(3, 1 / 3), [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]], np.stack([np.eye(2)] * 3))
    with pytest.raises(DataError, match=r"^only 2 distinct points for 3 components"):
        fit(in_parts(points, 10, 90), begin)


def test_what_is_not_finite_is_found_in_its_part(points: FloatArray) -> None:
    points = points.copy()
    points[505, 1] = np.nan
    with pytest.raises(DataError) as caught:
        in_parts(points, 500, 800)
    expected = "part 1 (counted from 0): row 5 of the data (counted from 0) is not finite; remove NaN and infinity"
    assert str(caught.value) == expected


def test_fit_tells_of_every_step(points: FloatArray, start_of_three: Mixture) -> None:
    told: list[tuple[int, float]] = []
    history = fit(points, start_of_three, max_steps=3, watch=lambda step, ell: told.append((step, ell)))
    assert told == list(enumerate(history.log_likelihoods))
