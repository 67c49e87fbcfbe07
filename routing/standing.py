"""How many unfinished conversations stand in each queue, by state. One statement, along an index that holds no others."""

from __future__ import annotations

from collections import Counter

from django.db.models import Count

from chat.models import Conversation
from chat.states import State

type Standing = dict[int, Counter[State]]  # by the queue's key

STANDING = (State.OPEN, State.ACTIVE, State.WAITING, State.WRAP_UP)


def standing_in_queues() -> Standing:
    rows = Conversation.objects.filter(state__in=STANDING).values_list("queue_id", "state")
    standing: Standing = {}
    for queue_id, state, count in rows.annotate(count=Count("pk")):
        standing.setdefault(queue_id, Counter())[State(state)] = count
    return standing
