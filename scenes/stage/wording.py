"""Counts and steps as the sentences of a film write them."""

from __future__ import annotations

__all__ = ["counted", "superscript"]

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def counted(count: int, noun: str) -> str:
    """Write a number of things as prose does: one Gaussian, three Gaussians, 18 steps."""
    number = _WORDS[count] if count < len(_WORDS) else str(count)
    return f"{number} {noun}" if count == 1 else f"{number} {noun}s"


def superscript(step: int) -> str:
    """Write a step as it stands at θ, in raised figures and brackets: ⁽¹²⁾."""
    return f"⁽{step}⁾".translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
