"""The table of an experiment file that says how the log-likelihood is climbed along its gradient."""

from __future__ import annotations

import pytest

from em_film.errors import ExperimentError
from em_film.experiment.experiment import Experiment
from em_model import Known

DATA = b"[data]\n[[data.cluster]]\nweight = 1\nmean = 0\ncovariance = 1\n"


def test_what_is_not_given_has_its_default() -> None:
    settings = Experiment.parse(DATA, "x.toml").ascent
    assert (settings.step, settings.max_passes, settings.grid, settings.starts) == (0.3, 300, 81, 200)
    assert (settings.paces, settings.crowd) == ((), None)


def test_what_is_given_is_read() -> None:
    table = (
        b'[ascent]\nstep = 2\nmax_passes = 50\ngrid = 21\nstarts = 12\npaces = ["a.toml", "b.toml"]\ncrowd = "c.toml"\n'
    )
    settings = Experiment.parse(DATA + table, "x.toml").ascent
    assert (settings.step, settings.max_passes, settings.grid, settings.starts) == (2.0, 50, 21, 12)
    assert (settings.paces, settings.crowd) == (("a.toml", "b.toml"), "c.toml")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("step = 0", "x.toml: ascent.step: 0 is too small; give a number above 0 and up to 1000, such as 0.3"),
        ("steps = 1", "x.toml: ascent.steps: unknown key; did you mean ascent.step?"),
        ("max_passes = 3", "x.toml: ascent.max_passes: 3 is too small; give a whole number from 20 to 2000"),
        ("grid = 500", "x.toml: ascent.grid: 500 is too large; give a whole number from 11 to 161"),
        ("starts = 1.5", "x.toml: ascent.starts: 1.5 is a number with a point"),
        ('paces = ["a.toml"]', "x.toml: ascent.paces: "),
        ('crowd = ""', "x.toml: ascent.crowd: "),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_its_remedy(line: str, told: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        Experiment.parse(DATA + f"[ascent]\n{line}\n".encode(), "x.toml")
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_known_counts_components_from_0() -> None:
    text = (
        b"[data]\n[[data.cluster]]\nweight = 1\nmean = 0\ncovariance = 1\n[start]\nmeans = [0.0, 1.0]\n"
        b"[fit]\nknown = { weights = true, means = [2] }\n"
    )
    assert Experiment.parse(text, "x.toml").known == Known(weights=True, covariances=False, means=(1,))


def test_it_is_part_of_the_fingerprint() -> None:
    one, other = (Experiment.parse(DATA + f"[ascent]\nstep = {step}\n".encode(), "x.toml") for step in (1, 2))
    assert one.fingerprint() != other.fingerprint()
