"""The story's stage: a running copy with its demo data, and a browser for each of its people."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.pages import Console, Shop
    from tests.browser.windows import Windows
    from tests.servers import Web, Worker


@pytest.fixture
def demo(live: "Web", worker: "Worker") -> "Web":
    """Web and worker on the demo data."""
    from django.core.management import call_command

    call_command("demo_data")
    return live


@pytest.fixture
def windows(live: "Web", worker: "Worker", browser: "Browser") -> "Iterator[Windows]":
    """Opens browsers, and fails the test if one of their pages complained, or asked a stranger for anything.

    Closed before the database is emptied, which depends on the order of these fixtures.
    """
    from tests.browser.windows import Windows

    opened = Windows(browser, known=live.url)
    yield opened
    for context in browser.contexts:
        context.close()
    assert opened.complaints == []
    assert opened.strangers == []


@pytest.fixture
def customer(demo: "Web", windows: "Windows") -> "Callable[[], Shop]":
    """`customer()`: somebody at the sample shop, in a browser of their own."""
    from tests.browser.pages import Shop

    return lambda: Shop(windows.open(), demo.url)


@pytest.fixture
def agent(demo: "Web", windows: "Windows") -> "Callable[[str], Console]":
    """`agent("alice")`: signed in at the console, in a browser of their own."""
    from tests.browser.pages import Console

    return lambda username: Console(windows.open(), demo.url).sign_in(username)
