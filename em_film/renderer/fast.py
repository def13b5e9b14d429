"""Manim's Cairo renderer, made to keep up with the encoder. The pictures are the same, to the last bit.

Everything here leans on Manim's private classes, and nothing else does: ``EM_RENDERER=plain`` renders without it.
What it spares, for each frame: copies of the picture (a few pictures go round between camera and encoder instead);
converting what has not changed since the picture before; painting what has no colour; working out again the pixels of
shapes that have not changed; and painting anew what stands still and lies apart from all that moves.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt
from manim import Mobject, Scene, VMobject
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.video_segment_encoder import VideoSegmentEncoder
from manim.typing import PixelArray

from em_film.renderer.camera import StageCamera
from em_film.renderer.conversion import Conversion
from em_film.renderer.layers import Layers
from em_film.renderer.pieces import PieceEncoder, PieceWriter
from em_film.renderer.stamps import Shape, Shapes
from em_film.renderer.stills import StillStream

__all__ = ["FastCamera", "FastRenderer"]


class FastRenderer(CairoRenderer):
    """The renderer: it lends the camera a picture, and the encoder gives it back."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"camera_class": FastCamera, "file_writer_class": _Writer, **kwargs})
        self._pictures = _Pictures()
        self._stills: list[bytes] = []
        self._playing = False

    def init_scene(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Let the writer give pictures back, and learn how pictures stand."""
        super().init_scene(scene, *args, **kwargs)
        self.file_writer.pictures, self.file_writer.stills = self._pictures, self._stills

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Play as Manim does."""
        self._playing = True
        try:
            super().play(scene, *args, **kwargs)
        finally:
            self._playing = False

    def save_static_frame_data(self, scene: Scene, static_mobjects: Iterable[Mobject]) -> PixelArray | None:
        """Paint once what stands still under everything that moves, or apart from it."""
        self.static_image = None
        if not self.skip_animations:
            self._lay(Layers(scene))
        return self.static_image

    def update_frame(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Paint; but in a play that is skipped, nothing, for nobody will see it."""
        if not self._playing:
            super().update_frame(scene, *args, **kwargs)
        elif not self.skip_animations:
            if not self._layers.holds(scene):  # something came or went in the middle of the play
                self._lay(Layers(scene))
            moving = self._layers.frame()
            if moving is None:
                self._lay(Layers(scene, sink=False))
                moving = self._layers.frame() or []
            assert self.static_image is not None
            self.camera.set_frame_to_background(self.static_image)
            self.camera.capture_mobjects(moving, include_submobjects=False)

    def _lay(self, layers: Layers) -> None:
        self._layers = layers
        self.camera.reset()
        self.camera.capture_mobjects(layers.still, include_submobjects=False)
        self.static_image = self.get_frame()

    def render(self, scene: Scene, time: float, moving_mobjects: Iterable[Mobject] | None = None) -> None:
        """Paint one frame and hand it on, uncopied."""
        self.update_frame(scene)
        self._hand_over()

    def freeze_current_frame(self, duration: float) -> None:
        """Hand on the present picture, to be seen for a while."""
        self._hand_over(int(duration / (1 / self.camera.frame_rate)))

    def _hand_over(self, times: int = 1) -> None:
        if not self.skip_animations:
            painted = self.camera.pixel_array
            self.camera.pixel_array = self._pictures.take(painted)
            self.add_frame(painted, num_frames=times)


class FastCamera(StageCamera):
    """The camera: it paints nothing that has no colour, and works out anew only shapes that have changed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._shapes = Shapes()

    def display_vectorized(self, vmobject: VMobject, ctx: Any) -> FastCamera:
        """Paint as Manim does, without what cannot be seen."""
        behind = vmobject.background_stroke_width != 0 and vmobject.background_stroke_rgbas[:, 3].any()
        before = vmobject.stroke_width != 0 and vmobject.stroke_rgbas[:, 3].any()
        filled = vmobject.fill_rgbas[:, 3].any()
        if len(vmobject.points) and (behind or before or filled):
            shape = self._shapes.of(vmobject)
            ctx.new_path()
            if behind:
                self._stroke(ctx, vmobject, shape, background=True)
            if filled:
                self._fill(ctx, vmobject, shape)
            if before:
                self._stroke(ctx, vmobject, shape, background=False)
        return self

    def _fill(self, ctx: Any, vmobject: VMobject, shape: Shape) -> None:
        way = ("fill", *ctx.get_matrix())
        if not shape.stamped(way, ctx, vmobject.fill_rgbas):
            self._put_path(ctx, vmobject, shape)
            self.apply_fill(ctx, vmobject)
            shape.painted(way, vmobject, ctx)

    def _stroke(self, ctx: Any, vmobject: VMobject, shape: Shape, *, background: bool) -> None:
        width = vmobject.background_stroke_width if background else vmobject.stroke_width
        way = ("stroke", *ctx.get_matrix(), width, vmobject.joint_type, vmobject.cap_style)
        if not shape.stamped(way, ctx, vmobject.background_stroke_rgbas if background else vmobject.stroke_rgbas):
            self._put_path(ctx, vmobject, shape)
            self.apply_stroke(ctx, vmobject, background=background)
            shape.painted(way, vmobject, ctx)

    def _put_path(self, ctx: Any, vmobject: VMobject, shape: Shape) -> None:
        if ctx.has_current_point():
            return
        if shape.path is None:
            self._set_path(ctx, vmobject)
            shape.path = ctx.copy_path()
        else:
            ctx.append_path(shape.path)

    def _set_path(self, ctx: Any, vmobject: VMobject) -> None:
        """Set the path that Manim sets, from lists: element by element, arrays are slow."""
        points = self.transform_points_pre_display(vmobject, vmobject.points)
        curves = points[: len(points) // 4 * 4, :2].reshape(-1, 8)
        starts, rest, curve_to = curves[:, :2].tolist(), curves[:, 2:].tolist(), ctx.curve_to
        ends = [*_ends_of_runs(curves, vmobject.tolerance_for_point_equality), len(curves)]
        for begin, end in pairwise([0, *ends]):
            ctx.new_sub_path()
            ctx.move_to(*starts[begin])
            for six in rest[begin:end]:
                curve_to(*six)
            if vmobject.consider_points_equals_2d(starts[begin], rest[end - 1][4:]):
                ctx.close_path()


def _ends_of_runs(curves: npt.NDArray[np.float64], tolerance: float) -> list[int]:
    """Numbers of the curves that do not begin where the one before ends; all are finite. As Manim tells it."""
    last, first = curves[:-1, 6:], curves[1:, :2]
    joined = np.abs(last - first) <= tolerance + 1e-5 * np.abs(first)
    apart: list[int] = (np.flatnonzero(~joined.all(axis=1)) + 1).tolist()
    return apart


class _Pictures:
    """Pictures that nobody looks at any more, to paint on."""

    __slots__ = ("_free",)

    def __init__(self) -> None:
        self._free: SimpleQueue[PixelArray] = SimpleQueue()

    def take(self, like: PixelArray) -> PixelArray:
        try:
            return self._free.get_nowait()
        except Empty:
            return np.empty_like(like)

    def give_back(self, picture: PixelArray) -> None:
        self._free.put(picture)


class _Writer(PieceWriter):
    """The writer: it has segments encoded from borrowed pictures."""

    pictures: _Pictures
    stills: list[bytes]

    def _create_segment_encoder(self, target: Path) -> VideoSegmentEncoder:
        return _Encoder(target=target, spec=self.piece_encoder, pictures=self.pictures, stills=self.stills)

    def write_frame(self, pixels: PixelArray, *, repeat: int = 1) -> None:
        super().write_frame(pixels, repeat=repeat)
        if not self.output_spec.is_video or self._current_encode_job is None:
            self.pictures.give_back(pixels)


class _Encoder(PieceEncoder):
    """The encoder: it converts only what has changed, encodes little of what stands, and gives pictures back."""

    def __init__(self, *, pictures: _Pictures, stills: list[bytes], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        spec = self.spec
        self._stream: Any
        self._still = StillStream(self._stream, stills) if spec.codec == "libx264" else None
        self._stream = self._still or self._stream
        self._conversion = Conversion(spec.width, spec.height, spec.pixel_format, pictures.give_back)

    def write_frame(self, pixels: PixelArray, *, repeat: int = 1) -> None:
        self._validate_frame(pixels, repeat)
        rate = self.spec.frame_rate
        try:
            frame = self._conversion.convert(pixels)
            frame.time_base = Fraction(rate.denominator, rate.numerator)
            if self._still and self._next_pts == 0 and repeat > 1:
                self._still.stand(frame, repeat)
                self._next_pts = repeat
                return
            for _ in range(repeat):
                frame.pts = self._next_pts
                self._next_pts += 1
                for packet in self._stream.encode(frame):
                    self._container.mux(packet)
        except BaseException as error:
            raise self._operation_error("encode", error) from error

    def finish(self) -> None:
        """Complete the segment."""
        super().finish()
        self._conversion.finish()
