"""Debian's Chromium without a network, or the reason why there is none."""

from __future__ import annotations

import shutil
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Deck", "open_deck"]

CHROMIUM = shutil.which("chromium")


class Deck:
    """A deck on a page, played by its keys."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.trouble: list[str] = []
        page.on("console", lambda message: self.trouble.append(message.text) if message.type != "log" else None)
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        if not url.startswith(("file:", "blob:", "data:")):
            self.trouble.append(f"asked for {url}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def wait_for_rest(self, section: int) -> None:
        """Wait until the film stands still in a section, counted from 1, and its frame is there."""
        self.page.wait_for_function(
            """section => {
                const { state, section: at } = document.documentElement.dataset;
                const film = document.getElementById("film");
                return state === "rest" && at === String(section) && !film.seeking && film.paused
                    && film.readyState >= 2;
            }""",
            arg=section,
            timeout=20_000,
        )

    @property
    def state(self) -> tuple[str, int]:
        """What is going on ("playing" or "rest"), and in which section."""
        data = self.page.evaluate("({...document.documentElement.dataset})")
        return data["state"], int(data["section"])

    @property
    def seconds(self) -> float:
        return float(self.page.evaluate("document.getElementById('film').currentTime"))

    def picture(self) -> bytes:
        """The film's frame as it is shown, in its own pixels, as a PNG."""
        url = self.page.evaluate(
            """() => {
                const film = document.getElementById("film");
                const canvas = new OffscreenCanvas(film.videoWidth, film.videoHeight);
                canvas.getContext("2d").drawImage(film, 0, 0);
                return canvas.convertToBlob().then((blob) => new Promise((done) => {
                    const reader = new FileReader();
                    reader.onload = () => done(reader.result);
                    reader.readAsDataURL(blob);
                }));
            }"""
        )
        return b64decode(url.partition(",")[2])


@contextmanager
def open_deck(path: Path, first: str = "", **context: Any) -> Iterator[Deck]:
    """Open a deck from its file, with the network off, after a script; skip the test where there is no browser."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: no deck was seen in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(offline=True, **({"viewport": {"width": 1280, "height": 720}} | context)).new_page()
        page.add_init_script(first)
        deck = Deck(page)
        page.goto(path.as_uri())
        deck.wait_for_rest(1)
        yield deck
        browser.close()
