"""All that the film of EM beside gradient ascent shows, computed before anything is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from em_film import environment
from em_film.errors import ExperimentError
from em_film.experiment import fitting
from em_film.experiment.dataset import Dataset
from em_film.experiment.experiment import Experiment
from em_film.experiment.sections import AscentSection
from em_film.places import ASSETS
from em_film.runs.fitted import fitted
from em_film.runs.processes import spread
from em_film.runs.steps import StepRun
from em_film.runs.store import Arrays, stored_run
from em_film.wording import counted
from em_model import Coordinates, Data, EMError, Mixture, ascend, start
from em_model.ascent.gathered import gathered
from em_model.ascent.landscape import Landscape, Stationary, Walk, ends, trails
from em_model.ascent.methods import METHODS, Ascent, Method
from em_model.ascent.random_starts import RandomStarts, ascend_from_starts
from em_model.known import Known
from em_model.mixture import FloatArray

__all__ = [
    "BASIN_METHODS",
    "NEAR",
    "Basins",
    "Comparison",
    "Pace",
    "race_ends",
]

NEAR = 1e-3
"""Nats under the summit at which a method is said to have arrived."""

BASIN_METHODS: tuple[Walk, ...] = get_args(Walk)

_HOME = ASSETS / "experiments"
_PACES, _STARTED = ("separated.toml", "overlapping.toml"), "three_clusters.toml"
_MARGIN = 0.08  # of the data's range, around it on the map
_GRAINS = 27  # grains along each side of the map
_GRAIN_STEPS = 80
_POLISH = 5000  # most passes spent on finding how high the summit is
_CELL = 0.02  # of the smaller standard deviation: points nearer than that are taken together on the map
_SHARES = 16  # of many starts, each climbed from at once by one process
_WORK, _FEWEST = 1e9, 10  # points x components x passes x random starts, at most, and starts at least
_STARTS_STREAM = 2  # of random numbers, apart from those of the data and of the start


@dataclass(frozen=True, slots=True, eq=False)
class Basins:
    """Where climbs from a grid of starts end.

    Attributes
    ----------
    reached : mapping of method to array of int, shape (G, G)
        Summit each start ends on, rows from the bottom; -1 for none.
    trails : mapping of method to array, shape (T + 1, B, 2)
        Steps of the climbs from a coarser grid.
    grain_reached : mapping of method to array of int, shape (B,)
        Summit each of those ends on.
    """

    reached: dict[Walk, NDArray[np.intp]]
    trails: dict[Walk, FloatArray]
    grain_reached: dict[Walk, NDArray[np.intp]]


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """The same race on one experiment, all that is not known being free.

    Attributes
    ----------
    experiment : Experiment
    data : Data
    climbs : mapping of method to Ascent
        Without tolerance, so that each goes on for as long as it may.
    summit : float
        Highest ℓ found, in nats.
    """

    experiment: Experiment
    data: Data
    climbs: dict[Method, Ascent]
    summit: float

    def distance(self, method: Method) -> FloatArray:
        """Nats under the summit after each step of a method; the best so far, as a fixed step may fall back."""
        rising: FloatArray = np.maximum.accumulate(self.climbs[method].log_likelihoods)
        return self.summit - rising

    def passes_to(self, method: Method, within: float) -> float:
        """Count the passes until a method is within so many nats of the summit; infinite if it never is."""
        return passes_to(self.climbs[method], self.summit - within)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """All that the film shows of an experiment in which two means are all that is unknown.

    Attributes
    ----------
    run : StepRun
        EM's fit.
    landscape : Landscape
        ℓ over both means.
    stationary : tuple of Stationary
        Its maxima and saddles.
    climbs : mapping of method to Ascent
        Every method from the experiment's start.
    basins : Basins
    paces : tuple of Pace
    random_starts : RandomStarts
    started : Experiment
        The experiment that was fitted from random starts.
    """

    run: StepRun
    landscape: Landscape
    stationary: tuple[Stationary, ...]
    climbs: dict[Method, Ascent]
    basins: Basins
    paces: tuple[Pace, ...]
    random_starts: RandomStarts
    started: Experiment

    @classmethod
    def of(cls, experiment: Experiment, dataset: Dataset) -> Comparison:
        """Compute it; the heavy runs are kept in the user's cache.

        Raises
        ------
        EMError
            If the experiment leaves something else unknown, or one that it names cannot be used.
        """
        data, folder = dataset.data, environment.cache_folder() / "runs"
        require_two_means(experiment, data)
        landscape = landscape_of(experiment, dataset)
        stationary = landscape.stationary()
        maxima = tuple(place for place in stationary if place.kind == "maximum")
        run = StepRun(data, fitted(experiment, dataset))
        paces, started = named_experiments(experiment)
        return cls(
            run=run,
            landscape=landscape,
            stationary=stationary,
            climbs=race_of(experiment, data, run.history.start),
            basins=basins_of(experiment, landscape, maxima, folder),
            paces=tuple(pace_of(other) for other in paces),
            random_starts=random_starts_of(started, experiment.ascent.starts, folder),
            started=started,
        )

    @property
    def maxima(self) -> tuple[Stationary, ...]:
        """The landscape's maxima, highest first."""
        return tuple(place for place in self.stationary if place.kind == "maximum")


