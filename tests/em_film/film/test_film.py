"""One real render of the main film, decoded and examined; and what plain Manim does with bad input."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from support.audit import PanelAudit, Rendered, changing_frames, frames, manim, render
from support.experiments import two_clusters

from em_film.page.layout import SLICE
from em_film.page.theme import DARK, rgb

_OLD = SLICE.left + 0.6 / 2.8 * SLICE.width  # where θ_old stands: t = 0 of a window from -0.6 to 2.2
_PANEL = PanelAudit(SLICE)


def _short(steps: int) -> str:
    return two_clusters(120, f"[fit]\nmax_steps = {steps}\n[film]\ndetailed_steps = {steps}\n", title="A short film")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return render("em_step", tmp_path_factory.mktemp("film"), _short(2))


def _touches(rendered: Rendered) -> list[bool]:
    """Whether blue lies against red beside θ_old at the end of each E-step."""
    return [_PANEL.touches_at(picture, _OLD) for picture in rendered.last_before(rendered.ends_of("E-step"))]


def test_the_film_has_the_size_rate_and_length_it_should(rendered: Rendered) -> None:
    with av.open(str(rendered.film)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (854, 480, 15)
    assert rendered.length == pytest.approx(sum(float(section["duration"]) for section in rendered.sections), abs=0.2)


def test_sections_are_named_by_half_step(rendered: Rendered) -> None:
    names = [section["name"] for section in rendered.sections]
    told = ["title", "data", "start", "line", "E-step 1", "M-step 1", "turn 1", "E-step 2", "M-step 2", "end"]
    assert names == told


def test_captions_lie_inside_the_film_follow_each_other_and_can_be_read(rendered: Rendered) -> None:
    rendered.require_readable_captions()


def test_blue_is_not_above_red_in_any_column_of_any_frame(rendered: Rendered) -> None:
    compared = 0
    for moment, picture in changing_frames(rendered.film):
        under = _PANEL.blue_under_red(picture)
        compared += len(under)
        assert (under >= -3).all(), f"blue above red at {moment:.2f} s"
    assert compared > 10_000


def test_blue_touches_red_after_each_e_step(rendered: Rendered) -> None:
    assert _touches(rendered) == [True, True]


def test_without_its_entropy_blue_would_not_touch(tmp_path: Path) -> None:
    patch = "import em_film.runs.run as m; m.lower_bound = lambda s, x: __import__('em_model').lower_bound(s, x)"
    broken = render("em_step", tmp_path, _short(1), patch=f"{patch} - s.entropy")
    assert _touches(broken) == [False]


@pytest.mark.parametrize(
    ("content", "told"), [("[data]\npoints = -1\n", "data"), ("x = [", "end of the file"), (None, "no such file")]
)
def test_a_bad_experiment_is_one_line_and_status_2(content: str | None, told: str, tmp_path: Path) -> None:
    experiment = tmp_path / "bad.toml"
    if content is not None:
        experiment.write_text(content)
    done = manim("em_step", ["-s", "--media_dir", str(tmp_path / "media")], experiment)
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line]
    assert "bad.toml" in line
    assert told in line.lower()


def test_no_frame_but_the_first_is_empty(rendered: Rendered) -> None:
    ground = np.rint(255 * rgb(DARK.background))
    empty = [moment for moment, picture in frames(rendered.film) if not (np.abs(picture - ground) > 20).any()]
    assert all(moment < 0.2 for moment in empty)
