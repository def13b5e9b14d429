"""A handout: the frames at rest, one a page, with what is said and the numbers under each, set by Typst."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path

import typst

from em_film.publish.deck.slides import Slide

__all__ = ["write_pdf"]


def write_pdf(target: Path, *, title: str, slides: Sequence[Slide], pictures: Mapping[int, Path]) -> None:
    """Write the handout.

    Parameters
    ----------
    target : Path
    title : str
    slides : sequence of Slide
    pictures : mapping of int to Path
        PNGs of the frames at rest.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        folder = Path(scratch)
        with as_file(files("em_film.publish.deck") / "handout.typ") as template:
            shutil.copyfile(template, folder / "handout.typ")
        for slide in slides:
            shutil.copyfile(pictures[slide.rest], folder / f"{slide.rest}.png")
        told = {"title": title, "slides": [_told(slide) for slide in slides]}
        # As data, so that nothing in a title is taken for Typst's markup.
        (folder / "handout.json").write_text(json.dumps(told), encoding="utf-8")
        typst.compile(str(folder / "handout.typ"), output=str(target), root=str(folder))


def _told(slide: Slide) -> dict[str, object]:
    return {
        "name": slide.name,
        "picture": f"{slide.rest}.png",
        "alt": slide.alt,
        "sentences": slide.sentences,
        "formula": slide.formula and {"typst": slide.formula.typst, "text": slide.formula.text},
        "numbers": slide.numbers,
    }
