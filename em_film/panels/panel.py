"""What a panel is: something with parts that draws what it is handed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from manim import Mobject

__all__ = ["Following", "Panel", "Shown"]

Shown_contra = TypeVar("Shown_contra", contravariant=True)
Shown = TypeVar("Shown")
Seen = TypeVar("Seen")


class Panel(Protocol[Shown_contra]):
    """A place on the page at which a film shows one side of the model.

    A panel builds all its mobjects when it is made and keeps them in its attributes; `draw` sets them, absolutely and
    from what it is handed alone, and computes no EM. What has moved from one frame to the next is found by comparing
    what was drawn.
    """

    @property
    def parts(self) -> Sequence[Mobject]:
        """What the panel is made of, in the order in which it appears."""

    def draw(self, shown: Shown_contra, /) -> None:
        """Set every part to what is to be seen: for most panels a Moment."""


class Following(Generic[Shown, Seen]):
    """A panel that is handed more than it shows, and looks at its own share of it.

    Parameters
    ----------
    panel : Panel
        Draws the share.
    share : callable
        Picks it out.
    """

    def __init__(self, panel: Panel[Seen], share: Callable[[Shown], Seen]) -> None:
        self.panel = panel
        self._share = share

    @property
    def parts(self) -> Sequence[Mobject]:
        """Those of the panel."""
        return self.panel.parts

    def draw(self, shown: Shown, /) -> None:
        """Have the panel draw its share."""
        self.panel.draw(self._share(shown))
