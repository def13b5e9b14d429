"""``em-film``: what can be typed, and what it calls. Manim is imported only where something is drawn."""

from __future__ import annotations

import csv as _csv
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from em_film.command.named import experiment_named
from em_film.command.one_line import TERMINATED, OneLineGroup
from em_film.errors import UsageError
from em_film.page.letters import told_of_letters
from em_film.publish.films import DEFAULT_FILM, film_files, find_film
from em_film.wording import is_table, name_file, one_line
from em_model.errors import DataError, EMError

if TYPE_CHECKING:
    from em_film.experiment import Experiment
    from em_film.experiment.table import Decimal

__all__ = ["command"]

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FOLDER = "films"

theme = click.option(
    "--theme",
    type=click.Choice(["dark", "light"]),
    envvar="EM_THEME",
    help="Colours; those the experiment asks for when left out.",
)
out = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=_FOLDER,
    show_default=True,
    metavar="DIR",
    help="Folder for what is made; made if it is missing.",
)


def quality(default: str, more: str = "") -> Callable[[_Command], _Command]:
    """Declare the option that says how large the picture is."""
    return click.option(
        "-q",
        "--quality",
        type=click.Choice(["l", "m", "h", "p", "k"]),
        default=default,
        show_default=True,
        help=f"480p15, 720p30, 1080p60, 1440p60 or 2160p60.{more}",
    )


def _kinds(context: click.Context, option: click.Parameter, named: str | None) -> tuple[str, ...]:
    """Return the kinds of deck that are asked for, each once and in one order."""
    known = ("html", "pptx", "pdf")
    if named is None:
        return known
    wanted = {word.strip().lower() for word in named.split(",")}
    if not wanted <= set(known):
        unknown = ", ".join(sorted(wanted - set(known))) or "nothing"
        raise UsageError(f"--format: {one_line(unknown)[:60]} is no kind of deck; choose from {', '.join(known)}")
    return tuple(kind for kind in known if kind in wanted)


@click.group(
    cls=OneLineGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)
