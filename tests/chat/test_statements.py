"""What a message costs the database: one statement and one trip, delivery included. More is a choice, not an accident."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat import events
from chat.actions import Posted, post_customer_message
from chat.models import Conversation, CustomerSession, Letter
from routing.desk.frames import MessageSend
from routing.desk.talk import post as post_by_console
from routing.models import Agent
from tests import make, people
from workstreams.models import Widget

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to the database meanwhile, BEGIN and COMMIT too."""
    sent: list[str] = []
    connection.ensure_connection()
    with CaptureQueriesContext(connection) as captured:
        yield sent
    sent += [query["sql"] for query in captured]


@pytest.fixture
def talk() -> tuple[CustomerSession, Agent, Conversation]:
    """An active conversation."""
    shop = people.shop()
    session = people.carla(shop.widget)
    return session, shop.alice, make.given(make.conversation(session), shop.alice)


def delivered(posted: Posted) -> None:
    """What the courier does, here and now."""
    happened = [events.MessagePosted(conversation=posted.conversation, message=posted.message)]
    for tell in events.subscribers():
        tell(happened)


def by_customer(session: CustomerSession, conversation: Conversation, *, named: bool) -> Posted:
    return post_customer_message(
        session=session,
        conversation_id=conversation.pk if named else None,
        client_id=uuid.uuid4(),
        body="Hello?",
        now=timezone.now(),
    )


@pytest.mark.parametrize("named", [True, False])
def test_a_customers_message_and_its_delivery_are_one_statement(
    talk: tuple[CustomerSession, Agent, Conversation], named: bool
) -> None:
    session, _, conversation = talk
    with statements() as sent:
        posted = by_customer(session, conversation, named=named)
        delivered(posted)
    assert len(sent) == 1, sent
    assert posted.message.seq == posted.conversation.latest_seq == 3  # after the line that Alice has joined


def test_an_agents_message_is_one_statement(
    talk: tuple[CustomerSession, Agent, Conversation],
) -> None:
    _, alice, conversation = talk
    post_by_console(alice, answer_to(conversation))  # her names are known from now on
    with statements() as sent:
        told = post_by_console(alice, answer_to(conversation))
    assert len(sent) == 1, sent
    assert told["seq"] == 4


def test_it_is_one_statement_where_an_email_is_owed_too() -> None:
    shop = people.shop()
    Widget.objects.update(page_url="https://shop.example/help")
    session = make.session("carla", widget=shop.widget, email="carla@shop.example")
    conversation = make.given(make.conversation(session), shop.alice)
    post_by_console(shop.alice, answer_to(conversation))
    assert Letter.objects.get().due_at
    with statements() as sent:
        post_by_console(shop.alice, answer_to(conversation))
    assert len(sent) == 1, sent


def test_delivering_an_agents_message_asks_nothing(talk: tuple[CustomerSession, Agent, Conversation]) -> None:
    _, alice, conversation = talk
    posted = make.answered(conversation, alice)
    with statements() as sent:
        delivered(posted)
    assert sent == []


def test_what_follows_a_message_reads_nothing_that_it_left_out(
    talk: tuple[CustomerSession, Agent, Conversation],
) -> None:
    session, _, conversation = talk
    stored = Conversation.objects.get(pk=conversation.pk)
    posted = by_customer(session, conversation, named=True).conversation
    left_out = posted.get_deferred_fields()
    assert left_out == {"context", "prechat", "skills"}
    for field in Conversation._meta.concrete_fields:
        if field.attname not in {"latest_seq", "last_customer_seq", "last_message_at"}:
            assert getattr(posted, field.attname) == getattr(stored, field.attname), field


def answer_to(conversation: Conversation) -> MessageSend:
    return MessageSend(conversation=conversation.pk, client_id=uuid.uuid4(), body="How can I help?")
