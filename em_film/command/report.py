"""What a fit comes to, in a few lines, and what of it will not draw well: measured, each with a remedy."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np

from em_film.errors import UsageError
from em_film.experiment.dataset import Dataset
from em_film.experiment.experiment import Experiment
from em_film.page.letters import told_of_letters
from em_film.page.theme import DARK
from em_film.runs.outcome import climbed, others_of, where_others_end
from em_film.runs.sample import MOST_DRAWN
from em_film.runs.shown import bhattacharyya, shown_axes, shown_sentence
from em_film.wording import counted, name_file, one_line, show
from em_model import Data, History, HistoryError, Mixture
from em_model.shapes import count_parameters

__all__ = ["ALIKE", "LIGHT", "MANY_STEPS", "check_target", "described", "few_points", "report"]

MANY_STEPS = 100
ENOUGH = 2.0  # measured numbers for each that is fitted, below which a fit means little
LOOSE = 0.5  # nats in the last step from which a fit has not converged, whatever the tolerance says
ROUNDING = 1e-12  # of ℓ: a rise that is none
LIGHT = 0.02  # weight under which a component is hardly seen
SAME_START = 1e-12  # the same, under which they start as one
ALIKE = 0.02  # Bhattacharyya distance, in nats, under which two components look like one
LONG_TITLE = 36  # letters from which the title of an axis may be longer than the axis, and is cut short
UNEQUAL = 5.0  # ratio of ranges from which round looks flat


def described(experiment: Experiment, dataset: Dataset) -> list[str]:
    """Return a few lines on the data, which hold whether or not they can be fitted."""
    n_points, n_dimensions = dataset.n_points, dataset.data.n_dimensions
    source = ", ".join(map(one_line, dataset.labels)) if dataset.columns else _clusters(experiment)
    return [
        f"{experiment.called}: {experiment.heading}",
        f"  data    N = {n_points} points in D = {counted(n_dimensions, 'dimension', words=False)}: {source}",
        *(f"  read    {note}" for note in dataset.notes),
        *(f"  note    {note}" for note in _on_letters(experiment.heading, dataset)),
        *(f"  note    {note}" for note in _on_long_titles(dataset)),
        *(f"  note    {note}" for note in few_points(experiment, dataset)),
        *(f"  note    {finding}" for finding in dataset.findings(prior=experiment.fit.prior is not None)),
    ]


def report(experiment: Experiment, dataset: Dataset, history: History) -> list[str]:
    """Return a few lines on a fit: how it ended, the film, and a note on each thing that will not draw well."""
    n_dimensions = dataset.data.n_dimensions
    ended = {
        "converged": f"converged after {_steps(history.n_steps)}",
        "step limit": f"stopped at the limit of {_steps(history.n_steps)}",
        "collapsed": f"collapsed after {_steps(history.n_steps)}",
    }[history.outcome]
    ells = history.log_likelihoods
    origin = " (saved fit)" if experiment.fit.history else ""
    lines = [
        f"  fit     K = {experiment.n_components}, {ended}{origin}: ℓ from {ells[0]:.2f} to {ells[-1]:.2f} nats",
        *_on_other_starts(experiment, dataset, history),
        f"  film    {experiment.film.theme}, {_steps(min(experiment.film.detailed_steps, history.n_steps))} in detail",
        f"  slices  {_slices(experiment, n_dimensions)}",
    ]
    shown = shown_sentence(dataset, shown_axes(experiment, dataset, history))
    if shown:
        lines.append(f"  shown   {shown}")
    return lines + [f"  note    {note}" for note in notes(experiment, dataset, history)]


def notes(experiment: Experiment, dataset: Dataset, history: History) -> Iterator[str]:
    """Yield what will not draw well, each as "what is so; what would help"."""
    final = history.final
    if dataset.n_points > MOST_DRAWN:
        yield f"{MOST_DRAWN} of the {dataset.n_points} points are drawn, a seeded sample; all of them are fitted"
    if final.n_components > len(DARK.clusters):
        yield f"there are {len(DARK.clusters)} colours for {final.n_components} components, so that some repeat"
    yield from _on_steps(experiment, history)
    yield from _on_components(history.start, final, dataset.n_points)
    yield from _on_the_picture(dataset, history)


def few_points(experiment: Experiment, dataset: Dataset) -> Iterator[str]:
    """Yield a note where points are so few that the components fitted to them mean little."""
    count, size = experiment.n_components, dataset.data.n_dimensions
    any_mixture = Mixture(np.full(count, 1 / count), np.zeros((count, size)), np.tile(np.eye(size), (count, 1, 1)))
    free = count_parameters(any_mixture, experiment.fit.covariances, experiment.known)
    if dataset.n_points * size < ENOUGH * free:
        points, numbers = (f"{n} {noun}s" for n, noun in ((dataset.n_points, "point"), (free, "number")))
        remedy = "bring more points, or ask for fewer components" if count > 1 else "bring more points"
        yield f"{points} are few for a fit of {numbers}, so that it says little of where they come from; {remedy}"


def check_target(path: Path) -> None:
    """Raise a one-line error where saving a fit would overwrite anything but a saved fit."""
    if path.exists() or path.is_symlink():
        try:
            History.load(path)
        except HistoryError:
            raise UsageError(f"--save {name_file(path)}: exists and is no saved fit; name another file") from None


def _on_letters(heading: str, dataset: Dataset) -> Iterator[str]:
    told = told_of_letters("".join([heading, *dataset.labels]))
    if told:
        yield told


def _on_long_titles(dataset: Dataset) -> Iterator[str]:
    for label in dataset.labels:
        if len(label) > LONG_TITLE:
            yield f"the title {show(label)} of an axis is long and may be cut short; set data.labels to shorter ones"
            return


def _on_other_starts(experiment: Experiment, dataset: Dataset, history: History) -> Iterator[str]:
    if isinstance(dataset.data, Data):  # others' fits to data in parts would take as long as the fit itself, each
        others = others_of(dataset.data, history, experiment.known, experiment.seed)
        yield f"  starts  {where_others_end(others, history.prior is not None)}"


def _on_steps(experiment: Experiment, history: History) -> Iterator[str]:
    count, settings = history.n_steps, experiment.fit
    what = climbed(history)
    rise = float(history.objectives[-1] - history.objectives[-2]) if count else 0.0
    at_the_top = rise <= ROUNDING * abs(float(history.objectives[-1]))
    if history.outcome == "step limit" and at_the_top and count:
        yield (
            f"it is at the top: the last step raised {what} by no more than rounding does, and only fit.max_steps "
            "ended it; set fit.tolerance above 0"
        )
    elif history.outcome == "step limit":
        remedy = "raise fit.max_steps" if count == settings.max_steps else "fit further"
        yield f"it did not converge: the last step still raised {what} by {rise:.2g} nats; {remedy}"
    if history.outcome == "converged" and rise > LOOSE:
        yield (
            f"it is called converged though its last step raised {what} by {rise:.3g} nats: fit.tolerance allows "
            f"{settings.tolerance * history.n_points:.3g}; lower it"
        )
    if history.outcome == "collapsed":
        yield "a component collapses in the step after the last one; choose another start, or ask for fewer components"
    if count > MANY_STEPS and not at_the_top:
        yield f"{count} steps are more than a film can dwell on, so that it runs through most; choose another start"
    stopped = history.outcome == "step limit" and not at_the_top
    if count <= 1 and not stopped and not (history.outcome == "converged" and rise > LOOSE):
        yield f"the fit is over after {_steps(count)}, so that there is little to see; choose another start"


def _on_components(start: Mixture, final: Mixture, n_points: int) -> Iterator[str]:
    for number, weight in enumerate(final.weights, 1):
        if weight < LIGHT:
            share = counted(round(weight * n_points), "point", words=False)
            yield f"component {number} ends with a weight of {weight:.2g}, about {share}; ask for fewer"
    for i, j in combinations(range(final.n_components), 2):
        if bhattacharyya(start, i, j) < SAME_START and start.weights[i] == start.weights[j]:
            yield f"components {i + 1} and {j + 1} start alike, so that EM never parts them; start them apart"
        elif bhattacharyya(final, i, j) < ALIKE:
            yield f"components {i + 1} and {j + 1} end nearly alike and lie over each other; ask for fewer"


def _on_the_picture(dataset: Dataset, history: History) -> Iterator[str]:
    points = dataset.points
    names = dataset.names
    low, high = points.min(axis=0), points.max(axis=0)
    ranges = high - low
    if len(ranges) > 1 and ranges.max() > UNEQUAL * ranges.min():
        wide, narrow = (one_line(names[int(axis)]) for axis in (ranges.argmax(), ranges.argmin()))
        remedy = "set data.standardize = true" if dataset.columns else "give both axes similar ranges"
        yield (
            f"{wide} ranges {ranges.max() / ranges.min():.3g} times as far as {narrow}, so that a round component "
            f"looks flat; {remedy}"
        )
    margin = 0.05 * (high - low)
    for number, mean in enumerate(history.start.means, 1):
        if (mean < low - margin).any() or (mean > high + margin).any():
            yield f"component {number} starts outside the points and is not seen at first; start it among them"


def _clusters(experiment: Experiment) -> str:
    return f"drawn from {counted(len(experiment.data.cluster), 'cluster', words=False)}"


def _slices(experiment: Experiment, n_dimensions: int) -> str:
    def line(component: int, axis: int) -> str:
        return f"mean of component {component + 1}" + (f" along axis {axis + 1}" if n_dimensions > 1 else "")

    return ", ".join(line(component, axis) for component, axis in experiment.slices)


def _steps(count: int) -> str:
    return counted(count, "step", words=False)
