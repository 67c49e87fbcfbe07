"""A laptop that falls asleep says nothing, not even goodbye. Its customers wait for nobody (spec §3, Absence)."""

from __future__ import annotations

import socket
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings
from websockets.client import ClientProtocol
from websockets.protocol import State as Opening
from websockets.uri import parse_uri

from chat.models import Conversation
from routing import tasks
from routing.models import Agent
from tests import make, people
from tests.routing.desk import browser_of, cookie_of
from tests.routing.rows import fresh, is_offered, pending
from tests.servers import Servers, Web
from tests.waiting import wait_until
from workstreams.modes import Mode


def asleep(web: Web, person: Agent) -> socket.socket:
    """A console that has said hello and then neither reads nor writes nor closes, though its line stands."""
    at = urlsplit(web.url)
    line = socket.create_connection((at.hostname, at.port), timeout=20)
    console = ClientProtocol(parse_uri(f"{web.socket_url}/ws/agent/"), origin=web.url)  # type: ignore[arg-type]
    request = console.connect()
    request.headers["Cookie"] = cookie_of(browser_of(person))
    console.send_request(request)
    line.sendall(b"".join(console.data_to_send()))
    while console.state is Opening.CONNECTING:
        console.receive_data(line.recv(65536))
    console.send_text(b'{"type": "hello"}')
    line.sendall(b"".join(console.data_to_send()))
    return line


@pytest.fixture
def _soon_gone(settings: Settings) -> None:
    settings.PARLEY_AGENT_OFFLINE_SECONDS = 1
    settings.PARLEY_AGENT_GONE_SECONDS = 1


@pytest.mark.usefixtures("_soon_gone")
def test_the_customers_of_a_sleeping_laptop_are_served_by_somebody_else(servers: Servers) -> None:
    web = servers.web(SOCKET_SILENT_SECONDS="2")
    shop = people.shop(mode=Mode.LIVE)
    with closing(asleep(web, shop.alice)):
        wait_until(
            lambda: shop.alice.connections.filter(left_at=None).exists(), what="the console to be known"
        )
        talking = make.active(shop.alice, widget=shop.widget)
        wait_until(lambda: shop.alice.connections.exclude(left_at=None).exists(), what="the silence to count")
        make.connected(shop.bob)
        wait_until(lambda: _swept_and_offered(talking), what="somebody else to be asked")
        assert pending(talking).agent == shop.bob
    assert fresh(talking).transitions.latest("turn").reason == "its agent is gone"


def _swept_and_offered(conversation: Conversation) -> bool:
    tasks.agents_gone()
    return is_offered(conversation)
