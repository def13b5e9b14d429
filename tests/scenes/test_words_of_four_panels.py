"""Every sentence of the film in four panels beside its condition, on experiments of every outcome."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support.sentences import OUTCOMES, PAIR, Conditions, close, require_listed, spoken, written

from em_film.wording import counted
from em_model import fit, lower_bound
from em_model.statistics import statistics
from scenes.four_panels import FourPanels

_EXPERIMENTS = OUTCOMES | {
    "twins, tolerance 0": f"{PAIR}[start]\nmeans = [[1.0, 0.0], [1.0, 0.0]]\n[fit]\ntolerance = 0\nmax_steps = 9\n",
}


class _Facts:
    """What is true of a film's fit, from the model alone."""

    def __init__(self, film: FourPanels) -> None:
        self.film, self.history, self.data = film, film.history, film.dataset.data
        self.k, self.d = self.history.start.n_components, self.data.n_dimensions
        self.gains = np.diff(self.history.objectives)
        self.detailed = film.experiment.film.detailed_steps

    def lifted(self) -> float:
        """How far the bound of the weights alone lies under ℓ at the start."""
        start = self.history.start
        found = statistics(self.data, np.tile(start.weights, (self.data.n_rows, 1)))
        return float(self.history.log_likelihoods[0]) - float(lower_bound(found, start))

    def is_at_the_top(self) -> bool:
        further = fit(self.data, self.history.final, max_steps=2000, tolerance=1e-12, prior=self.history.prior)
        left = float(further.objectives[-1] - self.history.objectives[-1])
        return left <= max(2e-3 * float(self.history.objectives[-1] - self.history.objectives[0]), 1e-9)

    def ended(self, how: str, steps: str, rest: str) -> bool:
        top, converged = self.is_at_the_top(), self.history.outcome == "converged"
        known = {
            "Converged": (True, True),
            "At the top": (True, False),
            "Ended by the tolerance": (False, True),
            "Stopped": (False, False),
        }
        truth = self.film.experiment.truth
        shown = rest.startswith("; dashed") == (truth is not None)
        of_many = truth is None or rest.endswith("clusters") == (truth.n_components > 1)
        told = steps == counted(self.history.n_steps, "step")
        return known[how] == (top, converged) and shown and of_many and told


_CONDITIONS: Conditions = {
    r"(\d+) points, and a first guess of (\w+ Gaussians?)": lambda f, n, k: (
        int(n) == f.data.n_points and k == counted(f.k, "Gaussian") and f.d <= 2
    ),
    r"(\d+) points, 2 of (\d) columns shown; a guess: (\w+ Gaussians?)": lambda f, n, d, k: (
        int(n) == f.data.n_points and k == counted(f.k, "Gaussian") and int(d) == f.d > 2
    ),
    r"E-step: the lower bound rises until it touches": lambda f: f.k > 1 and f.lifted() > 1e-3,
    r"E-step: the lower bound touches already": lambda f: f.k > 1 and f.lifted() < 1e-3,
    r"E-step: nothing to share, the bound is ℓ itself": lambda f: f.k == 1,
    r"M-step: to the top of the bound; the slice(s?) moves? along": lambda f, s: bool(s) == (f.k * f.d > 1),
    r"Again: up to the touch, then to the top": lambda f: f.gains[1] > 1e-3,
    r"Again, and nothing visibly moves": lambda f: f.gains[1] < 1e-3,
    r"And so on: every step raises ℓ( \+ log p)?": lambda f, p: (
        bool(p) == (f.history.prior is not None) and bool((f.gains[f.detailed :] > 0).all())
    ),
    r"And so on: each step gains less than 0\.001 nats": lambda f: f.gains[f.detailed :].max() < 1e-3,
    r"(Converged|At the top|Ended by the tolerance|Stopped) after ([^;,]+?)((?:, on the way)?; dashed: .*)": (
        lambda f, how, steps, rest: f.ended(how, steps, rest.removeprefix(", on the way"))
    ),
    r"(Converged) after ([^;,]+), ℓ = ([−\d.]+)": lambda f, how, steps, ell: (
        f.ended(how, steps, "") and close(ell, f.history.log_likelihoods[-1])
    ),
}


@pytest.mark.parametrize("name", _EXPERIMENTS)
def test_each_sentence_is_listed_and_its_condition_holds(name: str, tmp_path: Path) -> None:
    film = spoken(FourPanels, written(tmp_path, _EXPERIMENTS[name]))
    require_listed(_CONDITIONS, film.said, _Facts(film))
