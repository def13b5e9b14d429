"""Numbers as people write them, settled for a column as a whole: which mark is decimal, which only parts thousands."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["ERROR", "Decimal", "Marks", "decoration", "is_missing", "looks_like_number", "number_of", "plain_number"]

Decimal = Literal[".", ","]
Cell = tuple[int, str]  # the line it stands in, and its text

_SAFE = "'’ \u00a0\u202f\u2009"  # marks that part thousands and nothing else
_UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2060\u2066\u2067\u2068\u2069\ufeff"
_AS_USUAL = {**str.maketrans("０１２３４５６７８９．，－＋", "0123456789.,-+"), **dict.fromkeys(map(ord, _UNSEEN))}
_SIGNED = re.compile(rf"[+−–-]?((?:\d[\d.,{_SAFE}]*|[.,]\d+))([eEdD][+−-]?\d+)?", re.ASCII)
_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}|\d{1,2}\.\d{1,2}\.|\d{4}\.\d{1,2}\.\d{1,2}", re.ASCII)
_GROUPED = {mark: re.compile(rf"\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+", re.ASCII) for mark in f".,{_SAFE}"}
_GROUPED[","] = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d{2})*,\d{3}", re.ASCII)  # lakhs and crores: 1,23,456
_UNSURE = {mark: re.compile(rf"[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}", re.ASCII) for mark in ".,"}
_CURRENCY = "€$£¥₹￥₽₩₺₫₪฿"
_CODES = r"USD|EUR|GBP|CHF|JPY|INR|SEK|NOK|DKK|PLN|CZK|Rs\.?|R\$|US\$|A\$|C\$|kr\.?|Fr\.|zł"
_DECORATED = re.compile(
    rf"([<>~≈≤≥(]?\s*(?:[{_CURRENCY}]|{_CODES})?)\s*([+−–-]?[{_CURRENCY}]?[\d.,][\d.,{_SAFE}]*(?:[eE][+-]?\d+)?)"
    rf"\s*([{_CURRENCY}%‰°][\w/]{{0,7}}|[A-Za-zµμΩ][A-Za-zµμΩ/·²³⁻¹]{{0,7}}|\))?"
)
_INEXACT = re.compile(rf"(?!0x)[+−–-]?[\d.,][\d.,{_SAFE}]*\s*(±|\+/-|\+-|[x×·*]\s?10).*")  # 3.2 ± 0.1, 3.2 x 10^4
_MISSING = frozenset(
    """
    na n/a nan null none ? : - -- --- – — . .. missing <na> nat nil (null) (na) n.a. n/d n.d. nd k.a. \\n -nan -nan(ind)
    1.#qnan 1.#ind
    """.split()  # noqa: SIM905
)
ERROR = re.compile(r"(?:#N/[AD]|#NA|#NV|#[¡¿]?[A-ZÀ-Ý_/0]+[!?]|Err:\d+)(?![\w-])", re.IGNORECASE)  # a spreadsheet's


def _tidied(cell: str) -> str:
    """Return a cell without what is not seen, full-width figures as usual ones."""
    text = cell.strip()
    return text if text.isascii() else text.translate(_AS_USUAL).strip()


def is_missing(cell: str) -> bool:
    """Tell whether a cell stands for a value that is missing: empty, NA, ?, nan, #DIV/0! and their like."""
    text = _tidied(cell)
    return not text or text.lower().replace(". ", ".") in _MISSING or ERROR.fullmatch(text) is not None


def plain_number(cell: str) -> float:
    """Return a number as Python and most programs write it; ValueError for all else, 1_000 too."""
    if "_" in cell:
        raise ValueError
    return float(cell)


def looks_like_number(cell: str) -> bool:
    """Tell whether a cell is written as a number, whatever its marks come to mean; a date is none."""
    text = _tidied(cell)
    return _SIGNED.fullmatch(text.replace("_", "")) is not None and _DATE.fullmatch(text) is None


