"""Units of measurement, as they stand under the names of columns."""

from __future__ import annotations

import re

__all__ = ["unit_of"]

_PREFIX = "(?:da|[YZEPTGMkhdcmµμunpfa])?"
_BASE = (
    "(?:m|g|s|A|K|mol|cd|Hz|N|Pa|J|W|C|V|F|Ω|ohm|Ohm|S|T|H|lm|lx|Bq|Gy|Sv|L|l|bar|eV|t|rad|sr|cal|pc|ly|Wh|M|"
    "min|h|hr|hrs|day|days|week|weeks|month|months|yr|yrs|year|years|sec|secs|second|seconds|hour|hours|minute|"
    "minutes|deg|°|°C|°F|degC|degF|%|‰|ppm|ppb|in|inch|inches|ft|feet|yd|mi|mile|miles|mph|lb|lbs|oz|gal|psi|hp|atm|"
    "mmHg|dB|rpm|kn|px|pt|count|counts|AU|USD|EUR|GBP|CHF|JPY|kmh|kph|bpm|IU|U)"
)
_POWER = r"(?:\^?[-+]?\d|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|\*\*[-+]?\d)?"
_ATOM = f"(?:{_PREFIX}{_BASE}{_POWER})"
_UNIT = re.compile(rf"(?:1/)?{_ATOM}(?:[\s·*/.]+{_ATOM})*")
_BRACKETED = re.compile(r"\[([^\[\]]{0,24})\]|\(([^()]{0,24})\)")


def unit_of(cell: str) -> str:
    """Return the unit that a cell holds: in brackets, or plainly if it is a known one; else nothing.

    >>> unit_of(" [mm] "), unit_of("km/h"), unit_of("kg m^2"), unit_of("abc")
    ('mm', 'km/h', 'kg m^2', '')
    """
    text = cell.strip()
    found = _BRACKETED.fullmatch(text)
    if found:
        inner = (found[1] if found[1] is not None else found[2]).strip()
        return "" if inner in {"-", "–", "1"} else inner
    return text if _UNIT.fullmatch(text) else ""
