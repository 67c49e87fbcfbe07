"""What time does. Each row is judged again under its lock."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery, prefetch_related_objects

from chat import absence
from chat.actions.base import action
from chat.idle import closes_at, closes_once_reminded, parks_at, reminds_at
from chat.models import Conversation, CustomerSession, QueueWait, ServerProcess, Visit
from chat.states import Actor, State
from chat.waits import measure_wait
from workstreams.automated import Trigger

LOST_FOR = timedelta(days=1)
KEEP_VISITS = timedelta(days=90)
KEEP_PROCESSES = timedelta(days=7)
KEEP_SESSIONS = timedelta(days=1)
CUSTOMER_GONE = "its customer is gone"
# On record: why it was closed. A conversation that nobody took counts as unanswered in the reports.
CLOSED_FOR = {
    State.OPEN: "unanswered: open too long",
    State.WAITING: "auto-close: neither side wrote",
    State.WRAP_UP: "auto-close: wrap-up took too long",
}


@action
def close_if_idle(*, conversation_id: uuid.UUID, now: datetime) -> bool:
    """Close it if it is still due: a message that came first wins. True when it was closed."""
    conversation = _locked_if_due(conversation_id, closes_at, now)
    if conversation is None:
        return False
    reason = CLOSED_FOR[State(conversation.state)]
    conversation.close(actor=Actor.SYSTEM, user=None, now=now, reason=reason)
    return True


@action
def close_idle_together(*, conversation_ids: Sequence[uuid.UUID], now: datetime) -> int:
    """``close_if_idle`` of many in one transaction; returns how many. What somebody else has locked is passed over."""
    found = Conversation.objects.filter(pk__in=conversation_ids).locked(skip_locked=True)
    due = [row for row in found if (at := closes_at(row)) is not None and at <= now]
    prefetch_related_objects(due, "agent", "queue")  # for whoever is told
    closed = [(row, CLOSED_FOR[State(row.state)]) for row in due]
    Conversation.close_each(closed, actor=Actor.SYSTEM, user=None, now=now)
    return len(closed)


@action
def remind_if_idle(*, conversation_id: uuid.UUID, now: datetime) -> bool:
    """Tell its customer that it will be closed, once in each idle period. True when they were told."""
    conversation = _locked_if_due(conversation_id, reminds_at, now)
    if conversation is None:
        return False
    conversation.remind(closes_at=closes_once_reminded(conversation, reminded_at=now), now=now)
    return True


@action
def park_if_quiet(*, conversation_id: uuid.UUID, now: datetime) -> bool:
    """Park it if its customer is still silent and answered. True when it was parked."""
    conversation = _locked_if_due(conversation_id, parks_at, now)
    if conversation is None:
        return False
    hours = conversation.workstream.auto_park_hours
    conversation.park(actor=Actor.SYSTEM, user=None, now=now, reason=f"no customer message for {hours} h")
    return True


@action
def attend(*, conversation_id: uuid.UUID, now: datetime) -> bool:
    """What follows when a live customer is lost, back, or gone for too long. True when somebody is told."""
    conversation = Conversation.objects.with_people().locked().filter(pk=conversation_id).first()
    if conversation is None:
        return False
    if absence.is_gone(conversation, now=now):
        _end_without_customer(conversation, now)
    elif absence.is_lost(conversation, now=now):
        conversation.customer_lost(now=now)
    elif absence.is_connected_again(conversation, now=now):
        was_lost = conversation.customer_lost_at is not None
        conversation.customer_here(now=now)
        return was_lost
    else:
        return False
    return True


@action
def keep_wait(*, queue_id: int, now: datetime) -> bool:
    """Store how long customers of this queue waited; False when too few did."""
    seconds = measure_wait(queue_id, now=now)
    if seconds is None:
        QueueWait.objects.filter(queue=queue_id).delete()
        return False
    QueueWait.objects.update_or_create(queue_id=queue_id, defaults={"seconds": seconds})
    return True


@action
def mark_return_notified(*, conversation_id: uuid.UUID, now: datetime) -> Conversation | None:
    """Claim the notice of a customer's return; None when another task has sent it or it no longer waits."""
    conversation = Conversation.objects.with_people().locked().filter(pk=conversation_id).first()
    if conversation is None or not conversation.owes_return_notice:
        return None
    conversation.customer_back_notified_at = now
    conversation.save(update_fields=["customer_back_notified_at"])
    return conversation


@action
def forget_old_presence(*, now: datetime) -> None:
    """Visits of processes that stopped long ago without saying so end when the process was last seen.

    Not sooner: a process that was only paused holds its sockets still, and its customers would be taken for gone.
    """
    lost = ServerProcess.objects.filter(seen_at__lte=now - LOST_FOR)
    last_seen = lost.filter(pk=OuterRef("process_id")).values("seen_at")
    Visit.objects.filter(left_at=None, process_id__in=lost.values("pk")).update(left_at=Subquery(last_seen))
    Visit.objects.filter(left_at__lt=now - KEEP_VISITS).delete()
    ServerProcess.objects.filter(seen_at__lt=now - KEEP_PROCESSES).delete()
    CustomerSession.objects.filter(expires_at__lt=now - KEEP_SESSIONS).delete()


def _locked_if_due(
    conversation_id: uuid.UUID, due_at: Callable[[Conversation], datetime | None], now: datetime
) -> Conversation | None:
    """The conversation, locked and judged again: whatever has happened to it meanwhile comes first."""
    conversation = Conversation.objects.with_people().locked().filter(pk=conversation_id).first()
    due = due_at(conversation) if conversation else None
    return conversation if due is not None and due <= now else None


def _end_without_customer(conversation: Conversation, now: datetime) -> None:
    how: dict[str, Any] = {"actor": Actor.SYSTEM, "user": None, "now": now, "reason": CUSTOMER_GONE}
    if conversation.state == State.OPEN:
        conversation.close(trigger=Trigger.SESSION_ENDED, **how)
    else:
        conversation.end(**how)
