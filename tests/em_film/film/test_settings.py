"""Films bring Manim's settings along, wherever plain Manim is started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import av
import pytest
from manim import config, tempconfig
from support import ROOT
from support.running import FILMS, SMALL

from em_film.film.settings import brought_settings
from em_film.places import MANIM_CFG
from em_film.renderer.configuration import configure

_USERS = "[video_encoder.options]\ncrf = 40\ncolor_range = pc\n"


def _tags(folder: Path) -> tuple[int, ...]:
    (film,) = (path for path in folder.rglob("tiny_film-small.mp4") if "partial" not in str(path))
    with av.open(str(film)) as container:
        context = container.streams.video[0].codec_context
        return context.colorspace, context.color_primaries, context.color_trc, context.color_range


@pytest.mark.parametrize(("users", "tags"), [("", (6, 1, 1, 1)), (_USERS, (6, 1, 1, 2))])
def test_colours_are_tagged_in_any_folder_and_the_users_own_settings_go_first(
    users: str, tags: tuple[int, ...], tmp_path: Path
) -> None:
    (tmp_path / "small.toml").write_text(SMALL)
    if users:
        (tmp_path / "manim.cfg").write_text(users)
    subprocess.run(
        [sys.executable, "-m", "manim", "render", "-ql", "--progress_bar", "none", str(FILMS / "tiny_film.py")],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "EM_EXPERIMENT": "small.toml"},
        check=True,
        capture_output=True,
    )
    assert _tags(tmp_path) == tags


@pytest.mark.parametrize(
    ("format", "asked", "crf"),
    [("mp4", {}, "-1"), ("webm", {}, "22"), ("mp4", {"crf": "9"}, "9"), ("webm", {"crf": "9"}, "9")],
)
def test_h264_has_one_quantiser_unless_a_quality_is_asked_for_and_vp9_has_a_quality(
    format: str, asked: dict[str, str], crf: str
) -> None:
    with tempconfig({}):
        configure(MANIM_CFG)
        config.format = format
        config.video_encoder_options = {**config.video_encoder_options, **asked}
        options = brought_settings()["video_encoder_options"]
    assert options["crf"] == crf
    assert int(options["qp"]) > 0
