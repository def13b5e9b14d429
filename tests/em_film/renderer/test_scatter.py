"""A Scatter must look like Dots, behave like a mobject, and be seen by Manim's cache."""

from __future__ import annotations

import inspect
from fractions import Fraction

import numpy as np
import pytest
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Circle,
    Dot,
    FadeIn,
    FadeOut,
    Group,
    Mobject,
    PMobject,
    Scene,
    Square,
    Transform,
    VGroup,
    linear,
    tempconfig,
)
from manim.camera.camera import Camera
from manim.renderer.cairo_renderer import CairoRenderer
from manim.utils.hashing import get_hash_from_play_call, get_json

from em_film.drawing.scatter import Scatter
from em_film.renderer.camera import LayerCache, StageCamera
from em_film.renderer.dot_coverage import PixelGrid

HD = {"pixel_width": 1920, "pixel_height": 1080}
SMALL = {"pixel_width": 480, "pixel_height": 270}
# Levels of 255 by which one pixel may differ from Cairo's own dots: Cairo rounds after every dot and puts corners on
# a grid of 1/256 pixel, which shows most where the outline of a wide dot is nearly level.
LEVELS, LEVELS_ON_WIDE_DOTS, RMS_LEVELS = 6, 12, 0.7


def paint(*mobjects: Mobject, camera: type[Camera] = StageCamera, size=HD, **kwargs) -> np.ndarray:
    eye = camera(**size, **kwargs)
    eye.capture_mobjects(mobjects)
    return eye.pixel_array.astype(int)


def cloud(n: int = 200, *, radius: float = 0.05, opacity: float = 0.7, spread: float = 1.0, seed: int = 0):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 2)) * [2 * spread, spread]
    return Scatter(points, rng.uniform(size=(n, 3)), radius, opacity)


def assert_alike(ours: np.ndarray, theirs: np.ndarray, levels: int = LEVELS) -> None:
    difference = ours - theirs
    assert np.abs(difference).max() <= levels
    touched = np.any(theirs != theirs[0, 0], axis=-1)
    if touched.any():
        assert np.sqrt(np.mean(difference[touched] ** 2.0)) <= RMS_LEVELS


# --- looks


@pytest.mark.parametrize("background", ["#10131A", "#FBFAF7"])
@pytest.mark.parametrize(
    ("n", "radius", "opacity"),
    [(1000, 0.026, 0.75), (300, 0.04, 1.0), (1000, 0.03, 0.3), (2000, 0.02, 0.6), (500, 0.004, 0.9)],
)
def test_a_scatter_looks_like_dots_side_by_side(n, radius, opacity, background):
    scatter = cloud(n, radius=radius, opacity=opacity)
    ours = paint(scatter, background_color=background)
    theirs = paint(scatter.as_dots(), camera=Camera, background_color=background)
    assert np.any(theirs != theirs[0, 0])
    assert_alike(ours, theirs)


@pytest.mark.parametrize("opacity", [0.1, 0.25, 0.5, 0.6, 0.75, 0.99, 1.0])
def test_inside_a_dot_every_pixel_is_that_of_cairo(opacity):
    scatter = Scatter([[0, 0]], "#F5B942", radius=0.5, opacity=opacity)
    ours = paint(scatter, background_color="#FBFAF7")[500:580, 920:1000]
    theirs = paint(scatter.as_dots(), camera=Camera, background_color="#FBFAF7")[500:580, 920:1000]
    assert np.array_equal(ours, theirs)


def test_wide_dots_look_like_wide_dots():
    scatter = cloud(8, radius=0.5, opacity=0.8)
    assert_alike(paint(scatter), paint(scatter.as_dots(), camera=Camera), LEVELS_ON_WIDE_DOTS)


@pytest.mark.parametrize(
    "size", [SMALL, {"pixel_width": 854, "pixel_height": 480}, {"pixel_width": 500, "pixel_height": 500}]
)
def test_the_picture_may_have_any_size(size):
    scatter = cloud(300, spread=2)
    assert_alike(paint(scatter, size=size), paint(scatter.as_dots(), camera=Camera, size=size))


