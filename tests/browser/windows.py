"""The browsers of one test, one for each person, watched: a page that complains fails the test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebError, expect

PATIENCE_MS = 20_000  # for a slow machine; what is expected comes in a fraction of it
# What htmx writes of a request that a newer one has made pointless.
CALLED_OFF = r"^htmx:(sendAbort|afterRequest)"
# What Chromium and htmx write when a request finds no server.
NO_SERVER = r"net::ERR_|WebSocket connection to .* failed|^htmx:sendError"


class Windows:
    """``open()`` is a new person's browser: cookies and storage of its own.

    ``complaints`` are errors and warnings of the console (violations of a page's policy among them) and uncaught
    exceptions; ``strangers`` are requests to anybody but the origins in ``known``.
    """

    def __init__(self, browser: Browser, *, known: str) -> None:
        self.known = {known}
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        self._browser = browser
        self._tolerated = [CALLED_OFF]
        expect.set_options(timeout=PATIENCE_MS)

    def open(self, **options: Any) -> Page:
        """A window of a new browser; closing its context closes that browser."""
        # What moves costs a small machine more than everything else, and must come to rest before it is pressed.
        context = self._browser.new_context(**{"reduced_motion": "reduce", **options})
        context.set_default_timeout(PATIENCE_MS)
        self._watch(context)
        return context.new_page()

    @contextmanager
    def tolerating(self, pattern: str) -> Iterator[None]:
        """Until the end of the block complaints that match are expected."""
        self._tolerated.append(pattern)
        try:
            yield
        finally:
            self._tolerated.remove(pattern)

    def _watch(self, context: BrowserContext) -> None:
        context.on("console", self._said)
        context.on("weberror", self._failed)
        context.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._complain(f"{message.text} ({message.location.get('url', '')})")

    def _failed(self, error: WebError) -> None:
        self._complain(str(error.error))

    def _complain(self, complaint: str) -> None:
        if not any(re.search(pattern, complaint) for pattern in self._tolerated):
            self.complaints.append(complaint)

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme.startswith("http") and f"{address.scheme}://{address.netloc}" not in self.known:
            self.strangers.append(request.url)
