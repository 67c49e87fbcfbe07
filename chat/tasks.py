"""Celery's part: what time does, and the notice of a returning customer. Every task may run twice."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from celery import shared_task
from django.db import connection
from django.utils import timezone

from chat import events, idle
from chat.actions import close_if_idle, forget_old_presence, mark_return_notified
from chat.models import Conversation
from chat.realtime.hub import hub
from chat.states import State

logger = logging.getLogger(__name__)
PAGE = 500
LOCK_SPACE = 0x5061726C  # "Parl": the first half of the sweeps' advisory lock numbers


@shared_task
def close_idle(now: str | None = None) -> int:
    """Close what time has closed; returns how many. ``now``: ISO, for judging at another moment."""
    moment = moment_of(now)
    with only_one_sweep("close_idle") as is_mine:
        return _close_all_due(moment) if is_mine else 0


@shared_task
def notify_customer_returned(conversation_id: str, now: str | None = None) -> bool:
    """Tell the agent of a waiting conversation, once, that its customer is back."""
    conversation = mark_return_notified(conversation_id=UUID(conversation_id), now=moment_of(now))
    if conversation is not None:
        events.publish(events.CustomerReturned(conversation=conversation))
    return conversation is not None


@shared_task
def notify_returned(now: str | None = None) -> int:
    """Send the notices whose task was lost."""
    moment = moment_of(now)
    waiting = Conversation.objects.filter(state=State.WAITING, agent__isnull=False)
    owed = waiting.owing_return_notice(before=moment - timedelta(seconds=5)).values_list("pk", flat=True)[
        :PAGE
    ]
    return each(owed, lambda pk: notify_customer_returned(conversation_id=str(pk), now=now))


@shared_task
def forget_presence(now: str | None = None) -> None:
    """Mark the visits of lost processes as left, and drop what is too old to matter."""
    forget_old_presence(now=moment_of(now))


@shared_task
def own_up() -> None:
    """Frames of this worker that Redis did not take: the web processes' clients shall ask anew."""
    hub.settle()


def moment_of(now: str | None) -> datetime:
    return datetime.fromisoformat(now) if now else timezone.now()


def each(ids: Iterable[object], do: Callable[..., object]) -> int:
    """Apply ``do`` to each id; log and pass over one that fails. Returns how many it did something for."""
    done = 0
    for pk in ids:
        try:
            done += bool(do(pk))
        except Exception:
            logger.exception("sweep.row_failed", extra={"id": str(pk)})
    return done


@contextmanager
def only_one_sweep(name: str) -> Iterator[bool]:
    """True for the one that holds this sweep's advisory lock; a second worker passes."""
    key = zlib.crc32(name.encode()) & 0x7FFFFFFF
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, key])
        is_mine = bool(cursor.fetchone()[0])
        try:
            yield is_mine
        finally:
            if is_mine:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, key])


def _close_all_due(now: datetime) -> int:
    """Page by page until a page closes nothing: a row that fails must not keep the sweep going for ever."""
    closed = 0
    while page := idle.due_ids(now=now, limit=PAGE):
        closed_now = each(page, lambda pk: close_if_idle(conversation_id=pk, now=now))
        closed += closed_now
        if not closed_now:
            break
    if closed:
        logger.info("sweep.closed_idle", extra={"count": closed})
    return closed