def test_on_a_transparent_background_alpha_and_premultiplied_colour_are_those_of_dots():
    scatter = cloud(300, opacity=0.6)
    ours = paint(scatter, background_opacity=0)
    theirs = paint(scatter.as_dots(), camera=Camera, background_opacity=0)
    assert_alike(ours, theirs)
    assert set(np.unique(theirs[..., 3])) > {0, 153}  # nothing, and one dot of 0.6
    assert np.all(ours[..., :3] <= ours[..., 3:])


def test_dots_partly_or_wholly_outside_are_cut_at_the_frame():
    edge = np.array([[-7.1, 0], [7.12, 1], [0, 4.0], [1, -4.02], [7.11, 3.99], [30, 0], [0, -30], [8, 8]])
    scatter = Scatter(edge, "#FFCC00", radius=0.05, opacity=0.8)
    ours = paint(scatter)
    assert_alike(ours, paint(scatter.as_dots(), camera=Camera))
    assert np.any(ours[:, :1] != ours[540, 960])
    assert np.any(ours[:, -1:] != ours[540, 960])


def test_nothing_is_painted_when_all_dots_lie_outside():
    assert np.all(paint(Scatter([[50.0, 50.0]])) == paint())


def test_later_points_are_painted_over_earlier_ones():
    points, colours = [[0, 0], [0.02, 0]], [[1.0, 0, 0], [0, 0, 1.0]]
    assert paint(Scatter(points, colours, 0.2))[540, 960].tolist() == [0, 0, 255, 255]
    assert paint(Scatter(points[::-1], colours[::-1], 0.2))[540, 960].tolist() == [255, 0, 0, 255]


def test_what_lies_below_shows_through_and_what_lies_above_covers():
    scatter = cloud(300)
    below = Square(3, fill_color="#4CC9A0", fill_opacity=0.9)
    above = Circle(0.8, fill_color="#B388EB", fill_opacity=0.5)
    ours = paint(below, scatter, above)
    assert_alike(ours, paint(below, scatter.as_dots(), above, camera=Camera))


def test_z_index_orders_a_scatter_among_others():
    scatter, cover = Scatter([[0, 0]], "#FF0000", 0.3), Square(1, fill_color="#0000FF", fill_opacity=1)
    assert paint(scatter, cover)[540, 960].tolist() == [0, 0, 255, 255]
    scatter.set_z_index(1)
    assert paint(scatter, cover)[540, 960].tolist() == [255, 0, 0, 255]
    assert paint(scatter.as_dots(), cover, camera=Camera)[540, 960].tolist() == [255, 0, 0, 255]


def test_ordinary_mobjects_are_painted_exactly_as_manim_paints_them():
    things = [Square(2, fill_opacity=0.4), Circle(1, stroke_width=9), Dot(RIGHT), PMobject().add_points([LEFT])]
    assert np.array_equal(paint(*things), paint(*things, camera=Camera))


# --- colours


def test_new_colours_are_seen_at_the_next_frame_without_a_new_map():
    scatter = cloud(100)
    camera = StageCamera(**HD)
    camera.capture_mobject(scatter)
    built = camera._layers._entries[0]
    fresh = np.random.default_rng(5).uniform(size=(100, 3))
    camera.reset()
    camera.capture_mobject(scatter.set_colors(fresh))
    assert camera._layers._entries == [built]
    assert_alike(camera.pixel_array.astype(int), paint(scatter.as_dots(), camera=Camera))


def test_single_colours_and_opacity_are_set_apart():
    scatter = cloud(5, opacity=0.4).set_color("#FF0000")
    assert np.allclose(scatter.rgbas, [1, 0, 0, 0.4])
    assert scatter.get_color().to_hex() == "#FF0000"
    assert np.allclose(scatter.fade_to("#0000FF", 0.5).rgbas, [0.5, 0, 0.5, 0.4])
    assert np.allclose(scatter.set_opacity(0.9).rgbas[:, 3], 0.9)


def test_every_dot_may_have_its_own_opacity():
    scatter = cloud(300).set_opacity(np.linspace(0, 1, 300))
    assert_alike(paint(scatter), paint(scatter.as_dots(), camera=Camera))


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"colors of 3 dots have shape \(2, 3\)"):
        Scatter(np.zeros((3, 2)), np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"points have shape \(3, 4\)"):
        Scatter(np.zeros((3, 4)))
    with pytest.raises(ValueError, match="not finite"):
        Scatter([[np.nan, 0]])
    with pytest.raises(ValueError, match="radius is 0"):
        Scatter([[0, 0]], radius=0)
    with pytest.raises(ValueError, match="2 points for 3 dots"):
        Scatter(np.zeros((3, 2))).set_points(np.zeros((2, 2)))


