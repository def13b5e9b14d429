"""``python -m em_film`` is ``em-film``."""

from em_film.command.entry import main

if __name__ == "__main__":
    main()
