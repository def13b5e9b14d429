"""Manim's settings that a film brings along, so that it looks right wherever plain Manim is started."""

from __future__ import annotations

from configparser import ConfigParser
from typing import Any

from manim import config

from em_film.places import MANIM_CFG

__all__ = ["brought_settings"]

_VP9 = {"crf": "22"}  # it knows no qp; H.264 is given one, which no crf may go before


def brought_settings() -> dict[str, Any]:
    """Return what the films' ``manim.cfg`` says of the video, except where the user has said otherwise.

    Manim reads ``manim.cfg`` in the folder where it is started, and nowhere else. What stands there, in the user's
    home or on the command line goes first, option by option.
    """
    ours = ConfigParser(interpolation=None)
    ours.read_string(MANIM_CFG.read_text(encoding="ascii"))
    options = {**ours["video_encoder.options"], **config.video_encoder_options}
    if config.format == "webm" and options["crf"] == ours["video_encoder.options"]["crf"]:
        options |= _VP9
    return {
        "video_encoder_options": options,
        "max_inflight_encoders": min(config.max_inflight_encoders, ours.getint("CLI", "max_inflight_encoders")),
        "encoder_queue_size": min(config.encoder_queue_size, ours.getint("CLI", "encoder_queue_size")),
    }