# --- a mobject like any other


@pytest.mark.parametrize("n", [0, 1])
def test_few_points_are_no_special_case(n):
    scatter = Scatter(np.ones((n, 2)), np.zeros((n, 3)), 0.1)
    assert scatter.radius == pytest.approx(0.1)
    group = Group(scatter, Square()).shift(LEFT).scale(2)
    scatter.set_colors(np.ones((n, 3))).set_color("#FFFFFF").fade(0.2)
    assert_alike(paint(scatter), paint(scatter.as_dots(), camera=Camera))
    assert len(scatter.copy().points) == n
    animation = FadeIn(group)
    animation.begin()
    animation.interpolate(0.5)


def test_fading_is_that_of_dots_all_the_way():
    scatter = cloud(200, opacity=0.8)
    dots = scatter.as_dots()
    for animation in (FadeIn(scatter, rate_func=linear), FadeIn(dots, rate_func=linear)):
        animation.begin()
        animation.interpolate(0.3)
    assert np.allclose(scatter.rgbas[:, 3], 0.24)
    assert_alike(paint(scatter), paint(dots, camera=Camera))


@pytest.mark.parametrize(
    "move",
    [
        lambda m: m.shift(RIGHT + 0.3 * UP),
        lambda m: m.scale(1.7),
        lambda m: m.scale(0.6, about_edge=LEFT),
        lambda m: m.move_to([2, -1, 0]),
        lambda m: m.rotate(0.7),
        lambda m: m.next_to(Square(), DOWN),
        lambda m: m.to_edge(LEFT),
        lambda m: m.set(width=3),
    ],
)
@pytest.mark.parametrize("grouped", [False, True])
def test_moved_and_scaled_a_scatter_follows_its_dots(move, grouped):
    scatter = cloud(100)
    dots = scatter.as_dots()
    for thing in (scatter, dots):
        move(Group(thing, Square()) if grouped else thing)
    centres = np.array([dot.get_start_anchors().mean(axis=0) for dot in dots])
    assert np.allclose(scatter.points, centres, atol=1e-9)
    radius = np.linalg.norm(dots[0].get_start() - centres[0])
    assert scatter.radius == pytest.approx(radius)


def test_points_may_be_moved_one_by_one():
    scatter = cloud(100)
    before = paint(scatter)
    scatter.set_points(scatter.points[:, :2] + np.random.default_rng(3).normal(size=(100, 2)))
    assert scatter.radius == pytest.approx(0.05)
    after = paint(scatter)
    assert np.any(before != after)
    assert_alike(after, paint(scatter.as_dots(), camera=Camera))


def test_a_copy_is_independent():
    scatter = cloud(10)
    twin = scatter.copy().set_color("#FFFFFF").shift(UP).scale(2)
    assert not np.any(scatter.rgbas[:, :3] == 1)
    assert scatter.radius == pytest.approx(0.05)
    assert twin.radius == pytest.approx(0.1)


def test_become_takes_over_everything_even_another_number_of_dots():
    scatter, other = cloud(10), cloud(25, radius=0.2, opacity=0.3, seed=4)
    scatter.become(other)
    assert np.array_equal(paint(scatter, size=SMALL), paint(other, size=SMALL))
    other.set_color("#FFFFFF")
    assert not np.any(scatter.rgbas[:, :3] == 1)


def test_halfway_between_two_scatters_lie_the_means_of_points_colours_opacity_and_radius():
    start, end = cloud(50, radius=0.04, opacity=0.75), cloud(50, radius=0.08, opacity=0.25, seed=9)
    points, rgbas = (start.points + end.points) / 2, (start.rgbas + end.rgbas) / 2
    animation = Transform(start, end, rate_func=linear)
    animation.begin()
    animation.interpolate(0.5)
    assert np.allclose(start.points, points)
    assert np.allclose(start.rgbas, rgbas)
    assert start.radius == pytest.approx(0.06, rel=1e-6)


