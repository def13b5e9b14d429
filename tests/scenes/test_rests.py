"""Where a lecture stops: a section comes to rest after all that is driven in it, and its numbers are that frame's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.running import SMALL

from em_film.film.film import Film
from em_film.publish.deck.slides import slides_of
from em_film.publish.session import session


@pytest.mark.parametrize("film", ["em_step", "four_panels", "one_parameter", "singularity", "k_means"])
def test_every_section_comes_to_rest_when_all_has_moved_and_tells_the_numbers_of_that_frame(
    film: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = tmp_path / "small.toml"
    small.write_text(SMALL)
    driven, drive = [0.0], Film.drive

    def noted(self: Film[Any], *arguments: Any, **options: Any) -> None:
        drive(self, *arguments, **options)
        driven.append(self.time_shown)

    monkeypatch.setattr(Film, "drive", noted)
    experiment = small if film in {"em_step", "four_panels"} else None
    with session(film, experiment=experiment, theme=None, settings={"quality": "low_quality"}) as stage:
        scene, renderer = stage.rehearsal()
        scene.render()
    timeline = renderer.timeline
    for section in timeline.sections:
        last = max(seconds for seconds in driven if seconds * timeline.rate < section.end + 0.5)
        assert last * timeline.rate <= section.rest + 1e-6, section.name
    numbers = {slide.name: dict(slide.numbers) for slide in slides_of(scene, timeline, [])}
    for name, told in numbers.items():
        half_step, _, step = name.partition(" ")
        if half_step in {"E-step", "M-step"} and film != "k_means":
            assert told["EM steps taken"] == str(int(step) - (half_step == "E-step"))
            assert (told["gap KL(q ‖ posterior)"] == "0.00 nats") == (half_step == "E-step")
    if film == "k_means":
        assert numbers["limit"] == {"ε": "0.00"}  # both curves still count from the touch
        assert numbers["distortion"]["distortion J"] == "62.0"
    if film == "singularity":
        assert not numbers["data"]  # nothing is told of ℓ yet, though the next section begins with it
        assert numbers["wider starts"] == numbers["collapse"]  # the spike stands there again
