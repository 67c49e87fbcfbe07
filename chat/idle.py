"""When time closes a conversation. The timers are settings, read when they are judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from chat.models import Conversation
from chat.states import State
from workstreams.models import Workstream
from workstreams.models.workstream import SHORTENING_GRACE


def closes_at(conversation: Conversation) -> datetime | None:
    """The moment from which auto-close may take it; None: never, in this state."""
    if conversation.state == State.WAITING:
        return _waiting_closes_at(conversation.workstream, conversation.idle_since)
    minutes = settings.PARLEY_AUTO_CLOSE_MINUTES[conversation.mode].get(conversation.state)
    if minutes is None:
        return None
    due = conversation.idle_since + timedelta(minutes=minutes)
    if conversation.state == State.WRAP_UP and conversation.capacity_freed_at:
        return max(due, conversation.capacity_freed_at)
    return due


def due_ids(*, now: datetime, limit: int) -> list[object]:
    """Ids of conversations that may be due: an index range for each timer, so the cost grows with what is due."""
    found: list[object] = []
    for candidates in _candidates(now):
        if len(found) >= limit:
            break
        rows = Conversation.objects.filter(candidates).order_by("idle_since")
        found += rows.values_list("id", flat=True)[: limit - len(found)]
    return found


def _candidates(now: datetime) -> Iterator[Q]:
    for workstream in Workstream.objects.all():
        for state, idle_for in _timers(workstream):
            shortened = workstream.auto_close_shortened_at if state == State.WAITING else None
            if shortened and shortened + SHORTENING_GRACE > now:
                continue
            due = Q(state=state, workstream=workstream, idle_since__lte=now - idle_for)
            if state == State.WRAP_UP:
                due &= Q(capacity_freed_at=None) | Q(capacity_freed_at__lte=now)
            yield due


def _timers(workstream: Workstream) -> Iterator[tuple[str, timedelta]]:
    for state, minutes in settings.PARLEY_AUTO_CLOSE_MINUTES[workstream.mode].items():
        if minutes is not None:
            yield state, timedelta(minutes=minutes)
    if workstream.rules.may_wait:
        yield State.WAITING, timedelta(minutes=workstream.auto_close_minutes)


def _waiting_closes_at(workstream: Workstream, idle_since: datetime) -> datetime:
    """A shortened time closes nothing sooner than a day after it was shortened."""
    due = idle_since + timedelta(minutes=workstream.auto_close_minutes)
    if workstream.auto_close_shortened_at is None:
        return due
    return max(due, workstream.auto_close_shortened_at + SHORTENING_GRACE)
