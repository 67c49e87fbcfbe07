"""Where a new conversation goes: classification at the start, from token and answers to queue, skills and priority."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authsettings.context import ContextValue
from chat.actions import learn_context, post_customer_message
from chat.actions.starting import QueueClosed, WidgetRetired
from chat.errors import Invalid
from chat.models import Conversation, CustomerSession
from tests import make, people
from tests.clients import CustomerClient
from tests.servers import Web
from tests.workstreams.backoffice import administrator, page
from workstreams.models import Widget, Workstream
from workstreams.modes import Mode

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY_NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
GOLD = ("context", "tier", "is", "gold")
ABOUT_PRICES = ("prechat", "Topic", "contains", "price")


def started(
    stream: Workstream, *, context: Any = None, prechat: dict[str, object] | None = None
) -> Conversation:
    claims: dict[str, Any] = {"lwicontexts": json.dumps(context)} if context else {}
    session = make.session(widget=make.widget(workstream=stream), **claims)
    return Conversation.objects.get(pk=make.posted(session, prechat=prechat).conversation.pk)


def reason(conversation: Conversation) -> str:
    return conversation.transitions.get(turn=1).reason


def test_a_start_on_a_socket_that_is_long_open_goes_by_what_was_told_since() -> None:
    stream, vip = make.workstream(mode=Mode.LIVE), make.queue("VIP")
    make.variable(stream, "tier")
    make.rule(stream, GOLD, name="Gold", queues=[vip])
    kept = make.session(None, widget=make.widget(workstream=stream))  # as a socket keeps it
    learn_context(
        session=CustomerSession.objects.get(pk=kept.pk),
        context={"tier": ContextValue("gold", is_displayable=True)},
        now=timezone.now(),
    )
    begun = make.posted(kept).conversation
    assert (begun.queue, begun.context) == (vip, {"tier": {"value": "gold", "displayable": True}})


def test_a_widget_retired_meanwhile_takes_no_start_on_a_socket_that_is_long_open() -> None:
    kept = make.session(None, widget=make.widget(mode=Mode.LIVE))
    Widget.objects.update(retired_at=timezone.now())
    with pytest.raises(WidgetRetired):
        make.posted(kept)


def test_a_rule_on_the_tokens_context_sets_queue_skills_and_priority() -> None:
    stream, vip, german = make.workstream(), make.queue("VIP"), make.skill("German")
    make.variable(stream, "tier")
    make.rule(stream, GOLD, name="Gold", queues=[vip], skills={german: 3}, conversation_priority=10)
    gold = started(stream, context={"tier": "Gold"})
    assert (gold.queue, gold.skills, gold.priority) == (vip, {str(german.pk): 3}, 10)
    assert reason(gold) == "rule “Gold”"
    assert gold.transitions.get(turn=1).queue == vip


def test_without_a_match_the_fallback_queue_takes_it_as_usual() -> None:
    stream = make.workstream()
    make.variable(stream, "tier")
    make.rule(stream, GOLD, queues=[make.queue()], conversation_priority=10)
    silver = started(stream, context={"tier": "silver"})
    assert (silver.queue, silver.skills, silver.priority) == (stream.queue, {}, 100)
    assert reason(silver) == "no rule matched: fallback queue"


def test_what_is_hidden_from_agents_is_not_hidden_from_rules() -> None:
    stream, vip = make.workstream(), make.queue()
    make.variable(stream, "tier")
    make.rule(stream, GOLD, queues=[vip])
    assert started(stream, context={"tier": {"value": "gold", "isDisplayable": False}}).queue == vip


@pytest.mark.parametrize(("orders", "is_big"), [("9.5", False), (100, True), ("many", False)])
def test_numbers_are_compared_as_the_workstream_defines_them(orders: object, is_big: bool) -> None:
    stream, big = make.workstream(), make.queue()
    make.variable(stream, "orders", "number")
    make.rule(stream, ("context", "orders", "at_least", "10"), queues=[big])
    assert (started(stream, context={"orders": orders}).queue == big) is is_big


def test_variables_of_another_workstream_decide_nothing() -> None:
    stream = make.workstream()
    make.variable(make.workstream(), "tier")
    make.rule(stream, GOLD, queues=[make.queue()])
    assert started(stream, context={"tier": "gold"}).queue == stream.queue


def test_rules_are_looked_at_by_position() -> None:
    stream, first, second = make.workstream(), make.queue(), make.queue()
    make.rule(stream, queues=[second], position=20)
    make.rule(stream, queues=[first], position=10)
    make.rule(make.workstream(), queues=[second], position=1)
    assert started(stream).queue == first


@pytest.mark.parametrize(
    ("locale", "expected"), [("de-AT", "German"), ("en", "Fallback")], ids=["covered", "another"]
)
def test_the_language_of_the_claims_decides(locale: str, expected: str) -> None:
    stream = make.workstream(queue=make.queue("Fallback"))
    make.rule(stream, ("language", "", "is", "de"), queues=[make.queue("German")])
    session = make.session(widget=make.widget(workstream=stream, locale="fr"), locale=locale)
    assert make.posted(session).conversation.queue.name == expected


def test_visitors_who_have_not_signed_in_are_told_apart() -> None:
    stream, anonymous = make.workstream(mode=Mode.LIVE), make.queue()
    make.rule(stream, ("authenticated", "", "is", "no"), queues=[anonymous])
    widget = make.widget(workstream=stream, auth_setting=make.auth_setting())
    assert make.posted(make.session(None, widget=widget)).conversation.queue == anonymous
    assert make.posted(make.session("carla", widget=widget)).conversation.queue == stream.queue


def test_of_a_rules_queues_the_one_that_opens_first_gets_it() -> None:
    late = make.queue(operating_hours=make.hours((2, "09:00", "17:00")))
    soon = make.queue(operating_hours=make.hours((1, "09:00", "17:00")))
    stream = make.workstream()
    make.rule(stream, queues=[late, soon])
    session = make.session(widget=make.widget(workstream=stream), now=MONDAY_NOON)
    assert make.posted(session, now=MONDAY_NOON).conversation.queue == soon


def test_of_a_rules_open_queues_the_first_gets_it() -> None:
    stream, first, second = make.workstream(), make.queue(), make.queue()
    rule = make.rule(stream, queues=[second, first])
    rule.queues_in_order.filter(queue=second).update(position=20)
    assert started(stream).queue == first


def test_a_live_start_is_judged_by_the_hours_of_the_chosen_queue() -> None:
    never = make.hours()
    stream = make.workstream(mode=Mode.LIVE, queue=make.queue(operating_hours=never))
    widget, opened = make.widget(workstream=stream), make.queue()
    rule = make.rule(stream, queues=[opened])
    assert make.posted(make.session(None, widget=widget)).conversation.queue == opened
    opened.operating_hours = never
    opened.save()
    with pytest.raises(QueueClosed):
        make.posted(make.session(None, widget=widget))
    rule.delete()
    stream.queue.operating_hours = None
    stream.queue.save()
    assert make.posted(make.session(None, widget=widget)).conversation.queue == stream.queue


def test_a_later_message_and_a_later_visit_reroute_nothing() -> None:
    stream, vip = make.workstream(), make.queue()
    make.variable(stream, "tier")
    make.rule(stream, GOLD, queues=[vip])
    widget = make.widget(workstream=stream)
    first = make.posted(make.session(widget=widget)).conversation
    again = make.session(widget=widget, lwicontexts=json.dumps({"tier": "gold"}))
    assert make.posted(again).conversation.pk == first.pk
    assert Conversation.objects.get().queue == stream.queue


def test_a_start_costs_few_queries_however_many_rules_there_are() -> None:
    stream = make.workstream()
    plain = queries_of_a_start(stream)
    make.variable(stream, "tier")
    for _ in range(10):
        open_at_times = make.queue(operating_hours=make.hours((0, "09:00", "17:00")))
        make.rule(stream, GOLD, queues=[open_at_times], skills={make.skill(): 1})
    assert queries_of_a_start(stream) <= plain + 7


def queries_of_a_start(stream: Workstream) -> int:
    session = make.session(f"customer-{uuid.uuid4()}", widget=make.widget(workstream=stream))
    fresh = CustomerSession.objects.select_related("customer", "widget__workstream").get(pk=session.pk)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        make.posted(fresh)
    return len(queries)


# -- answers given before the start


def test_answers_are_kept_and_decide() -> None:
    stream, sales = make.workstream(), make.queue()
    make.rule(stream, ABOUT_PRICES, queues=[sales])
    answers: dict[str, object] = {"Topic": "Your PRICES", "I agree": True}
    conversation = started(stream, prechat=answers)
    assert (conversation.queue, conversation.prechat) == (sales, answers)


def test_answers_of_a_returning_customer_change_nothing() -> None:
    shop = people.shop()
    session = people.carla(shop.widget)
    make.posted(session, prechat={"Topic": "First"})
    make.posted(session, prechat={"Topic": "Second"})
    assert Conversation.objects.get().prechat == {"Topic": "First"}


def test_a_message_after_the_end_begins_with_its_own_answers() -> None:
    shop = people.shop()
    session = people.carla(shop.widget)
    ended = make.ended(make.posted(session, prechat={"Topic": "First"}).conversation, shop.alice)
    anew = make.posted(session, prechat={"Topic": "Second"}).conversation
    assert (anew.previous_id, anew.prechat) == (ended.pk, {"Topic": "Second"})


BAD_ANSWERS: list[dict[str, object]] = [
    {str(number): "" for number in range(6)},
    {"": "no name"},
    {"x" * 101: "long name"},
    {"two\nlines": "name"},
    {"Topic": "x" * 4001},
    {"Topic": "a\x00b"},
    {"Topic": "\ud800"},
    {"Topic": 5},
    {"Topic": None},
    {"Topic": ["a"]},
]


@pytest.mark.parametrize("answers", BAD_ANSWERS, ids=lambda answers: ascii(answers)[:30])
def test_answers_that_cannot_be_kept_are_refused_by_name(answers: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refusal:
        make.posted(make.session(), prechat=answers)
    assert refusal.value.field == "prechat"
    assert not Conversation.objects.exists()


def test_as_much_as_is_allowed_is_kept() -> None:
    answers: dict[str, object] = {f"{number}".ljust(100, "x"): "😀" * 4000 for number in range(5)}
    assert make.posted(make.session(), prechat=answers).conversation.prechat == answers


def post(token: str, **body: Any) -> Any:
    client = Client(headers={"Authorization": f"Bearer {token}"})
    body = {"client_id": str(uuid.uuid4()), "body": "Hello", **body}
    return client.post("/api/v1/conversations", body, content_type="application/json")


def test_the_api_takes_answers() -> None:
    _, token = make.session_and_token()
    assert post(token, prechat={"Topic": "Prices", "I agree": False}).status_code == 201
    assert Conversation.objects.get().prechat == {"Topic": "Prices", "I agree": False}
    assert post(token, prechat={}).json()["conversation"]["id"] == str(Conversation.objects.get().pk)


@pytest.mark.parametrize("answers", [{"Topic": 5}, ["Topic"], "Topic", None])
def test_the_api_refuses_bad_answers_by_name(answers: object) -> None:
    _, token = make.session_and_token()
    refused = post(token, prechat=answers)
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
        400,
        "invalid",
        "prechat",
    )
    assert not Conversation.objects.exists()


def test_the_socket_takes_answers_with_the_first_message_and_refuses_bad_ones(live: Web) -> None:
    stream, sales = make.workstream(), make.queue()
    make.rule(stream, ABOUT_PRICES, queues=[sales])
    _, token = make.session_and_token(widget=make.widget(workstream=stream))
    with CustomerClient(live.url, token=token) as client:
        client.hello()
        for answers in ({"Topic": 5}, ["Topic"]):
            refused = client.post("Hello", prechat=answers)
            assert (refused["type"], refused["code"], refused["field"]) == ("error", "invalid", "prechat")
        assert client.post("Hello", prechat={"Topic": "A price"})["type"] == "message.accepted"
        assert client.post("And another", prechat={"Topic": "Later"})["seq"] == 2
    conversation = Conversation.objects.get()
    assert (conversation.queue, conversation.prechat) == (sales, {"Topic": "A price"})


def test_a_retry_with_its_answers_is_answered_with_the_first_result() -> None:
    session, client_id = make.session(), uuid.uuid4()
    first = make.posted(session, client_id=client_id, prechat={"Topic": "Prices"})
    again = post_customer_message(
        session=session, client_id=client_id, body="Hello", prechat={"Topic": "Prices"}, now=MONDAY_NOON
    )
    assert (again.message.pk, again.is_new) == (first.message.pk, False)


def test_the_admin_shows_which_rule_decided() -> None:
    stream = make.workstream()
    make.rule(stream, name="Everybody", queues=[make.queue()])
    shown = administrator().get(page(Conversation, started(stream))).content.decode()
    assert "rule “Everybody”" in shown
