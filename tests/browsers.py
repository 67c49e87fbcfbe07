"""Chromium for tests, driven from the tests' own thread."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The first is Chromium without the windows that nobody looks at, which cost a small machine as much again.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def program() -> str:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    return found or pytest.fail("Chromium was not found: install it, or set CHROMIUM to its path.")


@contextmanager
def chromium() -> Iterator[Browser]:
    with tempfile.TemporaryDirectory(prefix="parley-chromium-") as home, sync_playwright() as playwright:
        environment: dict[str, str | float | bool] = {
            **os.environ,
            "HOME": home,
        }  # nothing of a user's profile comes in
        browser = playwright.chromium.launch(executable_path=program(), args=list(FLAGS), env=environment)
        show_loop(None)
        yield browser
        show_loop(browser._loop)
        browser.close()
    show_loop(None)


@contextmanager
def sharing_the_thread(browser: Browser, *, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let one test use the browser and Django side by side, and leave nothing of it to the next.

    Playwright's synchronous calls leave their event loop marked as running in this thread. Django would take the
    test for a coroutine and refuse the database; pytest-asyncio could not start a loop for a later test. So the
    mark is set for the time of a browser test only.
    """
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    show_loop(browser._loop)
    try:
        yield
        for context in browser.contexts:
            context.close()
    finally:
        show_loop(None)


def show_loop(loop: asyncio.AbstractEventLoop | None) -> None:
    asyncio._set_running_loop(loop)
