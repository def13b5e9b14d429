"""Gradient ascent and L-BFGS on the log-likelihood, from the same start and with the same end as EM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from em_model.ascent.coordinates import Coordinates
from em_model.ascent.search import AscentOutcome, Ended, InfeasibleError, Iterate, Search, Trials, climb, evaluated
from em_model.data import Data, as_data
from em_model.diagnosis import require_sense
from em_model.em import fit
from em_model.errors import CollapseError, EMError
from em_model.history import History
from em_model.known import Known
from em_model.mixture import FloatArray, Mixture, stacked

__all__ = ["METHODS", "Ascent", "AscentOutcome", "Method", "ascend", "ascents"]

Method = Literal["EM", "fixed step", "line search", "L-BFGS"]
METHODS: tuple[Method, ...] = get_args(Method)

_ARMIJO = 1e-4  # share of the rise promised by the slope that a trial must bring (Nocedal and Wright 2006, 3.1)
_HALVINGS = 60  # after so many the step is below rounding
_WALL = 10.0  # nats per point by which a trial that is no mixture is worse, for a line search that wants a number
_MEMORY = 10  # pairs of steps and gradients that L-BFGS keeps


@dataclass(frozen=True, slots=True, eq=False)
class Ascent:
    """A climb on ℓ: where it stood after each step, and how many passes over the data that took.

    A pass computes ℓ and, from the same responsibilities, all that an M-step or a gradient needs. Every method pays
    one for the start and one for each mixture it tries; trials that were not taken count as well. A trial that is no
    mixture in double precision is turned down before the data are read, and costs nothing.

    Attributes
    ----------
    method : "EM", "fixed step", "line search" or "L-BFGS"
    mixtures : Mixture
        Batch of n + 1: the start and the mixture after each step taken.
    log_likelihoods : array, shape (n + 1,)
        ℓ in nats; a fixed step that is too long lets it fall.
    passes : array, shape (n + 1,)
        Whole numbers of passes over the data used when the step had been taken; the first is 1.
    n_points : int
        Number of points, N.
    outcome : "converged", "pass limit", "collapsed" or "stalled"
        Why it ended: by the tolerance; by the number of passes; where the way led out of the mixtures that double
        precision holds, as onto a single point; or because no step, however short, brought a rise it can tell.
    """

    method: Method
    mixtures: Mixture
    log_likelihoods: FloatArray
    passes: FloatArray
    n_points: int
    outcome: AscentOutcome

    @classmethod
    def of(cls, history: History) -> Ascent:
        """Return the path of a fit by EM, which takes one pass for the start and one for each step."""
        passes = np.arange(1.0, len(history.log_likelihoods) + 1)
        outcome: AscentOutcome = "pass limit" if history.outcome == "step limit" else history.outcome
        return cls("EM", history.mixtures, history.log_likelihoods, passes, history.n_points, outcome)

    @property
    def n_steps(self) -> int:
        """Number of steps taken, n."""
        return len(self.log_likelihoods) - 1

    @property
    def final(self) -> Mixture:
        """Where it ended."""
        return self.mixtures[self.n_steps]

    def step_at(self, passes: float) -> int:
        """Return the last step that had been taken after so many passes, 0 for the start."""
        return max(0, int(np.searchsorted(self.passes, passes, side="right")) - 1)


def ascend(
    points: Data | ArrayLike,
    start: Mixture,
    method: Method,
    *,
    step: float = 1.0,
    max_passes: int = 1000,
    tolerance: float = 1e-7,
    known: Known | None = None,
) -> Ascent:
    """Climb the log-likelihood (Bishop 9.14) from a start, by EM or along its gradient.

    All methods end by one rule: once a step raises ℓ by less than ``tolerance`` nats per point and pass. The gradient
    is that of the unconstrained `Coordinates`, in data units, of ℓ per point.

    Parameters
    ----------
    points : Data or array, shape (N, D)
    start : Mixture
        θ⁽⁰⁾, in data units.
    method : "EM", "fixed step", "line search" or "L-BFGS"
        EM; gradient ascent with one step length; gradient ascent whose step is halved until ℓ rises enough (Armijo)
        and doubled after a step that did at once; or SciPy's L-BFGS-B.
    step : float
        Length of the fixed step, and of the first one tried by the line search, in gradients of ℓ per point.
    max_passes : int
        Most passes over the data.
    tolerance : float
        Nats per point and pass; 0 goes on for all ``max_passes``, or until nothing rises any more.
    known : Known, optional
        Parameters held at their start.

    Raises
    ------
    DataError
        If the data cannot be fitted.
    EMError
        If the arguments are out of range or do not fit the data.

    Examples
    --------
    >>> points = [[-2.0], [-1.0], [0.0], [2.0], [2.5], [3.5]]
    >>> start = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    >>> found = ascend(points, start, "L-BFGS", known=Known(weights=True, covariances=True))
    >>> print(found.outcome, found.final.means.ravel().round(2))
    converged [-1.    2.62]
    """
    return ascents(points, [start], method, step=step, max_passes=max_passes, tolerance=tolerance, known=known)[0]


def ascents(
    points: Data | ArrayLike,
    starts: Sequence[Mixture],
    method: Method,
    *,
    step: float = 1.0,
    max_passes: int = 1000,
    tolerance: float = 1e-7,
    known: Known | None = None,
) -> list[Ascent]:
    """Climb from many starts as `ascend` does from one; gradient ascent from all of them at once, which is faster.

    Examples
    --------
    >>> points = [[-2.0], [-1.0], [0.0], [2.0], [2.5], [3.5]]
    >>> starts = [Mixture([0.5, 0.5], [[-1.0], [mean]], [[[1.0]], [[1.0]]]) for mean in (1.0, 2.0)]
    >>> found = ascents(points, starts, "line search", known=Known(weights=True, covariances=True))
    >>> print([climb.final.means.ravel().round(2).tolist() for climb in found])
    [[-1.0, 2.62], [-1.0, 2.62]]
    """
    data, known = as_data(points), known or Known()
    if method not in METHODS:
        raise EMError(f"method {method!r} is unknown; choose one of {', '.join(METHODS)}")
    if max_passes < 1:
        raise EMError(f"max_passes is {max_passes}; it must be 1 or more")
    if not 0 < step < np.inf:
        raise EMError(f"step is {step}; it must be a positive number")
    for start in starts:
        require_sense(data, start, max_passes - 1, tolerance, known)
    if method == "EM":
        return [_em(data, start, max_passes, tolerance, known) for start in starts]
    coordinates = [Coordinates(start, known) for start in starts]
    searches = [Search(data.n_points, max_passes, tolerance) for _ in starts]
    outcomes: list[AscentOutcome]
    if method == "L-BFGS":
        outcomes = [_l_bfgs(data, *one) for one in zip(coordinates, searches, strict=True)]
    else:
        climbing = zip(coordinates, searches, strict=True)
        trials = [_from_start(one.of(one.base), search, _WAYS[method], step) for one, search in climbing]
        outcomes = climb(data, coordinates, searches, trials)
    return [_ascent(method, *one) for one in zip(coordinates, searches, outcomes, strict=True)]


def _em(data: Data, start: Mixture, max_passes: int, tolerance: float, known: Known) -> Ascent:
    try:
        return Ascent.of(fit(data, start, max_steps=max_passes - 1, tolerance=tolerance, known=known))
    except CollapseError as error:
        return Ascent.of(error.history)


def _ascent(method: Method, coordinates: Coordinates, search: Search, outcome: AscentOutcome) -> Ascent:
    iterates = [iterate for iterate, _ in search.iterates]
    mixtures = coordinates.mixture(np.stack([iterate.vector for iterate in iterates]))
    log_likelihoods = np.array([iterate.log_likelihood for iterate in iterates])
    passes = np.array([passes for _, passes in search.iterates], dtype=np.float64)
    return Ascent(method, mixtures, log_likelihoods, passes, search.n_points, outcome)


def _from_start(vector: FloatArray, search: Search, way: Callable[[Search, float], Trials], step: float) -> Trials:
    try:
        search.accept((yield vector))
    except InfeasibleError as error:
        raise _no_start(error) from None
    return (yield from way(search, step))


def _no_start(error: InfeasibleError) -> EMError:
    return EMError(f"nothing climbs from this start: {error}; give a wider one")


def _fixed_step(search: Search, step: float) -> Trials:
    while True:
        try:
            iterate = yield search.current.vector + step * search.current.slope
        except InfeasibleError:
            return "collapsed"
        search.accept(iterate)


def _line_search(search: Search, step: float) -> Trials:
    while True:
        current = search.current
        steepness = float(current.slope @ current.slope) * search.n_points
        tried = step
        for _ in range(_HALVINGS):
            try:
                iterate = yield current.vector + step * current.slope
                if iterate.log_likelihood > current.log_likelihood + _ARMIJO * step * steepness:
                    break
            except InfeasibleError:
                pass
            step /= 2
        else:
            return "collapsed" if search.infeasible else "stalled"
        search.accept(iterate)
        step *= 2 if step == tried else 1


def _l_bfgs(data: Data, coordinates: Coordinates, search: Search) -> AscentOutcome:
    many = Coordinates(stacked([coordinates.base]), coordinates.known)

    def attempt(vector: FloatArray) -> Iterate:
        if search.exhausted:
            raise Ended("pass limit")
        (found,) = evaluated(data, many, vector[None].copy())
        search.count(found)
        if isinstance(found, InfeasibleError):
            raise found
        return found

    try:
        search.accept(attempt(coordinates.of(coordinates.base)))
    except InfeasibleError as error:
        raise _no_start(error) from None
    latest = search.current

    def depth(vector: FloatArray) -> tuple[float, FloatArray]:
        nonlocal latest
        if not np.array_equal(vector, latest.vector):
            try:
                latest = attempt(vector)
            except InfeasibleError:
                return _WALL - search.current.log_likelihood / data.n_points, np.zeros_like(vector)
        return -latest.log_likelihood / data.n_points, -latest.slope

    def arrive(vector: FloatArray) -> None:
        search.accept(latest if np.array_equal(vector, latest.vector) else attempt(vector))

    options = {
        "maxcor": _MEMORY,
        "ftol": 0.0,
        "gtol": 0.0,
        "maxiter": search.max_passes,
        "maxfun": 10 * search.max_passes,
    }
    from scipy.optimize import minimize  # here, because it takes long to import and few need it

    try:
        minimize(depth, latest.vector, jac=True, method="L-BFGS-B", callback=arrive, options=options)
    except Ended as end:
        return end.outcome
    return "collapsed" if search.infeasible else "stalled"


_WAYS: dict[Method, Callable[[Search, float], Trials]] = {"fixed step": _fixed_step, "line search": _line_search}