def decoration(cell: str) -> str:
    """Return what a number carries besides its digits: a currency, a unit, a %; nothing where it is none, or plain."""
    text = _tidied(cell)
    inexact = _INEXACT.fullmatch(text)
    if inexact:
        return inexact[1]
    found = _DECORATED.fullmatch(text)
    if found is None or looks_like_number(cell):
        return ""
    before, number, after = found.groups()
    sign = "".join(mark for mark in number if mark in _CURRENCY)
    return (before.strip() + sign + (after or "")).strip()


@dataclass(slots=True)
class Marks:
    """What the cells of a column say of their marks, gathered cell by cell.

    Attributes
    ----------
    decimal, group, unsure : dict of mark to Cell
        The first cell in which a mark can only be decimal; can only part thousands; could be either.
    bare : Cell or None
        The first cell without any mark.
    """

    decimal: dict[str, Cell] = field(default_factory=dict)
    group: dict[str, Cell] = field(default_factory=dict)
    unsure: dict[str, Cell] = field(default_factory=dict)
    bare: Cell | None = None

    def see(self, line: int, cell: str) -> bool:
        """Take in a cell; False if it is no number, whatever its marks mean."""
        text = _tidied(cell)
        found = _SIGNED.fullmatch(text)
        if found is None:
            return False
        body, exponent = found[1], found[2]
        for mark in _SAFE:
            if mark in body:
                whole = re.split("[.,]", body, maxsplit=1)[0]
                rest = body[len(whole) :]
                if not _GROUPED[mark].fullmatch(whole) or not re.fullmatch(r"(?:[.,]\d*)?", rest, re.ASCII):
                    return False
                self.group.setdefault(mark, (line, text))
                if rest:
                    self.decimal.setdefault(rest[0], (line, text))
                return True
        dots, commas = body.count("."), body.count(",")
        if not dots and not commas:
            self.bare = self.bare or (line, text)
            return True
        if dots and commas:
            last = "." if body.rindex(".") > body.rindex(",") else ","
            other = "," if last == "." else "."
            whole, _, rest = body.partition(last)
            if last in rest or not _GROUPED[other].fullmatch(whole):
                return False
            self.decimal.setdefault(last, (line, text))
            self.group.setdefault(other, (line, text))
            return True
        mark = "." if dots else ","
        if dots + commas > 1:
            if not _GROUPED[mark].fullmatch(body):
                return False
            self.group.setdefault(mark, (line, text))
        elif not exponent and _UNSURE[mark].fullmatch(body):
            self.unsure.setdefault(mark, (line, text))
        else:
            self.decimal.setdefault(mark, (line, text))
        return True

    def clash(self) -> tuple[Cell, Cell] | None:
        """Return two cells that cannot be written in one way, or None."""
        if len(self.decimal) == 2:
            return self.decimal["."], self.decimal[","]
        for mark, cell in self.decimal.items():
            if mark in self.group:
                return cell, self.group[mark]
        return (self.group["."], self.group[","]) if {".", ","} <= set(self.group) else None

    def settled(self, elsewhere: frozenset[str], usual: bool) -> Decimal | None:
        """Return the column's decimal mark, or None where its cells could be read in two ways.

        Parameters
        ----------
        elsewhere : set of marks
            Those that are decimal in other columns of the table.
        usual : bool
            Whether a point under which three digits stand in every cell is decimal here: where commas part the
            cells, it has no rival.
        """
        for mark in self.decimal:
            return "." if mark == "." else ","
        for mark in self.group:
            if mark in ".,":
                return "," if mark == "." else "."
        if not self.unsure:
            return "."
        if len(self.unsure) == 2:
            return None
        if len(elsewhere) == 1:
            return "." if "." in elsewhere else ","
        return "." if "." in self.unsure and self.bare is None and usual else None


def number_of(decimal: Decimal) -> Callable[[str], float]:
    """Return what reads a cell once the column's decimal mark is known; it raises ValueError for no number."""
    group = "," if decimal == "." else "."

    def read(cell: str) -> float:
        text = _tidied(cell).replace("−", "-").replace("–", "-")
        if _SIGNED.fullmatch(text) is None:
            raise ValueError
        for mark in (*_SAFE, group):
            text = text.replace(mark, "")
        return float(text.replace(decimal, ".").replace("d", "e").replace("D", "e"))  # 1.5D+03 as Fortran writes it

    return read
