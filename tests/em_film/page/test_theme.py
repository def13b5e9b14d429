"""The palette can be read, told apart and mixed, and arrives in the video as it was meant."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations, product
from pathlib import Path

import av
import numpy as np
import pytest
from colorspacious import cspace_convert
from support import ROOT

from em_film.page.theme import DARK, LIGHT, Theme, blend, point_opacity, point_radius, rgb, theme_named
from em_model import EMError

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)

# Machado, Oliveira & Fernandes (2009) at full severity, and nobody's deficiency.
VISIONS = (None, "deuteranomaly", "protanomaly", "tritanomaly")
LEAST = 12.0  # of CAM02-UCS (Luo, Cui & Li 2006), between any two colours that may stand for different things
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour):
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""
    light, dark = sorted((linear(rgb(c)) @ TO_XYZ[1] for c in (one, other)), reverse=True)
    return float((light + 0.05) / (dark + 0.05))


def seen(colour: str, vision: str | None = None):
    """Where a colour lies in CAM02-UCS for an eye of some kind."""
    shown = rgb(colour)
    if vision is not None:
        cvd = {"name": "sRGB1+CVD", "cvd_type": vision, "severity": 100}
        shown = np.clip(cspace_convert(shown, cvd, "sRGB1"), 0, 1)
    return cspace_convert(shown, "sRGB1", "CAM02-UCS")


def difference(one: str, other: str) -> float:
    """Distance for whoever tells the two apart worst."""
    return min(float(np.linalg.norm(seen(one, vision) - seen(other, vision))) for vision in VISIONS)


@THEMES
def test_every_text_colour_stands_out_from_the_ground(theme: Theme):
    for colour in (theme.ink, theme.dim, theme.red, theme.blue):
        assert contrast(colour, theme.background) >= 4.5


@THEMES
def test_cluster_colours_stand_out_from_the_ground_like_text(theme: Theme):
    for colour in theme.clusters:
        assert contrast(colour, theme.background) >= 4.5


@THEMES
def test_eight_clusters_are_told_apart_with_any_colour_vision(theme: Theme):
    # Measured: 12.6 on dark, 12.1 on light; 19.7 and 21.4 among the first three.
    assert len(theme.clusters) >= 8
    assert min(difference(a, b) for a, b in combinations(theme.clusters, 2)) >= LEAST
    assert min(difference(a, b) for a, b in combinations(theme.clusters[:3], 2)) > 19


@THEMES
def test_clusters_are_taken_neither_for_a_curve_nor_for_the_undecided_with_any_colour_vision(theme: Theme):
    for colour, other in product(theme.clusters, (theme.red, theme.blue, theme.dim)):
        assert difference(colour, other) >= LEAST, (colour, other)


@THEMES
def test_the_three_colours_that_clusters_keep_away_from_are_told_apart_too(theme: Theme):
    assert min(difference(a, b) for a, b in combinations((theme.red, theme.blue, theme.dim), 2)) >= LEAST


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
        lightness = seen("#" + "".join(f"{round(255 * c):02X}" for c in mixed))[0]
        ends = sorted(seen(theme.clusters[k])[0] for k in (i, j))
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
