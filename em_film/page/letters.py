"""Letters that no font here can draw: they would stand in the film as empty boxes."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["FONT", "letters_without_font", "told_of_letters"]

FONT = "Libertinus Serif"  # with what Typst falls back on

_NAMED = 12  # most letters that are named in a line
_SURE = 0x0500  # Latin, Greek and Cyrillic letters come before, and the font has them
_NONE = "\U0010fff0"  # a letter that no font has: all that are missing look like it
_GLYPH = re.compile(r'href="#(g[0-9A-F]+)"')


def letters_without_font(text: str) -> str:
    """Return the letters of a text that neither the font of the films nor another one here has, each once.

    Parameters
    ----------
    text : str
        Any text; what cannot be seen, such as blanks, is never missing.
    """
    seen = [letter for letter in dict.fromkeys(text) if unicodedata.category(letter)[0] not in "ZM"]
    asked = [letter for letter in seen if ord(letter) >= _SURE]
    if not asked:
        return ""
    import typst  # heavy, and of use for few texts

    pages = [f'#text("\\u{{{ord(letter):x}}}")' for letter in (_NONE, *asked)]
    source = f'#set page(width: auto, height: auto)\n#set text(font: "{FONT}")\n' + "\n#pagebreak()\n".join(pages)
    drawn = typst.compile(source.encode(), format="svg")
    glyphs = [_GLYPH.findall(page.decode()) for page in (drawn if isinstance(drawn, list) else [drawn])]
    return "".join(letter for letter, glyph in zip(asked, glyphs[1:], strict=True) if glyph == glyphs[0])


def told_of_letters(text: str) -> str:
    """Say in one line which letters of a text the films would draw as boxes, and what helps; "" where none are.

    Parameters
    ----------
    text : str
        All that is the user's own: the title, the columns' names.
    """
    lacking = letters_without_font(text)
    if not lacking:
        return ""
    shown = f"{lacking[:_NAMED]}{' ...' if len(lacking) > _NAMED else ''}"
    return (
        f"no font here has {shown}, which the film draws as boxes; install a font that has them, or set title or "
        "data.labels in other letters"
    )
