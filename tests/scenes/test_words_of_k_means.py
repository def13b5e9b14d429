"""Every sentence of the film of k-means beside its condition, on experiments of every outcome."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from support.experiments import clusters
from support.sentences import (
    FOUR_COLUMNS,
    OUTCOMES,
    PAIR,
    Conditions,
    close,
    number,
    require_listed,
    require_refused,
    spoken,
    written,
)

from em_film.experiment.dataset import drawn
from em_film.wording import counted
from em_model import fit, responsibilities
from scenes.k_means import KMeans

_REFUSED = "one Gaussian", "twins at a saddle"
_EXPERIMENTS = {name: text for name, text in OUTCOMES.items() if name not in _REFUSED} | {
    "one hill": f"[data]\npoints = 60\n{clusters([[0.0, 0.0]])}[fit]\ncomponents = 2\n",
    "four columns, stopped": f"{FOUR_COLUMNS}max_steps = 3\n",
    "only means free": f"{PAIR}[fit]\ncovariances = 'spherical'\nknown = {{ weights = true, covariances = true }}\n",
}
_N = r"[\d.]+"


def _squares(points: np.ndarray, means: np.ndarray) -> np.ndarray:
    return np.asarray(np.square(points[:, None] - means).sum(axis=2))


class _Facts:
    """What is true of a film's runs, from the points and the model alone."""

    def __init__(self, film: KMeans) -> None:
        self.film, self.fit, self.history = film, film.experiment.fit, film.problem.history
        self.few, self.all = (np.asarray(data.points, dtype=float) for data in (film.problem.few, film.dataset.data))
        self.k, self.d = self.history.start.n_components, self.all.shape[1]
        self.means = [self.history.start.means]
        self.labels = [_squares(self.few, self.means[0]).argmin(axis=1)]
        self.falls = [self.distortion(0, 0)]  # after the start, each average and each assignment
        while True:
            old, labels = self.means[-1], self.labels[-1]
            self.means.append(
                np.array([self.few[labels == k].mean(axis=0) if (labels == k).any() else old[k] for k in range(self.k)])
            )
            self.labels.append(_squares(self.few, self.means[-1]).argmin(axis=1))
            self.falls += [self.distortion(-1, -2), self.distortion(-1, -1)]
            if (self.labels[-1] == self.labels[-2]).all():
                break
        self.posterior = responsibilities(film.dataset.data, self.history.final)
        self.by_k_means = film.problem.by_k_means
        self.differing = int((self.by_k_means != self.posterior.argmax(axis=1)).sum())
        self.doubtful = int((self.posterior.max(axis=1) < 0.9).sum())

    def distortion(self, means: int, labels: int) -> float:
        return float(_squares(self.few, self.means[means])[np.arange(len(self.few)), self.labels[labels]].sum())

    def fell(self, before: str, after: str, at: int, to: int) -> bool:
        return close(before, self.falls[at]) and close(after, self.falls[to]) and number(before) > number(after)

    @property
    def steps(self) -> int:
        return len(self.means) - 1

    def rests(self) -> bool:
        known = self.film.experiment.known
        settings = {"known": known, "shape": self.history.shape, "prior": self.history.prior}
        further = fit(self.film.dataset.data, self.history.final, max_steps=2000, tolerance=1e-12, **settings)
        left = float(further.objectives[-1] - self.history.objectives[-1])
        return left <= max(2e-3 * float(self.history.objectives[-1] - self.history.objectives[0]), 1e-9)

    def right(self, first: str, early: str | None, second: str) -> bool:
        shares = []
        for found in (self.by_k_means, self.posterior.argmax(axis=1)):
            table = np.zeros((self.k, self.k))
            np.add.at(table, (found, drawn(self.film.experiment)[1]), 1)
            shares.append(100 * table[linear_sum_assignment(-table)].sum() / len(found))
        return close(first, shares[0]) and close(second, shares[1]) and (early is None) == self.rests()

    def lost(self, what: str) -> bool:
        known = self.fit.known
        return (
            ("shape" in what) == (self.fit.covariances != "spherical")
            and ("weights" in what) == (not known.weights or bool(np.ptp(self.history.final.weights) > 0))
            and ("doubt" in what) == (self.doubtful > 0)
        )


