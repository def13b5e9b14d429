"""What the film of EM beside gradient ascent may say: sentences chosen and filled in by the numbers of the run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product

import numpy as np
from numpy.typing import NDArray

from em_film.experiment import Experiment
from em_film.page.ticks import number_text
from em_film.panels.landscape.comparison import NEAR, Basins, Pace, race_ends
from em_film.panels.landscape.strips import percent
from em_film.wording import counted
from em_model.ascent.landscape import Landscape, Stationary
from em_model.ascent.methods import Ascent, Method
from em_model.ascent.random_starts import RandomStarts

__all__ = [
    "basin_sentences",
    "called",
    "heights",
    "overtaken",
    "pace_sentence",
    "race_sentences",
    "random_start_sentences",
    "summit_sentences",
]

Sentences = tuple[str, str]

_LOST = 0.02  # share of starts without a summit that is told: on the ridge between two there are always some
_SAID = 24  # letters of a title that can be said
_SAME = 1e-6  # relative difference of ℓ up to which two summits are equally high


def heights(summits: tuple[Stationary, ...]) -> list[tuple[float, int]]:
    """Different heights of summits, highest first, and how many summits have each."""
    found: list[tuple[float, int]] = []
    for summit in summits:
        if found and abs(found[-1][0] - summit.log_likelihood) <= _SAME * abs(summit.log_likelihood):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((summit.log_likelihood, 1))
    return found


def mirrored(summits: tuple[Stationary, ...]) -> bool:
    """Whether the highest two summits are one mixture with the names of its components exchanged."""
    if len(summits) < 2 or heights(summits)[0][1] < 2:
        return False
    first, second = summits[0].vector, summits[1].vector
    return bool(np.abs(first - second[::-1]).max() < 1e-3 * max(1e-300, float(np.abs(first).max())))


def summit_sentences(landscape: Landscape, summits: tuple[Stationary, ...]) -> Sentences:
    """Say which summits there are, and which are lower."""
    levels = heights(summits)
    if not levels:
        return "No summit lies inside this map.", ""
    mixture = landscape.coordinates.base
    alike = bool(np.ptp(mixture.weights) < 1e-12 and np.ptp(mixture.covariances) < 1e-12)
    if len(summits) == 1:
        return "There is one summit here.", ""
    if levels[0][1] == 1:
        first = "One summit is the highest."
    elif alike and levels[0][1] == 2 and mirrored(summits):
        first = f"{counted(levels[0][1], 'equal summit').capitalize()}: the same mixture, names exchanged."
    else:
        first = f"{counted(levels[0][1], 'summit').capitalize()} are equally high, and the highest."
    lower = sum(many for _, many in levels[1:])
    if lower == 0:
        return first, "There is no lower one here."
    deepest = levels[0][0] - levels[1][0]
    which = "" if len(levels) == 2 else "the highest of them "
    return first, f"{counted(lower, 'lower summit').capitalize()}, {which}{number_text(deepest, 1)} nats down."


def race_sentences(climbs: Mapping[Method, Ascent], landscape: Landscape, summits: tuple[Stationary, ...]) -> Sentences:
    """Say how many passes each method took to `NEAR` below its summit, and whether all ended on one summit."""
    places = np.stack([climb.final.means[:, 0] for climb in climbs.values()])
    on = {method: int(summit) for method, summit in zip(climbs, landscape.reached(places, summits), strict=True)}
    ends = race_ends(climbs, landscape, summits)
    passes = {
        method: ends[method]
        for method, climb in climbs.items()
        if on[method] >= 0 and climb.log_likelihoods[-1] >= summits[on[method]].log_likelihood - NEAR
    }
    first = "None of the four has arrived on a summit."
    if passes:
        fewest, most = min(passes.values()), max(passes.values())
        first = f"First within {NEAR:g} nats: {_one_or_many(passes, fewest)}, at {fewest:.0f}."
        if most > fewest:
            first += f" Last: {_one_or_many(passes, most)}, at {most:.0f}."
    astray = [method for method in climbs if method not in passes]
    late = [method for method in astray if climbs[method].outcome == "pass limit"]
    if len(astray) == len(climbs):
        if len(late) in (0, len(climbs)):
            return first, "Passes ran out for all." if late else "Each climb has ended elsewhere."
        others = [method for method in climbs if method not in late]
        return first, f"Out of passes: {', '.join(late)}. Ended elsewhere: {', '.join(others)}."
    if astray and late == astray:
        return first, f"Not arrived when we stopped: {', '.join(late)}."
    if astray:
        return first, f"{'On no summit at the end' if late else 'Ended, but on no summit'}: {', '.join(astray)}."
    if len(set(on.values())) == 1:
        return first, "All four end on the same summit."
    level = {method: float(climbs[method].log_likelihoods[-1]) for method in climbs}
    top = max(level.values())
    winners = [method for method in climbs if level[method] >= top - _SAME * abs(top)]
    if len(winners) == len(climbs):
        return first, "They end on different summits of the same height."
    return first, f"They end apart; on the higher summit: {', '.join(winners)}."


def _one_or_many(passes: Mapping[Method, float], count: float) -> str:
    """Name the method that took so many passes, or say how many did."""
    found = [method for method in passes if passes[method] == count]
    return found[0] if len(found) == 1 else counted(len(found), "method")


def basin_sentences(basins: Basins, summits: tuple[Stationary, ...]) -> Sentences:
    """Say what share of the starts ends on a highest summit by EM, by gradient ascent, and by either method only."""
    levels = heights(summits)
    if not levels:
        return "No start ends on a summit inside this map.", ""
    if len(levels) == 1 and len(summits) > 1:
        return "Here no summit is lower than another.", "Which one is reached depends on the start."
    highest = levels[0][1]
    best = {method: (reached >= 0) & (reached < highest) for method, reached in basins.reached.items()}
    em, gradient = best["EM"], best["fixed step"]
    summit = "the summit" if len(summits) == 1 else "a highest summit" if highest > 1 else "the highest summit"
    if (em & gradient).all():
        return f"Every start leads to {summit}, by either method.", ""
    shares = [_share(where) for where in (em, gradient, em & ~gradient, gradient & ~em)]
    whole = _adding_up(shares)
    told = f"{whole[0]} of starts lead EM to {summit}, {whole[1]} gradient ascent."
    lost = [_share(basins.reached[method] < 0) for method in ("EM", "fixed step")]
    if max(lost) >= _LOST:
        return told, f"On no summit at the end: EM {percent(lost[0])}, gradient ascent {percent(lost[1])}."
    return told, f"{whole[2]} succeed with EM only, {whole[3]} with the gradient only."


def _adding_up(shares: list[float]) -> list[str]:
    """Write four shares of which the first two differ as the last two do, each rounded up or down so that they add up.

    Examples
    --------
    >>> _adding_up([0.603, 0.576, 0.027, 0.0])
    ['60 %', '57 %', '3 %', '0 %']
    """
    ways = [sorted({math.floor(100 * share + 1e-9), math.ceil(100 * share - 1e-9)}) for share in shares]
    sums = [way for way in product(*ways) if way[0] - way[1] == way[2] - way[3]]
    best = min(
        sums, key=lambda way: sum((100 * share - number) ** 2 for share, number in zip(shares, way, strict=True))
    )
    written = [f"{number} %" for number in best]
    return [  # what is little is not written as none, nor what is much as all
        percent(share) if number in (0, 100) else text
        for share, number, text in zip(shares, best, written, strict=True)
    ]


def _share(starts: NDArray[np.bool_]) -> float:
    return float(starts.mean())


def called(experiment: Experiment, otherwise: str) -> str:
    """Name other data in a sentence by their title, if that is short enough to be said."""
    return experiment.heading if len(experiment.heading) <= _SAID else otherwise


def pace_sentence(pace: Pace, side: str) -> str:
    """Say how soon EM and L-BFGS come near the summit, and whether L-BFGS overtakes, of the panel at a side."""
    em, other = (_passes(pace, method) for method in ("EM", "L-BFGS"))
    told = f"{called(pace.experiment, side)}: EM {em} passes, L-BFGS {other}"
    crossing = overtaken(pace)
    return f"{told}." if crossing is None else f"{told}; overtaking at {crossing:.0f} (ring)."


def overtaken(pace: Pace) -> float | None:
    """Find the passes from which on L-BFGS is nearer to the summit than EM, having been behind; None if it never is.

    Only what happens further than `NEAR` from the summit counts.
    """
    em, other = pace.climbs["EM"], pace.climbs["L-BFGS"]
    behind = False
    crossing = None
    for passes in np.unique(np.concatenate([em.passes, other.passes])):
        mine = pace.distance("EM")[em.step_at(float(passes))]
        theirs = pace.distance("L-BFGS")[other.step_at(float(passes))]
        if theirs > mine:
            behind, crossing = True, None
        elif theirs < mine and behind and crossing is None:
            crossing = float(passes)
        if min(mine, theirs) <= NEAR:
            break
    return crossing


def random_start_sentences(found: RandomStarts, limit: int, within: float) -> tuple[str, Sentences]:
    """Say, from the run, what the climbs cost; and how often EM and L-BFGS missed the best, which nothing promises."""
    if np.isnan(found.best):
        return "All climbs ended in a collapse.", ("No method promises a summit; here none found one.", "")
    em, plain, other = [found.row("EM")], [found.row("fixed step"), found.row("line search")], [found.row("L-BFGS")]
    late = ~found.converged & ~found.collapsed & (found.passes >= 0.9 * limit)
    shares = {"EM": late[em].mean(), "plain gradient": late[plain].mean(), "L-BFGS": late[other].mean()}
    stopped = ", ".join(f"{name} {percent(float(share))}" for name, share in shares.items() if share)
    cost = f"Stopped at {limit} passes: {stopped}."
    if not stopped:
        cost = f"Median passes: EM {np.median(found.passes[em]):.0f}, L-BFGS {np.median(found.passes[other]):.0f}."
    missed = found.collapsed | (found.log_likelihoods < found.best - within)
    misses = {"EM": int(missed[em].sum()), "L-BFGS": int(missed[other].sum())}
    sure = [method for method, count in misses.items() if not count]
    always = "both" if len(sure) == 2 else "".join(sure)
    promise = f", though {always} always found it here." if sure else ": where it starts decides."
    starts, lost = missed.shape[1], int(found.collapsed[em + other].sum())
    told = ", ".join(f"{method} from {count}" for method, count in misses.items() if count).replace(
        " ", " missed it ", 1
    )
    why = f"; {counted(lost, 'climb', words=False)} collapsed" if lost else ""
    told = f"Of {starts} starts, {told}{why}." if told else f"EM and L-BFGS, from all of {starts} starts."
    return cost, (f"No method promises the best{promise}", told)


def _passes(pace: Pace, method: Method) -> str:
    """Write the passes that a method took to come near the summit, or that they were more than it had."""
    passes = pace.passes_to(method, NEAR)
    return f"{passes:.0f}" if np.isfinite(passes) else f"> {pace.climbs[method].passes[-1]:.0f}"
