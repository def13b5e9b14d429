"""What the film of EM beside gradient ascent may say: sentences chosen and filled in by the numbers of the run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product

import numpy as np
from numpy.typing import NDArray

from em_film.page.ticks import number_text
from em_film.panels.landscape.comparison import NEAR, Basins, Pace, race_ends
from em_film.panels.landscape.strips import percent
from em_film.wording import counted
from em_model.ascent.landscape import Landscape, Stationary
from em_model.ascent.methods import METHODS, Ascent, Method
from em_model.ascent.random_starts import RandomStarts

__all__ = [
    "basin_sentences",
    "heights",
    "overtaken",
    "pace_sentence",
    "race_sentences",
    "random_start_sentences",
    "summit_sentences",
]

Sentences = tuple[str, str]

_LOST = 0.02  # share of starts without a summit that is told: on the ridge between two there are always some
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
        first = (
            f"First within {NEAR:g} nats: {' and '.join(m for m in passes if passes[m] == fewest)}, at {fewest:.0f}."
        )
        if most > fewest:
            first += f" Last: {' and '.join(m for m in passes if passes[m] == most)}, at {most:.0f}."
    astray = [method for method in climbs if method not in passes]
    late = [method for method in astray if climbs[method].outcome == "pass limit"]
    if len(astray) == len(climbs):
        if len(late) in (0, len(climbs)):
            return first, "Passes ran out for all." if late else "Each climb has ended elsewhere."
        return first, f"Out of passes: {', '.join(late)}; the others have ended elsewhere."
    if astray and late == astray:
        return first, f"Not arrived when we stopped: {', '.join(late)}."
    if astray:
        ended = "though the climb has ended" if not late else "when all had ended or stopped"
        return first, f"On no summit, {ended}: {', '.join(astray)}."
    if len(set(on.values())) == 1:
        return first, "All four end on the same summit."
    level = {method: float(climbs[method].log_likelihoods[-1]) for method in climbs}
    top = max(level.values())
    winners = [method for method in climbs if level[method] >= top - _SAME * abs(top)]
    if len(winners) == len(climbs):
        return first, "They end on different summits of the same height."
    return first, f"They end on different summits; on the higher one: {', '.join(winners)}."


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


def pace_sentence(pace: Pace) -> str:
    """Say how soon EM and L-BFGS come near the summit, and whether L-BFGS overtakes."""
    em, other = (_passes(pace, method) for method in ("EM", "L-BFGS"))
    told = f"{pace.experiment.heading}: EM {em} passes, L-BFGS {other}"
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


def random_start_sentences(found: RandomStarts, limit: int, within: float) -> tuple[Sentences, Sentences]:
    """Say, from the run, how often each method reached the best and at what cost."""
    shares = dict(zip(METHODS, found.shares(within), strict=True))
    median = {method: float(np.median(found.passes[row])) for row, method in enumerate(METHODS)}
    first = (
        f"EM reached the best from {percent(float(shares['EM']))} of the starts, "
        f"L-BFGS {percent(float(shares['L-BFGS']))}."
    )
    starts = found.log_likelihoods.shape[1]
    cost = f"Median passes: {median['EM']:.0f} and {median['L-BFGS']:.0f}."
    slow = [found.row("fixed step"), found.row("line search")]
    late = float((~found.converged[slow] & ~found.collapsed[slow] & (found.passes[slow] >= 0.9 * limit)).mean())
    if late > 0:
        cost = f"Plain gradient, still climbing after {limit} passes, where we stopped: {percent(late)}."
    missed = {method: starts - round(float(shares[method]) * starts) for method in ("EM", "L-BFGS")}
    below = found.log_likelihoods < np.nanmax(found.log_likelihoods) - within
    rows = [found.row("EM"), found.row("L-BFGS")]
    stopped = (below & ~found.converged & (found.passes >= 0.9 * limit))[rows].sum(axis=1)
    told = f"Of {starts} starts, EM missed it from {missed['EM'] or 'none'}, L-BFGS from {missed['L-BFGS'] or 'none'}."
    if stopped.any():
        em, other = missed.values()
        told = f"Of {starts} starts missed: EM {em} ({stopped[0]} out of passes), L-BFGS {other} ({stopped[1]})."
    return (first, cost), (_promised(missed), told)


def _promised(missed: Mapping[str, int]) -> str:
    """Say that nothing is promised, and so that it does not gainsay a method that has missed nothing."""
    if all(missed.values()):
        return "None can promise the best."
    sure = [method for method, count in missed.items() if not count]
    return f"{sure[0] if len(sure) == 1 else 'Both'} found the best every time here: no promise."


def _passes(pace: Pace, method: Method) -> str:
    """Write the passes that a method took to come near the summit, or that they were more than it had."""
    passes = pace.passes_to(method, NEAR)
    return f"{passes:.0f}" if np.isfinite(passes) else f"> {pace.climbs[method].passes[-1]:.0f}"
