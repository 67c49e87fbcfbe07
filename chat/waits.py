"""How long live customers wait in a queue: the mean of the latest ones, from their start to their first agent."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import fmean

from django.db.models import OuterRef, Subquery

from chat.models import Conversation, Transition
from chat.states import Verb
from workstreams.modes import RULES

LATEST = 100
WITHIN = timedelta(hours=48)
FEWEST = 20  # below that a number is chance
MODES = [mode for mode, rules in RULES.items() if rules.shows_wait_messages]


def measure_wait(queue_id: int, *, now: datetime) -> int | None:
    """In seconds; None: fewer than twenty of the latest were given to somebody."""
    given = Transition.objects.filter(conversation=OuterRef("pk"), verb=Verb.ASSIGN)
    begun = Conversation.objects.filter(queue=queue_id, mode__in=MODES, started_at__gt=now - WITHIN)
    latest = begun.latest_first().annotate(given_at=Subquery(given.order_by("turn").values("at")[:1]))
    rows = latest.values_list("started_at", "given_at")[:LATEST]
    waits = [(given_at - started_at).total_seconds() for started_at, given_at in rows if given_at]
    return round(fmean(waits)) if len(waits) >= FEWEST else None
