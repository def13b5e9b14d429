"""What there is to say at each stop of a film: taken from its rehearsal, so that it is true of its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from srt import Subtitle

from em_film.page.ticks import number_text
from em_film.page.window import decimals_for
from em_film.publish.deck.formulas import Formula, formula_of
from em_film.runs.moment import Moment

if TYPE_CHECKING:
    from em_film.film.film import Film
    from em_film.renderer.rehearsal import Section, Timeline

__all__ = ["Slide", "numbers_of", "slides_of"]

_PLACES, _MOST_PLACES = 2, 8


@dataclass(frozen=True, slots=True)
class Slide:
    """One section of a film, which stops at its rest frame.

    Attributes
    ----------
    name : str
    first, rest : int
        Frames.
    sentences : tuple of str
        What is said in it.
    formula : Formula or None
        The half-step's.
    numbers : tuple of (str, str)
        Names and values at rest.
    """

    name: str
    first: int
    rest: int
    sentences: tuple[str, ...]
    formula: Formula | None
    numbers: tuple[tuple[str, str], ...]

    @property
    def alt(self) -> str:
        """The picture at rest in words."""
        return " ".join(line if line.endswith((".", "?", "!")) else f"{line}." for line in (self.name, *self.sentences))

    @property
    def lines(self) -> list[str]:
        """All there is to say, line by line."""
        formula = [self.formula.text] if self.formula else []
        return [*self.sentences, *formula, *(f"{name}: {value}" for name, value in self.numbers)]


def slides_of(film: Film[Any], timeline: Timeline, captions: Sequence[Subtitle]) -> tuple[Slide, ...]:
    """Return a slide for each section in which there is anything to see, of a film that was rehearsed."""
    return tuple(
        _slide(section, film, timeline.rate, captions) for section in timeline.sections if section.first < section.end
    )


def numbers_of(shown: object) -> tuple[tuple[str, str], ...]:
    """Return names and values of the model that was drawn, written so that the gap is the difference of the others.

    What is no Moment of EM has none; one whose curves are in other units says what there is.
    """
    shown = _moment_in(shown)
    if shown is None:
        return ()
    if shown.numbers is not None:
        return shown.numbers(shown)
    named = f"log-likelihood ℓ(θ){shown.more}"
    if shown.certainty < 1:
        return ((named, f"{number_text(shown.log_likelihood, _PLACES)} nats"),)
    places = max(_PLACES, decimals_for(100 * shown.gap)) if shown.gap > 1e-6 else _PLACES
    ell, bound, gap = _rounded(shown, places)
    # Each of them right to its last digit, as the film writes it: a digit more where rounding would part them.
    while places < _MOST_PLACES and round(ell - bound - gap, places):
        places += 1
        ell, bound, gap = _rounded(shown, places)
    return (
        ("EM steps taken", f"{shown.progress:.0f}"),
        (named, f"{number_text(ell, places)} nats"),
        (f"lower bound L(q, θ){shown.more}", f"{number_text(bound, places)} nats"),
        ("gap KL(q ‖ posterior)", f"{number_text(gap, places)} nats"),
    )


def _moment_in(shown: object) -> Moment | None:
    model = getattr(shown, "model", shown)  # of a moment of several slices
    return model if isinstance(model, Moment) else None


def _rounded(shown: Moment, places: int) -> tuple[float, float, float]:
    return round(shown.log_likelihood, places), round(shown.lower_bound, places), round(shown.gap, places)


def _slide(section: Section, film: Film[Any], rate: float, captions: Sequence[Subtitle]) -> Slide:
    start, rest = section.first / rate, (section.rest + 1) / rate
    said = [caption for caption in captions if start - 1e-6 <= caption.start.total_seconds() < rest]
    standing = [caption for caption in captions if caption.start.total_seconds() < rest <= _end(caption)]
    lines = [line for caption in said or standing for line in caption.content.splitlines() if line.strip()]
    sentences = tuple(lines or (film.title_words if section.name == "title" else ()))
    drawn = (shown() for seconds, shown in reversed(film.shown) if seconds <= section.rest / rate + 1e-6)
    # A bare number fades something in or out, and leaves the model that stands there as it is.
    shown = next((shown for shown in drawn if not isinstance(shown, float)), None)
    moment = _moment_in(shown)
    formula = formula_of(section.name, prior=moment is not None and bool(moment.more))
    return Slide(section.name, section.first, section.rest, sentences, formula, numbers_of(moment))


def _end(caption: Subtitle) -> float:
    return float(caption.end.total_seconds())
