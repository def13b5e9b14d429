"""Captions as browsers want them: WebVTT from SubRip."""

from __future__ import annotations

from datetime import timedelta

import srt

__all__ = ["to_vtt"]


def to_vtt(subrip: str) -> str:
    """Return captions in SubRip (.srt) as WebVTT (.vtt), times and lines the same."""
    cues = []
    for number, caption in enumerate(srt.parse(subrip), 1):
        text = "\n".join(_escaped(line) for line in caption.content.splitlines() if line.strip())
        cues.append(f"{number}\n{_clock(caption.start)} --> {_clock(caption.end)}\n{text}\n")
    return "\n".join(["WEBVTT\n", *cues])


def _escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(time: timedelta) -> str:
    milliseconds = round(time.total_seconds() * 1000)
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"
