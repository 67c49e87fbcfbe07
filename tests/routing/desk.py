"""An agent's console without the page: a signed-in browser for the pages, and a client of the agent's socket."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from chat.models import Conversation
from routing.models import Agent
from tests import make
from tests.clients import CustomerClient, Frame, Side, SocketClient
from tests.people import Shop


def browser_of(person: Agent | User) -> Client:
    """Signed in without the form."""
    browser = Client()
    browser.force_login(person.user if isinstance(person, Agent) else person)
    return browser


def cookie_of(browser: Client) -> str:
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={browser.cookies[name].value}"


class AgentClient(SocketClient):
    """``AgentClient(live.url, shop.alice)`` signs in and opens a socket; say ``hello()`` next.

    With a browser, the socket shares its session; with None nobody is signed in.
    """

    def __init__(
        self, live_url: str, person: Agent | User | Client | None, *, origin: str | None = None
    ) -> None:
        browser = person if isinstance(person, Client) or person is None else browser_of(person)
        headers = {"Cookie": cookie_of(browser)} if browser else {}
        super().__init__(
            live_url.replace("http", "ws", 1) + "/ws/agent/", origin=origin or live_url, headers=headers
        )

    def hello(self, **after: Any) -> Frame:
        return self.ask({"type": "hello", **({"after": after} if after else {})})

    def told(self, frame_type: str, *, where: Callable[[Frame], bool] = lambda _: True) -> Frame:
        """The latest frame of this type, which may have come while an answer was waited for."""
        before = [frame for frame in self.frames if frame["type"] == frame_type and where(frame)]
        return before[-1] if before else self.until(frame_type, where=where)

    def do(self, verb: str, conversation: object, **fields: Any) -> Frame:
        """``do("park", conversation)``: the answer, or the error."""
        return self.ask({"type": f"conversation.{verb}", "conversation": str(conversation), **fields})

    def post(self, conversation: object, body: str, **fields: Any) -> Frame:
        frame = {"type": "message.send", "conversation": str(conversation), "client_id": str(uuid.uuid4())}
        return self.ask({**frame, "body": body, **fields})


type Three = tuple[Conversation, AgentClient, AgentClient, CustomerClient]


@contextmanager
def alice_carla_and(colleague: Agent, *, live_url: str, shop: Shop) -> Iterator[Three]:
    """Alice has Carla's conversation, and a colleague is there: it, and the three of them, connected and welcome."""
    session, token = make.session_and_token(widget=shop.widget)
    conversation = make.given(make.conversation(session), shop.alice)
    with (
        AgentClient(live_url, shop.alice) as alice,
        AgentClient(live_url, colleague) as other,
        CustomerClient(live_url, token=token) as carla,
    ):
        for client in (alice, other, carla):
            client.hello()
        yield conversation, alice, other, carla


def agent_side(url: str, person: Agent) -> Side:
    """An agent's console on the web process at ``url``, which keeps what it is shown."""

    def hello(known: dict[str, int]) -> Frame:
        return {"type": "hello", "after": {pk: {"seq": seq, "note_seq": 0} for pk, seq in known.items()}}

    return Side(AgentClient(url, person), hello).start()
