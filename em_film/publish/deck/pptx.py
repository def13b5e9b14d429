"""A deck for slide programs: a slide a section, with its piece of the film and what is said in the notes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.util import Emu

from em_film.page.theme import Theme, rgb
from em_film.publish.deck.slides import Slide

__all__ = ["write_pptx"]

_WIDTH, _HEIGHT = Emu(12192000), Emu(6858000)  # 16:9, as slide programs have it
_BLANK = 6  # the layout of the default template in which nothing stands
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # in XML


def write_pptx(
    target: Path,
    *,
    title: str,
    theme: Theme,
    slides: Sequence[Slide],
    films: Sequence[Path],
    pictures: Mapping[int, Path],
) -> None:
    """Write the deck.

    Parameters
    ----------
    target : Path
    title : str
    theme : Theme
    slides : sequence of Slide
    films : sequence of Path
        An MP4 for each slide.
    pictures : mapping of int to Path
        PNGs of the frames at rest: what a slide shows until it is clicked.
    """
    deck = Presentation()
    deck.slide_width, deck.slide_height = _WIDTH, _HEIGHT
    deck.core_properties.title = _text(title)
    deck.core_properties.author = "em-film"
    deck.core_properties.created = datetime.now(UTC)
    for slide, film in zip(slides, films, strict=True):
        page = deck.slides.add_slide(deck.slide_layouts[_BLANK])
        page.background.fill.solid()
        page.background.fill.fore_color.rgb = RGBColor(*(int(255 * part + 0.5) for part in rgb(theme.background)))
        poster = str(pictures[slide.rest])
        movie = page.shapes.add_movie(
            str(film), 0, 0, _WIDTH, _HEIGHT, poster_frame_image=poster, mime_type="video/mp4"
        )
        movie.name = _text(slide.name)
        movie._element.nvPicPr.cNvPr.set("descr", _text(slide.alt))
        page.notes_slide.notes_text_frame.text = _text("\n".join([slide.name, *slide.lines]))
    deck.save(str(target))


def _text(text: str) -> str:
    return _FORBIDDEN.sub("", text)
