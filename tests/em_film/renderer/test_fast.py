"""The fast renderer paints and writes what Manim's own does, to the last bit."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from configparser import ConfigParser
from itertools import product
from pathlib import Path

import av
import numpy as np
import pytest
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    Circle,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    Group,
    LaggedStart,
    Line,
    Scene,
    Square,
    Succession,
    VGroup,
    tempconfig,
)
from manim._config.output import OutputFormat, OutputSpec
from manim._config.video_encoder import resolve_video_encoder
from manim.camera.camera import Camera
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter
from manim.scene.video_segment_encoder import VideoSegmentEncoder
from numpy.typing import NDArray
from support import ROOT

from em_film.drawing.scatter import Scatter
from em_film.renderer import fast
from em_film.renderer.camera import StageCamera
from em_film.renderer.fast import FastCamera, FastRenderer
from em_film.renderer.layers import Layers
from em_model import EMError
from scenes.em_step import EMStep

_QUIET = {"dry_run": True, "disable_caching": True, "verbosity": "ERROR", "progress_bar": "none"}
_SMALL = {"pixel_width": 320, "pixel_height": 180, "frame_rate": 10}
_EXPERIMENT = """\
seed = 3
[data]
points = 60
[[data.cluster]]
weight = 1
mean = [0, 0]
covariance = [[1, 0], [0, 2]]
[fit]
components = 2
max_steps = 1
[film]
detailed_steps = 1
"""
Pictures = list[NDArray[np.uint8]]


class Everything(Scene):
    """Still things over and under moving ones, that come and go, change places, meet and part."""

    def construct(self) -> None:
        rng = np.random.default_rng(3)
        scatter = Scatter(rng.normal(size=(80, 2)), rng.uniform(size=(80, 3)), 0.1, 0.7, z_index=1)
        far, near = Square(1, fill_opacity=0.6).shift(5 * RIGHT), Circle(0.7, fill_opacity=0.4).shift(RIGHT)
        over = VGroup(Line(LEFT, RIGHT, stroke_width=9), Dot(UP)).set_z_index(3).shift(3 * LEFT)
        runner = Dot(6 * LEFT, z_index=2, color="#FF0000")
        self.add(far, scatter, near.set_z_index(2), over)
        self.play(FadeIn(runner), run_time=0.3)
        self.play(runner.animate.shift(12 * RIGHT), run_time=1)
        self.wait(0.3)
        self.play(LaggedStart(FadeOut(far), near.animate.scale(2), lag_ratio=0.5), run_time=0.6)
        self.play(Succession(Create(Square(2)), FadeIn(Circle(1).shift(2 * DOWN))), run_time=0.8)
        over.add_updater(lambda mobject, dt: mobject.rotate(dt))
        self.wait(0.5)
        over.clear_updaters()
        self.play(Group(scatter, over).animate.shift(UP), run_time=0.4)
        self.play(FadeOut(*self.mobjects), run_time=0.3)
        self.wait(0.2)


def _pictures(make: Callable[[], Scene], monkeypatch: pytest.MonkeyPatch) -> Pictures:
    """Return the pictures as they are handed on, copied since they are painted on again."""
    pictures: Pictures = []
    with monkeypatch.context() as patch, tempconfig({**_QUIET, **_SMALL}):
        patch.setattr(
            CairoRenderer, "add_frame", lambda _, frame, num_frames=1: pictures.extend([frame.copy()] * num_frames)
        )
        make().render()
    return pictures


def test_every_picture_is_that_of_manims_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = _pictures(lambda: Everything(camera_class=StageCamera), monkeypatch)
    ours = _pictures(lambda: Everything(renderer=FastRenderer()), monkeypatch)
    assert len(plain) == len(ours) == 43
    for number, (one, other) in enumerate(zip(plain, ours, strict=True)):
        assert np.array_equal(one, other), f"picture {number}"
    assert len({picture.tobytes() for picture in plain}) > 25


def test_every_picture_of_the_film_is_that_of_manims_renderer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    experiment = tmp_path / "short.toml"
    experiment.write_text(_EXPERIMENT)
    monkeypatch.setenv("EM_EXPERIMENT", str(experiment))
    films = []
    for renderer in ("plain", "fast"):
        monkeypatch.setenv("EM_RENDERER", renderer)
        with tempconfig(
            {"media_dir": str(tmp_path), **_QUIET, **_SMALL, "frame_rate": 5, "pixel_width": 160, "pixel_height": 90}
        ):
            films.append(_pictures(EMStep, monkeypatch))
    assert len(films[0]) == len(films[1]) > 50
    assert all(np.array_equal(one, other) for one, other in zip(*films, strict=True))


def test_the_camera_paints_what_manims_paints_and_paints_it_again() -> None:
    things = [Square(2, fill_opacity=0.4), Circle(1, stroke_width=9), Dot(RIGHT), Line(LEFT, UP, stroke_opacity=0)]
    things.append(Square(1).set_stroke(width=12, color="#00FF00", background=True))
    plain, ours = (camera(pixel_width=320, pixel_height=180) for camera in (Camera, FastCamera))
    for _ in range(2):
        for camera in (plain, ours):
            camera.reset()
            camera.capture_mobjects(things)
        assert np.array_equal(plain.pixel_array, ours.pixel_array)
        things[0].shift(0.3 * UP)
        things[1].set_fill("#0000FF", 1)


def test_what_lies_apart_is_still_until_it_does_not() -> None:
    mover, beside, under = Dot(LEFT), Square(1).shift(3 * RIGHT), Circle(3)
    scene = Scene(camera_class=StageCamera)
    scene.add(under, mover, beside)
    scene.animations = [FadeIn(mover)]
    layers = Layers(scene)
    assert layers.still == [under, beside]
    assert layers.frame() == [mover]
    mover.move_to(3 * RIGHT)
    assert layers.frame() is None
    assert Layers(scene).still == [under]
    assert Layers(scene).frame() == [mover, beside]


def _options() -> dict[str, str]:
    parser = ConfigParser()
    parser.read(ROOT / "manim.cfg")
    return dict(parser["video_encoder.options"])


# MP4 holds no transparency; Manim writes MOV instead.
@pytest.mark.parametrize(
    ("format", "transparent"),
    [("mp4", False), *product(("webm", "mov", "gif"), (False, True))],
)
def test_segments_are_those_of_manims_encoder_in_every_format(format: str, transparent: bool, tmp_path: Path) -> None:
    output = OutputSpec(
        format=OutputFormat(format), transparent=transparent, save_sections=False, fallback_to_still=False
    )
    spec = resolve_video_encoder(output, width=64, height=48, frame_rate=15, options=_options())
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 256, (48, 64, 4), dtype=np.uint8) for _ in range(3)]
    files = []
    for make in (VideoSegmentEncoder, lambda **given: fast._Encoder(pictures=fast._Pictures(), stills=[], **given)):
        files.append(tmp_path / f"{len(files)}{output.segment_extension}")
        encoder = make(target=files[-1], spec=spec)
        for repeat, picture in enumerate(pictures, start=1):
            encoder.write_frame(picture.copy(), repeat=repeat)
        encoder.finish()
    decoded = []
    for file in files:
        with av.open(str(file)) as container:
            decoded.append([frame.to_ndarray(format="rgba") for frame in container.decode(video=0)])
    assert len(decoded[0]) == len(decoded[1]) == 6
    assert all(np.array_equal(one, other) for one, other in zip(*decoded, strict=True))


def test_a_renderer_that_does_not_exist_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EM_RENDERER", "quick")
    monkeypatch.delenv("EM_EXPERIMENT", raising=False)
    told = r"^EM_RENDERER: unknown renderer 'quick': choose one of fast, plain$"
    with pytest.raises(EMError, match=told), tempconfig(_QUIET):
        EMStep()


@pytest.mark.parametrize(
    ("owner", "name", "arguments"),
    [
        (CairoRenderer, "init_scene", "self, scene, session_spec, file_writer_settings"),
        (CairoRenderer, "play", "self, scene, args, kwargs"),
        (CairoRenderer, "render", "self, scene, time, moving_mobjects"),
        (CairoRenderer, "update_frame", "self, scene, mobjects, include_submobjects, ignore_skipping, kwargs"),
        (CairoRenderer, "save_static_frame_data", "self, scene, static_mobjects"),
        (CairoRenderer, "freeze_current_frame", "self, duration"),
        (CairoRenderer, "add_frame", "self, frame, num_frames"),
        (Camera, "display_vectorized", "self, vmobject, ctx"),
        (Camera, "set_cairo_context_path", "self, ctx, vmobject"),
        (Camera, "apply_fill", "self, ctx, vmobject"),
        (Camera, "apply_stroke", "self, ctx, vmobject, background"),
        (Camera, "get_cairo_context", "self, pixel_array"),
        (SceneFileWriter, "_create_segment_encoder", "self, target"),
        (SceneFileWriter, "write_frame", "self, pixels, repeat"),
        (VideoSegmentEncoder, "write_frame", "self, pixels, repeat"),
        (VideoSegmentEncoder, "_validate_frame", "self, pixels, repeat"),
        (VideoSegmentEncoder, "_operation_error", "self, operation, error"),
    ],
)
def test_manim_still_has_what_the_fast_renderer_leans_on(owner: type, name: str, arguments: str) -> None:
    method = getattr(owner, name, None)
    moved = f"Manim has moved {owner.__name__}.{name}: mend em_film/renderer/fast.py, or render with EM_RENDERER=plain"
    assert method is not None, moved
    assert ", ".join(inspect.signature(method).parameters) == arguments, moved
