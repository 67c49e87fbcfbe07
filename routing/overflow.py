"""Overflow: which conversations a queue has no time for, and what its rules do with them (spec §4, Overflow).

- Full: of those that wait there for anybody, so many as the rule allows came before this one. Judged when it arrives:
  begun, woken, or moved there by the system. Whom people send to a queue stays in it.
- Waited: it has been in this queue for the rule's minutes of the queue's opening time. Each queue counts anew.
- A queue outside its hours has no overflow: what is there waits for its hours.
- It stays where it is while somebody is being asked, while it is kept for the agent who had it, where its mode forbids
  an end, and where the other queue is retired, is outside its hours, or has passed it on before.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from chat.models import Conversation, Transition
from chat.models.conversation_queries import ConversationQuerySet
from chat.paging import ids_by
from chat.states import Actor, State, Verb
from routing.models import Offer
from workstreams import hours
from workstreams.models import OverflowRule, OverflowWhen
from workstreams.modes import RULES, Mode

# An arrival is judged at once. For so long the sweep makes good what was missed; later it is none any more.
JUST_ARRIVED = timedelta(minutes=2)


def rule_for(conversation: Conversation, *, now: datetime) -> OverflowRule | None:
    """The rule that ends or moves it now; None: it stays. Whoever writes holds its lock."""
    if conversation.state != State.OPEN or conversation.preferred_agent_id is not None:
        return None
    rules = _rules().filter(queue=conversation.queue_id).order_by("when")
    return next((rule for rule in rules if _takes(rule, conversation, now)), None)


def rule_on_arrival(conversation: Conversation, *, been_in: set[int], now: datetime) -> OverflowRule | None:
    """The rule that would end or move it if it arrived now. It need not be in the database: ``been_in`` says where the
    system would have passed it on before."""
    rules = _rules().filter(queue=conversation.queue_id, when=OverflowWhen.FULL)
    mode = Mode(conversation.mode)
    return next(
        (
            rule
            for rule in rules
            if _may_end_or_move(rule, mode)
            and _may_act(rule, now)
            and rule.target_id not in been_in
            and _found_it_full(conversation, rule)
        ),
        None,
    )


def to_be_judged(arrived: Iterable[Conversation]) -> list[uuid.UUID]:
    """Ids of those that have come to a queue which may be full. One question for all of them, and mostly the last."""
    free = [conversation for conversation in arrived if conversation.preferred_agent_id is None]
    if not free:
        return []
    ruled = OverflowRule.objects.filter(when=OverflowWhen.FULL, queue__in={each.queue_id for each in free})
    queues = set(ruled.values_list("queue", flat=True))
    return [conversation.pk for conversation in free if conversation.queue_id in queues]


def due(*, now: datetime) -> Iterator[uuid.UUID]:
    """Ids of conversations that overflow, or may: an index range for each rule and mode that it can do something for."""
    for rule in _rules():
        if not _may_act(rule, now):
            continue
        for mode in RULES:
            if _may_end_or_move(rule, mode):
                yield from ids_by("state_changed_at", _in_reach(rule, mode, now))


def _takes(rule: OverflowRule, conversation: Conversation, now: datetime) -> bool:
    return (
        _may_end_or_move(rule, Mode(conversation.mode))
        and _is_due(rule, conversation, now)
        and _may_act(rule, now)
        and (rule.target_id is None or rule.target_id not in _passed_on_by(conversation))
        and not Offer.objects.pending().filter(conversation=conversation).exists()
    )


def _may_end_or_move(rule: OverflowRule, mode: Mode) -> bool:
    return rule.target_id is not None or RULES[mode].overflow_may_end


def _may_act(rule: OverflowRule, now: datetime) -> bool:
    """Its queue is in its hours, and so is the other one, which takes new work."""
    if not rule.queue.is_open(now):
        return False
    return rule.target is None or (rule.target.retired_at is None and rule.target.is_open(now))


# -- due


def _is_due(rule: OverflowRule, conversation: Conversation, now: datetime) -> bool:
    if rule.when == OverflowWhen.FULL:
        return _has_just_arrived(conversation, rule, now) and _found_it_full(conversation, rule)
    since = _waiting_since(rule, now)
    return since is not None and conversation.state_changed_at <= since


def _has_just_arrived(conversation: Conversation, rule: OverflowRule, now: datetime) -> bool:
    at = conversation.state_changed_at
    if at <= now - JUST_ARRIVED or not rule.queue.is_open(at):
        return False
    step = Transition.objects.filter(conversation=conversation, turn=conversation.turn)
    return step.filter(_ARRIVAL).exists()


def _found_it_full(conversation: Conversation, rule: OverflowRule) -> bool:
    """Told by who came before: two that arrive at once are not both one too many."""
    at = conversation.state_changed_at
    earlier = Q(state_changed_at__lt=at) | Q(state_changed_at=at, pk__lt=conversation.pk)
    before = Conversation.objects.for_everybody().filter(
        earlier, queue=rule.queue_id, mode__in=list(RULES), state_changed_at__lte=at
    )
    return before.values("pk")[: rule.limit].count() == rule.limit


def _waiting_since(rule: OverflowRule, now: datetime) -> datetime | None:
    return hours.opened_for(calendar=rule.queue.calendar(), seconds=60 * rule.limit, until=now)


def _in_reach(rule: OverflowRule, mode: Mode, now: datetime) -> ConversationQuerySet:
    rows = Conversation.objects.for_everybody().filter(queue=rule.queue_id, mode=mode)
    rows = rows.exclude(Exists(Offer.objects.pending().filter(conversation=OuterRef("pk"))))
    if rule.when == OverflowWhen.FULL:
        return rows.filter(state_changed_at__gt=now - JUST_ARRIVED)
    since = _waiting_since(rule, now)
    return rows.none() if since is None else rows.filter(state_changed_at__lte=since)


# -- where it has been

_PASSED_ON = Q(verb=Verb.REQUEUE, source=State.OPEN, actor=Actor.SYSTEM)
_ARRIVAL = Q(verb__in=[Verb.START, Verb.WAKE]) | _PASSED_ON


def _passed_on_by(conversation: Conversation) -> set[int]:
    """The queues through which the system has passed it on since somebody last decided where it goes.

    None of them gets it again: whatever the rules say, nothing goes round in a circle.
    """
    been_in: set[int] = set()
    steps = Transition.objects.filter(conversation=conversation).order_by("-turn")
    for step in steps.iterator(chunk_size=20):
        been_in.add(step.queue_id)
        if (step.verb, step.source, step.actor) != (Verb.REQUEUE, State.OPEN, Actor.SYSTEM):
            break
    return been_in


def _rules() -> QuerySet[OverflowRule]:
    return OverflowRule.objects.select_related("queue__operating_hours", "target__operating_hours")
