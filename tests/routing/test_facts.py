"""The facts that reports are made of, against an account made from messages and transitions; and how they keep up."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from chat.models import Conversation, Transition
from routing.actions.facts import count_conversations
from routing.models import Facts
from routing.models.facts import Progress
from routing.reports import counting
from routing.tasks import count_facts
from tests import crowd, make
from tests.routing.clock import NOW
from tests.routing.recount import Account, assert_eventful, in_minutes, recount
from tests.routing.story import told

pytestmark = pytest.mark.django_db


def test_facts_are_those_of_messages_and_transitions() -> None:
    told(seed=1)
    accounts = recount()
    assert_eventful(accounts)
    facts = Facts.objects.in_bulk()
    for account in accounts:
        assert_same(facts[account.conversation.pk], account)


def assert_same(facts: Facts, account: Account) -> None:
    assert facts.turn == account.conversation.turn
    assert (facts.state, facts.queue_id, facts.agent_id) == (account.state, account.queue, account.agent)
    assert facts.began_in_hours == account.in_hours
    assert (facts.answered_at, facts.ended_at, facts.back_at) == (
        account.answered_at,
        account.ended_at,
        account.back_at,
    )
    assert in_minutes(facts.wait_s, facts.response_s, facts.elapsed_s) == [
        account.wait,
        account.response,
        account.elapsed,
    ]
    assert in_minutes(facts.response_open_s, facts.elapsed_open_s) == [
        account.answered_after_open,
        account.ended_after_open,
    ]
    spent = dict(
        zip(("open", "active", "waiting"), (facts.queued_s, facts.active_s, facts.waiting_s), strict=True)
    )
    assert {state: seconds / 60 for state, seconds in spent.items()} == account.in_state
    assert (facts.transfers, facts.rating) == (account.transfers, account.rating)


def test_what_was_there_before_is_counted_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "ROUNDS", 2)
    monkeypatch.setattr(counting, "STEPS", 10)
    monkeypatch.setattr("routing.reports.gathering.STEPS", 10)
    monkeypatch.setattr("routing.models.facts.MARGIN", 5)
    crowd.open_conversations(widget=make.widget(), count=50, now=NOW)
    runs = 0
    while Progress.so_far().looked_at is None:
        assert runs < 20, Progress.so_far()
        count_facts(now=NOW.isoformat())
        runs += 1
    assert runs > 2
    assert Facts.objects.count() == Conversation.objects.count()
    assert count_facts(now=NOW.isoformat()) == 0


def test_a_transition_that_became_visible_late_is_not_passed_over() -> None:
    """Its number was given before that of one which has been counted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('chat_transition', 'id'), 5000)")
    make.conversation(now=NOW)
    count_facts(now=NOW.isoformat())
    late = make.conversation(now=NOW)
    Transition.objects.filter(conversation=late).update(id=F("id") - 1000)
    count_facts(now=NOW.isoformat())
    assert Facts.objects.filter(pk=late.pk).exists()


def test_one_that_cannot_be_counted_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = make.conversation(now=NOW), make.conversation(now=NOW)
    count = count_conversations

    def refuse(*, conversation_ids: Any) -> int:
        if bad.pk in conversation_ids:
            raise ValueError
        return count(conversation_ids=conversation_ids)

    monkeypatch.setattr(counting, "count_conversations", refuse)
    count_facts(now=NOW.isoformat())
    assert list(Facts.objects.values_list("pk", flat=True)) == [good.pk]
