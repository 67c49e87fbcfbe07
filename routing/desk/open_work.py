"""Open work in the order in which it will be taken: the first of each queue, by the indexes that routing goes by."""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime

from chat.models import Conversation
from routing.access import queues_of
from routing.desk.sieve import Sieve
from routing.models import Agent

type Place = tuple[int, int, datetime, uuid.UUID]


def first_in_line(agent: Agent, sieve: Sieve, *, longest: int) -> list[Conversation]:
    """Of all queues together only the first ``longest`` are sorted, however many wait."""
    places = heapq.nsmallest(longest, _places(agent, sieve, longest))
    ids = [pk for *_place, pk in places]
    found = Conversation.objects.with_names().in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _places(agent: Agent, sieve: Sieve, longest: int) -> Iterator[Place]:
    for queue in queues_of(agent):
        for rows in (Conversation.objects.for_everybody(), Conversation.objects.held()):
            here = sieve.narrowed(rows.filter(queue=queue), agent=agent)
            first: Iterable[tuple[int, datetime, uuid.UUID]] = here.order_by(
                "priority", "queued_at", "pk"
            ).values_list("priority", "queued_at", "pk")[:longest]
            yield from ((queue.priority, *place) for place in first)
