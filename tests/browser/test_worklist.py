"""The list beside the conversation, while everything moves."""

from __future__ import annotations

import re
from contextlib import suppress

from playwright.sync_api import Error, Route, expect

from tests.browser.pages import Agents, Customers

LISTS = re.compile(r"/console/work/\w+/")


def test_choosing_a_list_wins_over_a_refresh_under_way(customer: Customers, agent: Agents) -> None:
    """The refresh would replace the place where the chosen list is to appear."""
    alice = agent("alice")
    held: list[Route] = []
    alice.page.route(LISTS, lambda route: held.append(route))  # noqa: PLW0108 - it must be a function
    with alice.page.expect_request("**/console/work/mine/"):
        customer().sign_in("Carla").open_chat().write("My scanner loses the network.")
    with alice.page.expect_request(re.compile("/console/work/open/")):
        alice.look_at("Open")
    alice.page.unroute(LISTS)
    for route, answer in [(route, route.fetch()) for route in held]:
        with suppress(Error):  # it was called off
            route.fulfill(response=answer)
    expect(alice.list).to_have_attribute("data-list", "open")
    expect(alice.row("Carla")).to_be_visible()
