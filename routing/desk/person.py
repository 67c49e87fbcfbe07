"""The right side of the desk: who the customer is, since when they wait, and why it is you."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from chat.models import Conversation, Message, Transition, Visit
from chat.states import State, Verb
from routing.access import conversations_for_agent
from routing.desk.words import language_name
from routing.models import Agent, Offer, OfferState
from routing.why import in_words

EARLIER = 12


@dataclass(frozen=True)
class Fact:
    """A label with a text, or with a moment that the page shows in the reader's time."""

    label: str
    value: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Past:
    id: uuid.UUID
    at: datetime
    text: str


@dataclass(frozen=True)
class Why:
    lead: str
    text: str


@dataclass(frozen=True)
class Person:
    line: str
    facts: Sequence[Fact]
    context: Sequence[Fact]
    why: Why | None
    earlier: Sequence[Past]


def person_of(conversation: Conversation, *, agent: Agent) -> Person:
    """``conversation`` was fetched through the agent, with its people."""
    return Person(
        line=_line(conversation),
        facts=list(_facts(conversation)),
        context=list(_context(conversation.context)),
        why=_why(conversation, agent),
        earlier=_earlier(conversation, agent),
    )


def _line(conversation: Conversation) -> str:
    customer = conversation.customer
    parts = [customer.email, language_name(customer.locale or conversation.widget.locale)]
    return " · ".join(part for part in parts if part)


def _facts(conversation: Conversation) -> Iterable[Fact]:
    yield Fact(_("Queue"), conversation.queue.name)
    if conversation.state == State.OPEN:
        yield Fact(_("Waiting since"), at=conversation.queued_at)
    waited = _first_wait(conversation)
    if waited is not None:
        yield Fact(_("First waited"), _span(waited))
    yield Fact(_("Started"), at=conversation.started_at)
    visits = Visit.objects.filter(customer=conversation.customer_id, widget=conversation.widget_id).count()
    if visits:
        yield Fact(_("Visits"), str(visits))


def _first_wait(conversation: Conversation) -> timedelta | None:
    assigned = Transition.objects.filter(conversation=conversation, verb=Verb.ASSIGN).order_by("turn").first()
    return assigned.at - conversation.started_at if assigned else None


def _span(span: timedelta) -> str:
    """``span`` in words, its largest unit alone."""
    if span < timedelta(minutes=1):
        return _("%d s") % span.total_seconds()
    moment = datetime(2000, 1, 1, tzinfo=UTC)
    return timesince(moment, moment + span, depth=1)


def _context(context: dict[str, Any]) -> Iterable[Fact]:
    """What the site told of the customer; values marked as not displayable are for rules alone."""
    for name, told in context.items():
        value, is_shown = (
            (told.get("value"), told.get("displayable")) if isinstance(told, dict) else (told, True)
        )
        if is_shown:
            yield Fact(name, _in_words(value))


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def _why(conversation: Conversation, agent: Agent) -> Why | None:
    """The latest reason for which it was offered or given to this agent."""
    offers = Offer.objects.filter(conversation=conversation, agent=agent)
    latest = offers.filter(state__in=[OfferState.PENDING, OfferState.ACCEPTED]).order_by("-made_at").first()
    words = in_words(latest.why).removeprefix(f"{agent.name}: ") if latest else ""
    if not words:
        return None
    words = words[0].upper() + words[1:]
    lead, _stop, rest = words.partition(". ")
    return Why(lead=f"{lead.rstrip('.')}.", text=rest)


def _earlier(conversation: Conversation, agent: Agent) -> list[Past]:
    others = (
        conversations_for_agent(agent).filter(customer=conversation.customer_id).exclude(pk=conversation.pk)
    )
    rows = list(others.latest_first()[:EARLIER])
    firsts = Message.objects.filter(conversation__in=[row.pk for row in rows], seq=1)
    said = dict(firsts.values_list("conversation_id", "body"))
    return [Past(row.pk, row.started_at, said.get(row.pk, "")[:80]) for row in rows]
