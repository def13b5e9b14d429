"""Counts and steps as sentences write them."""

from __future__ import annotations

from em_film.wording import counted, superscript


def test_small_counts_are_words_and_one_is_singular() -> None:
    assert counted(1, "Gaussian") == "one Gaussian"
    assert counted(3, "Gaussian") == "three Gaussians"
    assert counted(18, "step") == "18 steps"


def test_steps_are_raised_figures_in_brackets() -> None:
    assert superscript(207) == "⁽²⁰⁷⁾"
