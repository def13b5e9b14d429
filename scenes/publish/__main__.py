"""``python -m scenes.publish`` is ``em-film``."""

from scenes.publish.entry import main

if __name__ == "__main__":
    main()
