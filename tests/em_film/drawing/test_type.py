"""Type says what it was given, stands on its baseline and keeps to its width."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manim import DL, DOWN, LEFT, ORIGIN, RIGHT, UP, UR, FadeOut, VMobject

from em_film.drawing.number import Number
from em_film.drawing.outline import outline
from em_film.drawing.type import (
    EM,
    OnLine,
    Size,
    align_baseline,
    broken,
    formula,
    place,
    row_of,
    words,
)

INK = "#E8E6E1"
RED = "#FF6B5E"
BLUE = "#5BC0EB"


def glyph_count(mobject: VMobject) -> int:
    return sum(len(part.get_subpaths()) for part in mobject.get_family())


@pytest.mark.parametrize("sign", list('#$*_@\\"`<>[]{}=-+/~&^%!?'))
def test_every_character_of_a_title_is_shown_for_itself(sign: str):
    one = words(f"x{sign}x", color=INK)
    assert glyph_count(one) > glyph_count(words("xx", color=INK))


@pytest.mark.parametrize("markup", ["*a*", "_a_", "$a$", "#a", "= a", "// a", "@a", "<a>", "[a]", "`a`", "#[a"])
def test_markup_in_a_title_changes_nothing_but_adds_its_signs(markup: str):
    assert glyph_count(words(f"x{markup}x", color=INK)) > glyph_count(words("xax", color=INK))


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=12))
def test_any_title_at_all_can_be_set(title: str):
    assert np.isfinite(words(title, color=INK).points).all()


@pytest.mark.parametrize("nothing", ["", "  ", "\n\t", "\x00"])
def test_nothing_to_say_is_an_invisible_mobject(nothing: str):
    empty = words(nothing, color=INK)
    assert empty.width == 0
    assert empty.baseline == 0


def test_white_space_collapses_and_apostrophes_are_typographic():
    np.testing.assert_array_equal(words("  don't\n do ", color=INK).points, words("don’t do", color=INK).points)


def test_descenders_hang_below_the_baseline_and_capitals_stand_on_it():
    capitals = words("HEM", color=INK, size=96)
    assert capitals.get_bottom()[1] == pytest.approx(capitals.baseline, abs=0.02)
    hanging = words("Hepg", color=INK, size=96)
    assert hanging.baseline - hanging.get_bottom()[1] > 0.2
    # Libertinus Serif capitals are 0.65 em high.
    assert capitals.height == pytest.approx(0.65 * 96 * EM, abs=0.02)


def test_type_side_by_side_shares_a_baseline_whatever_hangs_or_rises():
    parts = [
        words("M-step", color=INK, weight="bold", size=Size.CAPTION),
        words("climb to the top", color=INK, size=Size.CAPTION),
        formula("ell(theta^((2))) = a / b", color=INK),
        words("no", color=INK, size=Size.TICK),
    ]
    line = row_of(*parts, buff=0.25)
    for left, right in pairwise(parts):
        assert right.baseline == pytest.approx(left.baseline, abs=1e-12)
        assert right.get_left()[0] - left.get_right()[0] == pytest.approx(0.25)
    line.shift((1.0, 2.0, 0.0)).scale(0.7)
    assert {round(part.baseline, 9) for part in parts} == {round(line.baseline, 9)}


def test_a_baseline_survives_moving_scaling_and_copying():
    one = words("Type", color=INK)
    depth = one.baseline - one.get_bottom()[1]
    other = one.copy().scale(2).shift((3.0, -1.0, 0.0))
    assert other.baseline - other.get_bottom()[1] == pytest.approx(2 * depth)
    assert one.baseline - one.get_bottom()[1] == depth


def test_type_is_put_where_it_is_told():
    one = words("gap", color=INK)
    for side, edge in (("left", one.get_left), ("right", one.get_right), ("centre", one.get_center)):
        place(one, -2.0, 1.5, side)
        assert (edge()[0], one.baseline) == pytest.approx((-2.0, 1.5))
    align_baseline(one, -0.5)
    assert one.baseline == pytest.approx(-0.5)
    assert align_baseline(words("M", color=INK), one).baseline == pytest.approx(-0.5)


def test_bold_is_heavier_than_regular():
    assert words("step", color=INK, weight="bold").width > words("step", color=INK).width


def test_sizes_are_ems_of_the_scene():
    assert words("x", color=INK, size=48).width == pytest.approx(words("x", color=INK, size=96).width / 2)


def test_named_parts_take_their_colour_and_the_rest_the_ink():
    both = formula(
        "{{ell(theta) : red}} >= {{cal(L)(q, theta) : blue}}",
        color=INK,
        colors={"red": RED, "blue": BLUE},
    )
    assert both.fill_color.to_hex() == INK
    assert both.part("red").fill_color.to_hex() == RED
    assert both.part("blue").fill_color.to_hex() == BLUE
    assert both.part("red").get_right()[0] < both.part("blue").get_left()[0]


def test_a_part_inside_another_keeps_its_own_colour():
    nested = formula("{{a + {{b : inner}} : outer}}", color=INK, colors={"inner": RED, "outer": BLUE})
    assert nested.part("inner").fill_color.to_hex() == RED
    assert len(nested.part("inner").points) > 0


def test_naming_parts_does_not_move_them():
    plain, named = formula("a - b", color=INK), formula("{{a : first}} - b", color=INK)
    assert named.width == pytest.approx(plain.width, abs=1e-6)


def test_a_colour_for_no_part_is_refused():
    with pytest.raises(ValueError, match=r"^no part of the formula 'a \+ b' is named red$"):
        formula("a + b", color=INK, colors={"red": RED})


def test_a_leading_minus_is_the_sign_of_a_number():
    gap = formula("a -1", color=INK).width - formula("a 1", color=INK).width
    minus = formula("-1", color=INK).width - formula("1", color=INK).width
    # Between two letters a minus stands in more room.
    assert gap > minus + 0.05


def test_fractions_keep_their_bar():
    parts = formula("a / b", color=INK).get_subpaths()
    bars = [p for p in parts if np.ptp(p[:, 1]) < 0.03 and np.ptp(p[:, 0]) > 0.05]
    assert len(bars) == 1
    assert np.ptp(bars[0][:, 1]) > 0


SENTENCE = "The likelihood rises at least as much as the bound does, and never falls."


def test_words_a_little_longer_than_the_measure_are_set_smaller():
    whole = words(SENTENCE, color=INK, size=Size.CAPTION).width
    assert words(SENTENCE, color=INK, size=Size.CAPTION, width=0.95 * whole).width == pytest.approx(0.95 * whole)
    assert words("short", color=INK, width=4.0).width < 4.0


def test_words_much_longer_end_in_three_dots_and_are_never_set_smaller_than_can_be_read():
    line, least = words("H" * 90, color=INK, size=Size.CAPTION, width=4.0), words("H", color=INK, size=Size.NOTE)
    assert 3.6 < line.width <= 4.0
    assert line.height == pytest.approx(least.height, rel=0.02)


@pytest.mark.parametrize("text", ["a word and another " * 6, "unbroken" * 12, "q $x$ <b> # _ @ % `" * 6])
def test_words_are_broken_into_lines_that_hold_all_of_them_where_these_suffice(text: str):
    whole = words(text, color=INK)
    lines = broken(text, color=INK, size=Size.LABEL, width=whole.width / 2.5, most=4)
    assert 3 <= len(lines) <= 4
    assert all(line.width <= whole.width / 2.5 for line in lines)
    outlines = sum(len(line.points) - 4 for line in lines)
    assert outlines == len(whole.points) - 4
    assert len(broken(text, color=INK, size=Size.LABEL, width=whole.width / 2.5, most=2)) == 2


def test_type_fades_like_any_mobject():
    one = formula("{{a : x}} + b", color=INK, colors={"x": RED})
    fade = FadeOut(one)
    fade.begin()
    fade.interpolate(0.5)
    assert one.get_fill_opacity() == pytest.approx(0.5)
    assert one.part("x").get_fill_opacity() == pytest.approx(0.5)


# --- type that was set before


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setenv("EM_FILM_CACHE", str(tmp_path))
    outline.cache_clear()
    yield tmp_path / "type"
    outline.cache_clear()


def _same(one, other):
    runs = zip(one.runs, other.runs, strict=True)
    assert all(a[0] == b[0] and np.array_equal(a[1], b[1]) for a, b in runs)
    assert all(np.array_equal(a, b) for a, b in zip(one.glyphs, other.glyphs, strict=True))
    assert one.pens == other.pens


@pytest.mark.parametrize(("source", "mathematics"), [("#pen#[Rise]#pen", False), ("{{ x : name }} + frac(b, c)", True)])
def test_type_that_was_set_before_is_read_back_to_the_last_bit(shelf, monkeypatch, source, mathematics):
    first = outline(source, mathematics=mathematics)
    outline.cache_clear()
    monkeypatch.setattr("em_film.drawing.outline._set", None)
    again = outline(source, mathematics=mathematics)
    _same(first, again)
    assert sum(len(points) for _, points in again.runs) > 20
    assert not any(points.flags.writeable for points in again.glyphs)


def test_a_broken_file_of_type_is_set_anew(shelf):
    first = outline("#pen#[Rise]")
    (file,) = shelf.glob("*.npz")
    for content in (b"", b"PK\x03\x04 not the whole of it", file.read_bytes()[:-300]):
        file.write_bytes(content)
        outline.cache_clear()
        _same(first, outline("#pen#[Rise]"))
        assert len(file.read_bytes()) > 500
    assert not list(shelf.glob(".*"))


def test_a_folder_in_place_of_a_file_of_type_is_replaced(shelf):
    first = outline("#pen#[Rise]")
    (file,) = shelf.glob("*.npz")
    file.unlink()
    (file / "deep").mkdir(parents=True)
    outline.cache_clear()
    _same(first, outline("#pen#[Rise]"))
    assert file.is_file()


def test_type_is_set_where_none_can_be_kept(shelf):
    shelf.write_text("in the way")
    assert len(outline("#pen#[Rise]#pen").pens) == 2


_PIXELS = 1080 / 8  # in a scene unit, at 1080p


def _height(mobject: VMobject) -> float:
    inked = np.concatenate([part.points for part in mobject.get_family() if len(part.points)])[4:]
    return float(np.ptp(inked[:, 1])) * _PIXELS


@pytest.mark.parametrize("size", list(Size))
def test_digits_can_be_read_in_a_lecture_hall_in_every_size(size: Size) -> None:
    assert min(_height(words(digit, color=INK, size=size)) for digit in "0123456789") >= 24


@pytest.mark.parametrize("size", [size for size in Size if size != Size.TICK])
def test_capitals_can_be_read_in_a_lecture_hall_in_every_size_for_words(size: Size) -> None:
    assert min(_height(words(capital, color=INK, size=size)) for capital in "EHKLM") >= 28


def test_raised_figures_can_be_read_too() -> None:
    plain, raised = words("θ", color=INK, size=Size.CAPTION), words("θ⁽¹⁾", color=INK, size=Size.CAPTION)
    assert raised.width > plain.width
    assert _height(formula("1", color=INK, size=0.7 * Size.INDEXED)) >= 24
    assert _height(words("1", color=INK, size=0.83 * Size.CAPTION)) >= 24


def test_edges_corners_and_sizes_are_those_that_manim_finds() -> None:
    shared = formula("ell(theta) - {{ cal(L)(q, theta) : bound }}", color=INK)
    row = row_of(words("gap", color=INK), Number(-3.25, color=INK), shared).shift((0.3, -1.7, 0.0))
    for kind in (shared, row, OnLine()):
        for direction in (UP, DOWN, LEFT, RIGHT, UR, DL, ORIGIN):
            assert np.array_equal(kind.get_critical_point(direction), VMobject.get_critical_point(kind, direction))
        assert [kind.length_over_dim(axis) for axis in range(3)] == [
            VMobject.length_over_dim(kind, axis) for axis in range(3)
        ]
