"""Typed text survives: a network that goes, a server that dies, a closed tab, a session that is taken away."""

from __future__ import annotations

import itertools
import json

from django.utils import timezone
from playwright.sync_api import Request, Route, WebSocketRoute, expect

from chat.actions import agent_sees, revoke_session
from chat.models import Conversation, CustomerSession, Message
from tests import make
from tests.browser import facts, states
from tests.browser.pages import Agents, Customers, Shop
from tests.browser.windows import NO_SERVER, Windows
from tests.servers import Web

CLOSED_WITHIN_MS = 5_000


def test_what_both_write_while_the_server_is_dead_arrives_once_and_in_order(
    customer: Customers, agent: Agents, demo: Web, windows: Windows
) -> None:
    alice = agent("alice")
    carla = customer().sign_in("Carla")
    carla.open_chat().write("My scanner loses the network.")
    alice.accept()
    with windows.tolerating(NO_SERVER):
        demo.kill()
        carla.widget.write("Since this morning.", "It is the Field S2.")
        alice.write("I am looking into it.")
        expect(carla.widget.unsent).to_contain_text(["Not sent yet", "Not sent yet"])
        expect(carla.widget.offline).to_contain_text("What you write is kept")
        expect(alice.unsent).to_contain_text(["Not sent yet"])
        carla.page.close()
        demo.start()
        # Her page may be connected again before anybody can press the button: then there is nothing to press.
        alice.page.locator("[data-reconnect]").dispatch_event("click")
        alice.is_connected()
    carla = Shop(carla.page.context.new_page(), demo.url).visit()
    carla.open_chat()

    stored = facts.wait_for_log(facts.the_conversation(), length=5)
    assert sorted(stored[2:]) == ["I am looking into it.", "It is the Field S2.", "Since this morning."]
    assert stored.index("Since this morning.") < stored.index("It is the Field S2.")
    carla.widget.shows(*stored)
    alice.shows(*stored)
    expect(carla.widget.unsent).to_have_count(0)
    expect(alice.unsent).to_have_count(0)


def test_a_message_waits_for_the_network_and_for_its_own_customer(
    customer: Customers, windows: Windows
) -> None:
    """Nadia signs in where Carla had to leave; she sees and sends nothing of Carla's."""
    carla = customer().sign_in("Carla")
    carla.open_chat().write("My scanner loses the network.").shows("My scanner loses the network.")
    context = carla.page.context
    with windows.tolerating(NO_SERVER):
        context.set_offline(True)
        carla.widget.write("It is urgent.")
        expect(carla.widget.unsent).to_contain_text("Not sent yet")
        carla.widget.text.fill("And anoth")
        carla.page.close()
        context.set_offline(False)

    context.clear_cookies(name="demo_customer")
    nadia = Shop(context.new_page(), carla.url).sign_in("Nadia")
    nadia.open_chat().write("Where is my order?").shows("Where is my order?")
    expect(nadia.widget.unsent).to_have_count(0)
    expect(nadia.widget.text).to_have_value("")
    nadia.sign_out()
    assert facts.log_of(facts.carlas()) == ["My scanner loses the network."]

    carla = Shop(nadia.page, nadia.url).sign_in("Carla")
    carla.open_chat().shows("My scanner loses the network.", "It is urgent.")
    expect(carla.widget.text).to_have_value("And anoth")
    assert Message.objects.filter(body="It is urgent.").count() == 1
    assert Conversation.objects.count() == 2


def test_half_an_answer_signs_nobody_in(customer: Customers) -> None:
    shop = customer().visit("/demo/live/")
    cut_short = {"status": 201, "content_type": "application/json", "body": '{"session": "abc'}
    shop.page.route("**/api/v1/widgets/*/sessions", lambda route: route.fulfill(**cut_short), times=1)
    shop.open_chat().write("Hello").shows("Hello")


