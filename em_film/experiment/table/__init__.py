"""Tables of numbers: read from text as people have it, or from a saved array."""

from em_film.experiment.table.figures import Decimal
from em_film.experiment.table.read import columns_of, read_table
from em_film.experiment.table.source import LARGEST_TABLE
from em_film.experiment.table.table import UNREAD, ColumnError, Columns, EmptyTableError, Reading, Table

__all__ = [
    "LARGEST_TABLE",
    "UNREAD",
    "ColumnError",
    "Columns",
    "Decimal",
    "EmptyTableError",
    "Reading",
    "Table",
    "columns_of",
    "read_table",
]