def passes_to(climb: Ascent, height: float) -> float:
    """Count the passes until a climb is as high as that, in nats; infinite if it never is."""
    high = np.flatnonzero(climb.log_likelihoods >= height)
    return float(climb.passes[high[0]]) if len(high) else np.inf


def race_ends(
    climbs: Mapping[Method, Ascent], landscape: Landscape, summits: tuple[Stationary, ...]
) -> dict[Method, float]:
    """Count the passes of each climb to within `NEAR` of the summit that it ends on, or all of them if it is none."""
    finals = np.stack([climb.final.means[:, 0] for climb in climbs.values()])
    ends: dict[Method, float] = {}
    for (method, climb), summit in zip(climbs.items(), landscape.reached(finals, summits), strict=True):
        height = summits[summit].log_likelihood - NEAR if summit >= 0 else np.inf
        ends[method] = min(passes_to(climb, height), float(climb.passes[-1]))
    return ends


def require_two_means(experiment: Experiment, data: Data) -> None:
    """Refuse an experiment whose log-likelihood is no landscape over two means.

    Raises
    ------
    EMError
        One line that names file, key and remedy.
    """
    known, called = experiment.fit.known, experiment.called
    if data.n_dimensions != 1:
        key, remedy = experiment.one_column
        told = f"the data have {data.n_dimensions} dimensions, this film draws ℓ over two means on a line"
        raise EMError(f"{called}: {key}: {told}; {remedy}")
    if experiment.n_components != 2:
        many = counted(experiment.n_components, "component")
        raise EMError(f"{called}: fit.components: {many}, this film draws ℓ over two means; set components = 2")
    if not (known.weights and known.covariances) or known.means:
        remedy = "set known = { weights = true, covariances = true }"
        raise EMError(f"{called}: fit.known: this film leaves both means free and nothing else; {remedy}")


def landscape_of(experiment: Experiment, dataset: Dataset) -> Landscape:
    """Landscape over both means, wide enough for the data and the start; many points are gathered."""
    origin, data = fitting.start(experiment, dataset), dataset.data
    places = np.concatenate([np.asarray(data.points, dtype=np.float64)[:, 0], origin.means[:, 0]])
    low, high = float(places.min()), float(places.max())
    margin = _MARGIN * (high - low)
    width = _CELL * float(np.sqrt(origin.covariances.min()))
    return Landscape(gathered(data, width), Coordinates(origin, experiment.known), low - margin, high + margin)


def named_experiments(experiment: Experiment) -> tuple[list[Experiment], Experiment]:
    """Load the experiments that the file names for the paces and for the random starts, or those of the film.

    Raises
    ------
    EMError
        If one of them cannot be used; one line that names the file and the key that names it.
    """
    settings, folder = experiment.ascent, experiment.path.parent
    paces = [folder / file for file in settings.paces] or [_HOME / file for file in _PACES]
    started = folder / settings.crowd if settings.crowd is not None else _HOME / _STARTED

    def load(key: str, path: Path) -> Experiment:
        try:
            return Experiment.load(path)
        except ExperimentError as error:
            raise EMError(f"{experiment.called}: ascent.{key}: {error}") from None

    return [load("paces", path) for path in paces], load("crowd", started)


def race_of(
    experiment: Experiment, data: Data, origin: Mixture, tolerance: float | None = None
) -> dict[Method, Ascent]:
    """Climb from one start by all methods, down to the experiment's tolerance or another one."""
    settings = experiment.ascent
    return {
        method: ascend(
            data,
            origin,
            method,
            step=settings.step,
            max_passes=settings.max_passes,
            tolerance=experiment.fit.tolerance if tolerance is None else tolerance,
            known=experiment.known,
        )
        for method in METHODS
    }


