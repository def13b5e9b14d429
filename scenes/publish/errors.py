"""What the command says when it cannot: one line, and an exit status."""

from __future__ import annotations

from em_model import EMError

__all__ = ["RenderError", "UsageError"]


class UsageError(EMError):
    """What was typed cannot be done; the message says what would be right. Exit status 2."""


class RenderError(Exception):
    """A render failed for a reason that is not the user's; the message names the log. Exit status 1."""
