"""The frame maps values to the scene and back, and its ticks stand where their values are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manim import FadeIn, Scene, tempconfig
from manim.utils.hashing import get_json

from scenes.stage.frame import Frame2D
from scenes.stage.number import ticks

DIM = "#8A8F9C"
RECT = (0.8, -1.35, 6.65, 2.3)
BEFORE, AFTER = (-3129.0, -3014.0), (-3090.0, -3035.0)


def frame(**options) -> Frame2D:
    return Frame2D(RECT, color=DIM, **{"x_range": (-0.6, 1.9), "y_range": BEFORE, **options})


def shown(panel: Frame2D) -> dict[str, tuple[float, float]]:
    """Opacity and height of each label that can be seen."""
    labels = {}
    for tick in panel.submobjects[1:]:
        mark, number = tick.submobjects
        if len(mark.points):
            assert mark.get_stroke_opacity() == number.get_fill_opacity()
            digits = (number.points[0, 1] + number.points[4, 1]) / 2
            assert digits == pytest.approx(mark.points[0, 1])
            assert number.text not in labels
            labels[number.text] = (float(mark.get_stroke_opacity()), float(mark.points[0, 1]))
    return labels


def value_of(label: str) -> float:
    return float(label.replace("−", "-"))


def test_corners_of_the_range_are_corners_of_the_panel():
    panel = frame()
    np.testing.assert_allclose(panel.to_scene([[-0.6, BEFORE[0]], [1.9, BEFORE[1]]]), [RECT[:2], RECT[2:]])
    assert panel.rect == RECT


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.floats(0, 1), st.floats(0, 1))
def test_mapping_back_gives_the_values(low: float, width: float, x: float, y: float):
    panel = Frame2D(RECT, color=DIM, labelled=False, x_range=(low, low + width), y_range=(low, low + width))
    values = low + width * np.array([x, y])
    back = panel.to_values(panel.to_scene(values))
    np.testing.assert_allclose(back, values, rtol=1e-12, atol=1e-12 * (abs(low) + width))


def test_the_map_follows_a_frame_that_was_moved():
    panel = frame().shift((-1.0, 0.5, 0.0))
    np.testing.assert_allclose(panel.to_scene([-0.6, BEFORE[0]]), [-0.2, -0.85])
    np.testing.assert_allclose(panel.unit, [5.85 / 2.5, 3.65 / 115])
    panel.set_range(*BEFORE)
    np.testing.assert_allclose(shown(panel)["−3050"][1], panel.to_scene([0, -3050])[1])


def test_ticks_at_rest_are_the_round_values_where_they_belong():
    panel = frame()
    values, _ = ticks(*BEFORE)
    labels = shown(panel)
    assert sorted(map(value_of, labels)) == values.tolist()
    for label, (opacity, height) in labels.items():
        assert opacity == 1
        assert height == pytest.approx(panel.to_scene([0, value_of(label)])[1])


def test_labels_stand_left_of_the_axis():
    for tick in frame().submobjects[1:]:
        if len(tick.submobjects[0].points):
            assert tick.get_right()[0] == pytest.approx(RECT[0])
            assert tick.submobjects[1].get_right()[0] < RECT[0] - 0.1


@pytest.mark.parametrize(("share", "span"), [(0.0, BEFORE), (1.0, AFTER)])
def test_a_glide_begins_and_ends_at_rest(share: float, span: tuple[float, float]):
    gliding = frame().glide(BEFORE, AFTER, share)
    assert gliding.y_range == span
    assert shown(gliding) == shown(frame().set_range(*span))


def test_a_glide_jumps_nowhere():
    panel = frame()
    last: dict[str, tuple[float, float]] = {}
    for share in np.linspace(0, 1, 401):
        now = shown(panel.glide(BEFORE, AFTER, float(share)))
        for label, (opacity, height) in now.items():
            assert height == pytest.approx(panel.to_scene([0, value_of(label)])[1])
            if last:
                before = last.get(label, (0.0, height))
                assert abs(opacity - before[0]) < 0.06
                assert abs(height - before[1]) < 0.03
        for label in last.keys() - now.keys():
            assert last[label][0] < 0.06
        last = now


@pytest.mark.parametrize("after", [AFTER, (-3140.0, -1000.0), (-3015.0, -3014.9), (1e6, 1e6 + 1)])
def test_labels_that_can_be_seen_never_touch(after: tuple[float, float]):
    panel = frame()
    for share in np.linspace(0, 1, 201):
        labels = shown(panel.glide(BEFORE, after, float(share)))
        heights = np.sort([height for opacity, height in labels.values() if opacity > 0.05])
        assert not len(heights) or np.diff(heights).min(initial=9) > 0.13
        assert all(RECT[1] - 0.12 <= height <= RECT[3] + 0.12 for _, height in labels.values())


def test_old_ticks_are_gone_before_new_ones_come():
    panel = frame()
    old, new = ({f"−{-v:.0f}" for v in ticks(*span)[0]} for span in (BEFORE, AFTER))
    for share in np.linspace(0, 1, 41):
        seen = shown(panel.glide(BEFORE, AFTER, float(share))).keys()
        assert not (seen & (old - new) and seen & (new - old))


def test_ticks_common_to_both_ranges_stay():
    panel = frame()
    for share in np.linspace(0, 1, 21):
        assert shown(panel.glide(BEFORE, AFTER, float(share)))["−3050"][0] == 1


def test_an_unlabelled_frame_has_axes_only():
    panel = frame(labelled=False).set_range(0, 1)
    assert len(panel.submobjects) == 1
    assert panel.y_range == (0, 1)


def test_the_cache_finds_a_frame_again_wherever_it_has_been():
    gone = frame().set_range(3, 4).glide(AFTER, BEFORE, 0.4).set_range(*BEFORE)
    assert get_json([p.points for p in gone.get_family()]) == get_json([p.points for p in frame().get_family()])
    assert shown(gone) == shown(frame())


def test_a_frame_whose_ticks_are_set_meanwhile_still_fades_in():
    panel = frame()
    seen = []

    def draw(dt: float) -> None:
        panel.set_range(*BEFORE)
        seen.append(shown(panel)["−3050"][0])

    with tempconfig({"dry_run": True, "quality": "low_quality", "disable_caching": True}):
        scene = Scene()
        scene.add_updater(draw)
        scene.play(FadeIn(panel), run_time=0.4)
    assert seen == sorted(seen)
    assert seen[1] < 0.9
    assert shown(panel)["−3050"][0] == 1
