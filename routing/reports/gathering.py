"""Which conversations are to be counted anew, and what is read to do so.

The facts are derived after the event, by a sweep: neither a message nor a transition waits for them, or costs a statement
more; an outage is caught up with; and what was there before the facts were is counted in the same way, from the first
transition on.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from chat.models import AuthorKind, Conversation, Message, SurveyAnswer, Transition
from routing.models import Facts
from routing.reports.deriving import Step, derive
from workstreams import hours
from workstreams.models import Queue

STEPS = 2_000  # of a page of transitions
# An answer to the survey bears the time at which its transaction began.
OVERLAP = timedelta(minutes=5)

type Ids = Collection[uuid.UUID]


def steps_after(transition_id: int) -> list[tuple[int, uuid.UUID]]:
    """The next page of transitions, and the conversations of which they are."""
    steps = Transition.objects.filter(pk__gt=transition_id).order_by("pk")
    return list(steps.values_list("pk", "conversation")[:STEPS])


def changed_otherwise(*, since: datetime | None) -> Iterator[uuid.UUID]:
    """Counted conversations in which something has happened that is no transition: a first answer, a rating."""
    yield from Facts.objects.answered_unnoticed().values_list("pk", flat=True)
    rated = SurveyAnswer.objects.filter(conversation__facts__isnull=False, conversation__facts__rating=None)
    recently = rated.filter(answered_at__gte=since - OVERLAP) if since else rated
    yield from recently.values_list("pk", flat=True)


def behind(ids: Ids) -> set[uuid.UUID]:
    """Those of these conversations that have moved on since they were counted, and the earlier ones of customers who are
    back."""
    fresh = Conversation.objects.filter(pk__in=ids)
    moved = set(fresh.filter(Q(facts=None) | ~Q(facts__turn=F("turn"))).values_list("pk", flat=True))
    customers = fresh.filter(facts=None).values("customer")
    left = Facts.objects.filter(conversation__customer__in=customers, back_at=None, ended_at__isnull=False)
    return moved | set(left.values_list("pk", flat=True))


def facts_of(ids: Ids) -> list[Facts]:
    """As they are now, of those of these conversations that there are."""
    steps = _steps(ids)
    calendars = _calendars()
    return [
        Facts(**_derived(row, steps[row["pk"]], calendars))
        for row in _rows(ids).iterator()
        if row["pk"] in steps
    ]


# -- what is known


def _steps(ids: Ids) -> dict[uuid.UUID, list[Step]]:
    found: dict[uuid.UUID, list[Step]] = defaultdict(list)
    columns = ("turn", "verb", "source", "target", "actor", "agent_id", "queue_id", "at")
    rows = Transition.objects.filter(conversation__in=ids).order_by("conversation", "turn")
    for conversation_id, *values in rows.values_list("conversation_id", *columns):
        found[conversation_id].append(Step(**dict(zip(columns, values, strict=True))))
    return found


def _rows(ids: Ids) -> QuerySet[Any, Any]:
    answers = Message.objects.public().filter(conversation=OuterRef("pk"), author_kind=AuthorKind.AGENT)
    next_ones = Conversation.objects.filter(
        customer=OuterRef("customer"), started_at__gte=OuterRef("ended_at")
    )
    rows = Conversation.objects.filter(pk__in=ids).annotate(
        answered_at=Subquery(answers.order_by("seq").values("sent_at")[:1]),
        back_at=Subquery(
            next_ones.exclude(pk=OuterRef("pk")).order_by("started_at").values("started_at")[:1]
        ),
        rating=F("survey_answer__rating"),
    )
    return rows.values("pk", "workstream_id", "widget_id", "answered_at", "back_at", "rating")


def _derived(
    row: dict[str, Any], steps: Sequence[Step], calendars: dict[int, hours.Calendar | None]
) -> dict[str, Any]:
    """Hours count as they are now: what is counted again after they were changed goes by the new ones."""
    calendar = calendars[steps[0].queue_id]
    opening_time = partial(_open_seconds, calendar)
    return {
        "conversation_id": row["pk"],
        "workstream_id": row["workstream_id"],
        "widget_id": row["widget_id"],
        "began_in_hours": hours.is_open(calendar=calendar, at=steps[0].at),
        "back_at": row["back_at"],
        "rating": row["rating"],
    } | derive(steps, answered_at=row["answered_at"], opening_time=opening_time)


def _open_seconds(calendar: hours.Calendar | None, start: datetime, end: datetime) -> float:
    return hours.open_seconds(calendar=calendar, start=start, end=end)


def _calendars() -> dict[int, hours.Calendar | None]:
    rows: Iterable[Queue] = Queue.objects.select_related("operating_hours").prefetch_related(
        "operating_hours__intervals", "operating_hours__holidays"
    )
    return {queue.pk: queue.calendar() for queue in rows}
