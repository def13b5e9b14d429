from __future__ import annotations

import pytest
from support.decks import HOSTILE, Made
from support.running import FILMS, SMALL

from em_film.publish import films
from em_film.publish.deck.deck import DeckOrder, deck
from em_film.publish.session import QUALITIES, session


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("deck")
    experiment = folder / "small.toml"
    experiment.write_text(f'title = "{HOSTILE.replace(chr(34), chr(92) + chr(34))}"\n{SMALL}')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EM_FILM_CACHE", str(folder / "cache"))
        patch.setattr(films, "FOLDERS", [*films.FOLDERS, FILMS])
        deck(DeckOrder("tiny_film", experiment, None, "l", ("html", "pptx", "pdf"), folder / "out"))
        settings = {"quality": QUALITIES["l"]}
        with session("tiny_film", experiment=experiment, theme=None, settings=settings) as stage:
            scene, renderer = stage.rehearsal()
            scene.render()
            timeline = renderer.timeline
            rests = {section.rest: stage.pictures(section.rest)[section.rest] for section in timeline.sections}
    return Made(folder / "out", timeline, rests)
