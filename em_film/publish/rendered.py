"""Films from Python: rendered from an experiment, a file or an array, and shown where a notebook shows things."""

from __future__ import annotations

import html
import tempfile
from base64 import b64encode
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from em_film.errors import UsageError
from em_film.experiment import Experiment, dataset_of_film, fit
from em_film.experiment.of_points import experiment_of_points
from em_film.page.theme import theme_named
from em_film.publish.films import DEFAULT_FILM, film_class, find_film
from em_film.publish.render import Order
from em_film.publish.render import render as render_order
from em_film.publish.session import QUALITIES
from em_film.publish.still import still
from em_film.wording import is_table, name_file, one_line
from em_model import EMError, History

if TYPE_CHECKING:
    from em_film.film.film import Film

__all__ = ["render"]


@dataclass(frozen=True)
class Rendered:
    """A film that was rendered.

    Attributes
    ----------
    order : Order
        What was asked for.
    experiment : Experiment
    path, srt, vtt, poster : Path
        The film, its captions twice, and its poster.
    history : History
        The fit that it shows.
    """

    order: Order
    experiment: Experiment
    path: Path
    srt: Path
    vtt: Path
    poster: Path

    @cached_property
    def history(self) -> History:
        return fit(self.experiment, dataset_of_film(self.experiment))

    def still(self, at: str | float | None = None, *, quality: str | None = None) -> Image.Image:
        """Return one frame: at so many seconds, or where a section comes to rest; the telling one when left out.

        Raises
        ------
        EMError
            If the film has no such moment, or there is no such quality.
        """
        _check_choice("quality", [quality or self.order.quality], QUALITIES)
        with tempfile.TemporaryDirectory() as folder:
            path = still(
                self.order.film,
                self.experiment,
                at=None if at is None else str(at),
                quality=quality or self.order.quality,
                theme=self.order.theme,
                transparent=False,
                folder=Path(folder),
            )
            with Image.open(path) as picture:
                return picture.convert("RGB")

    def deck(self, *formats: str) -> list[Path]:
        """Make a deck beside the film: "html", "pptx", "pdf", all of them when left out; return the files.

        Raises
        ------
        EMError
            If there is no such kind.
        """
        from em_film.publish.deck.deck import KINDS, DeckOrder, deck

        order = self.order
        kinds = formats or KINDS
        _check_choice("formats", kinds, KINDS)
        return deck(DeckOrder(order.film, self.experiment, order.theme, order.quality, kinds, order.folder))

    def __repr__(self) -> str:
        return f"<film {self.path}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Show the film where it stands, with captions, and without anything to be fetched."""
        film, poster, captions = (b64encode(path.read_bytes()).decode() for path in (self.path, self.poster, self.vtt))
        label = html.escape(self.experiment.heading, quote=True)
        video = (
            f'<video controls muted playsinline style="max-width: 100%" aria-label="{label}" '
            f'poster="data:image/png;base64,{poster}" src="data:video/mp4;base64,{film}">'
            f'<track kind="captions" srclang="en" label="English" src="data:text/vtt;base64,{captions}"></video>'
        )
        return {"text/plain": repr(self), "text/html": video}


def render(
    x: Any = None,
    film: str | type[Film[Any]] = DEFAULT_FILM,
    *,
    quality: str = "m",
    theme: str | None = None,
    n_components: int | None = None,
    start: Any = None,
    title: str | None = None,
    seed: int | None = None,
    folder: str | Path = "films",
) -> Rendered:
    """Render a film.

    Parameters
    ----------
    x : Experiment, path, array or DataFrame, shape (N, D), optional
        What it is about; the film's own experiment when left out.
    film : str or type of Film
        A film's name, or a class of yours.
    quality : "l", "m", "h", "p" or "k"
        480p15, 720p30, 1080p60, 1440p60 or 2160p60.
    theme : "dark" or "light", optional
        The experiment's when left out.
    n_components : int, optional
        K, for an array; as many as the start has, or else 2.
    start : optional
        For an array: "sample", "k-means++" (when left out), a Mixture, or a fitted GaussianMixture of scikit-learn.
    title : str, optional
        For an array: title of the film, after which its files are named.
    seed : int, optional
        For an array: seed of its start.
    folder : str or Path
        Where the files go; made if it is missing.

    Returns
    -------
    Rendered
        Its paths and its fit; a notebook shows it as the film.

    Raises
    ------
    EMError
        If something of this cannot be; one line says what would be right. Nothing is rendered then.
    RenderError
        If something breaks.
    """
    _check_choice("quality", [quality], QUALITIES)
    if theme is not None:
        theme_named(theme)
    _check_film(film)
    given = {"n_components": n_components, "start": start, "title": title, "seed": seed}
    if x is None:
        from em_film.places import ASSETS

        made = film_class(film) if isinstance(film, str) else film
        x = Experiment.load(ASSETS / made.default_experiment)
    elif isinstance(x, str | Path):
        if is_table(Path(x)):
            name = name_file(Path(x))
            raise UsageError(f"{name}: is a table; give its columns, such as pandas.read_csv({name!r})[['x', 'y']]")
        x = Experiment.load(x)
    elif not isinstance(x, Experiment):
        x = experiment_of_points(x, n_components=n_components, start=start, title=title, seed=seed)
        given = {}
    alien = next((name for name, value in given.items() if value is not None), None)
    if alien:
        raise EMError(f"{alien}: goes only with an array or a DataFrame; an experiment says it in its file")
    order = Order(film, x, theme, quality, "mp4", False, False, Path(folder), 640, 15)
    path, srt, vtt, poster = render_order(order)
    return Rendered(order, x, path, srt, vtt, poster)


def _check_film(film: object) -> None:
    if isinstance(film, str):
        find_film(film)
        return
    from em_film.film.film import Film

    if not (isinstance(film, type) and issubclass(film, Film)):
        raise UsageError(f"film: {one_line(repr(film))[:60]} is no film; give a film's name, or a class made from Film")


def _check_choice(argument: str, given: Iterable[str], known: Collection[str]) -> None:
    alien = next((name for name in given if name not in known), None)
    if alien is not None:
        raise UsageError(f"{argument}: there is no {alien!r}; choose from {', '.join(known)}")
