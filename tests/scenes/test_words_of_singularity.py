"""Every sentence of the film of the likelihood without a top beside its condition, on experiments of every outcome."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support import ROOT
from support.experiments import clusters
from support.sentences import FOUR_COLUMNS, Conditions, close, number, require_listed, require_refused, spoken, written

from em_film.wording import counted
from em_model import History, fit, log_likelihood
from scenes.singularity import NoTop

_DEFAULT = (ROOT / "assets/experiments/singularity.toml").read_text(encoding="utf-8")
_WIDE = _DEFAULT.replace("means = [5.0, 0.0]", "means = [0.0, 2.0]").replace(
    "covariances = [[[0.09]], [[7.3]]]\nweights = [0.1, 0.9]", 'covariances = "data"'
)
_EXPERIMENTS = {
    "the default": _DEFAULT,
    "a start that does not fall": _WIDE,
    "twins at a saddle": f"[data]\npoints = 60\n{clusters([[0.0], [3.0]])}[start]\nmeans = [1.0, 1.0]\n",
    "tolerance 0": _DEFAULT.replace("[fit]", "[fit]\ntolerance = 0\nmax_steps = 60"),
    "a loose tolerance": _DEFAULT.replace("[fit]", "[fit]\ntolerance = 0.05"),
    "stopped": _DEFAULT.replace("[fit]", "[fit]\nmax_steps = 6"),
    "stopped at once": _DEFAULT.replace("[fit]", "[fit]\nmax_steps = 1"),
    "one hill": f"[data]\npoints = 40\n{clusters([[0.0]])}[fit]\ncomponents = 2\n",
    "no prior given": _DEFAULT.replace('prior = "weak"\n', ""),
    "three Gaussians": f"[data]\npoints = 60\n{clusters([[0.0], [4.0], [9.0]])}",
}
_N = r"[−\d.]+"


class _Facts:
    """What is true of a film's fits, from the model alone."""

    def __init__(self, film: NoTop) -> None:
        problem = film.problem
        self.film, self.data, self.problem = film, film.dataset.data, problem
        self.falling, self.mended, self.k = problem.falling, problem.mended, problem.falling.start.n_components

    def deviation(self, step: int) -> float:
        return float(np.sqrt(self.falling.mixtures.covariances[step, self.problem.component, 0, 0]))

    def left(self, history: History, steps: int = 3000) -> float:
        further = fit(self.data, history.final, max_steps=steps, tolerance=1e-13, prior=history.prior)
        return float(further.objectives[-1] - history.objectives[-1])

    def has_arrived(self) -> bool:
        left, climb = self.left(self.mended), float(self.mended.objectives[-1] - self.mended.objectives[0])
        return left <= 2e-3 * climb and left < 0.05

    def red(self, position: float) -> float:
        return float(log_likelihood(self.data, self.problem.line.at(position)))

    def with_prior(self) -> np.ndarray:
        line = self.problem.line.at(np.linspace(self.problem.narrowest, self.problem.high + 2, 50))
        return np.asarray(log_likelihood(self.data, line) + self.mended.prior.log_density(line))

    def wider(self, count: str, verb: str, where: str, ell: str) -> bool:
        ends = [float(history.log_likelihoods[-1]) for history in self.problem.wider]
        rest = all(self.left(history) < 0.01 for history in self.problem.wider)
        alike = max(ends) - min(ends) < 0.01
        told = f"{count.lower()} wider start{'s' * (len(ends) > 1)}" == counted(len(ends), "wider start")
        return told and rest and alike == (where == "on a hill") and close(ell, max(ends)) and verb in ("end", "ends")

    def costs(self, nats: str) -> bool:
        assert self.problem.relaxed is not None
        held, free = (float(history.log_likelihoods[-1]) for history in (self.mended, self.problem.relaxed))
        rests = self.left(self.problem.relaxed) < 0.02
        return self.has_arrived() and rests and abs(number(nats) - (free - held)) <= 1.1 * 10.0 ** -len(nats[2:])

    def heights(self, held: str, free: str, *spreads: str | None) -> bool:
        assert self.problem.relaxed is not None
        ends = (self.mended, self.problem.relaxed)
        told = all(close(text, history.log_likelihoods[-1]) for text, history in zip((held, free), ends, strict=True))
        others = [i for i in range(self.k) if i != self.problem.component]
        most = max(others, key=lambda i: float(self.mended.final.weights[i]))
        widths = [float(np.sqrt(history.final.covariances[most, 0, 0])) for history in ends]
        whose, *written = spreads
        named = whose is None or (whose == "the other") == (self.k == 2)
        return told and named and all(w is None or close(w, width) for w, width in zip(written, widths, strict=True))


