"""Draw the README's gallery anew: a small still of every film, and one of every experiment that no film has as its own.

make gallery
python tools/gallery.py em_step old_faithful
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image

from em_film.places import ASSETS
from em_film.publish.films import DEFAULT_FILM, film_class, film_files
from em_film.publish.still import still

_WIDTH = 480  # pixels
_SECTION = "end"  # of the main film, which shows what an experiment comes to


def draw(name: str, film: str, experiment: Path | None, at: str | None) -> Path:
    """Draw one still of the gallery and return where it lies."""
    target = ASSETS / "gallery" / f"{name}.webp"
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        large = still(film, experiment, at=at, quality="h", theme=None, transparent=False, folder=Path(folder))
        with Image.open(large) as picture:
            height = round(_WIDTH * picture.height / picture.width)
            small = picture.convert("RGB").resize((_WIDTH, height), Image.Resampling.LANCZOS)
    small.save(target, quality=82, method=6)
    return target


def main() -> None:
    """Draw those named, or all of them."""
    films = [film.name for film in film_files()]
    own = {Path(film_class(film).default_experiment).stem for film in films}
    others = {path.stem: path for path in sorted((ASSETS / "experiments").glob("*.toml")) if path.stem not in own}
    for name in sys.argv[1:] or [*films, *others]:
        print(draw(name, name, None, None) if name in films else draw(name, DEFAULT_FILM, others[name], _SECTION))


if __name__ == "__main__":
    main()
