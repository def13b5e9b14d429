"""Every sentence of the film of EM beside gradient ascent beside its condition, on experiments of every outcome."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.experiments import clusters
from support.sentences import (
    FOUR_COLUMNS,
    PAIR,
    Conditions,
    close,
    number,
    require_listed,
    require_refused,
    spoken,
    written,
)
from support.two_means import two_means_experiment

from em_film.experiment import Experiment
from em_film.panels.landscape import comparison
from em_film.wording import counted
from em_model import responsibilities
from scenes.em_and_gradient import EMAndGradient

_FITTED, _STEP = "tolerance = 1e-9\n", "step = 1.0\n"
_EXPERIMENTS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "the default": ({}, {}),
    "a poor start": ({"start": (-1.0, -3.0)}, {}),
    "twins at a saddle": ({"start": (1.0, 1.0)}, {}),
    "tolerance 0": ({}, {_FITTED: "tolerance = 0\n"}),
    "a loose tolerance": ({}, {_FITTED: "tolerance = 0.05\n"}),
    "stopped": ({}, {_FITTED: "tolerance = 1e-9\nmax_steps = 4\n"}),
    "stopped at once": ({}, {_FITTED: "tolerance = 1e-9\nmax_steps = 1\n"}),
    "few passes": ({}, {"max_passes = 60": "max_passes = 20", _FITTED: "tolerance = 0\n", _STEP: "step = 0.001\n"}),
    "one hill": ({"means": (0.0,), "spread": 1.0, "start": (-1.0, 2.0)}, {}),
    "one summit": ({"means": (0.0,), "spread": 0.8, "start": (-1.0, 2.0)}, {}),
    "unequal weights": ({"weight": 0.3}, {}),
    "from far away": ({"weight": 0.7, "start": (30.0, 40.0)}, {}),
    "a step too long": ({"start": (1.0, 1.2)}, {_STEP: "step = 40.0\n"}),
    "another summit each": ({"start": (0.9, 1.4)}, {_STEP: "step = 6.0\n"}),
    "many points": ({}, {"points = 60": "points = 6000"}),
    "few points": ({}, {"points = 60": "points = 20"}),
    "races of known shapes": ({}, {'paces = ["apart.toml", "close.toml"]': 'paces = ["held.toml", "held.toml"]'}),
    "a crowd that finds it": ({}, {'crowd = "close.toml"': 'crowd = "held.toml"'}),
    "a crowd that collapses": ({}, {'crowd = "close.toml"': 'crowd = "thin.toml"'}),
    "a crowd of which some miss it": ({}, {'crowd = "close.toml"': 'crowd = "four.toml"'}),
}
_HELD = f"""\
title = "Known shapes"
{PAIR}[start]
means = "sample"
[fit]
known = {{ weights = true, covariances = true }}
"""
_THIN = f'title = "Few points"\n[data]\npoints = 9\n{clusters([[0.0, 0.0]])}[fit]\ncomponents = 3\n'
_FOUR = f"""\
title = "Four clusters"
[data]
points = 120
{clusters([[0.0, 0.0], [4.0, 0.0], [8.0, 0.0], [12.0, 0.0]])}[ascent]
max_passes = 300
"""
_N, _P = r"[\d.]+", r"(?:under |over )?\d+ %"
_NAMES = r"[\w\- ,]+"


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Race once on what is the same in all of these experiments."""
    monkeypatch.setattr(comparison, "pace_of", lambda experiment: _pace(experiment.path.read_bytes()))
    monkeypatch.setattr(comparison, "random_starts_of", lambda experiment, *_: _starts(experiment.path.read_bytes()))


_pace_of, _starts_of = comparison.pace_of, comparison.random_starts_of


@cache
def _pace(content: bytes) -> comparison.Pace:
    return _pace_of(Experiment.parse(content, "pace.toml"))


@cache
def _starts(content: bytes) -> Any:
    return _starts_of(Experiment.parse(content, "crowd.toml"), 10, Path("/nowhere"))


def _one(methods: list[str]) -> str:
    return methods[0] if len(methods) == 1 else counted(len(methods), "method")


