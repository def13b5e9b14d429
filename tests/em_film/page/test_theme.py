"""The palette can be read, told apart and mixed, and arrives in the video as it was meant."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from pathlib import Path

import av
import numpy as np
import pytest
from support import ROOT

from em_film.page.theme import DARK, LIGHT, Theme, blend, point_opacity, point_radius, rgb, theme_named
from em_model import EMError

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)

# Machado, Oliveira & Fernandes (2009), severity 1, acting on linear sRGB.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour):
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    light, dark = sorted((linear(rgb(c)) @ TO_XYZ[1] for c in (one, other)), reverse=True)
    return float((light + 0.05) / (dark + 0.05))


def cielab(colour: str, vision: str):
    seen = np.clip(VISIONS[vision] @ linear(rgb(colour)), 0, 1)
    t = TO_XYZ @ seen / TO_XYZ.sum(axis=1)
    x, y, z = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: str, other: str) -> float:
    """CIELAB difference for whoever tells the two apart worst; about 2.3 is just noticeable."""
    return min(float(np.linalg.norm(cielab(one, v) - cielab(other, v))) for v in VISIONS)


@THEMES
def test_every_text_colour_stands_out_from_the_ground(theme: Theme):
    for colour in (theme.ink, theme.dim, theme.red, theme.blue):
        assert contrast(colour, theme.background) >= 4.5


@THEMES
def test_cluster_colours_stand_out_from_the_ground(theme: Theme):
    for colour in theme.clusters:
        assert contrast(colour, theme.background) >= 3.0


@THEMES
def test_eight_clusters_are_told_apart_with_any_colour_vision(theme: Theme):
    # Measured: 21.2 on dark, 23.0 on light; 21.5 and 24.8 among the first five.
    assert len(theme.clusters) >= 8
    assert min(difference(a, b) for a, b in combinations(theme.clusters[:8], 2)) > 21
    assert min(difference(a, b) for a, b in combinations(theme.clusters[:3], 2)) > 31


@THEMES
def test_clusters_keep_away_from_red_and_blue(theme: Theme):
    # Dark's second and third are given, and lie at 8.3 (tritanopia) and 12 (deuteranopia) from its blue.
    for curve in (theme.red, theme.blue):
        for k, colour in enumerate(theme.clusters):
            assert difference(colour, curve) > (8 if theme is DARK and k < 3 else 14)
            assert np.linalg.norm(cielab(colour, "normal") - cielab(curve, "normal")) > 33


@THEMES
def test_clusters_are_not_mistaken_for_points_still_grey(theme: Theme):
    # Some of light's colours turn greyish in tritanopia: there they lie 6.8 from the grey.
    for colour in theme.clusters:
        assert np.linalg.norm(cielab(colour, "normal") - cielab(theme.dim, "normal")) > 25
        assert difference(colour, theme.dim) > 6


def test_themes_are_found_by_name_and_others_named_in_one_line():
    assert theme_named("dark") is DARK
    assert theme_named("light") is LIGHT
    with pytest.raises(EMError, match=r"^unknown theme 'sepia': choose one of dark, light$"):
        theme_named("sepia")


def test_colours_repeat_after_the_last():
    assert DARK.cluster_rgb(9).shape == (9, 3)
    assert (DARK.cluster_rgb(9)[8] == rgb(DARK.clusters[0])).all()
    assert DARK.cluster_rgb(0).shape == (0, 3)


@THEMES
def test_a_point_wholly_of_one_cluster_has_its_colour(theme: Theme):
    colours = theme.cluster_rgb(8)
    np.testing.assert_allclose(blend(np.eye(8), colours), colours, atol=5e-4)


def test_black_and_white_survive_blending():
    ends = np.array([[0.0, 0, 0], [1, 1, 1]])
    np.testing.assert_allclose(blend(np.eye(2), ends), ends, atol=5e-4)
    np.testing.assert_allclose(blend([[0.5, 0.5]], np.full((2, 3), 0.02)), np.full((1, 3), 0.02), atol=5e-4)


def test_half_way_between_two_colours_looks_half_way():
    # OKLab has black at lightness 0 and white at 1; lightness 0.5 is linear 0.125.
    grey = linear(blend([[0.5, 0.5]], [[0.0, 0, 0], [1, 1, 1]]))
    np.testing.assert_allclose(grey, np.full((1, 3), 0.125), atol=1e-3)


@THEMES
def test_mixtures_do_not_go_muddy(theme: Theme):
    for i, j in combinations(range(3), 2):
        mixed = blend([[0.5, 0.5]], theme.cluster_rgb(3)[[i, j]])[0]
        lightness = cielab("#" + "".join(f"{round(255 * c):02X}" for c in mixed), "normal")[0]
        ends = sorted(cielab(theme.clusters[k], "normal")[0] for k in (i, j))
        assert ends[0] - 2 <= lightness <= ends[1] + 2


def test_points_grow_smaller_and_thinner_with_their_number():
    numbers = [1, 20, 100, 1000, 10_000, 50_000, 1_000_000]
    radii = [point_radius(n) for n in numbers]
    opacities = [point_opacity(n) for n in numbers]
    assert radii == sorted(radii, reverse=True)
    assert opacities == sorted(opacities, reverse=True)
    # At 135 pixels to a unit a point is never thinner than two pixels, never a tenth of the panel.
    assert radii[-1] * 2 * 135 > 2
    assert radii[0] < 0.1
    assert opacities[0] == 1.0


PATCHES = """
from manim import Scene, Square, config
from em_film.page.theme import DARK
class Patches(Scene):
    def construct(self):
        self.camera.background_color = DARK.background
        for k, colour in enumerate((DARK.ink, DARK.dim, DARK.red, DARK.blue, *DARK.clusters)):
            patch = Square(1, fill_color=colour, fill_opacity=1, stroke_width=0)
            self.add(patch.move_to([-5.5 + k, 0, 0]))
        self.wait(0.2)
"""


def test_the_video_shows_the_palette_and_carries_its_tags(tmp_path: Path):
    (tmp_path / "patches.py").write_text(PATCHES)
    command = [sys.executable, "-m", "manim", "render", "-ql", "--media_dir", str(tmp_path), "patches.py"]
    command[-1] = str(tmp_path / "patches.py")
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (film,) = tmp_path.glob("videos/**/Patches.mp4")
    with av.open(str(film)) as container:
        context = container.streams.video[0].codec_context
        tags = (context.colorspace, context.color_primaries, context.color_trc, context.color_range)
        # smpte170m, bt709, bt709, tv: their numbers in ITU-T H.273, as FFmpeg counts them.
        assert tuple(int(tag) for tag in tags) == (6, 1, 1, 1)
        frame = next(container.decode(video=0)).to_ndarray(format="rgb24")
    height, width, _ = frame.shape
    unit = width / (128 / 9)
    for k, colour in enumerate((DARK.ink, DARK.dim, DARK.red, DARK.blue, *DARK.clusters)):
        seen = frame[height // 2, int(width / 2 + (-5.5 + k) * unit)]
        np.testing.assert_allclose(seen, 255 * rgb(colour), atol=3, err_msg=colour)
    np.testing.assert_allclose(frame[3, 3], 255 * rgb(DARK.background), atol=3)
