"""Celery's part: what time does, and the notice of a returning customer. Every task may run twice."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import batched
from uuid import UUID

from celery import shared_task
from django.db import connection
from django.utils import timezone

from chat import absence, erasing, events, idle, mailing
from chat.actions import (
    attend,
    close_idle_together,
    close_if_idle,
    forget_addresses,
    forget_old_presence,
    keep_wait,
    mark_return_notified,
    park_if_quiet,
    remind_if_idle,
)
from chat.files import intake
from chat.models import Conversation
from chat.paging import PAGE
from chat.realtime.hub import hub
from chat.states import State
from workstreams.models import Queue

logger = logging.getLogger(__name__)
TOGETHER = 50  # so many are closed in one transaction: short enough for whoever waits for one of the rows
ERASED_AT_ONCE = 200  # pages of one customer: the next one's turn comes within a minute
LOCK_SPACE = 0x5061726C  # "Parl": the first half of the sweeps' advisory lock numbers


@shared_task
def close_idle(now: str | None = None) -> int:
    """Close what time has closed; returns how many. ``now``: ISO, for judging at another moment."""
    with only_one_sweep("close_idle") as is_mine:
        due = idle.due_to_close(now=moment_of(now)) if is_mine else ()
        return sum(_close_together(ids, now) for ids in batched(due, TOGETHER))


@shared_task
def remind_idle(now: str | None = None) -> int:
    """Tell the customers of waiting conversations that these will be closed; returns how many."""
    return _sweep(idle.due_for_reminder, remind_if_idle, now=now)


@shared_task
def park_quiet(now: str | None = None) -> int:
    """Park active conversations whose customers are silent, where the workstream says so; returns how many."""
    return _sweep(idle.due_for_parking, park_if_quiet, now=now)


@shared_task
def customers_gone(now: str | None = None) -> int:
    """Tell agents whose live customers are not connected, and end what nobody came back to; returns how many."""
    moment = moment_of(now)
    with only_one_sweep("customers_gone") as is_mine:
        found = absence.unattended(now=moment) if is_mine else ()
        return each(found, lambda pk: attend(conversation_id=pk, now=moment))


@shared_task
def measure_waits(now: str | None = None) -> int:
    """How long customers of each queue waited; returns of how many queues something can be said."""
    queues = Queue.objects.filter(retired_at=None).order_by("pk").values_list("pk", flat=True)
    with only_one_sweep("measure_waits") as is_mine:
        found = list(queues) if is_mine else ()
        return each(found, lambda pk: keep_wait(queue_id=pk, now=moment_of(now)))


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
def send_letters(now: str | None = None) -> int:
    """Send the e-mails that are due; returns how many. One worker does, on one connection to the mail server."""
    with only_one_sweep("send_letters") as is_mine:
        return mailing.send_due(clock=partial(moment_of, now)) if is_mine else 0


@shared_task
def clear_uploads(now: str | None = None) -> int:
    """Remove files that were chosen and never sent; returns how many."""
    with only_one_sweep("clear_uploads") as is_mine:
        return each(intake.left_over(now=moment_of(now)) if is_mine else (), intake.discard)


@shared_task
def erase_on() -> int:
    """Erase what is left of customers with much to erase, or whose erasure was cut short; returns of how many all is."""
    with only_one_sweep("erase_on") as is_mine:
        found = erasing.unfinished() if is_mine else ()
        return each(found, lambda pk: erasing.go_on(customer_id=pk, pages=ERASED_AT_ONCE))


@shared_task
def forget_presence(now: str | None = None) -> None:
    """Mark the visits of lost processes as left, and drop what is too old to matter."""
    forget_old_presence(now=moment_of(now))
    forget_addresses(now=moment_of(now))


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


def _close_together(ids: Sequence[UUID], now: str | None) -> int:
    """In one transaction. Where that fails, one by one: only the row whose fault it is stays."""
    try:
        return close_idle_together(conversation_ids=ids, now=moment_of(now))
    except Exception:
        logger.warning("sweep.page_failed", exc_info=True)
        return each(ids, lambda pk: close_if_idle(conversation_id=pk, now=moment_of(now)))


def _sweep(find: Callable[..., Iterator[UUID]], do: Callable[..., bool], *, now: str | None) -> int:
    """``do`` what ``find`` has found, each at its own moment: the last one's may come minutes after the first one's."""
    name = do.__name__
    with only_one_sweep(name) as is_mine:
        found = find(now=moment_of(now)) if is_mine else ()
        done = each(found, lambda pk: do(conversation_id=pk, now=moment_of(now)))
    if done:
        logger.info("sweep.done", extra={"sweep": name, "count": done})
    return done
