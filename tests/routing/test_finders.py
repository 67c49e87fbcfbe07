"""What sweeps look for is found by what is due: the index, or the change, that names it, not by reading what is pending."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from chat.models import Conversation
from routing import absence, line
from routing.actions import accept_offer, deactivate_agent
from routing.distribution import route_conversation
from routing.models import Look, Membership, Offer, OfferState
from routing.tasks import agents_gone, route_open
from tests import crowd, make, people
from tests.routing.clock import NOW, later
from workstreams.models import Queue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("happened")]
MANY = 2_000


def many_held_and_offered(at: people.Shop) -> list[Conversation]:
    """As they stand an hour later."""
    begun = crowd.open_conversations(widget=at.widget, count=MANY, now=later(-3600))
    Conversation.objects.update(preferred_agent=at.alice.user, held_out_turn=F("turn"))
    offers = (Offer(agent=at.alice, reason="returning", made_at=NOW, **Offer.place_of(row)) for row in begun)
    Offer.objects.bulk_create(offers)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return begun


def rows_read(rows: Any) -> int:
    """By all nodes of the plan together, what they threw away included."""
    [(plan,)] = _explain(rows)
    return _rows_in(plan[0]["Plan"])


def _explain(rows: Any) -> Any:
    sql, given = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", given)
        return cursor.fetchall()


def _rows_in(node: dict[str, Any]) -> int:
    read = node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0)
    return int(read) + sum(_rows_in(each) for each in node.get("Plans", ()))


def test_none_of_many_pending_offers_is_read_when_nothing_is_due() -> None:
    many_held_and_offered(people.shop())
    queues = list(Queue.objects.all())
    assert rows_read(line.held_and_not_asked(queues)) < 10
    assert rows_read(Offer.objects.void_since(NOW).values("pk")) < 10
    assert line.held_without_offer(queues) == []
    assert Offer.objects.askers() == [(Offer.objects.values_list("agent", flat=True)[0], queues[0].pk)]


def test_among_many_the_one_that_is_due_is_found() -> None:
    at = people.shop()
    unasked, moved, *_others = many_held_and_offered(at)
    Offer.objects.filter(conversation=unasked).delete()
    Conversation.objects.filter(pk=unasked.pk).update(held_out_turn=0)
    Look.objects.found_clean("void offers", until=NOW)
    make.given(moved, at.bob, now=later(1))
    Offer.objects.filter(conversation=moved, reason="returning").update(
        state=OfferState.PENDING, ended_at=None
    )
    assert line.held_without_offer([at.queue]) == [unasked.pk]
    assert route_open(now=later(2).isoformat())
    assert not Offer.objects.void().exists()
    assert Offer.objects.pending().filter(conversation=unasked, agent=at.alice).exists()
    Membership.objects.filter(agent=at.alice).delete()
    assert absence.no_longer_members() == [(at.alice.pk, at.queue.pk)]
    agents_gone(now=later(3).isoformat())
    assert not Offer.objects.pending().filter(agent=at.alice).exists()


def test_a_void_offer_is_found_however_long_nobody_looked() -> None:
    at = people.shop()
    make.connected(at.alice, now=NOW)
    make.connected(at.bob, now=NOW)
    conversation = make.conversation(people.carla(at.widget, now=NOW), now=NOW)
    route_open(now=NOW.isoformat())
    route_open(now=later(10).isoformat())
    offer = Offer.objects.get(conversation=conversation)
    make.given(conversation, at.bob, now=later(20))
    Offer.objects.filter(pk=offer.pk).update(state=OfferState.PENDING, ended_at=None)
    route_open(now=later(90 * 24 * 3600).isoformat())
    assert Offer.objects.get(pk=offer.pk).state == OfferState.WITHDRAWN


def test_a_look_that_found_something_is_repeated_from_where_the_last_clean_one_ended() -> None:
    at = people.shop()
    conversation = make.conversation(people.carla(at.widget, now=NOW), now=NOW)
    make.connected(at.alice, now=NOW)
    offer = route_conversation(conversation_id=conversation.pk, now=NOW)
    assert offer
    accept_offer(user=at.alice.user, offer_id=offer.pk, now=later(5))
    Offer.objects.filter(pk=offer.pk).update(state=OfferState.PENDING, ended_at=None)
    route_open(now=later(10).isoformat())
    assert not Look.objects.exists()
    route_open(now=later(20).isoformat())
    assert Look.objects.get().clean_until == later(20)


def test_an_agent_is_deactivated_without_reading_the_conversations_of_others() -> None:
    at = people.shop()
    crowd.open_conversations(widget=at.widget, count=MANY, now=NOW)
    theirs = make.active(at.alice, widget=at.widget, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    with CaptureQueriesContext(connection) as asked:
        deactivate_agent(user_id=at.alice.pk, now=later(1))
    for each in asked.captured_queries:
        if each["sql"].startswith("SELECT"):
            assert "Seq Scan on chat_conversation" not in _plan(each["sql"])
    theirs.refresh_from_db()
    assert theirs.state == "open"


def test_how_everybody_else_stands_is_read_before_the_keepers_lock_is_taken() -> None:
    at = people.shop()
    carla = people.carla(at.widget, now=NOW)
    returned = make.parked(at.alice, session=carla, now=NOW)
    make.posted(carla, now=later(1))
    with CaptureQueriesContext(connection) as asked:
        assert route_conversation(conversation_id=returned.pk, now=later(2))
    told = [each["sql"] for each in asked.captured_queries]
    read = next(n for n, sql in enumerate(told) if 'AS "queue"' in sql and "routing_membership" in sql)
    assert read < next(n for n, sql in enumerate(told) if "FOR NO KEY UPDATE" in sql)


def _plan(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())
