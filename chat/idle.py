"""What time does to a conversation: it reminds, closes and parks. The timers are settings, read when they are judged.

Two questions about each: of one conversation, when (asked again under its lock), and of all, which: an index range for
each timer, so that the cost grows with what is due and with nothing else.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from chat.models import Conversation, Message
from chat.models.conversation_queries import ConversationQuerySet
from chat.paging import ids_by
from chat.states import State
from workstreams.models import Workstream
from workstreams.models.workstream import SHORTENING_GRACE

# -- of one conversation


def closes_at(conversation: Conversation) -> datetime | None:
    """The moment from which auto-close may take it; None: never in this state, or not before it has been reminded."""
    if conversation.state == State.WAITING:
        return _waiting_closes_at(conversation)
    minutes = settings.PARLEY_AUTO_CLOSE_MINUTES[conversation.mode].get(conversation.state)
    if minutes is None:
        return None
    due = conversation.idle_since + timedelta(minutes=minutes)
    if conversation.state == State.WRAP_UP and conversation.capacity_freed_at:
        return max(due, conversation.capacity_freed_at)
    return due


def reminds_at(conversation: Conversation) -> datetime | None:
    """From when its customer is to be told that it will be closed; None: not at all, or they have been told."""
    ahead = _reminder(conversation.workstream)
    if conversation.state != State.WAITING or ahead is None or conversation.reminded_at is not None:
        return None
    return _idle_until(conversation) - ahead


def closes_once_reminded(conversation: Conversation, *, reminded_at: datetime) -> datetime:
    """No sooner than that long after its customer was told, however late that was."""
    ahead = _reminder(conversation.workstream) or timedelta()
    return max(_idle_until(conversation), reminded_at + ahead)


def parks_at(conversation: Conversation) -> datetime | None:
    """From when it waits without its agent's doing: its customer is silent, and has been answered. None: never."""
    hours = conversation.workstream.auto_park_hours
    if hours is None or conversation.state != State.ACTIVE or conversation.is_unanswered:
        return None
    latest = conversation.messages.filter(seq=conversation.last_customer_seq)
    written_at = latest.values_list("sent_at", flat=True).first() or conversation.started_at
    return max(written_at, conversation.state_changed_at) + timedelta(hours=hours)


def _waiting_closes_at(conversation: Conversation) -> datetime | None:
    if conversation.reminded_at is not None:
        return closes_once_reminded(conversation, reminded_at=conversation.reminded_at)
    return _idle_until(conversation) if _reminder(conversation.workstream) is None else None


def _idle_until(conversation: Conversation) -> datetime:
    """A shortened time closes nothing sooner than a day after it was shortened."""
    workstream = conversation.workstream
    due = conversation.idle_since + timedelta(minutes=workstream.auto_close_minutes)
    shortened_at = workstream.auto_close_shortened_at
    return max(due, shortened_at + SHORTENING_GRACE) if shortened_at else due


def _reminder(workstream: Workstream) -> timedelta | None:
    minutes = workstream.reminder_minutes
    return None if minutes is None else timedelta(minutes=minutes)


# -- of all


def due_to_close(*, now: datetime) -> Iterator[uuid.UUID]:
    """Ids of conversations that time may close."""
    for workstream in Workstream.objects.all():
        for state, minutes in settings.PARLEY_AUTO_CLOSE_MINUTES[workstream.mode].items():
            if minutes is not None:
                rows = _idle(workstream, state, since=now - timedelta(minutes=minutes))
                yield from ids_by(
                    "idle_since", _with_places_freed(rows, now) if state == State.WRAP_UP else rows
                )
        if workstream.rules.may_wait and _past_grace(workstream, now):
            yield from _waited_too_long(workstream, now)


def due_for_reminder(*, now: datetime) -> Iterator[uuid.UUID]:
    """Ids of waiting conversations whose customers are to be told."""
    for workstream in Workstream.objects.filter(reminder_minutes__isnull=False):
        ahead = _reminder(workstream) or timedelta()
        if _past_grace(workstream, now + ahead):
            since = now + ahead - timedelta(minutes=workstream.auto_close_minutes)
            yield from ids_by("idle_since", _idle(workstream, State.WAITING, since=since))


def due_for_parking(*, now: datetime) -> Iterator[uuid.UUID]:
    """Ids of active conversations that may wait. There are never more active ones than agents have places."""
    for workstream in Workstream.objects.filter(auto_park_hours__isnull=False):
        since = now - timedelta(hours=workstream.auto_park_hours or 0)
        quiet = Conversation.objects.filter(
            ~Exists(_customer_wrote_after(since)),
            state=State.ACTIVE,
            workstream=workstream,
            state_changed_at__lte=since,
            last_customer_seq__lte=F("last_agent_seq"),
        )
        yield from ids_by("state_changed_at", quiet)


def _waited_too_long(workstream: Workstream, now: datetime) -> Iterator[uuid.UUID]:
    idle_for, ahead = timedelta(minutes=workstream.auto_close_minutes), _reminder(workstream)
    if ahead is None:
        yield from ids_by("idle_since", _idle(workstream, State.WAITING, since=now - idle_for))
    reminded = Conversation.objects.filter(
        state=State.WAITING,
        workstream=workstream,
        reminded_at__lte=now - (ahead or timedelta()),
        idle_since__lte=now - idle_for,
    )
    yield from ids_by("reminded_at", reminded)


def _idle(workstream: Workstream, state: str, *, since: datetime) -> ConversationQuerySet:
    """In that state, untouched since then or longer, and nobody was told."""
    return Conversation.objects.filter(
        state=state, workstream=workstream, reminded_at=None, idle_since__lte=since
    )


def _with_places_freed(rows: ConversationQuerySet, now: datetime) -> ConversationQuerySet:
    """Wrap-up is not closed before its block of a fixed time has passed."""
    return rows.filter(Q(capacity_freed_at=None) | Q(capacity_freed_at__lte=now))


def _past_grace(workstream: Workstream, now: datetime) -> bool:
    shortened_at = workstream.auto_close_shortened_at
    return shortened_at is None or shortened_at + SHORTENING_GRACE <= now


def _customer_wrote_after(since: datetime) -> QuerySet[Message]:
    latest = Message.objects.filter(conversation=OuterRef("pk"), seq=OuterRef("last_customer_seq"))
    return latest.filter(sent_at__gt=since)
