"""Of a film of which a part is rendered (`-n`, skipped sections), the captions say what the part says, when it does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import pytest
import srt
from manim import tempconfig
from support.running import SMALL

from em_film.film.film import Film
from em_film.publish.films import film_class

_LAST = -1  # Manim's word for "to the end"


def _render(
    folder: Path, part: tuple[int, int] = (0, _LAST), film: str = "tiny_film"
) -> tuple[float, list[srt.Subtitle]]:
    """Render from one play up to another by plain Manim; return the length in seconds and the captions."""
    experiment = folder / "small.toml"
    experiment.write_text(SMALL)
    settings: dict[str, Any] = {
        "quality": "low_quality",
        "media_dir": folder / "media",
        "from_animation_number": part[0],
        "upto_animation_number": part[1],
        "output_file": f"part-{part[0]}-{part[1]}",
        "progress_bar": "none",
        "verbosity": "ERROR",
    }
    with tempconfig(settings):
        film_class(film)(experiment).render()
    (video,) = (folder / "media").rglob(f"part-{part[0]}-{part[1]}.mp4")
    with av.open(str(video)) as container:
        seconds = sum(1 for _ in container.decode(video=0)) / 15
    captions = video.with_suffix(".srt")
    return seconds, list(srt.parse(captions.read_text())) if captions.exists() else []


def _times(captions: Sequence[srt.Subtitle], later: float = 0.0) -> list[tuple[float, float, str]]:
    return [(c.start.total_seconds() + later, c.end.total_seconds() + later, c.content) for c in captions]


@pytest.mark.parametrize("renderer", ["fast", "plain"])
def test_the_captions_of_a_part_are_those_of_the_film_at_that_time_and_end_with_it(
    renderer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EM_RENDERER", renderer)
    whole, said = _render(tmp_path)
    before, _ = _render(tmp_path, (0, 1))
    for part, begins in (((2, 5), before), ((0, 1), 0.0), ((2, _LAST), before), ((0, 2), 0.0)):
        seconds, captions = _render(tmp_path, part)
        assert 0 < seconds < whole
        ends = begins + seconds
        told = [(max(start, begins), min(end, ends), text) for start, end, text in _times(said)]
        told = [(start, end, text) for start, end, text in told if start < end]
        assert told
        found = _times(captions, begins)
        assert [text for *_, text in found] == [text for *_, text in told]
        for (start, end, _), (true_start, true_end, _) in zip(found, told, strict=True):
            assert start == pytest.approx(true_start, abs=0.002)
            assert end == pytest.approx(true_end, abs=0.002)


def test_a_skipped_section_takes_its_captions_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, said = _render(tmp_path)
    skip = Film.next_section

    def next_section(self: Film[Any], name: str = "unnamed", *arguments: Any, **options: Any) -> None:
        skip(self, name, *arguments, skip_animations=name == "it moves", **options)

    monkeypatch.setattr(Film, "next_section", next_section)
    monkeypatch.setenv("EM_FILM_CACHE", str(tmp_path / "other"))
    seconds, captions = _render(tmp_path)
    gap = whole - seconds
    assert gap > 0.9
    assert [c.content for c in captions] == [c.content for c in said]
    assert captions[-1].end.total_seconds() == pytest.approx(said[-1].end.total_seconds() - gap, abs=0.002)
    assert captions[0].start == said[0].start
    assert captions[0].end - captions[0].start < said[0].end - said[0].start - timedelta(seconds=0.9)
