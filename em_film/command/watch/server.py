"""A page on this machine alone that shows the latest look, and asks for the next one by itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from em_film.command.watch.look import Look
from em_film.errors import UsageError

__all__ = ["Board", "served"]

_HOST = "127.0.0.1"
_NAMES = {_HOST, "localhost"}


class Board:
    """The latest look, with its number; whoever reads it waits until there is a newer one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._number = 0
        self._look = Look("")

    def show(self, look: Look) -> None:
        """Put up a look."""
        with self._changed:
            self._number += 1
            self._look = look
            self._changed.notify_all()

    def after(self, number: int, seconds: float) -> tuple[int, Look]:
        """Return the first look after one of a number, or after so many seconds what there is."""
        with self._changed:
            self._changed.wait_for(lambda: self._number > number, seconds)
            return self._number, self._look


@contextmanager
def served(board: Board, port: int) -> Iterator[str]:
    """Serve a board while the block runs; give the page's address.

    Raises
    ------
    UsageError
        If the port is taken.
    """
    try:
        server = ThreadingHTTPServer((_HOST, port), partial(_Page, board))
    except OSError as error:
        raise UsageError(f"--port {port}: cannot be used ({error.strerror}); name another, or 0 for any") from None
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{_HOST}:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


class _Page(BaseHTTPRequestHandler):
    def __init__(self, board: Board, *arguments: Any) -> None:
        self._board = board
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answer with the page, with what is new, or with the picture."""
        if urlsplit(f"//{self.headers.get('Host', '')}").hostname not in _NAMES:  # some other site's name for us
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        place = urlsplit(self.path)
        if place.path == "/":
            page = files("em_film.command.watch").joinpath("watch.html").read_bytes()
            self._send(page, "text/html; charset=utf-8")
        elif place.path == "/look":
            number, look = self._board.after(int(place.query) if place.query.isdecimal() else 0, 20)
            told = {"number": number, "title": look.title, "lines": look.lines, "error": look.error}
            self._send(json.dumps(told | {"picture": bool(look.picture)}).encode(), "application/json")
        elif place.path == "/picture.png":
            self._send(self._board.after(0, 0)[1].picture, "image/png")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing on the terminal."""

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)
