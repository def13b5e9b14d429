"""What the film of EM beside gradient ascent says, for runs of every kind: the sentences follow the numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from em_film.panels.landscape.comparison import NEAR, Basins, Pace, race_ends
from em_film.panels.landscape.findings import (
    basin_sentences,
    overtaken,
    pace_sentence,
    race_sentences,
    random_start_sentences,
    summit_sentences,
)
from em_film.panels.landscape.strips import median_passes, percent
from em_model import METHODS, Ascent, Coordinates, Data, Known, Mixture
from em_model.ascent.landscape import Landscape, Stationary, Walk
from em_model.ascent.methods import AscentOutcome, Method
from em_model.ascent.random_starts import RandomStarts


def landscape(weight: float = 0.5) -> Landscape:
    points = np.linspace(-3, 3, 30)[:, None]
    base = Mixture([weight, 1 - weight], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
    return Landscape(Data(points), Coordinates(base, Known(True, True)), -4.0, 4.0)


def summit(x: float, y: float, height: float) -> Stationary:
    return Stationary("maximum", np.array([x, y]), height, np.array([-2.0, -1.0]))


TWINS = (summit(-2.0, 1.0, -50.0), summit(1.0, -2.0, -50.0))
LOWER = (summit(-1.0, 3.0, -62.5), summit(3.0, -1.0, -62.5))


@pytest.mark.parametrize(
    ("summits", "weight", "first", "second"),
    [
        (TWINS, 0.5, "Two equal summits: the same mixture, names exchanged.", "There is no lower one here."),
        (TWINS + LOWER, 0.5, "Two equal summits", "Two lower summits, 12.5 nats down."),
        (TWINS[:1] + LOWER[:1], 0.5, "One summit is the highest.", "One lower summit, 12.5 nats down."),
        # With unlike weights two summits that happen to be equally high are no renaming of each other.
        (TWINS, 0.4, "Two summits are equally high", "There is no lower one here."),
        ((*TWINS, LOWER[0], summit(3, -1, -70.0)), 0.5, "Two equal", "the highest of them 12.5 nats down"),
        ((), 0.5, "No summit", ""),
    ],
)
def test_summits_are_described_as_they_are(
    summits: tuple[Stationary, ...], weight: float, first: str, second: str
) -> None:
    told = summit_sentences(landscape(weight), summits)
    assert first in told[0]
    assert second in told[1]


def climb(method: Method, end: Stationary, passes: int, outcome: AscentOutcome = "converged") -> Ascent:
    means = np.stack([np.zeros((2, 1)), end.vector[:, None]])
    mixtures = Mixture(np.full((2, 2), 0.5), means, np.ones((2, 2, 1, 1)))
    return Ascent(method, mixtures, np.array([-99.0, end.log_likelihood]), np.array([1.0, passes]), 30, outcome)


def race(ends: list[Stationary], passes: list[int], outcomes: list[AscentOutcome]) -> tuple[str, str]:
    rows = zip(METHODS, ends, passes, outcomes, strict=True)
    climbs = {method: climb(method, end, count, outcome) for method, end, count, outcome in rows}
    return race_sentences(climbs, landscape(), TWINS + LOWER)


def test_a_race_names_its_fastest_and_slowest_and_whether_all_meet() -> None:
    done: list[AscentOutcome] = ["converged"] * 4
    same = [TWINS[0]] * 4
    assert race(same, [15, 57, 31, 23], done) == (
        "First within 0.001 nats: EM, at 15. Last: fixed step, at 57.",
        "All four end on the same summit.",
    )
    assert (
        race(same, [15, 15, 31, 15], done)[0]
        == "First within 0.001 nats: three methods, at 15. Last: line search, at 31."
    )
    split = race([LOWER[0], TWINS[0], TWINS[1], LOWER[0]], [9, 9, 9, 8], done)
    assert split[1] == "They end apart; on the higher summit: fixed step, line search."
    assert "of the same height" in race([*TWINS, *TWINS], [9, 9, 9, 9], done)[1]
    ridge = Stationary("saddle", np.array([0.5, 0.5]), -80.0, np.array([-1.0, 1.0]))
    stranded = race([ridge, TWINS[0], TWINS[0], TWINS[0]], [3, 9, 9, 12], done)
    assert stranded[0] == "First within 0.001 nats: two methods, at 9. Last: L-BFGS, at 12."
    assert stranded[1] == "Ended, but on no summit: EM."
    assert race([ridge] * 4, [3, 9, 9, 12], done)[0] == "None of the four has arrived on a summit."
    below = summit(-2.0, 1.0, -50.1)
    late = race([same[0], below, *same[2:]], [15, 200, 31, 23], ["converged", "pass limit", "converged", "stalled"])
    assert late == (
        "First within 0.001 nats: EM, at 15. Last: line search, at 31.",
        "Not arrived when we stopped: fixed step.",
    )


def test_a_count_stops_where_its_curve_does() -> None:
    means = np.stack([np.zeros((2, 1)), *[TWINS[0].vector[:, None]] * 3])
    mixtures = Mixture(np.full((4, 2), 0.5), means, np.ones((4, 2, 1, 1)))
    heights = np.array([-99.0, -50.1, -50.0005, -50.0])
    slow = Ascent("EM", mixtures, heights, np.array([1.0, 2.0, 5.0, 9.0]), 30, "converged")
    assert race_ends({"EM": slow}, landscape(), TWINS) == {"EM": 5.0}


def basins(em: list[int], gradient: list[int]) -> Basins:
    reached = {"EM": np.array([em]), "fixed step": np.array([gradient])}
    return Basins(cast("dict[Walk, np.ndarray]", reached), {}, {})


def test_basins_are_counted_for_either_method_and_for_either_alone() -> None:
    found = basins([0, 1, 2, 0, 1, 0, 2, 3, 3, 2], [0, 2, 1, 0, 2, 2, 1, 1, 3, 2])
    assert basin_sentences(found, TWINS + LOWER) == (
        "50 % of starts lead EM to a highest summit, 50 % gradient ascent.",
        "30 % succeed with EM only, 30 % with the gradient only.",
    )
    lost = basin_sentences(basins([0, -1], [0, -1]), TWINS[:1] + LOWER[:1])
    assert lost[0] == "50 % of starts lead EM to the highest summit, 50 % gradient ascent."
    assert lost[1] == "On no summit at the end: EM 50 %, gradient ascent 50 %."
    assert "no summit is lower" in basin_sentences(basins([0, 1], [0, 1]), TWINS)[0]


def pace(em: list[float], other: list[float]) -> Pace:
    """Paces whose methods stand so many nats under a summit of height 0 after 1, 2, 3, ... passes."""

    def path(method: Method, below: list[float]) -> Ascent:
        count = len(below)
        mixtures = Mixture(np.ones((count, 1)), np.zeros((count, 1, 1)), np.ones((count, 1, 1, 1)))
        return Ascent(method, mixtures, -np.array(below), 1.0 + np.arange(count), 30, "converged")

    experiment = SimpleNamespace(heading="A race")
    data = Data(np.arange(5.0)[:, None])
    climbs = {"EM": path("EM", em), "L-BFGS": path("L-BFGS", other)}
    return Pace(experiment, data, cast("dict[Method, Ascent]", climbs), 0.0)  # type: ignore[arg-type]


def test_the_pace_tells_arrivals_and_whether_l_bfgs_overtakes() -> None:
    overtaking = pace([100, 1, 0.5, 0.2, 0.1, NEAR / 2], [100, 50, 5, 0.1, NEAR / 2])
    assert overtaken(overtaking) == 4
    assert pace_sentence(overtaking, "Left") == "A race: EM 6 passes, L-BFGS 5; overtaking at 4 (ring)."
    behind = pace([100, 1, NEAR / 2], [100, 50, 5, 0.1, NEAR / 2])
    assert overtaken(behind) is None
    assert pace_sentence(behind, "Left") == "A race: EM 3 passes, L-BFGS 5."
    ahead = pace([100, 50, 5, NEAR / 2], [100, 1, NEAR / 2])
    assert overtaken(ahead) is None  # never behind, so nobody is overtaken
    assert pace_sentence(pace([9, 8], [9, 8.5]), "Left") == "A race: EM > 2 passes, L-BFGS > 2."


def test_a_fall_does_not_count_as_arriving_later() -> None:
    fallen = pace([100, 1, NEAR / 2, 30], [100, 50, 5, 0.1])
    assert fallen.passes_to("EM", NEAR) == 3
    assert (np.diff(fallen.distance("EM")) <= 0).all()


def test_the_closing_sentences_read_their_numbers_from_the_run() -> None:
    heights = np.full((4, 200), -10.0)
    heights[3, :6] = -12.0
    heights[1:3] = -11.0
    passes = np.full((4, 200), 25.0)
    passes[1:3], passes[3] = 300, 72
    converged = np.ones((4, 200), dtype=bool)
    converged[1:3] = False
    crowd = RandomStarts(heights, passes, converged, np.zeros((4, 200), dtype=bool))
    cost, end = random_start_sentences(crowd, 300, 0.1)
    assert cost == "Stopped at 300 passes: plain gradient 100 %."
    assert [median_passes(crowd, row, 300) for row in range(4)] == ["25", "> 300", "> 300", "72"]
    assert end == (
        "No method promises the best, though EM always found it here.",
        "Of 200 starts, L-BFGS missed it from 6.",
    )
    heights[0, :2] = -12.0
    crowd.collapsed[0, 1] = True
    heights[0, 1] = 1e6  # where it collapsed ℓ says nothing
    assert random_start_sentences(crowd, 300, 0.1)[1] == (
        "No method promises the best: where it starts decides.",
        "Of 200 starts, EM missed it from 2, L-BFGS from 6; 1 climb collapsed.",
    )
    crowd.collapsed[0, 1] = False
    heights[0], heights[3] = -10.0, -10.0
    assert random_start_sentences(crowd, 300, 0.1)[1] == (
        "No method promises the best, though both always found it here.",
        "EM and L-BFGS, from all of 200 starts.",
    )
    converged[1:3] = True
    assert random_start_sentences(crowd, 300, 0.1)[0] == "Median passes: EM 25, L-BFGS 72."
    assert median_passes(crowd, 1, 300) == "300"
    crowd.collapsed[:] = True
    assert random_start_sentences(crowd, 300, 0.1)[0] == "All climbs ended in a collapse."


def test_percents_never_round_to_all_or_to_none() -> None:
    assert [percent(share) for share in (0.0, 0.004, 0.01, 0.655, 0.995, 0.9999, 1.0)] == [
        "0 %",
        "under 1 %",
        "1 %",
        "66 %",
        "over 99 %",
        "over 99 %",
        "100 %",
    ]
