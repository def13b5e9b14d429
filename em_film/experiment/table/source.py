"""A table's bytes as lines of text: unpacked, decoded, and refused by name where they are something else."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from em_film.errors import ExperimentError
from em_film.wording import one_line, read_start
from em_model.errors import DataError

__all__ = ["COMMENT", "LARGEST_TABLE", "NPY", "Source", "open_source"]

LARGEST_TABLE = 2**30  # bytes, unpacked
NPY = b"\x93NUMPY"
_GZIP = b"\x1f\x8b"
_BLOCK = 2**20
COMMENT = ("#", "%", "//")
_BEGINNINGS = [end + mark[0] for end in "\r\n" for mark in COMMENT]
_HEAD = 2**16

_FOREIGN = {
    b"PK\x03\x04": "is a workbook (.xlsx, .ods) or another ZIP archive; save the sheet as CSV, or unpack it",
    b"\xd0\xcf\x11\xe0": "is a workbook (.xls); save the sheet as CSV",
    b"%PDF": "is a PDF; save the table itself as CSV",
    b"PAR1": "is a Parquet file; save the table as CSV",
    b"\x89HDF": "is an HDF5 file; save the table as CSV",
    b"BZh": "is packed by bzip2; unpack it, or pack it as .gz",
    b"\xfd7zXZ": "is packed by xz; unpack it, or pack it as .gz",
    b"\x28\xb5\x2f\xfd": "is packed by zstd; unpack it, or pack it as .gz",
    b"\x89PNG": "is a picture; give a table of numbers",
    b"\xff\xd8\xff": "is a picture; give a table of numbers",
    b"{\\rtf": "is a text document (RTF); save the table itself as CSV",
    b"version https://git-lfs": "is a pointer of Git LFS; fetch the file itself by git lfs pull",
    b"MATLAB ": "is a MATLAB file (.mat); save the table there by writetable",
    b"$FL2": "is an SPSS file (.sav); save the table as CSV",
    b"<stata_dta": "is a Stata file (.dta); save the table there by export delimited",
    b"RDX": "is an R file; save the table there by write.csv",
    b"RDA": "is an R file; save the table there by write.csv",
    b"X\n\0\0": "is an R file (.rds); save the table there by write.csv",
    b"ARROW1": "is a Feather file; save the table as CSV",
    b"SQLite format 3": "is an SQLite database; save the table as CSV",
    b"\x80\x04\x95": "is pickled by Python; save an array by numpy.save, or a table as CSV",
    NPY: "is an array packed by gzip; unpack it",
}
_NPZ = b".npy"
_TAR = (257, b"ustar")  # place of its mark
_MARKUP = re.compile(
    rb"<(?:!--|!doctype|\?xml|/?(?:html|head|body|table|thead|tbody|tr|td|th|div|span|p|pre|h[1-6]|meta|title|link|"
    rb"style|script|svg|section|article|main|center|font)[\s/>])",
    re.IGNORECASE,
)
_JSON = re.compile(rb'\{|\[\s*(?:[\[{"]|(?:-?\d[\d.eE+-]*|null|true|false)\s*[,\]])')
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file of text that can be read from its beginning as often as needed, without holding it in memory.

    Attributes
    ----------
    path : Path
    encoding : str
        In which it is written.
    packed : bool
        Whether it is unpacked while it is read.
    marked : bool
        Whether any line begins as lines of comment do.
    notes : tuple of str
        What was read past or decided, each a phrase.
    """

    path: Path
    encoding: str
    packed: bool
    marked: bool
    notes: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Yield the lines with their ends, whichever system wrote them."""
        with _open(self.path, self.packed) as file, io.TextIOWrapper(file, self.encoding, newline="") as text:
            yield from text

    def head(self) -> list[str]:
        """Return the first lines, of about 64 KB together."""
        parts, size = [], 0
        for line in self.lines():
            parts.append(line)
            size += len(line)
            if size > _HEAD:
                break
        return parts


def open_source(path: Path, encoding: str = "") -> Source:
    """Look at a whole file once: what it is, how it is packed, in which encoding it is written.

    Parameters
    ----------
    path : Path
    encoding : str, optional
        In which the file is written, where its owner knows; else found by its mark, and UTF-8, UTF-16 and then
        Windows-1252 are tried.

    Raises
    ------
    DataError
        If it cannot be read, or is no text: "problem; remedy", without the file's name.
    """
    try:
        start = read_start(path, LARGEST_TABLE, _HEAD)
        packed = start.startswith(_GZIP)
        if packed:
            with _open(path, packed) as file:
                start = file.read(_HEAD)
        _require_text(start)
        given = encoding or _by_mark(start)
        found = given or "utf-8"
        fault, marked, letters = _faults(path, packed, found)
        if fault and letters and not given:
            remedy = "save the file in one encoding, or set data.encoding"
            raise DataError(f"line {fault}: is not UTF-8 text, though lines above it are; {remedy}")
        if fault and not given:
            found = "cp1252"
            fault, marked, _ = _faults(path, packed, found)
    except ExperimentError as error:
        raise DataError(str(error)) from None
    except (OSError, EOFError, zlib.error):
        raise DataError("is damaged: it cannot be unpacked; pack it again, or give it unpacked") from None
    if fault:
        remedy = "set data.encoding to the right one" if encoding else "save it as CSV in UTF-8, or set data.encoding"
        what = f"is not {one_line(given)} text" if given else "is neither UTF-8 nor Windows-1252 text"
        raise DataError(f"line {fault}: {what}; {remedy}")
    notes: tuple[str, ...] = ("unpacked from gzip",) if packed else ()
    if found == "cp1252" and not encoding:
        notes += ("read as Windows-1252, as it is not UTF-8 (data.encoding sets another)",)
    elif found.startswith("utf-16"):
        notes += ("read as UTF-16",)
    return Source(path, found, packed, marked, notes)


def _open(path: Path, packed: bool) -> IO[bytes]:
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def _require_text(start: bytes) -> None:
    for mark, complaint in _FOREIGN.items():
        if start.startswith(mark):
            arrays = mark.startswith(b"PK") and _NPZ in start[:64]
            raise DataError("is an archive of arrays (.npz); save one of them by numpy.save" if arrays else complaint)
    place, mark = _TAR
    if start.startswith(mark, place):
        raise DataError("is a tar archive; unpack it")
    begin = start.removeprefix(codecs.BOM_UTF8).lstrip()[:256]
    if _MARKUP.match(begin):
        raise DataError("is a web page or XML; save the table itself as CSV")
    if _JSON.match(begin):
        raise DataError("is JSON; save the table as CSV, a line for each point")
    if begin.startswith((b"\\documentclass", b"\\begin{")):
        raise DataError("is a LaTeX document; save the table itself as CSV")
    if re.search(rb"^@relation\s", start[:4096], re.IGNORECASE | re.MULTILINE):
        raise DataError("is an ARFF file of Weka; save the table as CSV")


def _by_mark(start: bytes) -> str:
    """Return the encoding that a byte-order mark tells, or that NULs in every other place do; else nothing."""
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    even, odd = start[0::2], start[1::2]
    half = len(even) // 2
    if start and even.count(0) == 0 and odd.count(0) > half:
        return "utf-16-le"
    if start and odd.count(0) == 0 and even.count(0) > half:
        return "utf-16-be"
    if b"\0" in start:
        line = start.count(b"\n", 0, start.index(b"\0")) + 1
        raise DataError(f"line {line}: holds a NUL byte, so this is no text file; export the data as CSV")
    return ""


def _faults(path: Path, packed: bool, encoding: str) -> tuple[int, bool, bool]:
    """Return the first line that is not text in an encoding, 0 where all are; what is known of the lines before it.

    These are whether any begins as a comment, and whether any has letters beyond ASCII. NULs and files too large are
    refused.
    """
    try:
        io.TextIOWrapper(io.BytesIO(), encoding)  # which knows those of text from all others
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise DataError(f"no encoding is named {one_line(encoding)}; set data.encoding to one such as cp1252") from None
    line, size, marked, letters, last = 1, 0, False, False, "\n"
    with _open(path, packed) as file:
        while True:
            block = file.read(_BLOCK)
            size += len(block)
            if size > LARGEST_TABLE:
                raise DataError(f"holds more than the {LARGEST_TABLE} bytes allowed; give a smaller file")
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeError as error:
                begin = error.start if isinstance(error, UnicodeDecodeError) else 0
                sound = block[: max(0, begin)].removeprefix(codecs.BOM_UTF8)
                return line + sound.count(b"\n"), marked, letters or not sound.isascii()
            if "\0" in text:
                line += text.count("\n", 0, text.index("\0"))
                raise DataError(f"line {line}: holds a NUL byte, so this is no text file; export the data as CSV")
            line += text.count("\n")
            marked = marked or any(begin in last + text for begin in _BEGINNINGS)
            letters = letters or not text.removeprefix("\ufeff").isascii()
            last = text[-1:] or last
            if not block:
                return 0, marked, letters
