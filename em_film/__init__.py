"""Films of Expectation-Maximisation on Gaussian mixtures, from a TOML file of your own, or from Python: `render`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from em_film.publish.rendered import render

__all__ = ["render"]


def __getattr__(name: str) -> Any:
    """Import what draws only where it is asked for: the command begins at once without it."""
    if name == "render":
        return import_module("em_film.publish.rendered").render
    raise AttributeError(f"module 'em_film' has no attribute {name!r}")