class _Facts:
    """What is true of a film's runs, counted anew."""

    def __init__(self, film: EMAndGradient) -> None:
        found = film.prepared
        self.film, self.found, self.maxima = film, found, found.maxima
        self.tops = np.array([summit.log_likelihood for summit in found.maxima])
        self.highest = int((self.tops > self.tops.max() - 1e-4).sum())
        self.lower = len(self.tops) - self.highest
        self.limit = found.started.ascent.max_passes
        self.on, self.passes = {}, {}
        for method, climb in found.climbs.items():
            apart = [np.abs(climb.final.means[:, 0] - summit.vector).max() for summit in found.maxima]
            nearest = int(np.argmin(apart))
            if apart[nearest] < 0.05 and climb.log_likelihoods[-1] >= self.tops[nearest] - 1e-3:
                self.on[method] = nearest
                self.passes[method] = int(climb.passes[(climb.log_likelihoods >= self.tops[nearest] - 1e-3).argmax()])
        self.reached = {method: reached >= 0 for method, reached in found.basins.reached.items()}
        self.best = {m: (r >= 0) & (r < self.highest) for m, r in found.basins.reached.items()}
        ends = found.random_starts.log_likelihoods
        self.collapsed = found.random_starts.collapsed
        self.late = ~found.random_starts.converged & ~self.collapsed & (found.random_starts.passes > 0.9 * self.limit)
        best = ends[~self.collapsed].max(initial=-np.inf)
        self.missed = {m: (ends < best - 0.1)[row] | self.collapsed[row] for m, row in (("EM", 0), ("L-BFGS", 3))}

    def each_mean_follows_its_slope(self) -> bool:
        """Whether EM's first step is each mean's slope times a length, σ² / N_k (Xu and Jordan 1996)."""
        history, data = self.found.run.history, self.film.dataset.data
        step = (history.mixtures.means[1] - history.mixtures.means[0])[:, 0]
        shares = responsibilities(data, history.start)
        slope = (shares * (data.points - history.start.means[:, 0]) / history.start.covariances[:, 0, 0]).sum(axis=0)
        return bool(np.allclose(step, history.start.covariances[:, 0, 0] / shares.sum(axis=0) * slope, atol=1e-6))

    def lost(self) -> bool:
        """Whether some grain ends on no summit."""
        return any(bool((reached < 0).any()) for reached in self.found.basins.grain_reached.values())

    def stray(self, outcome: str) -> str:
        methods = [
            m
            for m, c in self.found.climbs.items()
            if m not in self.on and (c.outcome == "pass limit") == (outcome == "pass limit")
        ]
        return ", ".join(methods)

    def share(self, where: np.ndarray, text: str) -> bool:
        return abs(100 * float(where.mean()) - number(text.strip("underov %"))) <= 1.0

    def raced(self, first: str, at: str, last: str | None, most: str | None) -> bool:
        quick = [m for m, n in self.passes.items() if n == min(self.passes.values())]
        slow = [m for m, n in self.passes.items() if n == max(self.passes.values())]
        told = first == _one(quick) and int(at) == min(self.passes.values())
        return told and (last is None or (last == _one(slow) and int(most or 0) == max(self.passes.values())))

    def adds_up(self, em: str, gradient: str) -> bool:
        line = next((line for line in self.film.said if "with EM only" in line), None)
        if line is None or "under" in line or "over" in line:
            return True
        only = [int(word) for word in line.split() if word.isdigit()]
        return int(em.split()[0]) - int(gradient.split()[0]) == only[0] - only[1]


