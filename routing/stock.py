"""How much there is of everything, counted now and then for whoever watches the server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min

from chat.models import Conversation, Letter
from chat.states import State
from routing.models import Agent, Offer
from workstreams.models import Queue

LATE = timedelta(minutes=5)  # a letter that the sweep of ten seconds has not sent


def count(*, now: datetime) -> dict[str, Any]:
    """Fit for JSON. Each count goes along an index of unfinished conversations, whatever has been closed."""
    return {
        "waiting": _in(State.WAITING),
        "wrap_up": _in(State.WRAP_UP),
        "offers": Offer.objects.pending().count(),
        "agents": Agent.objects.active().connected(now=now).count(),
        "letters_late": Letter.objects.due(now=now - LATE).count(),
        "queues": _queues(now),
    }


def _in(state: State) -> int:
    return Conversation.objects.filter(state=state).count()


def _queues(now: datetime) -> dict[str, dict[str, Any]]:
    """By name. Of parked conversations, which may be a million, no index knows the queue."""
    queues = Queue.objects.filter(retired_at=None).select_related("operating_hours")
    rows = Conversation.objects.order_by()
    everybody, held = _by_queue(rows.for_everybody()), _by_queue(rows.held())
    active = dict(rows.filter(state=State.ACTIVE).values_list("queue").annotate(Count("pk")))
    return {
        queue.name: {
            "open": everybody.get(queue.pk, (0, None))[0],
            "held": held.get(queue.pk, (0, None))[0],
            "active": active.get(queue.pk, 0),
            "oldest": everybody.get(queue.pk, (0, None))[1],
            "in_hours": int(queue.is_open(now)),
        }
        for queue in queues
    }


def _by_queue(rows: Any) -> Mapping[int, tuple[int, float]]:
    """How many wait in each queue, and since when the first of them does."""
    found = rows.values_list("queue").annotate(Count("pk"), Min("queued_at"))
    return {queue: (number, oldest.timestamp()) for queue, number, oldest in found}
