"""What a site takes upon itself with the widget: bytes, policies, cookies. Counted from what Chromium loads."""

from __future__ import annotations

import re

from playwright.sync_api import Response

from tests import make
from tests.browser.pages import Agents, WidgetFrame
from tests.browser.sites import site_elsewhere
from tests.browser.windows import Windows
from tests.servers import Web

LOADER_BYTES = 4 * 1024
ALL_BYTES = 30 * 1024
INLINE = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", re.IGNORECASE)


def test_the_widget_in_use_is_small_and_leaves_no_cookie(demo: Web, windows: Windows) -> None:
    answers: list[Response] = []
    with site_elsewhere(parley=demo.url, token=make.token) as site:
        windows.known.add(site.url)
        site.snippet = f'<script src="{demo.url}/widget/loader.js" data-widget="demo-live" async></script>'
        page = windows.open()
        page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - it must be a function
        page.goto(site.url)
        WidgetFrame(page).open().write("Hello").shows("Hello")

        ours = [answer for answer in answers if answer.url.startswith(demo.url)]
        sizes = {answer.url: answer.request.sizes()["responseBodySize"] for answer in ours}
        assert 0 < sizes[f"{demo.url}/widget/loader.js"] <= LOADER_BYTES
        assert sum(sizes.values()) < ALL_BYTES, sizes
        assert all(answer.header_value("set-cookie") is None for answer in ours)
        assert page.context.cookies() == []
        static = [url for url in sizes if "/static/" in url]
        assert len(static) > 10
        assert [url for url in static if not re.search(r"\.[0-9a-f]{12}\.\w+$", url)] == []


def test_no_page_carries_inline_code_or_allows_it(agent: Agents, demo: Web) -> None:
    alice = agent("alice")
    for path in ("/widget/demo-persistent/", "/widget/demo-live/", "/console/", "/demo/", "/demo/live/"):
        answer = alice.page.request.get(demo.url + path)
        assert answer.ok
        assert INLINE.findall(answer.text()) == [], path
        assert "unsafe" not in answer.headers["content-security-policy"], path
