"""What can go wrong, as one family of exceptions with one-line messages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from em_model.history import History

__all__ = [
    "CollapseError",
    "DataError",
    "EMError",
    "HistoryError",
    "LostComponentError",
    "MixtureError",
    "ThinComponentError",
    "name_file",
    "one_line",
]


class EMError(Exception):
    """Base of every error this package raises on purpose; its message is one line that says what would be right."""


class DataError(EMError):
    """Data that no mixture can be fitted to: wrong shape, non-finite values, too few points."""


class MixtureError(EMError):
    """Parameters that are no Gaussian mixture: shapes, weights or covariances are wrong."""


class ThinComponentError(MixtureError):
    """A component is so thin by its own measure, point, line or plane, that rounding hides how thin.

    Attributes
    ----------
    component : int
        Index of the component, from 0.
    """

    def __init__(self, component: int) -> None:
        super().__init__(
            f"component {component + 1} is too narrow to be told from a point, a line or a plane in double precision"
        )
        self.component = component


class LostComponentError(EMError):
    """A component that no point belongs to, so that no M-step says where it goes.

    Attributes
    ----------
    component : int
        Index of the component, from 0.
    """

    def __init__(self, component: int) -> None:
        super().__init__(f"component {component + 1} has lost all its points")
        self.component = component


class HistoryError(EMError):
    """A history file that is damaged, foreign or from a newer format."""


class CollapseError(EMError):
    """A component shrank onto too few points or lost them all (Bishop 9.2.1).

    Attributes
    ----------
    component : int
        Index of the component, from 0; the message counts from 1.
    step : int
        EM step whose M-step has no maximum, from 1.
    history : History
        Every half-step up to the collapse.
    """

    def __init__(self, message: str, *, component: int, step: int, history: History) -> None:
        super().__init__(message)
        self.component = component
        self.step = step
        self.history = history


def one_line(text: str) -> str:
    """Escape line breaks, control characters and lone surrogates, so that any text prints as one line."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def name_file(path: Path) -> str:
    """Return a path as it can stand in a one-line message."""
    return one_line(str(path))
