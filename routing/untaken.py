"""Whose customers are to be told that nobody can be found: once in each stay in a queue (spec §8)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef

from chat.models import Conversation
from chat.models.conversation_queries import ConversationQuerySet
from chat.paging import PAGE
from routing.line import queues_in_service
from routing.models import Offer
from workstreams.models import Distribution, Queue
from workstreams.modes import Mode

TOLD_AFTER = timedelta(seconds=30)  # most are taken sooner, and need not hear of it
TOLD_WITHIN = timedelta(minutes=10)  # whoever came while it was closed has been told when it opens


def untaken(*, now: datetime) -> Iterator[uuid.UUID]:
    """Ids of what has lain in an open queue for half a minute and is offered to nobody. Its cost does not grow with what
    has lain there for long: the index of arrivals holds the new ones together."""
    for queue in queues_in_service(Queue.objects.all(), now=now):
        yield from nobodys(now=now).filter(queue=queue).values_list("pk", flat=True)[:PAGE]


def nobodys(*, now: datetime) -> ConversationQuerySet:
    asked = Offer.objects.pending().filter(conversation=OuterRef("pk"))
    arrived = Conversation.objects.for_everybody().filter(
        mode__in=list(Mode),
        state_changed_at__lte=now - TOLD_AFTER,
        state_changed_at__gt=now - TOLD_WITHIN,
        workstream__distribution=Distribution.PUSH,
    )
    return arrived.exclude(untaken_turn=F("turn")).exclude(Exists(asked))
