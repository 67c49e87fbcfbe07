"""The line: what waits in queues for anybody, in order, read page by page along the index of each queue."""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from chat.models import Conversation
from chat.models.conversation_queries import ConversationQuerySet
from routing.floor import Floor
from routing.models import Offer
from workstreams import hours
from workstreams.models import Distribution, Queue
from workstreams.modes import RULES

PAGE = 500
FIRST_PAGE = 10  # mostly one place has become free, and one conversation takes it


def queues_in_service(queues: Iterable[Queue], *, now: datetime) -> list[Queue]:
    """Those of the queues that are in their hours now."""
    ids = [queue.pk for queue in queues]
    found = Queue.objects.filter(pk__in=ids).select_related("operating_hours")
    found = found.prefetch_related("operating_hours__intervals", "operating_hours__holidays")
    return [queue for queue in found if hours.is_open(calendar=queue.calendar(), at=now)]


def in_line(queues: Iterable[Queue], *, floor: Floor) -> Iterator[Conversation]:
    """By queue priority, conversation priority, then who has waited longest (spec §4, Order).

    Ends, queue by queue, when nobody there has room for what is left.
    """
    lines = [_of_queue(queue, floor) for queue in queues]
    for _place, conversation in heapq.merge(*lines, key=lambda item: item[0]):
        if conversation.units <= floor.most_free(conversation.queue_id):
            yield conversation


def held_without_offer(queues: Iterable[Queue]) -> list[uuid.UUID]:
    """Ids of conversations kept for the agent who had them, whose offer was lost or is due now that hours began."""
    held = Conversation.objects.open().filter(preferred_agent__isnull=False, queue__in=list(queues))
    return list(_unasked(held).order_by("queued_at").values_list("pk", flat=True)[:PAGE])


def late_arrivals() -> list[uuid.UUID]:
    """Ids of open conversations of modes that are only begun in hours: some may be offered after them."""
    modes = [mode for mode, rules in RULES.items() if not rules.starts_outside_hours]
    closed = Queue.objects.filter(operating_hours__isnull=False)
    late = Conversation.objects.open().filter(mode__in=modes, queue__in=closed)
    return list(_unasked(late).order_by("queued_at").values_list("pk", flat=True)[:PAGE])


def left_in_retired() -> list[uuid.UUID]:
    """Ids of open conversations in queues that have been retired and are not where their workstream falls back to."""
    retired = Conversation.objects.open().filter(queue__in=Queue.objects.filter(retired_at__isnull=False))
    strayed = retired.exclude(queue=F("workstream__queue"))
    return list(strayed.order_by("queued_at").values_list("pk", flat=True)[:PAGE])


type _Place = tuple[int, int, datetime, uuid.UUID]


def _of_queue(queue: Queue, floor: Floor) -> Iterator[tuple[_Place, Conversation]]:
    after, size = Q(), FIRST_PAGE
    while (room := floor.most_free(queue.pk)) > 0:
        page = _page(queue, room, after, size)
        for conversation in page:
            place = (queue.priority, conversation.priority, conversation.queued_at, conversation.pk)
            yield place, conversation
        if len(page) < size:
            return
        after, size = _after(page[-1]), min(4 * size, PAGE)


def _page(queue: Queue, room: int, after: Q, size: int) -> list[Conversation]:
    rows = Conversation.objects.for_everybody().with_people().filter(after, queue=queue, units__lte=room)
    rows = _unasked(rows.filter(workstream__distribution=Distribution.PUSH))
    return list(rows.order_by("priority", "queued_at", "id")[:size])


def _after(last: Conversation) -> Q:
    same_priority = Q(priority=last.priority) & (
        Q(queued_at__gt=last.queued_at) | Q(queued_at=last.queued_at, pk__gt=last.pk)
    )
    # Stated alone too: it is what the index can be entered by.
    return Q(priority__gte=last.priority) & (Q(priority__gt=last.priority) | same_priority)


def _unasked(rows: ConversationQuerySet) -> ConversationQuerySet:
    return rows.exclude(Exists(Offer.objects.pending().filter(conversation=OuterRef("pk"))))
