"""Seals: the length and the digest of a piece of film, in a small file beside it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from em_film.files import whole_file

__all__ = ["SEAL", "is_sound", "seal", "seal_of"]

SEAL = ".seal"
"""What the name of a seal ends with, after the name of its piece."""


def seal(written: Path, piece: Path) -> None:
    """Write down length and digest of a piece, under the name it will have."""
    with whole_file(seal_of(piece)) as file:
        file.write(_signature(written, piece.name).encode())


def is_sound(piece: Path) -> bool:
    """Whether a piece is what was sealed under its name, to the last byte."""
    try:
        return seal_of(piece).read_text(encoding="ascii") == _signature(piece, piece.name)
    except (OSError, ValueError):
        return False


def seal_of(piece: Path) -> Path:
    """Return where the seal of a piece lies."""
    return piece.with_name(piece.name + SEAL)


def _signature(file: Path, name: str) -> str:
    content = file.read_bytes()
    return f"{len(content)} {hashlib.sha256(name.encode() + b'/' + content).hexdigest()}"
