"""Curves pass through their points and end at their panel's border; ellipses are those of the covariance."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from manim import FadeOut, VGroup
from manim.utils.hashing import get_json
from numpy.testing import assert_allclose

from em_film.drawing.paths import circle, clip, corners, dashes, monotone
from em_film.drawing.shapes import CovarianceEllipse, Curve, DashedSegment, Disc, tint
from em_film.page.layout import Rect

RED = "#FF6B5E"
PANEL = (0.8, -1.7, 6.8, 1.9)
T = np.linspace(0, 1, 33)[:, None]


def drawn(path):
    """Many points along each piece, shape (S, 33, 2)."""
    a, b, c, d = (path[:, None, i] for i in range(4))
    return (1 - T) ** 3 * a + 3 * T * (1 - T) ** 2 * b + 3 * T**2 * (1 - T) * c + T**3 * d


def pieces(mobject):
    assert not mobject.points[:, 2].any()
    return mobject.points[:, :2].reshape(-1, 4, 2)


def curve(**options) -> Curve:
    return Curve(color=RED, **options)


def bell(samples: int):
    x = np.linspace(PANEL[0], PANEL[2], samples)
    return np.column_stack([x, 1.5 - 0.3 * (x - 4) ** 2])


GRAPHS = st.lists(
    st.tuples(st.floats(0.01, 1), st.one_of(st.floats(-5, 5), st.just(0.0))), min_size=2, max_size=20
).map(lambda steps: np.column_stack([np.cumsum([s[0] for s in steps]), [s[1] for s in steps]]))
# Rounded, because the oracle below divides by the run of a segment.
PATHS = st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=2, max_size=20).map(
    lambda points: np.round(points, 6)
)


@pytest.mark.parametrize("smooth", [False, True])
def test_a_curve_passes_through_every_point_it_was_given(smooth: bool):
    points = bell(40)
    path = pieces(curve(smooth=smooth).set_path(points))
    np.testing.assert_array_equal(path[:, 0], points[:-1])
    np.testing.assert_array_equal(path[:, 3], points[1:])


@given(GRAPHS)
def test_a_smooth_curve_never_overshoots_its_points(points):
    path = monotone(points)
    low, high = np.minimum(points[:-1], points[1:]), np.maximum(points[:-1], points[1:])
    along = drawn(path)
    assert (along >= low[:, None] - 1e-12).all()
    assert (along <= high[:, None] + 1e-12).all()
    assert (np.diff(along[..., 1], axis=1) * np.sign(points[1:] - points[:-1])[:, None, 1] >= -1e-12).all()


def test_a_smooth_curve_bends_evenly_at_its_points():
    path = monotone(bell(12))
    into, out = path[:-1, 3] - path[:-1, 2], path[1:, 1] - path[1:, 0]
    np.testing.assert_allclose(into, out, atol=1e-12)


def test_fifty_smooth_pieces_lie_within_a_tenth_of_a_pixel_of_the_curve():
    along = drawn(monotone(bell(51))).reshape(-1, 2)
    assert np.abs(along[:, 1] - (1.5 - 0.3 * (along[:, 0] - 4) ** 2)).max() < 0.1 / 135


def test_points_that_do_not_ascend_are_joined_straight():
    there_and_back = np.array([[0.0, 0], [1, 1], [0.5, 2], [1, 3]])
    np.testing.assert_array_equal(monotone(there_and_back), corners(there_and_back))


def length_inside(start, end, panel) -> float:
    """Length of a segment within a rectangle, by where it meets the four borders (Liang & Barsky 1984)."""
    enter, leave = 0.0, 1.0
    for axis in (0, 1):
        run = end[axis] - start[axis]
        for border, side in ((panel[axis], 1), (panel[axis + 2], -1)):
            room = side * (start[axis] - border)
            if side * run > 0:
                enter = max(enter, -room / (side * run))
            elif side * run < 0:
                leave = min(leave, room / (-side * run))
            elif room < 0:
                return 0.0
    return max(0.0, leave - enter) * float(np.hypot(*(end - start)))


@given(PATHS)
def test_what_lies_in_the_panel_is_drawn_and_nothing_else(points):
    inside = clip(corners(points), PANEL)
    assert (inside >= PANEL[:2]).all()
    assert (inside <= PANEL[2:]).all()
    lengths = np.linalg.norm(inside[:, 3] - inside[:, 0], axis=1)
    expected = sum(length_inside(a, b, PANEL) for a, b in pairwise(points))
    assert lengths.sum() == pytest.approx(expected, abs=1e-9)


def test_a_straight_curve_is_cut_where_the_line_between_samples_meets_the_border():
    path = pieces(curve(clip=PANEL).set_path([[0.8, 0.9], [2.8, 2.9], [4.8, 0.9]]))
    np.testing.assert_allclose(path[:, [0, 3]], [[[0.8, 0.9], [1.8, 1.9]], [[3.8, 1.9], [4.8, 0.9]]], atol=1e-12)


def test_a_smooth_curve_is_cut_on_the_curve_itself():
    points = bell(30) + np.array([0, 1.0])
    whole = drawn(monotone(points)).reshape(-1, 2)
    path = pieces(curve(smooth=True, clip=PANEL).set_path(points))
    cut = drawn(path).reshape(-1, 2)
    assert cut[:, 1].max() == pytest.approx(1.9, abs=1e-12)
    np.testing.assert_allclose(cut[:, 1], np.interp(cut[:, 0], whole[:, 0], whole[:, 1]), atol=1e-4)
    assert len(curve(smooth=True, clip=PANEL).set_path(points).get_subpaths()) == 2


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_breaks_the_curve(smooth: bool, hole: float):
    points = bell(20)
    points[8, 1] = hole
    broken = curve(smooth=smooth, clip=PANEL).set_path(points)
    assert np.isfinite(broken.points).all()
    assert len(pieces(broken)) == 19 - 2
    assert len(broken.get_subpaths()) == 2


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize(
    "points",
    [
        np.zeros((0, 2)),
        [[1, 1]],
        [[1, 1], [2, np.nan]],
        np.full((5, 2), np.nan),
        [[1, 9], [2, 8], [3, 7]],
    ],
)
def test_nothing_to_draw_is_no_points(smooth: bool, points):
    assert curve(smooth=smooth, clip=PANEL).set_path(points).points.shape == (0, 3)


def test_heights_beyond_reckoning_are_cut_at_the_border():
    path = pieces(curve(clip=PANEL).set_path([[1, 0], [2, -1e300], [3, 1e308], [4, 0]]))
    assert np.isfinite(path).all()
    assert len(path) == 3


@pytest.mark.parametrize("options", [{"smooth": False}, {"smooth": True}, {"dash": (0.1, 0.05)}])
def test_setting_a_curve_leaves_no_trace_of_the_last_one(options):
    fresh = curve(clip=PANEL, **options).set_path(bell(20))
    used = curve(clip=PANEL, **options).set_path(bell(99) * 1.3).set_path(bell(20))
    np.testing.assert_array_equal(fresh.points, used.points)
    assert get_json(fresh) == get_json(used)


def test_dashes_have_their_length_and_stand_still_when_the_far_end_moves():
    segment = DashedSegment(color=RED, dash=(0.1, 0.05))
    near, far = (pieces(segment.set_ends([1, 1], [1, end])).copy() for end in (-1.0, -1.33))
    lengths = np.linalg.norm(near[:, 3] - near[:, 0], axis=1)
    np.testing.assert_allclose(lengths[:-1], 0.1)
    np.testing.assert_allclose([b[0, 1] - a[3, 1] for a, b in pairwise(near)], -0.05)
    np.testing.assert_allclose(far[: len(near) - 1], near[:-1])
    assert near[:, :, 1].min() >= -1.0
    assert far[:, :, 1].min() >= -1.33


@pytest.mark.parametrize("end", [[1.0, 1.0], [np.nan, 0.0]])
def test_a_segment_without_length_is_not_drawn(end):
    assert len(DashedSegment(color=RED).set_ends([1.0, 1.0], end).points) == 0


def test_dashes_follow_a_curve_for_their_share_of_its_length():
    points = bell(200)
    path = dashes(points, 0.1, 0.05)
    whole = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
    drawn_length = np.linalg.norm(path[:, 3] - path[:, 0], axis=1).sum()
    assert drawn_length == pytest.approx(whole * 2 / 3, abs=0.1)


def test_eight_arcs_are_a_circle():
    along = drawn(circle())
    np.testing.assert_allclose(np.linalg.norm(along, axis=2), 1, atol=5e-6)


COVARIANCE = np.array([[1.0, -0.8], [-0.8, 0.9]])


def symmetric_root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(values) @ vectors.T


@pytest.mark.parametrize("dash", [None, (0.1, 0.05)])
@pytest.mark.parametrize("c", [1.0, 2.0])
def test_the_ellipse_is_the_set_of_points_at_distance_c(c: float, dash):
    mean = np.array([0.3, -0.2])
    ellipse = CovarianceEllipse(color=RED, dash=dash).set_ellipse(mean, c * symmetric_root(COVARIANCE))
    away = drawn(pieces(ellipse)).reshape(-1, 2) - mean
    distance = np.sqrt(np.einsum("ni,ij,nj->n", away, np.linalg.inv(COVARIANCE), away))
    np.testing.assert_allclose(distance, c, rtol=1e-4 if dash is None else 3e-4)


def test_an_ellipse_that_leaves_its_panel_is_cut_there_and_else_left_alone():
    ellipse = CovarianceEllipse(color=RED, clip=PANEL)
    assert len(pieces(ellipse.set_ellipse([4, 0], np.eye(2)))) == 8
    cut = drawn(pieces(ellipse.set_ellipse([4, 0], 2 * np.eye(2))))
    assert cut[..., 1].max() == pytest.approx(1.9, abs=1e-12)
    assert cut[..., 1].min() == pytest.approx(-1.7, abs=1e-12)
    np.testing.assert_allclose(np.linalg.norm(cut - [4, 0], axis=2), 2, rtol=1e-3)
    assert len(ellipse.set_ellipse([99, 0], np.eye(2)).points) == 0


def test_a_dashed_ellipse_closes_with_a_whole_dash():
    path = pieces(CovarianceEllipse(color=RED, dash=(0.1, 0.06)).set_ellipse([0, 0], symmetric_root(COVARIANCE)))
    gaps = np.linalg.norm(path[1:, 0] - path[:-1, 3], axis=1)
    closing = np.linalg.norm(path[0, 0] - path[-1, 3])
    assert closing == pytest.approx(0.06, rel=0.05)
    np.testing.assert_allclose([*gaps[gaps > 1e-9], closing], closing, rtol=0.02)


@pytest.mark.parametrize("mean", [[np.nan, 0], [0, np.inf]])
def test_what_is_nowhere_is_not_drawn(mean):
    assert len(CovarianceEllipse(color=RED).set_ellipse(mean, np.eye(2)).points) == 0
    assert len(Disc(color=RED).set_centre(mean).points) == 0


def test_a_disc_is_round_and_where_it_was_put():
    disc = Disc(color=RED, radius=0.1).set_centre([5, 5]).set_centre([2, -1])
    np.testing.assert_allclose(np.linalg.norm(drawn(pieces(disc)) - [2, -1], axis=2), 0.1, rtol=1e-5)
    np.testing.assert_array_equal(disc.points, Disc(color=RED, radius=0.1).set_centre([2, -1]).points)


def test_shapes_are_ordinary_mobjects():
    line = curve(smooth=True).set_path(bell(10))
    copy = line.copy().shift((1.0, 0.0, 0.0))
    np.testing.assert_allclose(copy.points - line.points, np.tile([1.0, 0, 0], (36, 1)))
    fade = FadeOut(line)
    fade.begin()
    fade.interpolate(0.5)
    assert line.get_stroke_opacity() == pytest.approx(0.5)


@given(GRAPHS)
def test_clipping_to_a_panel_that_holds_everything_changes_nothing(points):
    assume(len(points) > 1)
    path = monotone(points)
    assert clip(path, (-99, -99, 99, 99)) is path


def test_setting_a_curve_at_rest_is_cheap():
    line, points = curve(clip=PANEL), bell(200) * [1, 0.5]
    spent = []
    for _ in range(50):
        start = time.perf_counter()
        line.set_path(points)
        spent.append(time.perf_counter() - start)
    # Measured: 0.07 ms for 200 corners; 50 points drawn smooth take as long.
    assert np.median(spent) < 1e-3


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ([0.0, -1e6], [0.0, 1e6]),
        ([-3e5, 0.2], [9e5, 0.2]),
        ([-2e5, -2e5], [2e5, 2e5]),
        ([0.3, -0.4], [0.3, 0.9]),
        ([5.0, 0.0], [5.0, 1.0]),
        ([0.0, 0.0], [np.inf, 0.0]),
    ],
)
def test_a_dashed_line_makes_no_dash_where_none_is_seen(start: list[float], end: list[float]) -> None:
    page = Rect(-1.0, -1.0, 1.0, 1.0)
    line = DashedSegment(color="#ffffff", dash=(0.1, 0.1), clip=page).set_ends(start, end)
    assert len(line.points) <= 4 * 20
    if len(line.points):
        assert np.abs(line.points[:, :2]).max() <= 1 + 1e-9
    first = np.array(start)
    along = np.linalg.norm(line.points[::4, :2] - first, axis=1) / 0.2
    inner = np.abs(line.points[::4, :2]).max(axis=1) < 1 - 1e-9
    assert np.abs(along[inner] - np.round(along[inner])).max(initial=0.0) < 1e-3  # counted from the first end


def test_a_dashed_path_that_leads_far_out_of_its_panel_is_drawn_where_it_is_seen() -> None:
    page = Rect(-1.0, -1.0, 1.0, 1.0)
    path = np.array([[0.0, 0.0], [0.5, 0.0], *([[9e5, 0.1], [-9e5, 0.2]] * 500), [0.0, 0.9]])
    line = Curve(color="#ffffff", dash=(0.1, 0.1), clip=page).set_path(path)
    assert 0 < len(line.points) < 200_000
    inside = Curve(color="#ffffff", dash=(0.1, 0.1), clip=page).set_path(path[:2])
    assert_allclose(line.points[: len(inside.points)], inside.points, atol=1e-9)


def test_an_opacity_is_set_where_any_part_has_another() -> None:
    group = VGroup(Disc(color=RED), Disc(color=RED))  # which has no colour of its own, and no opacity
    tint(group, fill=0.0, stroke=0.5)
    assert [part.get_fill_opacity() for part in group] == [0.0, 0.0]
    assert [part.get_stroke_opacity() for part in group] == [0.5, 0.5]
