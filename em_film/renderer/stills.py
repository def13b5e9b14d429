"""A picture that stands for a while, without encoding it again and again.

Manim has a wait encoded picture by picture, though all are one. x264 says that a picture is the one before in some
seventy bytes, which are the same for every picture: they hold a frame's number and nothing of what is seen. So they are
kept from the first wait, and put after the beginning of later ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
from av.video.frame import PictureType

__all__ = ["StillStream"]

_SETTLED = 3  # the first repetition still mends what the picture lost, and some more are awaited to be sure
_RUN = 240  # pictures after which all of it begins anew; x264 would have a key frame at 250


class StillStream:
    """A video stream that knows how a picture that stands goes on.

    Parameters
    ----------
    stream
        PyAV's, of x264.
    learned : list of bytes
        Packets of a picture that stood, by place; filled here, and shared by all pieces of a film.
    """

    def __init__(self, stream: Any, learned: list[bytes]) -> None:
        self._stream, self._learned = stream, learned
        self._standing: tuple[av.VideoFrame, int] | None = None

    def stand(self, frame: av.VideoFrame, times: int) -> None:
        """Begin with a frame that is shown so many times; nothing is encoded before it is known what follows."""
        self._standing = frame, times

    def encode(self, frame: av.VideoFrame | None = None) -> Iterator[Any]:
        """Encode a frame, or what is left at the end; give packets to be written."""
        standing, self._standing = self._standing, None
        if standing is None:
            yield from self._stream.encode(frame)
        elif frame is None:
            yield from self._stood(*standing)
        else:
            first, times = standing
            for place in range(times):
                first.pts = place
                yield from self._stream.encode(first)
            yield from self._stream.encode(frame)

    def _stood(self, frame: av.VideoFrame, times: int) -> Iterator[Any]:
        run = self._run(frame, min(times, _RUN))
        delay, lasts, clock, stream = run[0].pts - run[0].dts, run[0].duration, run[0].time_base, run[0].stream
        packets = [bytes(packet) for packet in run]
        if len(packets) > len(self._learned) and len({len(packet) for packet in packets[_SETTLED:]}) == 1:
            self._learned[:] = packets
        packets += self._learned[len(packets) : min(times, _RUN)]
        yield from run
        for place in range(len(run), times):
            packet: Any = av.Packet(packets[place % _RUN])
            packet.stream, packet.time_base = stream, clock
            packet.pts, packet.dts, packet.duration = place, place - delay, lasts
            packet.is_keyframe = place % _RUN == 0
            yield packet

    def _run(self, frame: av.VideoFrame, length: int) -> list[Any]:
        """Encode a frame so many times, or until it goes on as others have: from then on nothing is another."""
        run: list[Any] = []
        for place in range(length):
            frame.pts, frame.pict_type = place, PictureType.P if place else PictureType.NONE
            run += self._stream.encode(frame)
            last = len(run) - 1
            if last > _SETTLED and length <= len(self._learned) and bytes(run[last]) == self._learned[last]:
                break
        return run + list(self._stream.encode())