def test_recolouring_by_transform_leaves_opacity_alone_to_the_last_bit():
    scatter = cloud(50, opacity=0.75)
    animation = Transform(scatter, scatter.copy().set_color("#FF0000"), rate_func=linear)
    animation.begin()
    for alpha in np.linspace(0, 1, 37):
        animation.interpolate(float(alpha))
        assert np.all(scatter.rgbas[:, 3] == 0.75)


def test_a_still_scatter_is_static_and_a_recoloured_one_moves():
    scatter, square = cloud(10), Square()
    scene = Scene(camera_class=StageCamera)
    scene.add(scatter, square)
    moving, static = scene.get_moving_and_static_mobjects([square.animate.shift(UP).build()])
    assert scatter in static
    assert scatter not in moving
    scatter.add_updater(lambda s: s.set_colors(np.zeros((10, 3))))
    moving, static = scene.get_moving_and_static_mobjects([square.animate.shift(UP).build()])
    assert scatter in moving
    assert scatter not in static


# --- in films


class DotFilm(Scene):
    """The same short film with a Scatter and with Dots."""

    as_scatter = True

    def construct(self) -> None:
        scatter = cloud(60, radius=0.15, opacity=0.7)
        fresh = np.random.default_rng(8).uniform(size=(60, 3))
        recoloured = scatter.copy().set_colors(fresh)
        dots, target = (scatter, recoloured) if self.as_scatter else (scatter.as_dots(), recoloured.as_dots())
        square = Square(fill_color="#4CC9A0", fill_opacity=0.5)
        self.add(Circle(2, fill_color="#202840", fill_opacity=1))
        self.play(FadeIn(dots, scale=0.5), run_time=0.4)
        self.play(FadeIn(square), run_time=0.2)
        self.play(Transform(dots, target), run_time=0.4)
        self.wait(0.2)
        self.play(Group(dots, square).animate.scale(0.5).shift(LEFT), run_time=0.4)
        self.play(FadeOut(dots), run_time=0.4)


class ScatterInFilm(DotFilm):
    as_scatter = True


class DotsInFilm(DotFilm):
    as_scatter = False


