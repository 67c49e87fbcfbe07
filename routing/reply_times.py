"""How soon a queue answers: the median of its latest first replies, counted in opening time.

Of the conversations that nobody has answered yet, those count that have waited longer than that median: they can only
make it longer, and a queue that has stopped answering does not go on promising.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from statistics import median

from django.db.models import OuterRef, Subquery

from chat.models import AuthorKind, Conversation, Message
from chat.states import UNFINISHED
from workstreams import hours
from workstreams.models import Queue
from workstreams.modes import RULES

LATEST = 200
WITHIN = timedelta(days=28)
FEWEST = 10  # below that a number is chance

MODES = [mode for mode, rules in RULES.items() if rules.shows_reply_time]


@dataclass(frozen=True)
class Measured:
    seconds: int
    replies: int


def measure(queue: Queue, *, now: datetime) -> Measured | None:
    """None: too few replies to say."""
    opening_time = partial(_opening_time, queue.calendar())
    begun = _latest(queue, now)
    replies = [opening_time(since, answered_at) for since, answered_at, _state in begun if answered_at]
    if len(replies) < FEWEST:
        return None
    usual = median(replies)
    waits = [
        opening_time(since, now)
        for since, answered_at, state in begun
        if not answered_at and state in UNFINISHED
    ]
    longer = [wait for wait in waits if wait > usual]
    return Measured(seconds=round(median([*replies, *longer])), replies=len(replies))


def _latest(queue: Queue, now: datetime) -> list[tuple[datetime, datetime | None, str]]:
    """When each began and was first answered, and its state. Its own index finds them."""
    answers = Message.objects.public().filter(conversation=OuterRef("pk"), author_kind=AuthorKind.AGENT)
    first = Subquery(answers.order_by("seq").values("sent_at")[:1])
    begun = Conversation.objects.filter(queue=queue, mode__in=MODES, started_at__gt=now - WITHIN)
    rows = begun.latest_first().annotate(answered_at=first)
    return list(rows.values_list("started_at", "answered_at", "state")[:LATEST])


def _opening_time(calendar: hours.Calendar | None, start: datetime, end: datetime) -> float:
    return hours.open_seconds(calendar=calendar, start=start, end=end)
