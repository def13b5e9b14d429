"""How things are worded: counts and steps in sentences; in complaints, what stands in a file and the nearest word."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path

from em_film.errors import ExperimentError
from em_model.errors import name_file, one_line

__all__ = [
    "LARGEST_NUMBER",
    "count_words",
    "counted",
    "is_table",
    "kind",
    "name_file",
    "nearest",
    "one_line",
    "power_text",
    "read_file",
    "read_start",
    "show",
    "superscript",
]

LARGEST_NUMBER = 1e50  # squares and determinants of larger numbers leave double precision
_LONGEST_SHOWN = 48
_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

_TABLES = {".csv", ".tsv", ".txt", ".dat", ".npy"}

_REASONS = {
    errno.ENOENT: ("there is no such file", "check the path"),
    errno.ENOTDIR: ("a folder on the way to it is a file", "check the path"),
    errno.EISDIR: ("is a folder", "name a file in it"),
    errno.EACCES: ("may not be read", "give yourself permission to read it"),
    errno.EPERM: ("may not be read", "give yourself permission to read it"),
    errno.ELOOP: ("is a loop of symbolic links", "name the real file"),
    errno.ENAMETOOLONG: ("the path is too long", "give a shorter one"),
}


def is_table(path: Path) -> bool:
    """Tell by its ending whether a file is a table and no experiment file."""
    return (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower() in _TABLES


def show(value: object) -> str:
    """Return a value read from a file as it would be written in TOML, shortened, on one line."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, int) and value.bit_length() > 64:
        text = "a number of more than 19 digits"
    elif isinstance(value, str):
        text = f'"{value[: 2 * _LONGEST_SHOWN]}"'
    elif isinstance(value, dict):
        text = "a table"
    elif isinstance(value, list | tuple):
        text = f"an array of {len(value)}" if value else "an empty array"
    else:
        text = str(value)
    text = one_line(text)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def kind(value: object) -> str:
    """Name the TOML type of a value."""
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "a boolean"),
        (int, "a whole number"),
        (float, "a number with a point"),
        (str, "text"),
        ((list, tuple), "an array"),
        (dict, "a table"),
    )
    return next((name for types, name in names if isinstance(value, types)), "a date or time")


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word nearest to a mistyped one, or None where nothing is near: alike to less than the cutoff."""
    by_lower = {name.lower(): name for name in known}
    found = get_close_matches(word.lower()[:100], by_lower, n=1, cutoff=cutoff)
    return by_lower[found[0]] if found else None


def read_file(path: Path, largest: int) -> bytes:
    """Read a whole regular file.

    Parameters
    ----------
    path : Path
        File to read; folders, devices and pipes are refused.
    largest : int
        Most bytes to accept.

    Raises
    ------
    ExperimentError
        If it cannot be read; the message is "problem; remedy", without the file's name.
    """
    return _read(path, largest, path.read_bytes)


def read_start(path: Path, largest: int, size: int) -> bytes:
    """Read the first bytes of a regular file; else as `read_file`."""

    def start() -> bytes:
        with path.open("rb") as file:
            return file.read(size)

    return _read(path, largest, start)


def _read(path: Path, largest: int, read: Callable[[], bytes]) -> bytes:
    try:
        mode = path.stat()
        if stat.S_ISDIR(mode.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode.st_mode):
            raise ExperimentError("is a device or a pipe; name a file")
        if mode.st_size > largest:
            raise ExperimentError(f"holds {mode.st_size} bytes, more than the {largest} allowed; give a smaller file")
        return read()
    except OSError as error:
        problem, remedy = _REASONS.get(error.errno or 0, (f"cannot be read ({error.strerror})", "check the file"))
        if error.errno == errno.ENOENT and set(str(path)) & set("\t\b\n\f\r\x1b"):
            remedy = "check the path, and write \\ as /: within quotation marks it begins an escape"
        raise ExperimentError(one_line(f"{problem}; {remedy}")) from None
    except ValueError:  # a NUL in the path
        raise ExperimentError("the path holds a character no path may hold; check the path") from None


def count_words(text: str) -> int:
    """Count what is read as a word: all that stands between blanks and holds a letter or a digit.

    Examples
    --------
    >>> count_words("From 50 starts, 62 % end here; ℓ = -520.1")
    9
    """
    return len(re.findall(r"\S*\w\S*", text))


def counted(count: int, noun: str, *, words: bool = True) -> str:
    """Write a number of things as prose does: one Gaussian, three Gaussians, 18 steps; or in figures throughout."""
    number = _WORDS[count] if words and count < len(_WORDS) else str(count)
    return f"{number} {noun}" if count == 1 else f"{number} {noun}s"


def superscript(step: int) -> str:
    """Write a step as it stands at θ, in raised figures and brackets: ⁽¹²⁾."""
    return f"⁽{step}⁾".translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def power_text(power: int) -> str:
    """Write a power of ten.

    Examples
    --------
    >>> print(power_text(-10))
    10⁻¹⁰
    """
    return f"10{str(power).translate(str.maketrans('0123456789-', '⁰¹²³⁴⁵⁶⁷⁸⁹⁻'))}"
