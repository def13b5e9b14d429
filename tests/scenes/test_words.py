"""Every sentence of the main film beside its condition, found anew from the model, on experiments of every outcome."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.sentences import OUTCOMES, close, number, require_listed, written
from support.watching import played

from em_film.page.layout import MAP
from em_film.panels.turn.map import shown_on
from em_film.wording import counted
from em_model import fit, log_likelihood, lower_bound, m_step
from em_model.em import e_step
from em_model.prior import log_prior
from scenes.em_step import EMStep

_N = r"[−\d.]+"


class _Facts:
    """What is true of a film's fit, from the model alone."""

    def __init__(self, film: EMStep) -> None:
        self.film, self.history, self.data = film, film.run.history, film.dataset.data
        self.n, self.d, self.k = self.data.n_points, self.data.n_dimensions, self.history.start.n_components
        self.prior, self.gains = self.history.prior, np.diff(self.history.objectives)
        self.detailed = min(film.experiment.film.detailed_steps, self.history.n_steps)

    def objective(self, step: int) -> float:
        mixture = self.history.mixtures[step]
        return float(log_likelihood(self.data, mixture)) + float(log_prior(self.prior, mixture))

    def bound(self, posterior: int, step: int) -> float:
        """Blue with the posterior of one iterate at another one."""
        mixture = self.history.mixtures[step]
        found, _ = e_step(self.data, self.history.mixtures[posterior])
        return float(lower_bound(found, mixture)) + float(log_prior(self.prior, mixture))

    def still_to_be_had(self) -> float:
        further = fit(self.data, self.history.final, max_steps=2000, tolerance=1e-12, prior=self.prior)
        return max(0.0, float(further.objectives[-1] - self.history.objectives[-1]))

    def nothing_is_seen(self) -> bool:
        return self.still_to_be_had() <= max(
            2e-3 * abs(float(self.history.objectives[-1] - self.history.objectives[0])), 1e-9
        )

    def leads_elsewhere(self, step: int) -> bool:
        return self.film.run.turn_map(step, shown_on(MAP)) is not None

    def ends(self) -> list[int]:
        """How many other starts end as high as this one leads, lower, higher, and in a collapse."""
        others = self.film.outcome.others
        assert others is not None
        ends, reached = others.ends, self.objective(-1) + self.still_to_be_had()
        sound = ends[np.isfinite(ends)]
        apart = sound - reached
        counts = [(np.abs(apart) <= others.within), apart < -others.within, apart > others.within]
        return [*(int(which.sum()) for which in counts), len(ends) - len(sound)]


def _told_ends(facts: _Facts, told: str) -> bool:
    same, lower, higher, collapsed = (
        int(found[1]) if (found := re.search(rf"(\d+) {word}", told)) else 0
        for word in ("ends? (?:here|alike)", "lower", "higher", "collapses?")
    )
    return [same, lower, higher, collapsed] == facts.ends()


def _gained(facts: _Facts, first: str, last: str, step: str) -> bool:
    gains = facts.gains[int(step) - 1 :]
    written = (last == "under 0.001" and gains[-1] < 1e-3) or close(last, gains[-1])
    return int(step) == facts.detailed + 1 and (close(first, gains[0]) or gains[0] < 1e-3) and written


def _rose(facts: _Facts, more: str, less: str, gap: str) -> bool:
    red, blue = facts.objective(1) - facts.objective(0), facts.bound(0, 1) - facts.bound(0, 0)
    adds_up = round(number(more) - number(less) - number(gap), 9) == 0
    return adds_up and close(more, red) and close(gap, red - blue)


