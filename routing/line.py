"""The line: what waits in queues for anybody, in order, read page by page along the index of each queue."""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from chat.models import Conversation
from chat.models.conversation_queries import ConversationQuerySet
from routing.floor import Floor
from routing.models import Offer
from routing.work import History, histories_of
from workstreams import hours
from workstreams.models import Distribution, Queue
from workstreams.modes import RULES

PAGE = 500
FIRST_PAGE = 10  # mostly one place has become free, and one conversation takes it
LATER_PAGES = 100  # no more: while a page is worked through, its histories grow old


class Waiting(NamedTuple):
    """A conversation in line, with its queue, workstream and widget."""

    conversation: Conversation
    history: History


def queues_in_service(queues: Iterable[Queue], *, now: datetime) -> list[Queue]:
    """Those of the queues that are in their hours now."""
    ids = [queue.pk for queue in queues]
    found = Queue.objects.filter(pk__in=ids).select_related("operating_hours")
    found = found.prefetch_related("operating_hours__intervals", "operating_hours__holidays")
    return [queue for queue in found if hours.is_open(calendar=queue.calendar(), at=now)]


def in_line(queues: Iterable[Queue], *, floor: Floor) -> Iterator[Waiting]:
    """By queue priority, conversation priority, then who has waited longest (spec §4, Order).

    Ends, queue by queue, when nobody there has room for what is left.
    """
    lines = [_of_queue(queue, floor) for queue in queues]
    for _place, waiting in heapq.merge(*lines, key=lambda item: item[0]):
        if waiting.conversation.units <= floor.most_free(waiting.conversation.queue_id):
            yield waiting


def held_without_offer(queues: Iterable[Queue]) -> list[uuid.UUID]:
    """Ids of conversations kept for the agent who had them, whose offer was lost or is due now that hours began."""
    return list(held_and_not_asked(queues))


def held_and_not_asked(queues: Iterable[Queue]) -> QuerySet[Conversation, uuid.UUID]:
    """In the order of their index, which holds no others: the statistics do not know how few they are."""
    held = Conversation.objects.not_held_out().filter(queue__in=list(queues))
    return held.order_by("queue", "queued_at").values_list("pk", flat=True)[:PAGE]


def late_arrivals(*, now: datetime) -> Iterator[uuid.UUID]:
    """Ids of open conversations in queues outside their hours, of modes that are only begun in hours: they may be
    offered after them. Nothing where nobody has room. In queues that are open, they stand in line."""
    modes = [mode for mode, rules in RULES.items() if not rules.starts_outside_hours]
    waiting = Conversation.objects.for_everybody().filter(queue=OuterRef("pk"), mode__in=modes)
    busy = Queue.objects.filter(Exists(waiting), operating_hours__isnull=False)
    in_service = [queue.pk for queue in queues_in_service(busy, now=now)]
    for queue in busy.exclude(pk__in=in_service).order_by("priority", "pk"):
        if Floor(queue_ids=[queue.pk], now=now).most_free(queue.pk) > 0:
            rows = Conversation.objects.for_everybody().filter(queue=queue, mode__in=modes)
            rows = _unasked(rows).order_by("priority", "queued_at", "pk")
            yield from rows.values_list("pk", flat=True)[:PAGE]


def left_in_retired() -> list[uuid.UUID]:
    """Ids of open conversations in queues that have been retired and are not where their workstream falls back to."""
    retired = list(Queue.objects.filter(retired_at__isnull=False))
    return _oldest(lambda rows: rows.filter(queue__in=retired).exclude(queue=F("workstream__queue")))


def _oldest(chosen: Callable[[ConversationQuerySet], ConversationQuerySet]) -> list[uuid.UUID]:
    """Ids of those ``chosen`` among the open ones, by the index of those for everybody and of those held."""
    found: list[uuid.UUID] = []
    for rows in (Conversation.objects.for_everybody(), Conversation.objects.held()):
        found += chosen(rows).order_by("queued_at").values_list("pk", flat=True)[:PAGE]
    return found


type _Place = tuple[int, int, datetime, uuid.UUID]


def _of_queue(queue: Queue, floor: Floor) -> Iterator[tuple[_Place, Waiting]]:
    after, size = Q(), FIRST_PAGE
    while (room := floor.most_free(queue.pk)) > 0:
        page = _page(queue, room, after, size)
        histories = histories_of(page)
        for conversation in page:
            place = (queue.priority, conversation.priority, conversation.queued_at, conversation.pk)
            yield place, Waiting(conversation, histories[conversation.pk])
        if len(page) < size:
            return
        after, size = _after(page[-1]), min(4 * size, LATER_PAGES)


def _page(queue: Queue, room: int, after: Q, size: int) -> list[Conversation]:
    rows = Conversation.objects.for_everybody().filter(after, queue=queue, units__lte=room)
    rows = _unasked(rows.filter(workstream__distribution=Distribution.PUSH))
    # What many share is fetched once, not joined to each.
    page = list(rows.prefetch_related("workstream", "widget").order_by("priority", "queued_at", "id")[:size])
    for conversation in page:
        conversation.queue = queue
    return page


def _after(last: Conversation) -> Q:
    same_priority = Q(priority=last.priority) & (
        Q(queued_at__gt=last.queued_at) | Q(queued_at=last.queued_at, pk__gt=last.pk)
    )
    # Stated alone too: it is what the index can be entered by.
    return Q(priority__gte=last.priority) & (Q(priority__gt=last.priority) | same_priority)


def _unasked(rows: ConversationQuerySet) -> ConversationQuerySet:
    return rows.exclude(Exists(Offer.objects.pending().filter(conversation=OuterRef("pk"))))
