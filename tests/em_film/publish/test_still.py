"""One frame: the film's own at that moment, found by time or by section, without rendering the film."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from manim.scene.scene_file_writer import SceneFileWriter
from PIL import Image
from support.running import Run

from em_film.experiment.experiment import Experiment
from em_film.publish.films import film_files
from em_film.publish.session import Session, session
from em_film.publish.still import frame_of
from em_film.renderer.rehearsal import Picture, Section, Timeline
from em_film.runs.sample import MOST_DRAWN, drawn_rows
from em_model import EMError

_LINE = Timeline(15.0, (Section("title", 0, 30, 29), Section("M-step 1", 30, 75, 70), Section("M-step 10", 75, 80, 79)))
_BIG = """\
[data]
points = 60000
[[data.cluster]]
weight = 1
mean = [0, 0]
covariance = [[1, 0], [0, 1]]
[fit]
components = 2
max_steps = 1
"""


@pytest.fixture
def stage(small: Path) -> Iterator[Session]:
    settings = {"quality": "low_quality", "disable_caching": True}
    with session("tiny_film", experiment=small, theme=None, settings=settings) as stage:
        yield stage


@pytest.fixture
def shown(stage: Session, monkeypatch: pytest.MonkeyPatch) -> list[Picture]:
    """Every frame of the tiny film, as it goes to the encoder."""
    frames: list[Picture] = []

    def write_frame(self: SceneFileWriter, pixels: Picture, *, repeat: int = 1) -> None:
        frames.extend([pixels.copy()] * repeat)
        plain(self, pixels, repeat=repeat)

    plain = SceneFileWriter.write_frame
    monkeypatch.setattr(SceneFileWriter, "write_frame", write_frame)
    stage.performance().render()
    return frames


def test_what_is_drawn_within_a_rehearsal_is_the_rest_of_a_section_and_not_drawn_again(
    stage: Session, shown: list[Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, renderer = stage.rehearsal(rests=lambda name: True)
    scene.render()
    rests = [section.rest for section in renderer.timeline.sections]
    assert set(renderer.pictures) == {rests[2]}  # in the others something always moves
    np.testing.assert_array_equal(renderer.pictures[rests[2]], shown[rests[2]])
    every = stage.pictures(*rests, drawn=renderer.pictures)
    assert set(every) == set(rests)
    for frame, picture in every.items():
        np.testing.assert_array_equal(picture, shown[frame])
    monkeypatch.setattr(Session, "rehearsal", None)
    assert set(stage.pictures(*rests, drawn=every)) == set(rests)


def test_a_rehearsal_knows_every_frame_of_the_film_without_drawing_one(stage: Session, shown: list[Picture]) -> None:
    scene, renderer = stage.rehearsal()
    scene.render()
    timeline = renderer.timeline
    assert timeline.n_frames == len(shown)
    assert [section.name for section in timeline.sections] == ["points & <such>", "it moves", "end"]
    assert not renderer.pictures


def test_a_section_comes_to_rest_before_what_it_showed_is_taken_away(stage: Session, shown: list[Picture]) -> None:
    scene, renderer = stage.rehearsal()
    scene.render()
    _, moves, end = renderer.timeline.sections
    assert moves.rest == moves.end - 1  # it never rests
    assert np.array_equal(shown[end.rest], shown[end.rest - 1])
    assert not np.array_equal(shown[end.rest], shown[end.rest + 3])
    assert end.rest == end.end - 1 - round(0.4 * 15)


def test_a_still_is_the_films_frame_in_motion_at_rest_and_at_the_end(stage: Session, shown: list[Picture]) -> None:
    scene, renderer = stage.rehearsal()
    scene.render()
    moves = renderer.timeline.sections[1]
    for frame in [0, 3, moves.first - 1, moves.first, moves.first + 8, moves.end - 1, len(shown) - 1]:
        np.testing.assert_array_equal(stage.pictures(frame)[frame], shown[frame], err_msg=f"frame {frame}")
    assert not np.array_equal(shown[moves.first], shown[moves.first + 8])


def test_several_stills_of_one_rehearsal_are_the_films_frames(stage: Session, shown: list[Picture]) -> None:
    scene, renderer = stage.rehearsal()
    scene.render()
    frames = [section.first + 2 for section in renderer.timeline.sections] + [len(shown) - 1]
    pictures = stage.pictures(*frames)
    assert list(pictures) == frames
    for frame in frames:
        np.testing.assert_array_equal(pictures[frame], shown[frame], err_msg=f"frame {frame}")


def test_the_command_writes_the_frame_it_was_asked_for(
    stage: Session, shown: list[Picture], small: Path, tmp_path: Path, run: Run
) -> None:
    scene, renderer = stage.rehearsal()
    scene.render()
    timeline = renderer.timeline
    asked = {
        "3.4": timeline.frame_at(3.4),
        "0:03.4s": timeline.frame_at(3.4),
        "It Moves": timeline.rest_of("it moves"),
        None: timeline.rest_of("it moves"),
    }
    for at, frame in asked.items():
        arguments = ["--at", at] if at else []
        result = run("still", "tiny_film", small, *arguments, "-q", "l", "--out", tmp_path / "out")
        assert result.exit_code == 0, result.stderr
        assert frame is not None
        with Image.open(result.stdout.strip()) as picture:
            np.testing.assert_array_equal(np.asarray(picture), shown[frame])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "tiny_film-small-0-03.4s.png",
        "tiny_film-small-3.4.png",
        "tiny_film-small-It-Moves.png",
        "tiny_film-small-poster.png",
    ]


@pytest.mark.parametrize(
    ("at", "frame"),
    [("0", 0), ("1", 15), ("1.99", 29), ("2s", 30), ("0:04.8", 72), ("5.3333", 79), (".2", 3), ("m-STEP 1", 70)],
)
def test_moments_are_found(at: str, frame: int) -> None:
    assert frame_of(_LINE, at) == frame


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("5.5", "from 0 to 5.3"),
        ("-0.1", "from 0 to 5.3"),
        ("1e9", "from 0 to 5.3"),
        ("M-step", '"M-step 1"'),
        ("nothing alike", "choose from title, M-step 1, M-step 10"),
        ("", "no section"),
        ("inf", "no section"),
    ],
)
def test_moments_that_are_not_there_are_refused_with_those_that_are(at: str, told: str) -> None:
    with pytest.raises(EMError, match=told):
        frame_of(_LINE, at)


_HEAVY = {"em_and_gradient"}  # whose own tests hold the same with lighter runs


@pytest.mark.parametrize("film", [film.name for film in film_files() if film.name not in _HEAVY])
def test_every_film_has_its_telling_moment_and_captions_from_beginning_to_end(film: str) -> None:
    with session(film, experiment=None, theme=None, settings={"quality": "low_quality"}) as stage:
        scene, renderer = stage.rehearsal()
        scene.render()
        timeline, captions = renderer.timeline, renderer.file_writer.subcaptions
        poster = timeline.rest_of(stage.film.poster)
    assert poster is not None
    assert 0.1 * timeline.n_frames < poster < timeline.n_frames - 1
    assert len(captions) > 3
    assert captions[0].start.total_seconds() < 6
    assert captions[-1].end.total_seconds() > timeline.seconds - 3


def test_of_many_points_a_seeded_sample_is_drawn_and_the_film_says_so(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "big.toml"
    path.write_text(_BIG)
    assert "50000 of the 60000 points are drawn" in run("check", path).stdout
    with session("em_step", experiment=path, theme=None, settings={"quality": "low_quality"}) as stage:
        scene, renderer = stage.rehearsal(70)  # while the points stand alone
        scene.render()
        said = " ".join(caption.content for caption in renderer.file_writer.subcaptions)
        panel = vars(scene)["data_panel"]
    np.testing.assert_array_equal(panel.rows, drawn_rows(60000, Experiment.load(path).seed))
    assert len(panel.scatter.points) == MOST_DRAWN == len(set(panel.rows))
    assert "60000" in said
    assert "50000" in said
