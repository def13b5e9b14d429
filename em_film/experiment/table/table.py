"""What is asked of a table, what is read from it, and what may be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from em_film.experiment.table.figures import Decimal
from em_model.errors import DataError

__all__ = ["UNREAD", "CellError", "ColumnError", "Columns", "EmptyTableError", "Reading", "Table"]

UNREAD = "cannot be read: "  # begins why a column is passed over in which a cell is wrong
Missing = Literal["refuse", "drop"]


class ColumnError(DataError):
    """Columns were asked for that the table does not have, or has none to offer."""


class EmptyTableError(DataError):
    """The table has names and nothing under them."""


class CellError(DataError):
    """A cell of a column asked for is no number; the table as such is sound."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the owner of a table says about it.

    Attributes
    ----------
    missing : "refuse" or "drop"
        Whether rows without a value are left out.
    decimal : "." or ",", or empty
        The decimal mark; found for each column where it is not told.
    encoding : str
        Found where it is not told.
    """

    missing: Missing = "refuse"
    decimal: Decimal | Literal[""] = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Numbers read from a table.

    Attributes
    ----------
    columns : tuple of str
        Names of the columns read.
    values : array, shape (N, D)
        Their numbers, row by row, in the table's units.
    units : tuple of str
        Of the columns; empty where none is given.
    notes : tuple of str
        What was read past, left out or decided, each a phrase.
    """

    columns: tuple[str, ...]
    values: NDArray[np.generic]
    units: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Columns:
    """What a table has to offer.

    Attributes
    ----------
    names : tuple of str
        All columns, in order.
    numeric : tuple of str
        Those that hold numbers and can be asked for by name: not empty, and no other column's as well.
    passed_over : dict of str to str
        Columns of figures that are not chosen by default, and why.
    """

    names: tuple[str, ...]
    numeric: tuple[str, ...]
    passed_over: dict[str, str]

    @property
    def worth_fitting(self) -> tuple[str, ...]:
        """Columns of numbers that are chosen by default, in order."""
        return tuple(name for name in self.numeric if name not in self.passed_over)