_CONDITIONS: Conditions = {
    r"(\d+) points, (\w+ Gaussians), one mean on a data point \(circled\)\.": lambda f, n, k: (
        int(n) == f.data.n_points
        and k == counted(f.k, "Gaussian")
        and int((np.abs(f.data.points[:, 0] - f.problem.seat) < 1e-9).sum()) == 1
    ),
    r"Make that Gaussian narrower: σ slides down\.": lambda f: f.problem.narrowest < f.problem.high,
    r"Red: first its neighbours lose, then its own point gains more\.": lambda f: (
        min(f.red(u) for u in np.linspace(f.problem.high, f.problem.high - 7, 50)) < f.red(f.problem.high)
        and f.red(f.problem.narrowest) > f.red(f.problem.narrowest + 5)
    ),
    rf"Ten times narrower: ({_N}) nats more, for ever\.": lambda f, nats: close(
        nats, f.red(-12.0 - np.log(10)) - f.red(-12.0)
    ),
    r"The point gains −log σ; the other (Gaussian covers|Gaussians cover) the rest\.": lambda f, others: (
        (others == "Gaussian covers") == (f.k == 2)
    ),
    r"EM starts near that point\.": lambda f: (
        abs(f.falling.start.means[f.problem.component, 0] - f.problem.seat) < float(np.ptp(f.data.points)) / 10
    ),
    r"Red: that Gaussian, shrunk onto its point; all else at rest\.": lambda f: True,
    r"E-step: blue, a lower bound, rises until it touches": lambda f: f.falling.n_steps > 0,
    r"M-step: to blue's top: σ from ([\d.]+) to ([\d.·⁻⁰-⁹¹²³]+)": lambda f, old, new: (
        abs(number(old) - f.deviation(0)) < 0.006 and ("·" in new or abs(number(new) - f.deviation(1)) < 0.006)
    ),
    r"Both curves change: all else moves, too\.": lambda f: f.falling.n_steps > 0,
    r"Narrower and narrower\.|Its neighbours' shares vanish, and with them its width\.": lambda f: (
        f.falling.n_steps > 1 and all(f.deviation(i + 1) < f.deviation(i) for i in range(f.falling.n_steps))
    ),
    r"E-step: blue rises, touches, and then has no top": lambda f: (
        f.falling.statistics[-1].covariances[f.problem.component, 0, 0] <= 0
    ),
    r"Not the start's fault: this likelihood has no maximum\.": lambda f: (
        f.k > 1 and f.falling.shape == "full" and not f.film.experiment.known.covariances
    ),
    rf"(\w+) wider starts? (ends?) (on a hill|on hills, the higher) at ℓ = ({_N})\.": _Facts.wider,
    rf"\w+ wider starts? leads? up to ℓ = ({_N})\.": lambda f, ell: (
        any(f.left(history) >= 0.01 for history in f.problem.wider)
        and close(ell, max(float(history.log_likelihoods[-1]) for history in f.problem.wider))
    ),
    rf"Not the maximum: below log σ = ({_N}) the spike is higher\.": lambda f, u: (
        abs(number(u) - f.problem.passes(max(float(h.log_likelihoods[-1]) for h in f.problem.wider), f.falling.final))
        < 0.06
    ),
    r"A prior p: each Gaussian imagines (\d+) more points \(rings\)\.": lambda f, n: int(n) == f.mended.prior.points,
    r"As they count, red, now ℓ \+ log p, gets a top\.": lambda f: 0 < np.argmax(f.with_prior()) < 49,
    r"The same start, with the prior: touch, climb\.": lambda f: f.mended.objectives[-1] > f.mended.objectives[0],
    rf"EM arrives; the prior costs ({_N}) nats\.": _Facts.costs,
    rf"ℓ ({_N}), not ({_N})(?:; (the other|the largest other) σ ({_N}), not ({_N}))? \(dashed\)\.": _Facts.heights,
    r"EM arrives\.|Without the prior it would collapse from here, too\.": lambda f: (
        f.has_arrived() and f.problem.relaxed is None
    ),
    r"After (.+) it still climbs\.": lambda f, steps: (
        not f.has_arrived() and f.mended.outcome == "step limit" and steps == counted(f.mended.n_steps, "step")
    ),
    r"After (.+) the tolerance ends it, on the way\.": lambda f, steps: (
        not f.has_arrived() and f.mended.outcome == "converged" and steps == counted(f.mended.n_steps, "step")
    ),
    rf"({_N}) nats of ℓ \+ log p are still to be had\.": lambda f, nats: close(nats, f.left(f.mended)),
    r"em-film check tells it; one line under \[fit\] mends it\.": lambda f: (
        "fit: " in f.problem.complaint and f.mended.outcome != "collapsed"
    ),
}


@pytest.mark.parametrize("name", _EXPERIMENTS)
def test_each_sentence_is_listed_and_its_condition_holds(name: str, tmp_path: Path) -> None:
    film = spoken(NoTop, written(tmp_path, _EXPERIMENTS[name]))
    require_listed(_CONDITIONS, film.said, _Facts(film))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f"[data]\npoints = 50\n{clusters([[0.0]])}",
            "fit.components: one Gaussian has a best fit, nothing collapses; give two or more",
        ),
        (
            FOUR_COLUMNS,
            "data.columns: the data have 4 dimensions, this film draws a line; name one column",
        ),
    ],
)
def test_what_it_cannot_show_is_refused_in_one_true_line(text: str, told: str, tmp_path: Path) -> None:
    require_refused(NoTop, written(tmp_path, text), told)
