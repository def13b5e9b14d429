"""What an experiment file comes to at the moment: the check's lines and the film's telling still, or what is wrong."""

from __future__ import annotations

import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from em_film.command.named import experiment_named
from em_film.command.report import described, report
from em_film.errors import RenderError
from em_film.experiment import Dataset, Experiment, fit
from em_film.publish.still import still
from em_film.wording import is_table, name_file
from em_model import EMError

__all__ = ["Look", "files_of", "look"]


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to see of an experiment.

    Attributes
    ----------
    title : str
    lines : tuple of str
        What ``em-film check`` says, as far as it goes.
    error : str
        What is wrong, in a line; empty where nothing is.
    picture : bytes
        A PNG; empty where there is none.
    """

    title: str
    lines: tuple[str, ...] = ()
    error: str = ""
    picture: bytes = b""


def look(film: str, path: Path, quality: str, theme: str | None) -> Look:
    """Load, check and draw an experiment; what is wrong with it is told and not raised."""
    title, lines = name_file(path), list[str]()
    try:
        experiment, lines = experiment_named(path)
        title = experiment.heading
        dataset = Dataset.of(experiment)
        lines += described(experiment, dataset)
        with closing(dataset):
            lines += report(experiment, dataset, fit(experiment, dataset))
        with tempfile.TemporaryDirectory() as folder:
            drawn = still(
                film,
                experiment,
                at=None,
                quality=quality,
                theme=theme,
                transparent=False,
                folder=Path(folder),
            )
            return Look(title, tuple(lines), "", drawn.read_bytes())
    except (EMError, RenderError) as error:
        return Look(title, tuple(lines), str(error))


def files_of(path: Path) -> set[Path]:
    """Return the files that an experiment is made of: itself, and the table or the saved fit that it names."""
    files = {path}
    if is_table(path):
        return {path.resolve()}
    try:
        experiment = Experiment.load(path)
    except EMError:  # it may be mended
        return {path.resolve()}
    files |= {experiment.resolve(file) for file in (experiment.data.csv, experiment.fit.history) if file}
    return {file.resolve() for file in files}
