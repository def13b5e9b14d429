"""What Typst draws, as arrays: outlines in ems, their named parts, and where the pen stood.

Reading a line of type takes a few tenths of a second, and a film has dozens; so what has been read is kept as a file
in the user's cache, and found again by all that it depends on.
"""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from manim import MathTypst, Typst, config
from numpy.typing import NDArray

from em_film import environment
from em_film.files import removed, whole_file
from em_film.page.letters import FONT

__all__ = ["Outline", "outline"]

Floats = NDArray[np.float64]

# A speck that stands on the baseline, known by its colour; it tells where the pen was and is taken out.
_SPECK = "#010203"
_PREAMBLE = f"""\
#set text(font: "{FONT}", lang: "en", hyphenate: false, number-width: "tabular")
#set par(leading: 0.62em)
#let pen = box(width: 0pt, height: 0pt,
  place(bottom + left, rect(width: 0.5pt, height: 0.5pt, fill: rgb("{_SPECK}"))))"""
# Manim's own memory of what it has read copies all of it; each source is read once.
_SETTING: dict[str, Any] = {"font_size": 96, "typst_preamble": _PREAMBLE, "use_svg_cache": False}
_PART_NAME = re.compile(r":\s*([A-Za-z_][\w-]*)\s*\}\}")
# Fraction bars are the only thing Typst strokes; this is their thickness in New Computer Modern Math.
_RULE = 0.045


@dataclass(frozen=True, slots=True)
class Outline:
    """Type as it was set, in ems, the first baseline at height 0.

    Attributes
    ----------
    runs : tuple of (str, ndarray)
        Cubic Béziers, shape (4 C, 2), of each named part; the nameless part is ``""``.
    pens : tuple of float
        Where the pen stood at each mark.
    glyphs : tuple of ndarray
        Béziers between each mark and the next, placed from the mark.
    """

    runs: tuple[tuple[str, Floats], ...]
    pens: tuple[float, ...]
    glyphs: tuple[Floats, ...]


@lru_cache(maxsize=512)
def outline(source: str, *, mathematics: bool = False) -> Outline:
    """Let Typst set a source whose marks are written ``#pen``, and return what it drew, in ems."""
    if not source:
        return Outline((), (), ())
    file = environment.cache_folder() / "type" / f"{_key(source, mathematics)}.npz"
    known = _load(file)
    if known is None:
        with _own_folder():
            known = _set(source, mathematics)
        _save(file, known)
    return known


@contextmanager
def _own_folder() -> Iterator[None]:
    """Have Manim write its files where no other render meets them: it removes some of them again."""
    usual = config["tex_dir"]
    with TemporaryDirectory() as folder:
        config["tex_dir"] = folder
        try:
            yield
        finally:
            config["tex_dir"] = usual


def _set(source: str, mathematics: bool) -> Outline:
    typst: Typst
    if mathematics:
        # As an opening, the mark leaves a minus sign after it the sign of a number.
        typst = MathTypst(
            'class("opening", #pen) ' + source, font_size=96, typst_preamble=_PREAMBLE, use_svg_cache=False
        )
    else:
        typst = Typst(source, font_size=96, typst_preamble=_PREAMBLE, use_svg_cache=False)
    # A part inside another closes first; reversed, the inner one has the last word on its glyphs.
    names = list(dict.fromkeys(_PART_NAME.findall(source))) if mathematics else []
    owner = {id(glyph): name for name in reversed(names) for glyph in typst.select(name)}
    runs: dict[str, list[Floats]] = {name: [] for name in ["", *names]}
    pens: list[float] = []
    glyphs: list[list[Floats]] = []
    for glyph in typst:
        points = _rule(glyph.points) if glyph.fill_opacity == 0 else np.array(glyph.points[:, :2])
        if glyph.fill_color.to_hex().upper() == _SPECK:
            if not pens:
                baseline = points[:, 1].min()
            pens.append(float(points[:, 0].min()))
            glyphs.append([])
            continue
        points[:, 1] -= baseline
        runs[owner.get(id(glyph), "")].append(points)
        glyphs[-1].append(points - [pens[-1], 0])
    return Outline(
        tuple((name, _joined(parts)) for name, parts in runs.items()),
        tuple(pens),
        tuple(_joined(parts) for parts in glyphs),
    )


@lru_cache(maxsize=1)
def _reader() -> str:
    code = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    return "/".join([code, *(version(library) for library in ("manim", "typst", "svgelements"))])


def _key(source: str, mathematics: bool) -> str:
    return hashlib.sha256(f"{_reader()}/{mathematics}/{source}".encode()).hexdigest()[:32]


def _load(file: Path) -> Outline | None:
    """Read what was kept; what is not there, or broken, is nothing."""
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as kept:
            os.utime(file)  # what is used stays longest
            names, pens = (tuple(kept[name].tolist()) for name in ("names", "pens"))
            runs, glyphs = (_parted(kept[name], kept[f"{name}_ends"]) for name in ("runs", "glyphs"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return Outline(tuple(zip(names, runs, strict=True)), pens, glyphs)


def _save(file: Path, known: Outline) -> None:
    runs, glyphs = [points for _, points in known.runs], list(known.glyphs)
    with suppress(OSError):  # type that cannot be kept is still type
        if file.is_dir():
            removed(file)
        with whole_file(file) as aside:
            np.savez(
                aside,
                names=np.array([name for name, _ in known.runs]),
                pens=np.array(known.pens),
                runs=_joined(runs),
                runs_ends=np.cumsum([0, *map(len, runs)]),
                glyphs=_joined(glyphs),
                glyphs_ends=np.cumsum([0, *map(len, glyphs)]),
            )


def _parted(points: Floats, ends: NDArray[np.int64]) -> tuple[Floats, ...]:
    points.flags.writeable = False
    return tuple(points[start:end] for start, end in pairwise(ends.tolist()))


def _joined(parts: list[Floats]) -> Floats:
    joined = np.concatenate(parts) if parts else np.zeros((0, 2))
    joined.flags.writeable = False
    return joined


def _rule(points: Floats) -> Floats:
    (left, bottom), (right, top) = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    half = _RULE / 2
    corners = np.array([[left, bottom - half], [right, bottom - half], [right, top + half], [left, top + half]])
    ends = np.roll(corners, -1, axis=0)
    third = (ends - corners) / 3
    return np.stack([corners, corners + third, ends - third, ends], axis=1).reshape(-1, 2)
