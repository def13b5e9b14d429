"""Files that are no table of text say what they are, and with which remedy; a mixture of encodings is named."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest

from em_film.experiment.table import Reading, read_table
from em_model.errors import DataError

_ROWS = "".join(f"{i * i % 13},{i * i % 17}\n" for i in range(20))


def _saved(save: object) -> bytes:
    store = io.BytesIO()
    save(store, np.eye(3))  # type: ignore[operator]
    return store.getvalue()


def _tar() -> bytes:
    store = io.BytesIO()
    with tarfile.open(fileobj=store, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"), io.BytesIO())
    return store.getvalue()


KINDS: dict[str, tuple[str | bytes, str]] = {
    "JSON, a row a line": ("[1.5, 2]\n[2.5, 3]\n", "is JSON"),
    "JSON, numbers": (json.dumps([1.5, 2, 3]), "is JSON"),
    "JSON, names first": ('["a", "b"]\n[1, 2]\n', "is JSON"),
    "JSON lines": ('{"a": 1}\n{"a": 2}\n', "is JSON"),
    "a piece of a web page": ("<div><table><tr><td>1</td></tr></table></div>", "is a web page"),
    "a web page with a comment": ("<!-- saved -->\n<html></html>", "is a web page"),
    "LaTeX": ("\\begin{tabular}{rr}\n1 & 2 \\\\\n", "is a LaTeX document"),
    "ARFF": ("% flowers\n@RELATION t\n@ATTRIBUTE a REAL\n@DATA\n1\n", "is an ARFF file"),
    "arrays": (_saved(np.savez), "is an archive of arrays (.npz); save one of them by numpy.save"),
    "a packed array": (gzip.compress(_saved(np.save)), "is an array packed by gzip; unpack it"),
    "tar": (_tar(), "is a tar archive; unpack it"),
    "MATLAB": (b"MATLAB 7.3 MAT-file, Platform" + b" " * 400, "is a MATLAB file"),
    "SPSS": (b"$FL2@(#) SPSS DATA FILE" + bytes(40), "is an SPSS file"),
    "Stata": (b"<stata_dta><header>", "is a Stata file"),
    "R": (gzip.compress(b"RDX3\nX\n\0\0\0\3"), "is an R file"),
    "R, one thing": (gzip.compress(b"X\n\0\0\0\3\0\4"), "is an R file"),
    "pickle": (pickle.dumps([1.5], protocol=4), "is pickled by Python"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_another_kind_says_what_it_is(tmp_path: Path, kind: str) -> None:
    content, problem = KINDS[kind]
    (tmp_path / "t.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / "t.csv")
    assert str(caught.value).startswith(f"{tmp_path / 't.csv'}: {problem}")
    assert "; " in str(caught.value)


@pytest.mark.parametrize("names", ["<DATE>,<OPEN>", "[a],[b]", "<b>,<c>"])
def test_names_in_brackets_are_no_web_page_and_no_json(tmp_path: Path, names: str) -> None:
    (tmp_path / "t.csv").write_text(f"{names}\n{_ROWS}")
    assert len(read_table(tmp_path / "t.csv").columns) == 2


def test_two_encodings_in_one_file_are_named_by_the_line_where_they_part(tmp_path: Path) -> None:
    content = "Länge,b\n".encode() + _ROWS.encode() + "# Müller\n".encode("cp1252")
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match=r"line 22: is not UTF-8 text, though lines above it are; save the file in one"):
        read_table(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("encoding", "problem"),
    [
        ("base64", "no encoding is named base64"),
        ("rot13", "no encoding is named rot13"),
        ("utf-16", "line 1: is not utf-16 text"),
        ("punycode", "line 1: is not punycode text"),
    ],
)
def test_an_encoding_that_the_file_is_not_in_is_refused_by_its_key(tmp_path: Path, encoding: str, problem: str) -> None:
    (tmp_path / "t.csv").write_text(f"a,b.c\n{_ROWS}")
    with pytest.raises(DataError, match=rf"{problem}; set data\.encoding"):
        read_table(tmp_path / "t.csv", reading=Reading(encoding=encoding))