def basins_of(experiment: Experiment, landscape: Landscape, summits: tuple[Stationary, ...], folder: Path) -> Basins:
    """Climb from every start on the grid, by EM and by gradient ascent with a fixed step."""
    settings = experiment.ascent

    fine, coarse = (landscape.grid(count).reshape(-1, 2) for count in (settings.grid, _GRAINS))
    starts = [*np.array_split(fine, _SHARES), coarse]

    def compute(advance: Callable[[], None]) -> Arrays:
        climbs = _Climbs(landscape, settings, experiment.fit.tolerance)
        found = spread(climbs, [(method, each) for method in BASIN_METHODS for each in starts], advance)
        arrays: Arrays = {}
        for method in BASIN_METHODS:
            *rows, grain = (landscape.reached(found.pop(0), summits) for _ in starts)
            arrays[f"{method} fine"], arrays[f"{method} grain"] = np.concatenate(rows), grain
            arrays[f"{method} trails"] = trails(landscape, coarse, method, step=settings.step, steps=_GRAIN_STEPS)
        return arrays

    inputs = [experiment.fingerprint(), landscape.low, landscape.high, _GRAINS, _GRAIN_STEPS]
    found = stored_run(folder, inputs, "basins", len(BASIN_METHODS) * len(starts), compute)
    side = settings.grid
    return Basins(
        {method: found[f"{method} fine"].astype(np.intp).reshape(side, side) for method in BASIN_METHODS},
        {method: found[f"{method} trails"].astype(np.float64) for method in BASIN_METHODS},
        {method: found[f"{method} grain"].astype(np.intp) for method in BASIN_METHODS},
    )


def pace_of(experiment: Experiment) -> Pace:
    """Race all methods from the experiment's start, and find how high the summit is."""
    dataset = Dataset.of(experiment)
    data = dataset.data
    climbs = race_of(experiment, data, fitting.start(experiment, dataset), tolerance=0.0)
    heights = [float(climb.log_likelihoods.max()) for climb in climbs.values() if climb.outcome != "collapsed"]
    if not heights:
        raise EMError(f"{experiment.called}: fit: every method collapses from this start; try another start")
    for climb in climbs.values():
        if climb.outcome != "collapsed":
            last = ascend(data, climb.final, "L-BFGS", max_passes=_POLISH, tolerance=0.0, known=experiment.known)
            if last.outcome != "collapsed":
                heights.append(float(last.log_likelihoods[-1]))
    return Pace(experiment, data, climbs, max(heights))


def random_starts_of(experiment: Experiment, starts: int, folder: Path) -> RandomStarts:
    """Climb by all methods from random starts: the experiment's own kind of start, drawn anew each time.

    Where data are many there are fewer starts than asked for, so that it takes a minute or two.
    """
    dataset, settings = Dataset.of(experiment), experiment.ascent
    data = dataset.data
    each = data.n_rows * experiment.n_components * settings.max_passes
    starts = min(starts, max(_FEWEST, int(_WORK / each)))

    def drawn() -> Iterator[Mixture]:
        own = fitting.start(experiment, dataset)
        kind = experiment.start.means if isinstance(experiment.start.means, str) else "sample"
        for number in range(starts):
            rng = np.random.default_rng([experiment.seed, _STARTS_STREAM, number])
            count = own.n_components
            yield start(data, count, means=kind, covariances=own.covariances, weights=own.weights, rng=rng)

    n_shares = min(starts, _SHARES)

    def compute(advance: Callable[[], None]) -> Arrays:
        many = list(drawn())
        shares = [many[starts * share // n_shares : starts * (share + 1) // n_shares] for share in range(n_shares)]
        each = spread(_Ascents(data, settings, experiment.fit.tolerance, experiment.known), shares, advance)
        return {
            name: np.concatenate([getattr(one, name) for one in each], axis=1)
            for name in ("log_likelihoods", "passes", "converged", "collapsed")
        }

    found = stored_run(folder, [experiment.fingerprint(), starts], "random starts", n_shares, compute)
    return RandomStarts(
        found["log_likelihoods"].astype(np.float64),
        found["passes"].astype(np.float64),
        found["converged"].astype(np.bool_),
        found["collapsed"].astype(np.bool_),
    )


@dataclass(frozen=True, slots=True)
class _Ascents:
    """Climbs by all methods from some starts."""

    data: Data
    settings: AscentSection
    tolerance: float
    known: Known

    def __call__(self, starts: list[Mixture]) -> RandomStarts:
        return ascend_from_starts(
            self.data,
            starts,
            step=self.settings.step,
            max_passes=self.settings.max_passes,
            tolerance=self.tolerance,
            known=self.known,
        )


@dataclass(frozen=True, slots=True)
class _Climbs:
    """Climbs on the map, by one method from many places."""

    landscape: Landscape
    settings: AscentSection
    tolerance: float

    def __call__(self, climb: tuple[Walk, FloatArray]) -> FloatArray:
        method, starts = climb
        passes, step = self.settings.max_passes, self.settings.step
        return ends(self.landscape, starts, method, step=step, tolerance=self.tolerance, max_passes=passes).vectors
