"""What a panel shows of a line: positions across, nats up, and the round numbers along both."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from em_film.page.ticks import Tick, marked, room_for_ticks

__all__ = ["Window", "decimals_for", "low_under"]

_SIGNS = 8  # of a number beside the axis of nats, at most
_CROWDED = 0.35  # share of their own distance on the page at which ticks are gone; at twice that they begin to fade


@dataclass(frozen=True, slots=True)
class Window:
    """What the slice panel shows of a line.

    Attributes
    ----------
    left, right : float
        Positions on it.
    low, high : float
        Nats.
    ticks : tuple of Tick
        Round numbers marked on the axis of nats.
    across : tuple of Tick
        Round numbers marked on the axis of positions; none where positions have no unit.
    since : int, optional
        Where nats are counted from ℓ(θ⁽ⁱ⁾), the i; none where they are written whole.
    named : float
        How far that is faded in.
    """

    left: float
    right: float
    low: float
    high: float
    ticks: tuple[Tick, ...] = ()
    across: tuple[Tick, ...] = ()
    since: int | None = None
    named: float = 1.0

    @classmethod
    def at_rest(
        cls,
        left: float,
        right: float,
        low: float,
        high: float,
        *,
        across: tuple[Tick, ...] = (),
        origin: tuple[int, float] | None = None,
    ) -> Window:
        """Window on these positions and at least these nats, with four or five round numbers of nats marked.

        Where the numbers would be long, they count from an ``origin``: i, and the nats of ℓ(θ⁽ⁱ⁾).
        """
        least = 1e-12 * max(abs(low), abs(high))  # rounder numbers than that do not exist
        if high - low < least:
            low, high = low - least, high + least
        low, high = room_for_ticks(low, high)
        marks = marked(low, high)
        if origin is None or all(len(tick.text) <= _SIGNS for tick in marks):
            return cls(left, right, low, high, marks, across)
        since, zero = origin
        low, high = room_for_ticks(low - zero, high - zero)
        counted = tuple(tick._replace(value=zero + tick.value, origin=zero) for tick in marked(low, high))
        return cls(left, right, zero + low, zero + high, counted, across, since)

    @property
    def decimals(self) -> int:
        """Decimals that show a thousandth of the window's height, one at least."""
        return decimals_for(self.high - self.low)

    def glided(self, other: Window, share: float, about: tuple[float, float]) -> Window:
        """Window on the way to another: its height changes by a constant factor, while ``about`` moves evenly.

        Parameters
        ----------
        other : Window
            Where share 1 ends.
        share : float
            From 0 to 1.
        about : tuple of float
            A value in nats seen from this window and from the other, usually the same one.
        """
        heights = self.high - self.low, other.high - other.low
        height = heights[0] ** (1 - share) * heights[1] ** share
        here, there = (about[0] - self.low) / heights[0], (about[1] - other.low) / heights[1]
        value = about[0] + share * (about[1] - about[0])
        low = value - height * ((1 - share) * here + share * there)
        return self.between(other, share, low, low + height)

    def closing_up(self, near: Window, foot: float, reach: float) -> Window:
        """Window on the way to a near one with the same top, that holds what rises from a foot, at one place.

        Parameters
        ----------
        near : Window
            Where it ends, once that holds what rises.
        foot : float
            Where this window had to begin to hold it, in nats.
        reach : float
            Where a window has to begin now.
        """
        first, now, last = (near.high - low for low in (foot, reach, near.low))
        share = float(np.log(first / now) / np.log(first / last)) if now > last else 1.0
        if share >= 1:
            return near
        high = self.high + share * (near.high - self.high)
        height = (self.high - self.low) ** (1 - share) * last**share
        return self.between(near, share, high - height, high)

    def between(self, other: Window, share: float, low: float, high: float) -> Window:
        """Window on these nats on the way to another, whose ticks take the place of this one's half-way.

        Ticks fade on the way, and sooner where they would crowd.
        """
        fresh = self if share < 0.5 else other
        lasting = {tick.value for tick in self.ticks} & {tick.value for tick in other.ticks}
        fade = abs(1 - 2 * share)
        room = float(np.clip(((fresh.high - fresh.low) / (high - low) - _CROWDED) / _CROWDED, 0.0, 1.0))
        shown = tuple(tick._replace(opacity=room if tick.value in lasting else min(fade, room)) for tick in fresh.ticks)
        steady = {tick.value for tick in self.across} & {tick.value for tick in other.across}
        across = tuple(tick if tick.value in steady else tick._replace(opacity=fade) for tick in fresh.across)
        left, right = ((1 - share) * a + share * b for a, b in ((self.left, other.left), (self.right, other.right)))
        named = 1.0 if self.since == other.since else fade
        return Window(left, right, low, high, shown, across, fresh.since, named)

    def within(self, left: float, right: float) -> Window:
        """Window on no more than these positions."""
        return replace(self, left=max(self.left, left), right=min(self.right, right))


def low_under(high: float, value: float, room: float) -> float:
    """Return where a window up to ``high`` begins that holds a value, with room below as a share of what is above."""
    return high - (1 + room) * (high - value)


def decimals_for(rise: float) -> int:
    """Decimals that show a thousandth of a rise in nats, one at least and six at most."""
    return int(np.clip(np.ceil(-np.log10(rise / 1000)), 1, 6)) if rise > 0 else 1
