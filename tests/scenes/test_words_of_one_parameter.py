"""Every sentence of the film of one unknown mean beside its condition, on experiments of every outcome."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import rel_entr
from support import ROOT
from support.experiments import clusters
from support.sentences import FOUR_COLUMNS, Conditions, close, number, require_listed, require_refused, spoken, written

from em_film.wording import counted
from em_model import History, Mixture, fit, log_likelihood, lower_bound, responsibilities, statistics
from em_model.em import e_step
from scenes.one_parameter import OneParameter

_DEFAULT = (ROOT / "assets/experiments/one_parameter.toml").read_text(encoding="utf-8")
_KNOWN = "known = { weights = true, covariances = true, means = [1] }\n"
_PAIR = f'[data]\npoints = 60\n{clusters([[0.0], [3.0]])}[start]\nmeans = [0.0, 6.0]\ncovariances = "identity"\n'
_HOLLOW = f'[data]\ncsv = "symmetric.csv"\n[start]\nmeans = [0, 0]\ncovariances = "identity"\n[fit]\n{_KNOWN}'
_EXPERIMENTS = {
    "the default": _DEFAULT,
    "a poor start": _DEFAULT.replace("[0.0, 0.6]", "[0.0, -0.3]").replace("[0.0, -0.2]", "[0.0, 1.0]"),
    "twins on level ground": _HOLLOW,
    "tolerance 0": _DEFAULT.replace("[fit]", "[fit]\ntolerance = 0\nmax_steps = 60"),
    "a loose tolerance": _DEFAULT.replace("[fit]", "[fit]\ntolerance = 0.05"),
    "stopped": _DEFAULT.replace("[fit]", "[fit]\nmax_steps = 4"),
    "stopped at once": _DEFAULT.replace("[fit]", "[fit]\nmax_steps = 1"),
    "one hill": f"{_PAIR}[fit]\n{_KNOWN}[film]\nother_start = [0.0, -3.0]\n",
    "the same of two hills": _DEFAULT.replace("other_start = [0.0, -0.2]", "other_start = [0.0, 5.0]"),
    "no other start": _DEFAULT.replace("other_start = [0.0, -0.2]\n", ""),
}
_N = r"[−\d.]+"


class _Facts:
    """What is true of a film's fits, from the model alone."""

    def __init__(self, film: OneParameter) -> None:
        self.film, self.data = film, film.dataset.data
        self.histories: list[History] = [run.history for run in film.problem.runs]
        self.first, self.other = self.histories[0], self.histories[-1]
        self.width = film.problem.ground.window.right - film.problem.ground.window.left
        self.grid = np.linspace(film.problem.ground.window.left, film.problem.ground.window.right, 1001)
        red = self.red(self.grid)
        inner = np.flatnonzero((red[1:-1] > red[:-2]) & (red[1:-1] >= red[2:])) + 1
        self.hills = self.grid[inner]
        self.start = np.array([self.mean(self.first, 0)])

    def red(self, places: np.ndarray) -> np.ndarray:
        return np.asarray(log_likelihood(self.data, self.along(places)))

    def along(self, places: np.ndarray) -> Mixture:
        start, count = self.first.start, len(places)
        means = np.stack([np.full(count, start.means[0, 0]), places], axis=1)[..., None]
        return Mixture(np.tile(start.weights, (count, 1)), means, np.tile(start.covariances, (count, 1, 1, 1)))

    def bound(self, shares: np.ndarray, places: np.ndarray) -> np.ndarray:
        return np.asarray(lower_bound(statistics(self.data, shares), self.along(places)))

    def divergence(self, shares: np.ndarray) -> float:
        """KL of shares from the posterior at the start."""
        return float(rel_entr(shares, responsibilities(self.data, self.first.start)).sum())

    def mean(self, history: History, step: int) -> float:
        return float(history.mixtures.means[step, 1, 0])

    def leads(self, history: History) -> float:
        known = self.film.experiment.known
        further = fit(self.data, history.final, max_steps=5000, tolerance=1e-13, known=known)
        return float(further.final.means[1, 0])

    def has_arrived(self, history: History) -> bool:
        return abs(self.leads(history) - self.mean(history, -1)) < 2e-3 * self.width

    def hill(self, history: History) -> float | None:
        near = self.hills[np.abs(self.hills - self.leads(history)) < 2e-3 * self.width]
        return float(near[0]) if len(near) else None

    def slope(self) -> float:
        here, step = self.mean(self.first, 0), 1e-4
        return float(np.diff(self.red(np.array([here - step, here + step])))[0] / (2 * step))

    def rises(self) -> tuple[float, float]:
        """How much red and blue rise in the first M-step."""
        old, new = self.first.mixtures[0], self.first.mixtures[1]
        blue = [float(lower_bound(e_step(self.data, old)[0], mixture)) for mixture in (old, new)]
        return float(log_likelihood(self.data, new) - log_likelihood(self.data, old)), blue[1] - blue[0]

    def rose(self, more: str, less: str, gap: str) -> bool:
        red, blue = self.rises()
        adds_up = round(number(more) - number(less) - number(gap), 9) == 0
        near = abs(number(more) - red) < 0.11 and abs(number(less) - blue) < 0.11  # as the bars' rounded heights differ
        return adds_up and near

    def on_one_hill(self) -> bool:
        hills = [self.hill(history) for history in self.histories if self.has_arrived(history)]
        return len(hills) == 2 and None not in hills and hills[0] == hills[1]

    def on_two_hills(self) -> bool:
        hills = [self.hill(history) for history in self.histories if self.has_arrived(history)]
        return len(hills) == 2 and None not in hills and hills[0] != hills[1]

    def higher(self) -> float:
        """How much higher the other start has led."""
        return float(self.other.log_likelihoods[-1] - self.first.log_likelihoods[-1])

    def stays(self) -> bool:
        return bool(np.ptp([self.mean(h, step) for h in self.histories for step in (0, 1, -1)]) < 2e-3 * self.width)


