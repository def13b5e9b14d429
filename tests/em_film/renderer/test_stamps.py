"""Shapes painted with their stamps are those that Cairo paints along their paths, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from manim import Camera, CapStyleType, LineJointType, Mobject, VMobject
from numpy.typing import NDArray

from em_film.renderer import stamps
from em_film.renderer.fast import FastCamera
from em_film.renderer.stamps import Shape, Shapes, Stamp

_SIZE = {"pixel_width": 320, "pixel_height": 180}


def _colour(rng: np.random.Generator) -> str:
    return f"#{rng.integers(1 << 24):06X}"


def _random(rng: np.random.Generator, opacity: float) -> VMobject:
    """Return loops that cross one another and the picture's edge, filled and stroked, with a stroke behind."""
    mobject = VMobject(joint_type=rng.choice(list(LineJointType)), cap_style=rng.choice(list(CapStyleType)))
    for _ in range(3):
        mobject.start_new_path(rng.uniform([-8, -5, 0], [8, 5, 0]))
        for _ in range(4):
            mobject.add_cubic_bezier_curve_to(*(rng.normal(0, 3, 3) * [1, 1, 0] for _ in range(3)))
        mobject.close_path()
    mobject.set_stroke(_colour(rng), rng.uniform(0.3, 9), opacity)
    mobject.set_stroke(_colour(rng), rng.uniform(6, 14), opacity, background=True)
    return mobject.set_fill(_colour(rng), opacity)


def _over(camera: Camera, below: NDArray[np.uint8], *mobjects: Mobject) -> NDArray[np.uint8]:
    camera.reset()
    camera.pixel_array[:] = below
    camera.capture_mobjects(mobjects)
    return camera.pixel_array.copy()


@pytest.mark.parametrize("opacity", [1.0, 0.998, 0.996, 0.7, 0.5, 0.02])
def test_whatever_its_colour_a_shape_painted_again_is_what_cairo_paints(
    opacity: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[bool] = []
    stamped = Shape.stamped
    monkeypatch.setattr(Shape, "stamped", lambda *given: used.append(stamped(*given)) or used[-1])
    rng = np.random.default_rng(round(1000 * opacity))
    plain, ours = Camera(**_SIZE), FastCamera(**_SIZE)
    for _ in range(8):
        mobject = _random(rng, opacity)
        used.clear()
        for _ in range(4):
            below = rng.integers(0, 256, (180, 320, 4), dtype=np.uint8)
            below[..., 3] = 255
            assert np.array_equal(_over(plain, below, mobject), _over(ours, below, mobject))
            mobject.set_fill(_colour(rng)).set_stroke(_colour(rng))
        assert used == [False] * 6 + [True] * 6  # the stroke behind, the fill, the stroke; of each of four times


def test_a_shape_that_changes_in_any_way_is_painted_as_it_is_now() -> None:
    rng = np.random.default_rng(1)
    plain, ours = Camera(**_SIZE), FastCamera(**_SIZE)
    mobject = _random(rng, 0.8)
    below = np.full((180, 320, 4), 255, dtype=np.uint8)
    changes = [
        lambda: mobject.shift([np.spacing(4.0), 0, 0]),
        lambda: mobject.set_stroke(width=3),
        lambda: setattr(mobject, "joint_type", LineJointType.BEVEL),
        lambda: mobject.set_fill(["#FF0000", "#0000FF"]),
        lambda: setattr(ours, "frame_width", 7.0) or setattr(plain, "frame_width", 7.0),
    ]
    for change in [*changes, lambda: None]:
        for _ in range(4):
            assert np.array_equal(_over(plain, below, mobject), _over(ours, below, mobject))
        change()


def test_an_empty_stamp_and_a_shape_outside_the_picture_paint_nothing() -> None:
    picture = np.full((2, 2, 4), 200, dtype=np.uint8)
    Stamp(np.zeros(0, np.intp), np.zeros(0, np.uint8)).paint(picture, [1, 0, 0, 0.5])
    assert (picture == 200).all()
    camera = FastCamera(**_SIZE)
    outside = _random(np.random.default_rng(2), 1.0).scale(0.1).shift([50, 0, 0])
    for _ in range(4):
        assert not _over(camera, np.zeros((180, 320, 4), np.uint8), outside).any()


def test_no_more_shapes_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "_SHAPES", 4)
    kept = Shapes()
    mobjects = [VMobject().set_points(np.full((4, 3), float(number))) for number in range(9)]
    for mobject in mobjects:
        shape = kept.of(mobject)
        assert kept.of(mobject) is shape
        assert len(kept._kept) <= 4
    assert kept.of(mobjects[-1]) is shape