@click.version_option(version("em-film"), prog_name="em-film")
@click.pass_context
def command(context: click.Context) -> None:
    """Films of Expectation-Maximisation on Gaussian mixtures, from a TOML file of your own."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@command.command("list")
def list_films() -> None:
    """List the films, a line each."""
    films = film_files()
    width = max(len(film.name) for film in films)
    for film in films:
        click.echo(f"{film.name:{width}}  {film.summary}")


@command.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="EXPERIMENT.toml")
@click.option(
    "--csv",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A CSV file with a line of column names; clusters to draw from when left out.",
)
@click.option(
    "--columns",
    metavar="A,B,...",
    help="Names of its columns to fit, in quotation marks where they hold a comma; the first one or two worth it.",
)
@click.option("--decimal", type=click.Choice([".", ","]), help="Its decimal mark, where its cells leave it open.")
@click.option(
    "--encoding", metavar="NAME", help="The encoding it is written in, such as shift_jis; found when left out."
)
def new(file: Path, csv: Path | None, columns: str | None, decimal: Decimal | None, encoding: str | None) -> None:
    """Write a commented experiment file to begin with, never over one that exists."""
    from em_film.command.template import write_template
    from em_film.experiment.table import Reading

    for option, given in {"--columns": columns, "--decimal": decimal, "--encoding": encoding}.items():
        if given is not None and csv is None:
            raise UsageError(f"{option}: there is no table; name one by --csv")
    reading = Reading(decimal=decimal or "", encoding=encoding or "")
    try:
        remarks = write_template(file, csv, _names(columns or ""), reading)
    except DataError as error:  # which names keys of a file that is not written yet
        raise DataError(str(error).replace("set data.", "set --")) from None
    for remark in remarks:
        click.echo(remark)
    click.echo(f"{name_file(file)} is written; look: em-film check {name_file(file)}")


def _names(columns: str) -> list[str]:
    return next(_csv.reader([columns], skipinitialspace=True), [])


@command.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="EXPERIMENT.toml")
@click.option(
    "--save",
    "target",
    type=click.Path(path_type=Path),
    metavar="RUN.npz",
    help='Save the fit, for fit.history = "RUN.npz"; over an older saved fit, but over nothing else.',
)
def check(file: Path, target: Path | None) -> None:
    """Fit, say in a few lines how it went, and note what will not draw well."""
    from em_film.command.report import check_target, described, report
    from em_film.command.steps import steps_told
    from em_film.experiment import Dataset, fit
    from em_film.experiment.saved_run import beside

    experiment = _load(file)
    if target is not None:
        check_target(target)
    dataset = Dataset.of(experiment)
    lines = described(experiment, dataset)
    try:
        with steps_told(dataset) as watch:
            history = fit(experiment, dataset, watch)
    except EMError:  # what is known of the data may be why
        click.echo("\n".join(lines))
        raise
    finally:
        dataset.close()
    lines += report(experiment, dataset, history)
    if target is not None:
        history.save(target, beside(dataset.of_fit(history)))
        lines.append(f"  saved   {name_file(target)}")
    click.echo("\n".join(lines))


@command.command()
@click.argument("what", nargs=-1, metavar="[FILM] [EXPERIMENT.toml]")
@click.pass_context
@quality("h", " A GIF is drawn at this size, m when left out, and scaled down.")
@theme
@click.option(
    "--format",
    "kind",
    type=click.Choice(["mp4", "gif", "webm", "mov"]),
    help="Kind of file; mp4 when left out, mov with --transparent.",
)
@click.option("--transparent", is_flag=True, help="No background, to lay over a slide; for webm and mov.")
@click.option(
    "--sections", is_flag=True, help="Also every section as a film of its own, and a list of them; not for gif."
)
@click.option(
    "--gif-width", type=click.IntRange(120, 1920), default=640, show_default=True, help="Width of a GIF, in pixels."
)
@click.option(
    "--gif-rate",
    type=click.Choice(["5", "15", "30"]),
    default="15",
    show_default=True,
    help="Frames a second of a GIF.",
)
@out
def render(
    context: click.Context,
    what: tuple[str, ...],
    quality: str,
    theme: str | None,
    kind: str | None,
    transparent: bool,
    sections: bool,
    gif_width: int,
    gif_rate: str,
    out: Path,
) -> None:
    """Render a film, with captions and a poster.

    FILM is one of `em-film list`, em_step when left out; EXPERIMENT.toml is a file of yours, or a table of
    numbers such as my.csv; the film's own when left out.

    Writes FILM-EXPERIMENT.mp4, .srt and .vtt (captions) and .png (a poster), complete or not at all.
    """
    film, experiment = _film_and_experiment(what)
    kind = kind or ("mov" if transparent else "mp4")
    if transparent and kind not in {"webm", "mov"}:
        raise UsageError(f"--transparent: {kind} has no transparency; use --format webm or --format mov")
    if sections and kind == "gif":
        raise UsageError("--sections: a GIF has none; use --format mp4, webm or mov")
    if kind == "gif" and context.get_parameter_source("quality") is ParameterSource.DEFAULT:
        quality = "m"
    loaded = experiment and _load(experiment)
    from em_film.publish.render import Order
    from em_film.publish.render import render as rendered

    _end_gently()
    order = Order(film, loaded, theme, quality, kind, transparent, sections, out, gif_width, int(gif_rate))
    for path in rendered(order):
        click.echo(name_file(path))


@command.command()
@click.argument("what", nargs=-1, metavar="[FILM] [EXPERIMENT.toml]")
@click.option(
    "--at",
    metavar="SECONDS|SECTION",
    help='A time such as 12.4 or 1:05, or a section such as "M-step 1": where it comes to rest; '
    "the film's most telling moment when left out.",
)
@quality("k")
@theme
@click.option("--transparent", is_flag=True, help="No background, to lay over a slide.")
@out
def still(what: tuple[str, ...], at: str | None, quality: str, theme: str | None, transparent: bool, out: Path) -> None:
    """Write one frame of a film as a PNG, for slides and print.

    FILM is one of `em-film list`, em_step when left out; EXPERIMENT.toml is a file of yours, or a table of
    numbers such as my.csv; the film's own when left out.
    """
    film, experiment = _film_and_experiment(what)
    loaded = experiment and _load(experiment)
    from em_film.publish.still import still as drawn

    _end_gently()
    path = drawn(film, loaded, at=at, quality=quality, theme=theme, transparent=transparent, folder=out)
    click.echo(name_file(path))


@command.command()
@click.argument("what", nargs=-1, metavar="[FILM] [EXPERIMENT.toml]")
@click.option(
    "--format",
    "kinds",
    metavar="KINDS",
    callback=_kinds,
    help="Of html, pptx and pdf those that are wanted, with commas between them; all of them when left out.",
)
@quality("h")
@theme
@out
def deck(what: tuple[str, ...], kinds: tuple[str, ...], quality: str, theme: str | None, out: Path) -> None:
    """Make of a film what a lecture needs: a page that stops at every section, slides, a handout.

    FILM is one of `em-film list`, em_step when left out; EXPERIMENT.toml is a file of yours, or a table of
    numbers such as my.csv; the film's own when left out.

    Writes FILM-EXPERIMENT.html, .pptx and .pdf, complete or not at all.
    """
    film, experiment = _film_and_experiment(what)
    loaded = experiment and _load(experiment)
    from em_film.publish.deck.deck import DeckOrder
    from em_film.publish.deck.deck import deck as made

    _end_gently()
    for path in made(DeckOrder(film, loaded, theme, quality, kinds, out)):
        click.echo(name_file(path))


@command.command()
@click.argument("what", nargs=-1, required=True, metavar="[FILM] EXPERIMENT.toml")
@quality("m")
@theme
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Where on this machine the page is served; 0 for any port that is free.",
)
def watch(what: tuple[str, ...], quality: str, theme: str | None, port: int) -> None:
    """Show, on a page that follows every save, what the check says and the film's most telling moment.

    FILM is one of `em-film list`, em_step when left out. Ctrl-C ends it.
    """
    film, experiment = _film_and_experiment(what)
    if experiment is None:
        raise UsageError("em-film watch: no experiment file is named; name one, such as my.toml")
    from em_film.command.watch.watch import watch as watched

    with suppress(KeyboardInterrupt):
        watched(film, experiment, quality=quality, theme=theme, port=port, say=click.echo)


def _film_and_experiment(what: tuple[str, ...]) -> tuple[str, Path | None]:
    """Tell a film's name from a file's, in either order."""
    files = [word for word in what if _is_file(word)]
    names = [word for word in what if word not in files]
    if len(files) > 1 or len(names) > 1:
        kind, words = ("experiment file", files) if len(files) > 1 else ("film", names)
        raise UsageError(f"{len(words)} of a kind are named, {', '.join(map(one_line, words))[:120]}; name one {kind}")
    experiment = files[0] if files else os.environ.get("EM_EXPERIMENT")
    return find_film(names[0]) if names else DEFAULT_FILM, Path(experiment) if experiment else None


def _is_file(word: str) -> bool:
    if word in {film.name for film in film_files()}:
        return False
    path = Path(word)
    return path.suffix.lower() == ".toml" or is_table(path) or "/" in word or os.sep in word or os.path.lexists(path)


def _load(path: Path) -> Experiment:
    """Load an experiment, so that a wrong one is complained about before anything slow is imported."""
    experiment, said = experiment_named(path)
    for remark in said:
        click.echo(remark, err=True)
    boxes = told_of_letters("".join([experiment.heading, *experiment.data.labels, *experiment.data.columns]))
    if boxes:
        click.echo(f"{experiment.called}: {boxes}", err=True)
    return experiment


def _end_gently() -> None:
    """Have the first request to end tidy up, and the second one end at once."""
    asked = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:  # somebody has no patience with our tidying up
            os._exit(128 + number)
        asked = True
        raise KeyboardInterrupt(*([TERMINATED] if number == signal.SIGTERM else []))

    with suppress(ValueError):  # not the main thread: whoever runs us there has their own way to end us
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, interrupt)
