"""A deck in one HTML file: the film once, what is said, and a page that stops at every rest."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from srt import Subtitle

from em_film.page.theme import Theme
from em_film.publish.deck.formulas import Formula
from em_film.publish.deck.slides import Slide
from em_film.renderer.rehearsal import Picture

__all__ = ["write_html"]

_SCRIPTS = ("film", "player", "bar", "dialogs", "notes", "hands", "main")  # in the order they need each other
_THUMBNAIL = (256, 144)  # pixels


def write_html(
    target: Path,
    film: Path,
    *,
    title: str,
    theme: Theme,
    rate: float,
    slides: Sequence[Slide],
    captions: Sequence[Subtitle],
    pictures: Mapping[int, Picture],
) -> None:
    """Write the deck as one file that needs nothing else.

    Parameters
    ----------
    target : Path
    film : Path
        MP4 with its index in front.
    title : str
    theme : Theme
        Of the film; the page takes its colours.
    rate : float
        Frames a second.
    slides : sequence of Slide
    captions : sequence of Subtitle
    pictures : mapping of int to Picture
        The film's frames at rest.
    """
    formulas = list(dict.fromkeys(slide.formula for slide in slides if slide.formula))
    told = {
        "rate": rate,
        "formulas": [{"text": formula.text, "picture": _svg_url(formula)} for formula in formulas],
        "sections": [_section(slide, pictures[slide.rest], formulas) for slide in slides],
        "captions": [[cue.start.total_seconds(), cue.end.total_seconds(), cue.content] for cue in captions],
    }
    parts = {
        "title": html.escape(title),
        "colours": "".join(f"--{name}: {getattr(theme, name)}; " for name in _COLOURS),
        "style": _asset("deck.css"),
        "poster": _data_url(_webp(pictures[slides[0].rest], None), "image/webp"),
        "deck": _json(told),
        "film": b64encode(film.read_bytes()).decode("ascii"),
        "script": "\n".join(_asset(f"{name}.js") for name in _SCRIPTS),
    }
    # In one pass, so that nothing that was put in is taken for a place to put something.
    page = re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _asset("deck.html"))
    target.write_text(page, encoding="utf-8")


_COLOURS = ("background", "ink", "dim", "faint", "red", "blue")


def _section(slide: Slide, picture: Picture, formulas: Sequence[Formula]) -> dict[str, Any]:
    return {
        "name": slide.name,
        "first": slide.first,
        "rest": slide.rest,
        "sentences": slide.sentences,
        "formula": slide.formula and formulas.index(slide.formula),
        "numbers": slide.numbers,
        "thumbnail": _data_url(_webp(picture, _THUMBNAIL), "image/webp"),
    }


def _svg_url(formula: Formula) -> str:
    return _data_url(formula.svg().encode("utf-8"), "image/svg+xml")


def _json(value: object) -> str:
    """Write JSON that no HTML parser ends early."""
    return json.dumps(value).replace("<", "\\u003c")


def _webp(picture: Picture, size: tuple[int, int] | None) -> bytes:
    image, buffer = Image.fromarray(picture).convert("RGB"), BytesIO()
    if size:
        image.thumbnail(size, Image.Resampling.LANCZOS)
    image.save(buffer, "webp", quality=70)
    return buffer.getvalue()


def _data_url(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{b64encode(content).decode('ascii')}"


def _asset(name: str) -> str:
    return files("em_film.publish.deck").joinpath("web", name).read_text(encoding="utf-8")
