"""How much there is of everything, counted now and then for whoever watches the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q

from chat.models import Conversation, Letter
from routing.models import Agent, Offer
from routing.standing import STANDING, standing_in_queues
from workstreams.models import Queue

LATE = timedelta(minutes=5)  # a letter that the sweep of ten seconds has not sent


def count(*, now: datetime) -> dict[str, Any]:
    """Fit for JSON. Each count goes along an index of unfinished conversations, however many have been closed."""
    return {
        "offers": Offer.objects.pending().count(),
        "agents": Agent.objects.active().connected(now=now).count(),
        "letters_late": Letter.objects.due(now=now - LATE).count(),
        "queues": _queues(now),
    }


def _queues(now: datetime) -> dict[str, dict[str, Any]]:
    """By name. A retired queue is one of them for as long as something is left in it."""
    standing, held, first_in_line = standing_in_queues(), _held(), _first_in_line()
    in_use = Queue.objects.filter(Q(retired_at=None) | Q(pk__in=standing)).select_related("operating_hours")
    return {
        queue.name: {
            **{state: standing.get(queue.pk, Counter())[state] for state in STANDING},
            "held": held.get(queue.pk, 0),
            "oldest": first_in_line.get(queue.pk),
            "in_hours": int(queue.is_open(now)),
        }
        for queue in in_use
    }


def _held() -> Mapping[int, int]:
    return dict(Conversation.objects.held().order_by().values_list("queue").annotate(Count("pk")))


def _first_in_line() -> Mapping[int, float]:
    """Since when the first who waits for anybody does."""
    rows = Conversation.objects.for_everybody().order_by().values_list("queue").annotate(Min("queued_at"))
    return {queue: first.timestamp() for queue, first in rows}
