"""Labels find room beside curves, and never jump from one spot to another."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from em_film.page.labels import Candidate, choose, reach


def _seen(room: float, other: float) -> tuple[float, float]:
    x, _, opacity = choose([Candidate(0.0, 0.0, room), Candidate(1.0, 0.0, other)])
    return x, opacity


def test_the_first_spot_with_room_is_taken() -> None:
    assert _seen(0.5, 0.5) == (0.0, 1.0)
    assert _seen(-0.5, 0.5) == (1.0, 1.0)


def test_without_any_room_a_label_is_not_shown() -> None:
    assert _seen(-0.5, -0.1)[1] == 0.0


@pytest.mark.parametrize("other", [-0.05, 0.0, 0.05, 0.5])
def test_a_label_is_faded_out_where_its_spot_changes_and_its_opacity_never_jumps(other: float) -> None:
    shown = [_seen(room, other) for room in np.linspace(-0.1, 0.1, 20_001)]
    for (x, opacity), (next_x, next_opacity) in itertools.pairwise(shown):
        assert abs(opacity - next_opacity) < 0.02
        assert x == next_x or max(opacity, next_opacity) < 0.02


def test_a_graph_reaches_from_its_lowest_to_its_highest_point_between_two_abscissae() -> None:
    path = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 0.0]])
    assert reach(path, 0.5, 1.25) == (1.0, 2.0)
    assert reach(path, 1.5, 9.0) == (0.0, 1.0)
    assert reach(path, 3.0, 4.0) == (np.inf, -np.inf)