_J = rf"J falls from ({_N}) to ({_N})"
_CONDITIONS: Conditions = {
    r"(\d+) of (\d+) points, (\w+ Gaussians) of equal weight\.": lambda f, few, n, k: (
        int(few) == len(f.few) < int(n) == len(f.all) and k == counted(f.k, "Gaussian")
    ),
    r"All are round, Σ = εI; only the means move\.": lambda f: f.d <= 2,
    r"All are round, Σ = εI; only the means move\. 2 of (\d) columns shown\.": lambda f, d: int(d) == f.d > 2,
    r"Red: ε times the log-likelihood\. That has a limit at ε = 0\.": lambda f: True,
    r"E-step: soft colours; blue rises until it touches": lambda f: f.film.run.soften(0.0).gap > 1e-3,
    r"Now ε goes to 0; the means stand still\.|Each frame is a model, and blue touches red\.": lambda f: True,
    r"At ε = 0 each point is its nearest mean's\.": lambda f: bool(
        (np.ptp(np.sort(_squares(f.few, f.means[0]))[:, :2], axis=1) > 0).all()
    ),
    r"Red has kinks, blue is a parabola still\.": lambda f: f.film.run.kinks() > 0,
    r"J, the distortion: squared distances of points to their means, summed\.": lambda f: True,
    r"Blue is −J/2; red its best assignment's\.": lambda f: True,
    r"Assign: each point to its nearest mean": lambda f: True,
    r"Average: each mean to the middle of its points": lambda f: len(np.unique(f.labels[0])) == f.k,
    r"Average: each mean to the middle of its points, if it has any": lambda f: len(np.unique(f.labels[0])) < f.k,
    rf"{_J}\.": lambda f, a, b: f.fell(a, b, 0, 1),
    rf"(\w+) points? changes? hands: {_J}\.": lambda f, n, a, b: (
        counted(int((f.labels[1] != f.labels[0]).sum()), "point").startswith(n.lower()) and f.fell(a, b, 1, 2)
    ),
    rf"Average: {_J}": lambda f, a, b: f.fell(a, b, 2, 3),
    rf"The last step: {_J}\.": lambda f, a, b: f.steps == 3 and f.fell(a, b, 3, -1),
    rf"The other steps: {_J}\.": lambda f, a, b: f.steps > 3 and f.fell(a, b, 3, -1),
    r"No point changes hands: converged after (.+)\.": lambda f, steps: steps == counted(f.steps, "step"),
    rf"J fell from ({_N}) to ({_N}): red rose by half of that\.": lambda f, a, b: f.fell(a, b, 0, -1),
    r"Red has a higher hill, not reached from here\.": lambda f: (
        f.film.run.averaged(f.steps, 1.0).profile.red.max() > -0.5 * f.falls[-1]
    ),
    r"All (\d+) points, from the same means\.": lambda f, n: int(n) == len(f.all) > len(f.few),
    r"The mixture has shapes and weights, too(; colours match at the end)?\.": lambda f, _: (
        f.fit.covariances == "full" and not f.fit.known.covariances and not f.fit.known.weights
    ),
    r"They disagree on (\d+) of (\d+) points\.": lambda f, m, n: int(m) == f.differing > 0 and int(n) == len(f.all),
    r"They agree on all (\d+) points\.": lambda f, n: f.differing == 0 and int(n) == len(f.all),
    rf"Correct: k-means ({_N}) %, the mixture(, stopped early,)? ({_N}) %\.": _Facts.right,
    r"The mixture was stopped early, after (.+)\.": lambda f, steps: (
        not f.rests() and steps == counted(f.history.n_steps, "step") and f.film.experiment.truth is None
    ),
    r"The mixture is under 90 % sure of (\d+) points?, k-means of none\.": lambda f, m: int(m) == f.doubtful > 0,
    r"Here the mixture is 90 % sure of every point, too\.": lambda f: f.doubtful == 0,
    r"k-means: EM's two steps, with a hard edge\.": lambda f: True,
    r"Lost: (.+)\.": _Facts.lost,
}


@pytest.mark.parametrize("name", _EXPERIMENTS)
def test_each_sentence_is_listed_and_its_condition_holds(name: str, tmp_path: Path) -> None:
    film = spoken(KMeans, written(tmp_path, _EXPERIMENTS[name]))
    require_listed(_CONDITIONS, film.said, _Facts(film))
    assert len(film.data.edges) == (film.problem.n_components * (film.problem.n_components - 1) // 2) * (
        film.problem.data.n_dimensions <= 2
    ), "edges are drawn where they are those of what is nearest, and only there"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f"[data]\npoints = 50\n{clusters([[0.0, 0.0]])}",
            "fit.components: one component has all points, nothing is assigned; give two or more",
        ),
        (
            f"{PAIR}[start]\nmeans = [[1.0, 0.0], [1.0, 0.0]]\n",
            "start.means: two are the same, each point is as near to both; start them apart",
        ),
    ],
)
def test_what_it_cannot_show_is_refused_in_one_true_line(text: str, told: str, tmp_path: Path) -> None:
    require_refused(KMeans, written(tmp_path, text), told)
