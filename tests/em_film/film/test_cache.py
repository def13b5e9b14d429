"""Real renders, one after another: what may be shown from the cache is, and nothing that has changed ever is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from support import ROOT
from support.experiments import two_clusters

from em_film.film import cache
from em_film.film.cache import code_fingerprint
from scenes.em_step import EMStep

_EXPERIMENT = two_clusters(60, "[fit]\nmax_steps = 2\n[film]\ndetailed_steps = 2\n", title="Again")


@dataclass(frozen=True)
class Shown:
    plays: int
    rendered: list[int]
    frames: NDArray[np.uint8]


@dataclass(frozen=True)
class Copy:
    """A copy of the code and everything it has rendered so far."""

    folder: Path

    def render(self, theme: str = "dark") -> Shown:
        environment = os.environ | {"PYTHONPATH": str(self.folder), "EM_EXPERIMENT": "again.toml", "EM_THEME": theme}
        options = ["-r", "160,90", "--fps", "5", "--progress_bar", "none", "--media_dir", "media"]
        command = [sys.executable, "-m", "manim", "render", "scenes/em_step.py", *options]
        environment |= {"COLUMNS": "400"}  # so that no line of the log is broken
        environment |= {"EM_FILM_JOBS": "1"}  # what a second process has made would be told as from the cache
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        plays = int(re.search(r"Played (\d+) animations", done.stdout).group(1))
        reused = {int(number) for number in re.findall(r"Animation (\d+) : Using cached data", done.stdout)}
        (film,) = (self.folder / "media/videos/em_step/90p5").glob("*.mp4")
        with av.open(str(film)) as container:
            frames = np.array([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
        return Shown(plays, [number for number in range(plays) if number not in reused], frames)

    def change(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text(encoding="utf-8")
        assert old in text
        (self.folder / file).write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Copy, Shown]:
    folder = tmp_path_factory.mktemp("again")
    for part in ("em_model", "em_film", "scenes"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manim.cfg", folder)
    (folder / "again.toml").write_text(_EXPERIMENT)
    copy = Copy(folder)
    return copy, copy.render()


@pytest.fixture
def again(first: tuple[Copy, Shown], tmp_path: Path) -> tuple[Copy, Shown]:
    shutil.copytree(first[0].folder, tmp_path / "again")
    return Copy(tmp_path / "again"), first[1]


def test_a_second_render_reuses_every_play_and_shows_the_same_frames(again: tuple[Copy, Shown]) -> None:
    copy, before = again
    after = copy.render()
    assert before.rendered == list(range(before.plays))
    assert before.plays > 25
    assert after.rendered == []
    assert after.plays == before.plays
    assert np.array_equal(after.frames, before.frames)


def test_a_changed_word_renders_only_what_shows_it(again: tuple[Copy, Shown]) -> None:
    copy, before = again
    copy.change("scenes/em_step.py", '"fresh shares close the gap"', '"fresh shares shut the gap"')
    after = copy.render()
    # It comes, the movement, the rest of its section, what reading still takes, it goes.
    assert len(after.rendered) == 5
    assert after.rendered == list(range(after.rendered[0], after.rendered[0] + 5))
    assert after.frames.shape == before.frames.shape
    changed = (after.frames != before.frames).any(axis=(1, 2, 3))
    assert 5 < changed.sum() < 20


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("scenes/em_step.py", "partial(self.run.m_step, step)", "lambda t: self.run.m_step(step, t**2)"),
        ("em_film/runs/steps.py", "_LEFT, _RIGHT = -0.6, 2.2", "_LEFT, _RIGHT = -0.6, 1.7"),
        (
            "em_model/objective.py",
            "def lower_bound(",
            "def lower_bound(*a): return _bound(*a) - 9\ndef _bound(",
        ),
        ("again.toml", "seed = 24", "seed = 25"),
    ],
    ids=["film", "stage", "model", "experiment"],
)
def test_what_has_changed_is_never_shown_from_an_old_file(
    file: str, old: str, new: str, again: tuple[Copy, Shown]
) -> None:
    copy, before = again
    copy.change(file, old, new)
    after = copy.render()
    assert after.rendered == list(range(after.plays))
    if after.frames.shape == before.frames.shape:
        changed = (after.frames != before.frames).any(axis=(1, 2, 3))
        assert changed.sum() > 5
    else:
        assert len(after.frames) != len(before.frames)


def test_another_theme_is_another_film(again: tuple[Copy, Shown]) -> None:
    copy, before = again
    after = copy.render("light")
    assert after.rendered == list(range(before.plays))
    assert after.frames.mean() > 128 > before.frames.mean()


# --- the fingerprint of the code


def _fingerprint_after(monkeypatch: pytest.MonkeyPatch, target: object, name: str, value: object) -> str:
    with monkeypatch.context() as patch:
        patch.setattr(target, name, value)
        return code_fingerprint(EMStep)


def test_other_versions_of_what_draws_are_other_code(monkeypatch: pytest.MonkeyPatch) -> None:
    now = code_fingerprint(EMStep)
    for module in (cache.np, cache.manim, cache.scipy):
        assert _fingerprint_after(monkeypatch, module, "__version__", "0") != now
    assert code_fingerprint(EMStep) == now


def test_only_our_own_files_are_read_for_the_code_of_a_film(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Path] = []
    monkeypatch.setattr(cache, "import_closure", lambda path: (begun.append(path), ())[1])
    code_fingerprint(EMStep)
    assert begun == [ROOT / "scenes" / "em_step.py", ROOT / "em_film" / "film" / "film.py"]


def test_sentences_are_no_code_and_everything_else_is() -> None:
    plain = 'class A(Film):\n    """A film."""\n    def show(self):\n        self.say("E-step", f"{n} points")\n'
    plain += "        key = 'E1'\n"
    code = cache._without_sentences(plain)
    for old, new in (("E-step", "M-step"), ("points", "dots"), ("A film.", "The film.\n\n    Long.")):
        assert cache._without_sentences(plain.replace(old, new)) == code
    assert cache._without_sentences(plain + "# a remark\n") == code
    for old, new in (("'E1'", "'E2'"), ("{n}", "{m}"), ("self.say", "self.hush"), ("key", "kay")):
        assert cache._without_sentences(plain.replace(old, new)) != code
