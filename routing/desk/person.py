"""The right side of the desk: who the customer is, since when they wait, and why it is you."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from chat.context import shown_to_agents, value_of
from chat.masking import answer_to_staff, to_staff
from chat.models import Conversation, Message, SurveyAnswer, Transition, Visit
from chat.states import State, Verb
from routing.access import others_of_customer
from routing.desk.history import Why, why_of
from routing.desk.words import language_name
from routing.models import Agent
from workstreams.models import Skill
from workstreams.placing import USUAL_PRIORITY

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
    rating: int | None


@dataclass(frozen=True)
class Person:
    line: str
    facts: Sequence[Fact]
    context: Sequence[Fact]
    prechat: Sequence[Fact]
    survey: Sequence[Fact]
    why: Why
    earlier: Sequence[Past]


def person_of(conversation: Conversation, *, agent: Agent, now: datetime) -> Person:
    """``conversation`` was fetched through the agent, with its people."""
    return Person(
        line=_line(conversation),
        facts=list(_facts(conversation, now)),
        context=list(_context(conversation.context)),
        prechat=[
            Fact(question, answer_to_staff(_in_words(answer)))
            for question, answer in conversation.prechat.items()
        ],
        survey=list(_survey(conversation)),
        why=why_of(conversation, agent=agent),
        earlier=_earlier(conversation, agent),
    )


def _line(conversation: Conversation) -> str:
    customer = conversation.customer
    parts = [customer.email, language_name(customer.locale or conversation.widget.locale)]
    return " · ".join(part for part in parts if part)


def _facts(conversation: Conversation, now: datetime) -> Iterable[Fact]:
    yield Fact(_("Queue"), conversation.queue.name)
    if conversation.skills:
        yield Fact(_("Skills"), _skills(conversation.skills))
    if conversation.priority != USUAL_PRIORITY:
        yield Fact(_("Priority"), str(conversation.priority))
    if conversation.state == State.OPEN:
        yield Fact(_("Waiting since"), at=conversation.queued_at)
    waited = _first_wait(conversation)
    if waited is not None:
        yield Fact(_("First waited"), _span(waited))
    yield Fact(_("Started"), at=conversation.started_at)
    visits = Visit.objects.filter(customer=conversation.customer_id, widget=conversation.widget_id)
    if latest := visits.order_by("-joined_at").first():
        is_here = visits.here(now=now).exists()
        at = latest.joined_at if is_here else latest.left_at
        yield Fact(_("In the chat since") if is_here else _("Last in the chat"), at=at)
        yield Fact(_("Visits"), str(visits.count()))


def _skills(asked: dict[str, int]) -> str:
    """What classification asked for: "German 3, Hardware 1"."""
    names = Skill.objects.filter(pk__in=asked).order_by("name").values_list("pk", "name")
    return ", ".join(f"{name} {asked[str(pk)]}" for pk, name in names)


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
    for name, told in shown_to_agents(context).items():
        yield Fact(name, _in_words(value_of(told)))


def _survey(conversation: Conversation) -> Iterable[Fact]:
    if answer := SurveyAnswer.objects.filter(conversation=conversation).first():
        for question, said in answer.in_words():
            yield Fact(question, said)


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def _earlier(conversation: Conversation, agent: Agent) -> list[Past]:
    others = others_of_customer(conversation, agent=agent)
    rows = list(others.select_related("survey_answer").latest_first()[:EARLIER])
    firsts = Message.objects.filter(conversation__in=[row.pk for row in rows], seq=1)
    said = {message.conversation_id: to_staff(message) for message in firsts}
    return [Past(row.pk, row.started_at, said.get(row.pk, "")[:80], _rating_of(row)) for row in rows]


def _rating_of(conversation: Conversation) -> int | None:
    answer: SurveyAnswer | None = getattr(conversation, "survey_answer", None)
    return answer.rating if answer else None