def test_seen_stays_seen_when_the_slow_way_answers_after_the_quick_one(customer: Customers) -> None:
    """Where no socket could be had the conversation was asked for over HTTP; then one came first."""
    shop = customer()
    conversation = states.talking(shop)
    agent_sees(user=facts.agent("alice").user, conversation=conversation, seq=conversation.latest_seq)
    receipts = shop.widget.log.locator("[data-part=status]:not(:empty)")
    expect(receipts).to_have_text("Seen")
    tries = itertools.count()
    held: list[Route] = []

    def refuse_three(socket: WebSocketRoute) -> None:
        if next(tries) < 3:
            socket.close()
        else:
            socket.connect_to_server()

    path = f"/api/v1/conversations/{conversation.pk}"
    shop.page.route(f"**{path}", lambda route: held.append(route), times=1)  # noqa: PLW0108 - it must be a function
    shop.page.route_web_socket("**/ws/customer/", refuse_three)
    shop.page.reload()
    expect(receipts).to_have_text("Seen")
    with shop.page.expect_response(f"**{path}"):
        held[0].continue_()
    shop.widget.frame.evaluate(
        "fetch('/healthz').then(({ status }) => status)"
    )  # what it might ask for has come, too
    expect(receipts).to_have_text("Seen")


def test_a_revoked_session_closes_and_the_page_is_asked_for_a_token_once_more(customer: Customers) -> None:
    carla = customer().sign_in("Carla")
    carla.page.clock.install()
    carla.page.reload()
    carla.open_chat().write("My scanner loses the network.").shows("My scanner loses the network.")
    revoked = carla.widget.session
    carla.page.clock.fast_forward(10_000)  # a session that is refused when it is brand-new is another matter
    asked: list[Request] = []
    carla.page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - it must be a function

    with carla.page.expect_request("**/demo/token", timeout=CLOSED_WITHIN_MS):
        for session in CustomerSession.objects.all():
            revoke_session(session=session, now=timezone.now())
    carla.widget.write("It is urgent.").shows("My scanner loses the network.", "It is urgent.")
    assert carla.widget.session != revoked
    assert [request.url for request in asked].count(f"{carla.url}/demo/token") == 1


def test_a_page_that_may_not_catch_up_now_does_so_soon(customer: Customers) -> None:
    carla = customer().sign_in("Carla")
    sockets: list[WebSocketRoute] = []
    cut_off: list[WebSocketRoute] = []
    busy = json.dumps({"type": "error", "code": "busy", "message": "Not now"})

    def is_refused(socket: WebSocketRoute, text: str | bytes) -> bool:
        return socket in cut_off and "hello" in str(text)

    # The page misses what is said, and is turned down when it is told to ask for it.
    def between(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        server = socket.connect_to_server()
        server.on_message(lambda text: None if socket in cut_off else socket.send(text))
        socket.on_message(lambda text: socket.send(busy) if is_refused(socket, text) else server.send(text))

    carla.page.route_web_socket("**/ws/customer/", between)
    carla.page.reload()
    carla.open_chat().write("My scanner loses the network.").shows("My scanner loses the network.")
    cut_off += sockets
    conversation = make.given(facts.the_conversation(), facts.agent("alice"))
    make.answered(conversation, facts.agent("alice"), "Which version does it show?")
    sockets[-1].send(json.dumps({"type": "resync"}))
    expect(carla.widget.bodies.last).to_have_text("Which version does it show?")


def test_what_the_agent_read_meanwhile_is_shown_on_reconnection(
    customer: Customers, windows: Windows
) -> None:
    carla = customer().sign_in("Carla")
    carla.open_chat().write("My scanner loses the network.").shows("My scanner loses the network.")
    alice = facts.agent("alice")
    conversation = make.given(facts.the_conversation(), alice)
    expect(carla.widget.subtitle).to_contain_text("Alice")
    with windows.tolerating(NO_SERVER):
        carla.page.context.set_offline(True)
        expect(carla.widget.offline).to_be_visible()
        agent_sees(user=alice.user, conversation=conversation, seq=1)
        carla.page.context.set_offline(False)
        expect(carla.widget.log).to_contain_text("Seen")