def _ends(facts: _Facts, mean: str, steps: str) -> bool:
    return steps == counted(facts.first.n_steps, "step") and close(mean, facts.mean(facts.first, -1))


def _other_ends(facts: _Facts, start: str, mean: str) -> bool:
    return close(start, facts.mean(facts.other, 0)) and close(mean, facts.mean(facts.other, -1))


_CONDITIONS: Conditions = {
    r"(\d+) points on a line, and two Gaussians\.": lambda f, n: int(n) == f.data.n_points,
    r"Only one mean, μ, is unknown\.": lambda f: f.film.experiment.known.means == (0,),
    r"Try every μ, and note how well the mixture explains the points\.": lambda f: True,
    r"ℓ\(μ\), the log-likelihood, in nats\.": lambda f: True,
    r"Uphill, but how far\? The slope does not say\.": lambda f: abs(f.slope()) > 0.1,
    r"Which way from here\? The ground is level\.": lambda f: abs(f.slope()) < 0.1,
    r"Share each point out, half and half\.": lambda f: np.allclose(f.first.start.weights, 0.5),
    r"Any shares q give a lower bound on ℓ\.": lambda f: all(
        (f.bound(shares, f.grid) <= f.red(f.grid) + 1e-9 * np.abs(f.red(f.grid))).all()
        for shares in np.random.default_rng(1).dirichlet(np.ones(2), (20, len(f.data.points)))
    ),
    r"ℓ is that bound and a gap, never below 0\.": lambda f: np.isclose(
        f.film.problem.runs[0].e_step(1, 0.0).gap, f.divergence(np.tile(f.first.start.weights, (len(f.data.points), 1)))
    ),
    r"KL: how far q is from the best shares, the posterior\.": lambda f: all(
        f.divergence(shares) > 0 for shares in np.random.default_rng(1).dirichlet(np.ones(2), (20, len(f.data.points)))
    ),
    r"E-step: the best shares at this μ leave no gap|By Bayes’ rule, at each point\.": lambda f: (
        abs(f.divergence(responsibilities(f.data, f.first.start))) < 1e-9
        and np.isclose(f.bound(responsibilities(f.data, f.first.start), f.start)[0], f.red(f.start)[0])
    ),
    r"Keep these shares, try every μ: blue is the bound\.|A parabola, because q is fixed\.": lambda f: (
        np.ptp(np.diff(f.bound(responsibilities(f.data, f.first.start), f.grid), 2)) < 1e-6
        and np.diff(f.bound(responsibilities(f.data, f.first.start), f.grid), 2)[0] < 0
    ),
    r"M-step: keep the shares; blue has its top at another μ": lambda f: not f.stays(),
    r"M-step: keep the shares; blue has its top at this very μ": lambda f: f.stays(),
    r"Blue’s top is where it touches: nothing rises\.": lambda f: f.rises()[0] < 1e-3 and f.stays(),
    r"Red rose at least as much\.": lambda f: f.rises()[0] >= f.rises()[1] > 0.05,
    rf"By ({_N}) nats, blue by ({_N}): the new gap is ({_N})\.": _Facts.rose,
    r"E-step: (fresh shares, and blue touches again|touch)": lambda f, _: f.first.n_steps > 1,
    r"M-step: (up to blue’s top; red never moves|climb)": lambda f, _: f.first.n_steps > 1,
    r"Touch, climb, touch, climb\. Red never moves\.": lambda f: (
        f.first.n_steps > f.film.experiment.film.detailed_steps
    ),
    rf"A hill: μ = ({_N}), after (.+)\.": lambda f, mean, steps: (
        f.has_arrived(f.first)
        and f.hill(f.first) is not None
        and abs(number(mean) - f.hill(f.first)) < 2.5e-3 * f.width
        and _ends(f, mean, steps)
    ),
    rf"Level ground, but no hill: μ = ({_N})\.": lambda f, mean: (
        f.has_arrived(f.first) and f.hill(f.first) is None and close(mean, f.mean(f.first, -1))
    ),
    r"More steps would not visibly move it\.": lambda f: f.has_arrived(f.first),
    rf"After (.+) the tolerance ends it: μ = ({_N})\.": lambda f, steps, mean: (
        f.first.outcome == "converged" and not f.has_arrived(f.first) and _ends(f, mean, steps)
    ),
    rf"Stopped after (.+), still on the way: μ = ({_N})\.": lambda f, steps, mean: (
        f.first.outcome == "step limit" and not f.has_arrived(f.first) and _ends(f, mean, steps)
    ),
    rf"More steps would lead to the hill at ({_N})\.": lambda f, hill: abs(number(hill) - f.hill(f.first)) < 0.01,
    rf"And from another start, μ⁽⁰⁾ = ({_N})\?": lambda f, start: (
        f.film.experiment.film.other_start is not None and close(start, f.mean(f.other, 0))
    ),
    rf"From ({_N}) it has come to μ = ({_N}), still on the way\.": lambda f, start, mean: (
        f.other.outcome == "step limit" and not f.has_arrived(f.other) and _other_ends(f, start, mean)
    ),
    rf"From ({_N}) the tolerance ends it on the way, at μ = ({_N})\.": lambda f, start, mean: (
        f.other.outcome == "converged" and not f.has_arrived(f.other) and _other_ends(f, start, mean)
    ),
    rf"From ({_N}) it ends on the same hill: μ = ({_N})\.": lambda f, start, mean: (
        f.on_one_hill() and _other_ends(f, start, mean)
    ),
    rf"From {_N} it ends on another hill, (lower|higher) by ({_N}) nats\.": lambda f, where, nats: (
        f.on_two_hills() and (where == "higher") == (f.higher() > 0) and abs(number(nats) - abs(f.higher())) < 0.11
    ),
    r"EM climbs; where it starts decides which hill\.": _Facts.on_two_hills,
    r"EM climbs; there are two hills here\.": lambda f: len(f.hills) == 2 and not f.stays() and not f.on_two_hills(),
    r"On level ground EM stays, and there are two hills here\.": lambda f: f.stays() and len(f.hills) == 2,
    r"There is one hill here, and EM climbs it\.": lambda f: len(f.hills) == 1 and not f.stays(),
    r"Why does no step lower ℓ\?|So no step lowers ℓ: it rises, or it stays\.": lambda f: all(
        np.diff(history.log_likelihoods).min() > -1e-9 for history in f.histories
    ),
}


@pytest.mark.parametrize("name", _EXPERIMENTS)
def test_each_sentence_is_listed_and_its_condition_holds(name: str, tmp_path: Path) -> None:
    (tmp_path / "symmetric.csv").write_text("x\n-4\n-3\n-2\n2\n3\n4\n", encoding="utf-8")
    film = spoken(OneParameter, written(tmp_path, _EXPERIMENTS[name]))
    require_listed(_CONDITIONS, film.said, _Facts(film))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f"[data]\npoints = 50\n{clusters([[0.0]])}",
            "fit.components: one Gaussian is no mixture; give two or more",
        ),
        (
            FOUR_COLUMNS,
            "data.columns: the data have 4 dimensions, this film draws a line; name one column",
        ),
        (
            _DEFAULT.replace("[fit]", '[fit]\nprior = "weak"'),
            "fit.prior: the covariances are known, a prior on them changes nothing; remove it",
        ),
        (
            _DEFAULT.replace(", means = [1] }", " }"),
            "fit.known.means: leaves two means unknown; name all components but one",
        ),
    ],
)
def test_what_it_cannot_show_is_refused_in_one_true_line(text: str, told: str, tmp_path: Path) -> None:
    require_refused(OneParameter, written(tmp_path, text), told)