_Holds = Callable[..., bool]
_CONDITIONS: dict[str, _Holds] = {
    r"(\d+) points\. Which group does each one belong to\?": lambda f, n: int(n) == f.n,
    r"(\d+) columns fitted, 2 shown\.": lambda f, d: int(d) == f.d > 2,
    r"Guess (.+)\.": lambda f, many: many == counted(f.k, "Gaussian"),
    r"Ellipses: one and two standard deviations\.": lambda f: f.d > 1,
    r"How good is a guess\? The log-likelihood ℓ\(θ\) tells\.": lambda f: True,
    r"\+1 nat: data e times as likely\.": lambda f: f.prior is None,
    r"Here with log p\(θ\): a prior\.": lambda f: f.prior is not None,
    r"θ is (.+): we look along one line\.": lambda f, size: (
        size == counted(f.k - 1 + f.k * f.d + f.k * f.d * (f.d + 1) // 2, "number")
    ),
    r"It leads to the next guess\.": lambda f: np.allclose(
        f.film.run.line(1).at(1.0).means, m_step(f.history.statistics[0], f.history.start, prior=f.prior).means
    ),
    r"E-step: how much does each Gaussian account for each point\?": lambda f: f.k > 1,
    r"E-step: (?:fresh shares )?close the gap": lambda f: (
        f.k > 1 and all(np.isclose(f.bound(step, step), f.objective(step)) for step in (1, 2)[: f.history.n_steps - 1])
    ),
    r"E-step: there is nothing to share: the bound is ℓ itself|E-step: nothing to share": lambda f: f.k == 1,
    r"Shares q lift a lower bound to ℓ\.": lambda f: f.k > 1 and np.isclose(f.bound(0, 0), f.objective(0)),
    r"M-step: up to blue's top": lambda f: f.gains[1 : f.detailed].max() >= 1e-3,
    r"M-step: this is blue's top already": lambda f: f.gains[1 : f.detailed].min() < 1e-3,
    r"M-step: keep the shares, fit every Gaussian to its share": lambda f: f.k > 1,
    r"M-step: fit the Gaussian to the points": lambda f: f.k == 1,
    r"(Those Gaussians are|That Gaussian is) blue's top\.": lambda f, those: (
        those.startswith("Those") == (f.k > 1)
        and np.isclose(f.bound(0, 1), max(f.bound(0, 1), f.bound(0, 0), f.bound(0, -1)))
    ),
    r"Red is nowhere below blue, so it rose at least as much\.": lambda f: (
        f.objective(1) - f.objective(0) >= f.bound(0, 1) - f.bound(0, 0) - 1e-9
    ),
    rf"By ({_N}) against ({_N}) nats; the gap, ({_N}), is KL\(q ‖ posterior\)\.": _rose,
    r"The next step leads elsewhere: the line turns about θ⁽¹⁾\.": lambda f: (
        f.gains[1] >= 1e-3 and f.leads_elsewhere(1)
    ),
    r"The line turns about θ⁽([²³])⁾": lambda f, i: f.leads_elsewhere("¹²³".index(i) + 1),
    r"The next step goes on along the same line\.": lambda f: not f.leads_elsewhere(1),
    r"The next step gains less than 0\.001 nats\.": lambda f: f.gains[1 : f.detailed + 1].min() < 1e-3,
    r"Red dots: same ℓ left and right\.": lambda f: f.leads_elsewhere(1),
    r"Blue rings: the next E-step's bound\. Their middle is θ⁽²⁾\.": lambda f: f.leads_elsewhere(1),
    r"Touch, climb, touch, climb\.": lambda f: f.gains[f.detailed :].max() >= 1e-3,
    r"Every further step gains less than 0\.001 nats\.": lambda f: f.gains[f.detailed :].max() < 1e-3,
    rf"Each gains less: ({_N}|under 0\.001) nats in step (\d+), ({_N}|under 0\.001) at last\.": lambda f, a, step, b: (
        bool((np.diff(f.gains[f.detailed :]) < 0).all()) and _gained(f, a, b, step)
    ),
    rf"They gain ({_N}|under 0\.001) nats in step (\d+), ({_N}|under 0\.001) at last\.": lambda f, a, step, b: (
        not (np.diff(f.gains[f.detailed :]) < 0).all() and _gained(f, a, b, step)
    ),
    rf"After (.+) nothing visibly moves: ℓ = ({_N})\.": lambda f, steps, ell: (
        steps == counted(f.history.n_steps, "step")
        and f.nothing_is_seen()
        and close(ell, f.history.log_likelihoods[-1])
    ),
    r"Blue touches at its own top\.": lambda f: f.nothing_is_seen(),
    rf"After .+ the tolerance ends it: ℓ = ({_N})\.": lambda f, ell: (
        f.history.outcome == "converged" and not f.nothing_is_seen() and close(ell, f.history.log_likelihoods[-1])
    ),
    rf"Stopped after .+, still climbing: ℓ = ({_N})\.": lambda f, ell: (
        f.history.outcome == "step limit" and not f.nothing_is_seen() and close(ell, f.history.log_likelihoods[-1])
    ),
    rf"({_N}) nats are still to be had\.": lambda f, nats: close(nats, f.still_to_be_had()),
    r"(From \d+ other starts: .+\.)": _told_ends,
    r"EM climbs; the start decides which hill\.": lambda f: f.ends()[2] == 0 < f.ends()[1],
    r"All roads lead there\.": lambda f: f.ends()[1:] == [0, 0, 0],
    r"All that do not collapse lead there\.": lambda f: f.ends()[1:3] == [0, 0] and f.ends()[3] > 0,
    rf"The best is ({_N}) nats higher\.": lambda f, nats: (
        f.ends()[2] > 0 and close(nats, np.nanmax(f.film.outcome.others.ends) - f.objective(-1))
    ),
    r"Dashed: the points came from these\.": lambda f: f.film.experiment.truth is not None,
    r"Its Gaussians are outlined\.": lambda f: f.film.experiment.truth is None and f.ends()[2] > 0,
    r"One Gaussian has one best fit\.|Every start leads to it, in one step\.": lambda f: f.k == 1,
}


def _sentences(film: EMStep) -> list[str]:
    """Return what is said, a sentence each; those that belong together as one."""
    lines = [line for caption in film.renderer.file_writer.subcaptions for line in caption.content.split("\n")]
    parted = r"(?<=higher\.) (?=Dashed|Its)"
    return [sentence for line in lines for sentence in re.split(parted, line)]


@pytest.mark.parametrize("name", OUTCOMES)
def test_each_sentence_of_the_main_film_is_listed_and_its_condition_holds(name: str, tmp_path: Path) -> None:
    film = played(EMStep, written(tmp_path, OUTCOMES[name]))
    require_listed(_CONDITIONS, _sentences(film), _Facts(film))
