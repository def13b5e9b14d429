"""The command draws the same film whatever Manim's settings in the user's home say."""

from __future__ import annotations

from pathlib import Path

import pytest
from manim import config, tempconfig

from em_film.places import MANIM_CFG
from em_film.renderer.configuration import configure

_USERS = "[CLI]\nframe_height = 12\nframe_rate = 24\n[video_encoder.options]\ncolorspace = bt709\ntune = animation\n"


def test_settings_of_the_users_home_have_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (tmp_path / ".config" / "manim", tmp_path / "AppData" / "Roaming" / "Manim"):
        folder.mkdir(parents=True)
        (folder / "manim.cfg").write_text(_USERS)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    with tempconfig({}):
        config.digest_file(MANIM_CFG)
        assert (config.frame_height, config.frame_rate) == (12, 24)
        configure(MANIM_CFG)
        assert (config.frame_height, config.frame_rate) == (8, 60)
        assert config.video_encoder_options["colorspace"] == "smpte170m"
        assert "tune" not in config.video_encoder_options
