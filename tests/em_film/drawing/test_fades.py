"""What fades stays where it is, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from manim import Group, Square, VGroup

from em_film.drawing.fades import FadeIn, FadeOut
from em_film.drawing.scatter import Scatter


@pytest.mark.parametrize("fade", [FadeIn, FadeOut])
def test_only_opacity_changes(fade: type[FadeIn | FadeOut]) -> None:
    square = Square(fill_opacity=0.8, stroke_width=3).shift([0.1, 0.7, 0])
    scatter = Scatter(np.random.default_rng(1).normal(size=(9, 2)), "#FF0000", 0.1, 0.6)
    group = Group(VGroup(square), scatter)
    places = [part.points.copy() for part in group.get_family()]
    animation = fade(group)
    animation.begin()
    for share, left in ((0.0, 0.0), (0.3, 0.3), (0.5, 0.5), (1.0, 1.0)):
        animation.interpolate(animation.rate_func(share) if share in (0.0, 1.0) else share)
        assert all(np.array_equal(part.points, place) for part, place in zip(group.get_family(), places, strict=True))
        if share in (0.0, 1.0):
            shown = left if fade is FadeIn else 1 - left
            assert square.fill_rgbas[0, 3] == pytest.approx(0.8 * shown)
            assert scatter.rgbas[:, 3] == pytest.approx(0.6 * shown)
        else:
            assert 0 < square.fill_rgbas[0, 3] < 0.8
            assert 0 < scatter.rgbas[0, 3] < 0.6