def frames_of(film: type[DotFilm], monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Frames as they are handed to the encoder, which itself moves colours by tens of levels."""
    frames: list[np.ndarray] = []
    monkeypatch.setattr(
        CairoRenderer, "add_frame", lambda self, frame, num_frames=1: frames.extend([frame] * num_frames)
    )
    quiet = {"dry_run": True, "disable_caching": True, "verbosity": "ERROR", "progress_bar": "none"}
    with tempconfig({**quiet, "frame_rate": 15, **SMALL}):
        film(camera_class=StageCamera).render()
    return [frame.astype(int) for frame in frames]


def test_a_film_with_a_scatter_is_the_film_with_dots(monkeypatch):
    ours, theirs = frames_of(ScatterInFilm, monkeypatch), frames_of(DotsInFilm, monkeypatch)
    assert len(ours) == len(theirs) == 30
    for one, other in zip(ours, theirs, strict=True):
        assert np.abs(one - other).max() <= LEVELS_ON_WIDE_DOTS
        assert np.abs(one - other).mean() < 0.01
    for earlier, later in ((2, 5), (9, 12), (18, 22), (25, 28)):  # fades in, takes colour, moves, fades out
        assert np.abs(theirs[earlier] - theirs[later]).max() > 30


# --- Manim's cache


def play_key(scatter: Scatter, camera: Camera | None = None) -> str:
    scene = Scene(camera_class=StageCamera)
    animation = FadeOut(Square())
    return get_hash_from_play_call(
        scene,
        camera or StageCamera(**SMALL),
        [animation],
        [scatter],
        backend="cairo",
        encoder_fingerprint="same",
        renderer_state=(),
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.rgbas.__setitem__((1234, 1), 0.123),
        lambda s: s.points.__setitem__((1234, 0), 0.123),
        lambda s: s.set_radius(0.051),
        lambda s: s.fade(0.01),
    ],
    ids=["colour", "point", "radius", "opacity"],
)
def test_one_changed_number_changes_the_key_of_the_cache(change):
    scatter = cloud(3000)
    assert play_key(scatter) == play_key(cloud(3000))
    changed = scatter.copy()
    change(changed)
    assert play_key(changed) != play_key(scatter)


def test_the_key_of_the_cache_does_not_see_what_the_camera_has_painted_before():
    scatter, camera = cloud(100), StageCamera(**SMALL)
    camera.capture_mobject(Square())
    before = play_key(scatter, camera)
    camera.capture_mobject(scatter)
    camera.reset()
    assert camera._layers.nbytes > 0
    assert play_key(scatter, camera) == before


def test_neither_hash_nor_copy_carries_more_than_points_and_colours():
    scatter = cloud(100_000)
    StageCamera(**SMALL).capture_mobject(scatter)
    assert len(get_json(scatter)) < 5_000
    held = [value for value in vars(scatter).values() if isinstance(value, np.ndarray)]
    assert sum(array.nbytes for array in held) == 100_000 * 7 * 8


# --- the cache of maps


def test_the_map_is_made_anew_when_points_change_in_place():
    scatter = cloud(100)
    camera = StageCamera(**HD)
    camera.capture_mobject(scatter)
    scatter.points += 0.5
    camera.reset()
    camera.capture_mobject(scatter)
    assert_alike(camera.pixel_array.astype(int), paint(scatter.as_dots(), camera=Camera))


def test_the_map_is_made_anew_when_opacity_changes():
    scatter = cloud(100)
    camera = StageCamera(background_color="#FBFAF7", **HD)
    camera.capture_mobject(scatter)
    camera.reset()
    camera.capture_mobject(scatter.fade(0.5))
    theirs = paint(scatter.as_dots(), camera=Camera, background_color="#FBFAF7")
    assert_alike(camera.pixel_array.astype(int), theirs)


def test_maps_kept_stay_within_their_bound():
    grid, cache = PixelGrid(480, 270, 33.75, -64 / 9, 4.0), LayerCache(limit=1_500_000)
    for seed in range(12):
        scatter = cloud(300, seed=seed)
        cache.find(grid, scatter.points, 0.1, np.full(300, 200, np.uint8))
        assert 0 < cache.nbytes <= 1_500_000
    generous = LayerCache()
    for seed in range(12):
        generous.find(grid, cloud(10, seed=seed).points, 0.1, np.full(10, 200, np.uint8))
    assert len(generous._entries) == 6


def test_two_scatters_in_one_picture_keep_their_maps():
    one, two = cloud(100), cloud(100, seed=1)
    camera = StageCamera(**SMALL)
    camera.capture_mobjects([one, two])
    maps = {id(entry) for entry in camera._layers._entries}
    camera.capture_mobjects([one, two])
    assert {id(entry) for entry in camera._layers._entries} == maps


# --- without our camera, and with a newer Manim


def test_under_manims_own_camera_squares_of_the_right_colour_stand_at_the_points():
    scatter = Scatter([[0, 0], [2, 1]], [[1.0, 0, 0], [0, 0, 1.0]], radius=0.1)
    picture = paint(scatter, camera=Camera)
    assert picture[540, 960].tolist() == [255, 0, 0, 255]
    assert picture[405, 1230].tolist() == [0, 0, 255, 255]
    area = np.count_nonzero(picture[..., 0]) / 135**2
    assert area == pytest.approx(np.pi * 0.1**2, rel=0.15)
    assert isinstance(scatter.as_dots(), VGroup)


def test_manim_still_has_the_names_our_camera_leans_on():
    moved = "Manim has moved {}: mend em_film/renderer/camera.py"
    method = getattr(Camera, "display_multiple_point_cloud_mobjects", None)
    assert method is not None, moved.format("Camera.display_multiple_point_cloud_mobjects")
    assert list(inspect.signature(method).parameters) == ["self", "pmobjects", "pixel_array"], moved.format(
        "the arguments of Camera.display_multiple_point_cloud_mobjects"
    )
    camera = StageCamera(**SMALL)
    for name in ("pixel_width", "pixel_height", "frame_width", "frame_height", "frame_center", "pixel_array"):
        assert hasattr(camera, name), moved.format(f"Camera.{name}")
    assert camera.pixel_array.dtype == np.uint8, moved.format("the type of Camera.pixel_array")
    assert camera.type_or_raise(cloud(3)) is PMobject, moved.format("how a camera sorts mobjects")
    handler = camera.display_funcs[PMobject]
    assert handler == camera.display_multiple_point_cloud_mobjects, moved.format("who paints a PMobject")
    assert Fraction(camera.pixel_width, camera.pixel_height) == Fraction(16, 9)
