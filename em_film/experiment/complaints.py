"""Every key of the experiment file, and one-line complaints that name the key and what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from em_film.wording import LARGEST_NUMBER, kind, nearest, one_line, show

__all__ = ["explain", "explain_syntax", "keys_of"]

_TWICE = "a key or table is given twice; keep one of the two"
_SYNTAX = {
    "Cannot": _TWICE,  # overwrite a value, declare twice, mutate or redefine a namespace
    "Duplicate": _TWICE,
    "Invalid value": "no TOML value; put text in quotation marks, write numbers as 1.5 and booleans as true or false",
    "Expected '=' after": "no key = value; put = between key and value",
}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the file, as errors and documentation speak of it.

    Attributes
    ----------
    name : str
        Dotted name from the top of the file, such as ``data.cluster.mean``.
    right : str
        What may stand there; completes "give ...".
    default : str or None
        The default in words or TOML; None where the key has to be given.
    meaning : str
        What it does; empty for a table, whose keys say it.
    """

    name: str
    right: str
    default: str | None
    meaning: str


def keys_of(model: type[BaseModel], prefix: str = "") -> Iterator[Key]:
    """Yield every key below a model in the order of the file, each table before its keys."""
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        right = str(extra["right"]) if isinstance(extra, dict) else ""
        yield Key(prefix + name, right, _default(field), field.description or "")
        section = _section(field.annotation)
        if section is not None:
            yield from keys_of(section, f"{prefix}{name}.")


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Return "KEY: what is wrong; what would be right" for the most telling of a model's errors."""
    keys = {key.name: key for key in keys_of(model)}
    # A mistyped key makes the right one missing as well; the mistyped one is what to mend.
    details = min(error.errors(include_url=False), key=lambda item: item["type"] != "extra_forbidden")
    names = [str(part) for part in details["loc"] if isinstance(part, str)]
    if details["type"] == "extra_forbidden":
        return f"{_path(details['loc'])}: unknown key; {_hint(names, keys)}"
    context = details.get("ctx", {})
    below = str(context.get("key", ""))
    where = ".".join(part for part in (_path(details["loc"]), below) if part)
    return one_line(f"{where or 'the file'}: {_problem(details, keys.get('.'.join(names)))}")


def explain_syntax(error: Exception) -> str:
    """Return "line N: what is wrong; what would be right" for what tomllib raises."""
    if isinstance(error, RecursionError):
        return "arrays or tables are nested too deeply; write them flat"
    message = str(error)
    found = re.search(r"\(at line (\d+), column \d+\)", message)
    where, remedy = f"line {found[1]}" if found else "a number", "mend this line"
    if "\\" in message or "hex value" in message:
        return f"{where}: a \\ within quotation marks begins an escape; write paths with / or in single quotes"
    if "end of document" in message:
        where, remedy = "end of the file", "close every quotation mark and bracket"
    for beginning, better in _SYNTAX.items():
        if message.startswith(beginning):
            return f"{where}: {better}"
    problem = re.sub(r" \(at .*\)$", "", message.removeprefix("Found "))
    return one_line(f"{where}: is not TOML: {problem[:100].lower()}; {remedy}")


def _default(field: FieldInfo) -> str | None:
    if field.is_required():
        return None
    extra = field.json_schema_extra
    if isinstance(extra, dict) and extra.get("said"):
        return str(extra["said"])
    value: Any = field.get_default(call_default_factory=True)
    if isinstance(value, tuple | BaseModel):
        return "none"
    if isinstance(value, float):
        return f"{value:g}".replace("e-0", "e-")
    return show(value)


def _section(annotation: Any) -> type[BaseModel] | None:
    candidates = (annotation, *get_args(annotation))
    return next((item for item in candidates if isinstance(item, type) and issubclass(item, BaseModel)), None)


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if path else part
    path = one_line(path)
    return path if len(path) <= 80 else f"{path[:79]}…"


def _hint(names: list[str], keys: dict[str, Key]) -> str:
    *above, wrong = names
    prefix = "".join(f"{name}." for name in above)
    siblings = [name[len(prefix) :] for name in keys if name.startswith(prefix) and "." not in name[len(prefix) :]]
    near = nearest(wrong, siblings)
    if near:
        return f"did you mean {prefix}{near}?"
    elsewhere = nearest(wrong, {name.rpartition(".")[2] for name in keys}, 0.8)
    full = next((name for name in keys if name.rpartition(".")[2] == elsewhere), None)
    if full:
        return f"did you mean {full}?"
    return f"remove it, or use one of {', '.join(siblings)}"


def _problem(details: ErrorDetails, key: Key | None) -> str:
    value, fault = details["input"], details["type"]
    if fault == "refused":
        return details["msg"]
    right = key.right if key else "what the documentation says"
    if fault == "missing":
        return f"is missing; give {right}"
    near = nearest(value, re.findall(r'"([^"]*)"', right)) if isinstance(value, str) else None
    if fault == "literal_error" and near:
        return f'{show(value)} is not known here; did you mean "{near}"?'
    return f"{_fault(fault, value)}; give {right}"


def _fault(fault: str, value: object) -> str:
    if isinstance(value, float) and not abs(value) <= LARGEST_NUMBER:
        return (
            f"{show(value)} is not a finite number" if abs(value) == float("inf") or value != value else "is too large"
        )
    if fault.startswith("greater_than"):
        return f"{show(value)} is too small"
    if fault.startswith("less_than") or (fault == "float_type" and type(value) is int):
        return f"{show(value)} is too large"
    if fault.endswith("too_short"):
        return f"{show(value)} is too short" if value else "is empty"
    if fault.endswith("too_long"):
        return f"{show(value)} is too long"
    if fault == "literal_error" and isinstance(value, str):
        return f"{show(value)} is not known here"
    said = show(value) != kind(value) and not isinstance(value, list | tuple)
    return f"{show(value)} is {kind(value)}" if said else f"is {kind(value)}"
