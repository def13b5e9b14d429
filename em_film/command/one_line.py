"""A click group whose every complaint is one line on stderr, with an exit status that means something."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from em_film.errors import FILM_PACKAGES, INSTALL, RenderError, broken
from em_film.wording import nearest, one_line
from em_model import EMError

__all__ = ["TERMINATED", "OneLineGroup"]

TERMINATED = "terminated"  # says of a KeyboardInterrupt that it was not Ctrl-C
_INTERRUPTED = "interrupted; what was there before is as it was"


class OneLineGroup(click.Group):
    """Exit status 2 for what the user can mend, 1 for what broke, 130 after Ctrl-C, 143 after a request to end."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, and put every error into a line."""
        extra["standalone_mode"] = False
        try:
            status = super().main(*args, **extra)
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else "em-film"
            _end(2, f"{where}: {_sentence(error.format_message())}; see {where} --help")
        except click.ClickException as error:
            _end(2, error.format_message())
        except EMError as error:
            _end(2, str(error))
        except RenderError as error:
            _end(1, str(error))
        except _Interrupted as interrupt:
            _end(interrupt.status, _INTERRUPTED)
        except (KeyboardInterrupt, click.Abort):
            _end(130, _INTERRUPTED)
        except BrokenPipeError:  # whoever read our output has left
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except ModuleNotFoundError as error:
            if error.name not in FILM_PACKAGES:
                _end(1, broken(error))
            _end(2, f"{error.name} is not installed; {INSTALL}")
        except Exception as error:
            _end(1, broken(error))
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; click itself would follow Ctrl-C with an empty line."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise _Interrupted(143 if TERMINATED in error.args else 130) from None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command; where there is none of that name, name the nearest."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            names = self.list_commands(ctx)
            near = nearest(args[0], names)
            remedy = f"did you mean {near}?" if near else f"choose from {', '.join(names)}"
            raise EMError(f"em-film: there is no command {one_line(args[0])[:60]}; {remedy}")
        return super().resolve_command(ctx, args)


class _Interrupted(Exception):
    """Somebody ended the command."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _sentence(text: str) -> str:
    """Return what click says as the beginning of a line."""
    text = " ".join(one_line(part) for part in text.split()).rstrip(".")
    return text[:1].lower() + text[1:]


def _end(status: int, message: str) -> None:
    print(one_line(message), file=sys.stderr)
    sys.exit(status)
