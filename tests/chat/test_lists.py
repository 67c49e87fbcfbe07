"""Lists over a million rows: counted no further than anybody leafs, searched by what indexes answer."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat.admin import reading
from chat.models import Conversation, Customer
from tests import make, people
from tests.workstreams import backoffice

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Client:
    return backoffice.administrator()


def test_a_count_ends_where_nobody_leafs(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "COUNTED", 3)
    shop = people.shop()
    for _number in range(5):
        make.conversation(widget=shop.widget)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = office.get(backoffice.page(Conversation, verb="changelist")).content.decode()
    counts = [query["sql"] for query in asked if "COUNT(" in query["sql"]]
    assert counts
    assert all("LIMIT 4" in sql for sql in counts)
    assert "more than 3 conversations" in page


def test_a_list_is_sorted_as_an_index_has_it_whatever_the_address_says(office: Client) -> None:
    shop = people.shop()
    for name in ("bea", "ann", "zoe"):
        make.conversation(make.session(name, widget=shop.widget, name=name))
    pages = [
        office.get(backoffice.page(Conversation, verb="changelist"), {"o": order})
        for order in ("", "1", "-1")
    ]
    latest = list(Conversation.objects.order_by("-started_at", "-pk"))
    assert [list(each.context["cl"].result_list) for each in pages] == [latest] * 3
    assert b"sortable column" not in pages[0].content


@pytest.mark.parametrize("words", ["car", "CARLA@shop.example", "subject", "customer id", "conversation id"])
def test_conversations_are_found_by_whose_they_are(office: Client, words: str) -> None:
    shop = people.shop()
    session = make.session("carla", widget=shop.widget, email="carla@shop.example")
    conversation = make.conversation(session)
    make.conversation(make.session("dana", widget=shop.widget))
    customer = session.customer
    ids = {"customer id": str(customer.pk), "conversation id": str(conversation.pk)}
    named = {"subject": str(customer.subject), **ids}
    answer = office.get(backoffice.page(Conversation, verb="changelist"), {"q": named.get(words, words)})
    assert list(answer.context["cl"].result_list) == [conversation]


@pytest.mark.parametrize("words", ["car", "carla@shop.example", "a-subject"])
def test_the_search_goes_by_indexes(words: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Customer.objects.found(words).explain()
    assert "Seq Scan" not in plan
    assert "customer_words" in plan
    assert "customer_subject" in plan


def test_a_long_log_shows_its_newest_messages(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chat.admin.conversations.SHOWN", 2)
    session = make.session()
    for body in ("first", "second", "third"):
        conversation = make.posted(session, body).conversation
    page = office.get(backoffice.page(Conversation, conversation)).content.decode()
    assert "third" in page
    assert "first" not in page
    assert "The newest messages." in page
