"""States of mobjects are brought back to the last bit, and what has moved between two of them is found."""

from __future__ import annotations

import numpy as np
from manim import Square, VGroup

from em_film.film.state import Snapshot, mobjects_in


def test_a_state_comes_back_to_the_last_bit() -> None:
    square = Square().shift([0.1, 0.2, 0.0])
    points, fill = square.points.copy(), square.fill_rgbas.copy()
    before = Snapshot([square])
    for _ in range(2):
        square.shift([1 / 3, 0, 0]).shift([-1 / 3, 0, 0]).set_fill("#FF0000", 0.3)
        assert not np.array_equal(square.points, points)
        before.restore()
        assert np.array_equal(square.points, points)
        assert np.array_equal(square.fill_rgbas, fill)


def test_the_mobjects_of_panels_are_found_in_their_lists() -> None:
    class Panel:
        def __init__(self) -> None:
            self.one, self.rows, self.more = Square(), [[Square()], (Square(),)], {"a": Square()}
            self.number = 3

        def draw(self) -> None: ...

    panel = Panel()
    assert len(list(mobjects_in([panel, [panel.one]]))) == 5


def test_only_the_parts_that_are_another_have_moved() -> None:
    still, shifted, dyed, back = Square(), Square(), Square(), Square()
    group = VGroup(still, shifted, dyed, back)
    first = Snapshot([group])
    shifted.shift([np.spacing(1.0), 0, 0])
    back.shift([1, 0, 0])
    second = Snapshot([group])
    dyed.set_fill("#FF0000", 0.3)
    back.points = back.points - [1, 0, 0]
    third = Snapshot([group])
    assert first.moved([second, third]) == [shifted, dyed, back]
    assert first.moved([first]) == []


def test_what_is_nowhere_has_not_moved() -> None:
    square = Square()
    square.points = np.full_like(square.points, np.nan)
    first = Snapshot([square])
    square.points = square.points.copy()
    assert first.moved([Snapshot([square])]) == []


def test_digests_tell_points_and_colours_apart_and_nothing_else() -> None:
    square = Square()
    one = Snapshot([square]).digest()
    assert Snapshot([square]).digest() == one == Snapshot([Square()]).digest()
    square.set_fill("#FF0000", 0.3)
    assert Snapshot([square]).digest() != one
