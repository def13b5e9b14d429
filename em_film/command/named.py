"""The experiment that the command line names: by its file, or by a table for which one is begun."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from em_film.wording import is_table, name_file

if TYPE_CHECKING:
    from em_film.experiment import Experiment

__all__ = ["experiment_named"]


def experiment_named(path: Path) -> tuple[Experiment, list[str]]:
    """Return an experiment, and what was decided about it where only its table is named, a line each.

    Parameters
    ----------
    path : Path
        An experiment file or a table.

    Raises
    ------
    EMError
        If it cannot be used.
    """
    if not is_table(path):
        from em_film.experiment import Experiment

        return Experiment.load(path), []
    from em_film.command.template import begun_with

    experiment, said = begun_with(path)
    file, table = (quote(name_file(named)) for named in (path.with_suffix(".toml"), path))
    return experiment, [*said, f"to say more of it: em-film new {file} --csv {table}"]
