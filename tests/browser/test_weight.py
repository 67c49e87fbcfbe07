"""What a site takes upon itself with the widget: bytes, policies, cookies. Counted from what Chromium loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Response, expect

from tests import make
from tests.browser.pages import Agents, WidgetFrame
from tests.browser.sites import site_elsewhere
from tests.browser.windows import Windows
from tests.servers import Web

LOADER_BYTES = 4 * 1024
CLOSED_BYTES = 8 * 1024
OPEN_BYTES = 40 * 1024
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", re.IGNORECASE)


class Visitor:
    """Somebody new on a site elsewhere, and what our server has sent them so far."""

    def __init__(self, page: Page, *, ours: str) -> None:
        self.page = page
        self._ours = ours
        self._answers: list[Response] = []
        page.on("response", lambda answer: self._answers.append(answer))  # noqa: PLW0108 - it must be a function

    @property
    def answers(self) -> list[Response]:
        return [answer for answer in self._answers if answer.url.startswith(self._ours)]

    def sizes(self) -> dict[str, int]:
        """Bytes of the bodies as they travel."""
        return {answer.url: answer.request.sizes()["responseBodySize"] for answer in self.answers}


@contextmanager
def visitor(demo: Web, windows: Windows) -> Iterator[Visitor]:
    with site_elsewhere(parley=demo.url, token=make.token) as site:
        windows.known.add(site.url)
        site.snippet = f'<script src="{demo.url}/widget/loader.js" data-widget="demo-live" async></script>'
        somebody = Visitor(windows.open(), ours=demo.url)
        somebody.page.goto(site.url)
        yield somebody


def test_the_closed_button_costs_a_site_next_to_nothing(demo: Web, windows: Windows) -> None:
    with visitor(demo, windows) as somebody:
        expect(WidgetFrame(somebody.page).button).to_be_visible()
        somebody.page.wait_for_load_state("networkidle")
        sizes = somebody.sizes()
        assert 0 < sizes[f"{demo.url}/widget/loader.js"] <= LOADER_BYTES
        assert sum(sizes.values()) <= CLOSED_BYTES, sizes


def test_the_widget_in_use_is_small_and_leaves_no_cookie(demo: Web, windows: Windows) -> None:
    with visitor(demo, windows) as somebody:
        WidgetFrame(somebody.page).open().write("Hello").shows("Hello")
        sizes = somebody.sizes()
        assert sum(sizes.values()) <= OPEN_BYTES, sizes
        assert all(answer.header_value("set-cookie") is None for answer in somebody.answers)
        assert somebody.page.context.cookies() == []
        static = [url for url in sizes if "/static/" in url]
        assert len(static) > 10
        assert [url for url in static if not re.search(r"\.[0-9a-f]{12}\.\w+$", url)] == []


def test_no_page_carries_inline_code_or_allows_it(agent: Agents, demo: Web) -> None:
    alice = agent("alice")
    paths = ("/widget/demo-persistent/", "/widget/demo-persistent/?origin=https://shop.example")
    for path in (*paths, "/widget/demo-live/", "/console/", "/demo/", "/demo/live/"):
        answer = alice.page.request.get(demo.url + path)
        assert answer.ok
        assert INLINE.findall(answer.text()) == [], path
        assert "unsafe" not in answer.headers["content-security-policy"], path