_CONDITIONS: Conditions = {
    r"Two Gaussians; only their means are free\.": lambda f: f.film.experiment.n_components == 2,
    r"Every point of this map is a guess: two means\.|Across μ₁, up μ₂\.": lambda f: True,
    r"Its lines join guesses of equal log-likelihood ℓ\(μ₁, μ₂\)\.": lambda f: True,
    r"Two equal summits: the same mixture, names exchanged\.": lambda f: (
        f.highest == 2 and np.allclose(f.maxima[0].vector, f.maxima[1].vector[::-1], atol=1e-3)
    ),
    r"There is one summit here\.": lambda f: len(f.tops) == 1,
    r"One summit is the highest\.": lambda f: f.highest == 1 < len(f.tops),
    r"There is no lower one here\.": lambda f: f.lower == 0 and len(f.tops) > 1,
    rf"(One|Two) lower summits?, (the highest of them )?({_N}) nats down\.": lambda f, n, _, nats: (
        {"One": 1, "Two": 2}[n] == f.lower and close(nats, f.tops.max() - f.tops[f.highest])
    ),
    r"A start θ, on its level line\.": lambda f: True,
    r"EM: each mean follows its slope, with its own step length\.": lambda f: f.each_mean_follows_its_slope(),
    r"E-step: the lower bound (rises until it )?touches red at θ": lambda f, rises: (
        bool(rises) == (f.found.run.e_step(1, 0.0).gap > 1e-3) and abs(f.found.run.e_step(1, 1.0).gap) < 1e-6
    ),
    r"Its level lines are rings: it is a bowl turned over\.|The widest touches red at θ\.": lambda f: (
        f.found.run.history.log_likelihoods[1] - f.found.run.history.log_likelihoods[0] > 1e-3
    ),
    r"Nₖ: how many points component k is responsible for\.": lambda f: np.isclose(
        f.found.run.history.statistics.counts[0].sum(), f.film.dataset.data.n_points
    ),
    r"M-step: go to the middle of the rings|Inside the widest, ℓ is higher everywhere\.": lambda f: (
        f.found.run.history.log_likelihoods[1] > f.found.run.history.log_likelihoods[0]
    ),
    r"And again: a new bowl, through the new θ\.": lambda f: f.found.run.n_steps > 1,
    r"The same start for all four\.|A pass = one look at all points\.": lambda f: len(f.found.climbs) == 4,
    rf"First within 0\.001 nats: ({_NAMES}), at (\d+)\.(?: Last: ({_NAMES}), at (\d+)\.)?": _Facts.raced,
    r"None of the four has arrived on a summit\.": lambda f: not f.on,
    r"Each climb has ended elsewhere\.": lambda f: not f.on and not f.stray("pass limit"),
    rf"Out of passes: ({_NAMES})\. Ended elsewhere: ({_NAMES})\.": lambda f, late, others: (
        not f.on and late == f.stray("pass limit") and others == f.stray("other")
    ),
    rf"Not arrived when we stopped: ({_NAMES})\.": lambda f, who: who == f.stray("pass limit") and not f.stray("other"),
    rf"Ended, but on no summit: ({_NAMES})\.": lambda f, who: who == f.stray("other") and not f.stray("pass limit"),
    rf"On no summit at the end: ({_NAMES})\.": lambda f, who: (
        who == ", ".join(m for m in f.found.climbs if m not in f.on) and f.stray("other") and f.stray("pass limit")
    ),
    r"All four end on the same summit\.": lambda f: len(f.on) == 4 and len(set(f.on.values())) == 1,
    r"A grain on every start, in the colour of the summit it ends on\.": lambda f: (
        f.lost() == ("Grey: it ends on none." in f.film.said)
    ),
    r"Grey: it ends on none\.": lambda f: f.lost(),
    rf"({_P}) of starts lead EM to (?:a|the) highest summit, ({_P}) gradient ascent\.": lambda f, em, other: (
        f.share(f.best["EM"], em) and f.share(f.best["fixed step"], other) and f.lower > 0 and f.adds_up(em, other)
    ),
    rf"({_P}) succeed with EM only, ({_P}) with the gradient only\.": lambda f, em, other: (
        f.share(f.best["EM"] & ~f.best["fixed step"], em)
        and f.share(f.best["fixed step"] & ~f.best["EM"], other)
        and all(reached.mean() > 0.98 for reached in f.reached.values())
    ),
    rf"On no summit at the end: EM ({_P}), gradient ascent ({_P})\.": lambda f, em, other: (
        f.share(~f.reached["EM"], em) and f.share(~f.reached["fixed step"], other)
    ),
    r"Every start leads to (the|a highest|the highest) summit, by either method\.": lambda f, which: (
        all(best.all() for best in f.best.values())
        and which == ("the" if len(f.tops) == 1 else "a highest" if f.highest > 1 else "the highest")
    ),
    r"Here no summit is lower than another\.|Which one is reached depends on the start\.": lambda f: (
        f.lower == 0 and f.highest > 1 and len(np.unique(f.found.basins.reached["EM"])) > 1
    ),
    r"All parameters free: how fast does each method arrive\?": lambda f: (
        not any(pace.experiment.known.weights or pace.experiment.known.means for pace in f.found.paces)
    ),
    r"How fast does each method arrive\?": lambda f: any(pace.experiment.known.weights for pace in f.found.paces),
    r"(.+): EM (> )?(\d+) passes, L-BFGS (> )?(\d+)(?:; overtaking at \d+ \(ring\))?\.": lambda f, it, m, em, n, o: all(
        (float(count) == pace.passes_to(method, 1e-3)) or (more and pace.passes_to(method, 1e-3) == np.inf)
        for pace in f.found.paces
        if it == pace.experiment.heading
        for method, more, count in (("EM", m, em), ("L-BFGS", n, o))
    ),
    r"(.+?)(, all parameters free)?: (\d+) random starts\.": lambda f, which, free, n: (
        which == f.found.started.heading
        and bool(free) == (not f.found.started.known.weights)
        and int(n) == len(f.missed["EM"])
    ),
    r"The best: within 0\.1 nats of the highest ℓ found\.": lambda f: True,
    rf"Stopped at (\d+) passes:(?: EM ({_P}))?(?:,? plain gradient ({_P}))?(?:,? L-BFGS ({_P}))?\.": lambda f, n, *of: (
        int(n) == f.limit
        and all(f.share(f.late[rows], share or "0 %") for rows, share in zip(([0], [1, 2], [3]), of, strict=True))
    ),
    r"Median passes: EM (\d+), L-BFGS (\d+)\.": lambda f, em, other: (
        not f.late.any()
        and [int(em), int(other)] == [round(float(np.median(f.found.random_starts.passes[row]))) for row in (0, 3)]
    ),
    r"All climbs ended in a collapse\.": lambda f: f.collapsed.all(),
    r"No method promises a summit; here none found one\.": lambda f: f.collapsed.all(),
    r"No method promises the best: where it starts decides\.": lambda f: all(m.any() for m in f.missed.values()),
    r"No method promises the best, though (EM|L-BFGS|both) always found it here\.": lambda f, who: (
        [m for m, missed in f.missed.items() if not missed.any()] == (["EM", "L-BFGS"] if who == "both" else [who])
    ),
    r"EM and L-BFGS, from all of (\d+) starts\.": lambda f, n: (
        int(n) == len(f.missed["EM"]) and not any(missed.any() for missed in f.missed.values())
    ),
    r"Of (\d+) starts, (.+?)(?:; (\d+) climbs? collapsed)?\.": lambda f, n, told, lost: (
        int(n) == len(f.missed["EM"])
        and told
        == ", ".join(f"{m} from {where.sum()}" for m, where in f.missed.items() if where.any()).replace(
            " from", " missed it from", 1
        )
        and int(lost or 0) == f.collapsed[[0, 3]].sum()
    ),
}


def _written(folder: Path, name: str) -> Path:
    arguments, changes = _EXPERIMENTS[name]
    path = two_means_experiment(folder, **arguments)
    for other, text in (("held", _HELD), ("thin", _THIN), ("four", _FOUR)):
        (folder / f"{other}.toml").write_text(text)
    text = path.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", _EXPERIMENTS)
def test_each_sentence_is_listed_and_its_condition_holds(name: str, tmp_path: Path) -> None:
    film = spoken(EMAndGradient, _written(tmp_path, name))
    require_listed(_CONDITIONS, film.said, _Facts(film))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f"[data]\npoints = 50\n{clusters([[0.0]])}",
            "fit.components: one component, this film draws ℓ over two means; set components = 2",
        ),
        (
            FOUR_COLUMNS,
            "data.columns: the data have 4 dimensions, this film draws ℓ over two means on a line; name one column",
        ),
    ],
)
def test_what_it_cannot_show_is_refused_in_one_true_line(text: str, told: str, tmp_path: Path) -> None:
    require_refused(EMAndGradient, written(tmp_path, text), told)
