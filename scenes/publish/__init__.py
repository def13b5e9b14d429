"""The command line: films by name, rendered, captioned and laid down whole."""
