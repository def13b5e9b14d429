"""Animated GIFs, small enough for a page: a palette for the whole film, and only what changes from frame to frame."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

__all__ = ["write_gif"]

_HOLD = 200  # hundredths of a second that the last frame stands before the film begins again


def write_gif(source: Path, target: Path, *, width: int, rate: int) -> None:
    """Write a film as a GIF that repeats for ever.

    Parameters
    ----------
    source : Path
        The film.
    target : Path
        The GIF.
    width : int
        Of the picture, in pixels; its height follows.
    rate : int
        Frames a second; each frame stands to the nearest hundredth of a second.
    """
    palette = _palette(source, width, rate)
    with av.open(str(target), "w", options={"loop": "0", "final_delay": str(_HOLD)}) as animation:
        stream = None
        for frame in _drawn(source, palette, width, rate):
            if stream is None:
                stream = animation.add_stream("gif", rate=100)
                stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "pal8"
                stream.codec_context.time_base = Fraction(1, 100)
            animation.mux(stream.encode(frame))
        if stream is not None:
            animation.mux(stream.encode())


def _frames(source: Path, width: int, rate: int) -> Iterator[VideoFrame]:
    """Yield the film's frames at another size and rate."""
    with av.open(str(source)) as film:
        stream = film.streams.video[0]
        graph = Graph()
        nodes = [
            graph.add_buffer(template=stream),
            graph.add("fps", str(rate)),
            graph.add("scale", f"{width}:-2:flags=lanczos+accurate_rnd+full_chroma_int"),
            graph.add("format", "rgb24"),
            graph.add("buffersink"),
        ]
        graph.link_nodes(*nodes).configure()
        for frame in film.decode(stream):
            graph.push(frame)
            yield from _pulled(graph)
        graph.push(None)
        yield from _pulled(graph)


def _palette(source: Path, width: int, rate: int) -> VideoFrame:
    graph = Graph()
    for number, frame in enumerate(_frames(source, width, rate)):
        if number == 0:
            colours = graph.add("palettegen", "stats_mode=full")
            graph.link_nodes(_inlet(graph, frame, rate), colours, graph.add("buffersink")).configure()
        graph.push(frame)
    graph.push(None)
    (palette,) = _pulled(graph)
    return palette


def _drawn(source: Path, palette: VideoFrame, width: int, rate: int) -> Iterator[VideoFrame]:
    """Yield the frames in the palette's colours, timed in hundredths of a second."""
    graph = Graph()
    pictures = None
    for number, frame in enumerate(_frames(source, width, rate)):
        if pictures is None:
            pictures, colours = _inlet(graph, frame, rate), _inlet(graph, palette, rate)
            use = graph.add("paletteuse", "dither=none:diff_mode=rectangle")
            pictures.link_to(use, 0, 0)
            colours.link_to(use, 0, 1)
            use.link_to(graph.add("buffersink"))
            graph.configure()
            palette.pts, palette.time_base = 0, Fraction(1, rate)
            colours.push(palette)
            colours.push(None)
        frame.pts, frame.time_base = number, Fraction(1, rate)
        pictures.push(frame)
        yield from _timed(graph, rate)
    if pictures is not None:
        pictures.push(None)
        yield from _timed(graph, rate)


def _inlet(graph: Graph, frame: VideoFrame, rate: int) -> FilterContext:
    """Add a way into a graph for frames like this one."""
    return graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, rate))


def _timed(graph: Graph, rate: int) -> Iterator[VideoFrame]:
    for frame in _pulled(graph):
        frame.pts = round((frame.pts or 0) * 100 / rate)
        frame.time_base = Fraction(1, 100)
        yield frame


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return
