"""How fast the console is with a full desk and a million conversations in the database.

One agent has 200 conversations on the desk; hundreds of thousands are other people's.
Measured: what the server takes for each list and for searches of common and of rare words, by an agent and by a
supervisor; in Chromium, from the request to the first paint, and from the press to the other conversation's messages;
and what a post costs with and without the index of words.

    python -m tests.load.console --total 1000000 --rounds 20
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
import uuid
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from tests.environment import Environment
from tests.load.report import Report, this_machine

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Browser, Page

    from routing.models import Agent

POSTS = 2_000
OK = HTTPStatus.OK
VOCABULARY = [f"word{number}" for number in range(20_000)]
PANEL = {"HX-Request": "true"}
FIRST_PAINT = """
() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null
"""
ONLINE = "() => document.body.dataset.link === 'online'"  # a function: the page's policy lets no string be evaluated
PAUSE_MS = 400  # between two presses, as a quick person makes it
# From the press until the messages of the other conversation stand there and the browser has drawn them. The row is looked
# up here: one that a refresh of the list has just replaced would be followed like any link.
SWITCH = """
(place) => new Promise((resolve) => {
  const row = document.querySelectorAll("#work-list .row")[place];
  const began = performance.now();
  const id = row.dataset.conversation;
  const look = () => {
    const stage = document.getElementById("stage");
    const isThere = stage?.dataset.conversation === id && stage.querySelector(".message[data-last]");
    if (isThere) requestAnimationFrame(() => resolve(performance.now() - began));
    else requestAnimationFrame(look);
  };
  row.click();
  look();
})
"""


def main() -> None:
    asked = _arguments()
    with Environment(durable=True):
        report = _measure(asked)
    report.tell(asked.json)


def _measure(asked: argparse.Namespace) -> Report:
    import django

    django.setup()
    from django.utils import timezone

    from routing.models import Agent
    from tests import make
    from tests.load import queued
    from tests.load.million import Million

    report = Report(f"Console: {asked.total:,} conversations", machine=this_machine())
    queued.migrated()
    began = time.monotonic()
    Million(total=asked.total, now=timezone.now()).fill()
    report.figure("filled in", time.monotonic() - began, "s")
    alice = Agent.objects.select_related("user").order_by("pk")[0]
    sue = make.supervisor("sue")
    _time_pages(report, alice, sue, asked)
    _time_browser(report, alice, asked)
    _time_posts(report)
    report.figure("load average at the end", os.getloadavg()[0])
    return report


# -- the server


def _time_pages(report: Report, alice: Agent, sue: Agent, asked: argparse.Namespace) -> None:
    from tests.routing.desk import browser_of

    rare = f"search/?q={asked.total // 2}"
    pages = {"the page": "", "my work": "work/mine/", "open": "work/open/", "closed today": "work/closed/"}
    searches = {
        "a rare word": rare,
        "a common word": "search/?q=parcel",
        "two words": "search/?q=parcel+hello",
    }
    for person, addresses in ((alice, pages | searches), (sue, searches)):
        browser = browser_of(person)
        for name, address in addresses.items():
            ms = _median_ms(browser, f"/console/{address}", asked.rounds)
            report.figure(f"{'agent' if person is alice else 'supervisor'}: {name}", ms, "ms")


def _median_ms(browser: Client, address: str, rounds: int) -> float:
    headers = {"Host": "localhost", **({} if address == "/console/" else PANEL)}
    times = []
    for _round in range(rounds + 1):
        began = time.perf_counter()
        answer = browser.get(address, headers=headers)
        times.append(time.perf_counter() - began)
        assert answer.status_code == OK, address
    return 1000 * statistics.median(times[1:])  # what is planned and read first is not counted


# -- the browser


def _time_browser(report: Report, alice: Agent, asked: argparse.Namespace) -> None:
    from tests.browsers import chromium, show_loop
    from tests.servers import Web

    session = _session_of(alice)
    with Web() as web, chromium() as browser:
        show_loop(browser._loop)
        page = _signed_in(browser, web.url, session)
        paints, switches = [], []
        for _round in range(asked.rounds):
            page.goto(f"{web.url}/console/")
            page.wait_for_function(FIRST_PAINT)
            paints.append(page.evaluate(FIRST_PAINT) / 1000)
        page.wait_for_function(ONLINE)
        rows = page.locator("#work-list .row").count()
        report.figure("rows in my work", rows)
        for place in range(2 * asked.rounds):
            page.wait_for_timeout(PAUSE_MS)
            switches.append(page.evaluate(SWITCH, place % rows) / 1000)
        report.times("request to first paint", paints)
        report.times("press to the other conversation", switches)
        page.context.close()
        show_loop(None)


def _session_of(agent: Agent) -> str:
    from tests.routing.desk import browser_of, cookie_of

    return cookie_of(browser_of(agent))


def _signed_in(browser: Browser, url: str, session: str) -> Page:
    name, _is, value = session.partition("=")
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": name, "value": value, "url": url}])
    return context.new_page()


# -- a post


def _time_posts(report: Report) -> None:
    """With the index, without it, and with it again: what else the machine does falls on both."""
    from django.db import connection

    from chat.models import Message

    index = next(each for each in Message._meta.indexes if each.name == "message_words")
    with_it = [_post_ms()]
    with connection.schema_editor() as editor:
        editor.execute("SET statement_timeout = 0")
        editor.remove_index(Message, index)
    without = [_post_ms(), _post_ms()]
    began = time.monotonic()
    with connection.schema_editor() as editor:
        editor.add_index(Message, index)
    report.figure("the index of words, built anew in", time.monotonic() - began, "s")
    with_it.append(_post_ms())
    report.figure(f"a post with the index, median of {POSTS}", min(with_it), "ms")
    report.figure(f"a post without it, median of {POSTS}", min(without), "ms")


def _post_ms() -> float:
    """Fifteen words each, into one active conversation."""
    from chat.actions import post_agent_message
    from chat.models import Conversation

    conversation = Conversation.objects.filter(state="active").select_related("agent")[0]
    assert conversation.agent
    chosen = random.Random(7)
    times = []
    for _post in range(POSTS):
        body = " ".join(chosen.choices(VOCABULARY, k=15))
        began = time.perf_counter()
        post_agent_message(
            user=conversation.agent,
            conversation_id=conversation.pk,
            client_id=uuid.uuid4(),
            body=body,
            now=conversation.started_at,
        )
        times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--total", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path, help="write the report there, too")
    return parser.parse_args()


if __name__ == "__main__":
    main()
