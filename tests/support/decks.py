"""The tiny film as a deck, and what it should show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from em_film.renderer.rehearsal import Picture, Timeline

__all__ = ["HOSTILE", "Made", "apart"]

HOSTILE = 'A "title" of </script><b>&amp;{{film}} #set'


@dataclass(frozen=True)
class Made:
    """The tiny film as a deck, and what it should show."""

    folder: Path
    timeline: Timeline
    rests: Mapping[int, Picture]

    def path(self, kind: str) -> Path:
        return self.folder / f"tiny_film-small.{kind}"

    def rest(self, section: int) -> Picture:
        """The still of a section, counted from 1."""
        return self.rests[self.timeline.sections[section - 1].rest]


def apart(picture: Image.Image, still: Picture) -> float:
    """Mean difference of two pictures, of 255."""
    shown = np.asarray(picture.convert("RGB").resize(still.shape[1::-1])).astype(float)
    return float(np.abs(shown - still[..., :3]).mean())
