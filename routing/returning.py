"""Conversations that wait for the agent who had them: how long, and when the queue gets them instead."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from chat.models import Conversation
from chat.paging import ids_by
from routing import line
from workstreams import hours
from workstreams.models import Queue, Workstream


def falls_back(conversation: Conversation, *, now: datetime) -> bool:
    """Whether its agent has let it wait for the workstream's minutes of opening time (spec §4, Same agent)."""
    minutes = conversation.workstream.fall_back_minutes
    if minutes is None or conversation.preferred_agent_id is None:
        return False
    calendar = conversation.queue.calendar()
    waited_s = hours.open_seconds(calendar=calendar, start=conversation.state_changed_at, end=now)
    return waited_s >= minutes * 60


def may_fall_back(*, now: datetime) -> Iterator[uuid.UUID]:
    """Ids of held conversations that may be due: by the clock alone, which the opening hours only slow down.

    Only those in queues that are open now: in a closed one no time passes, and nobody is asked.
    """
    served = line.queues_in_service(Queue.objects.all(), now=now)
    held = Conversation.objects.held().filter(queue__in=served)
    for workstream in Workstream.objects.filter(fall_back_minutes__isnull=False):
        since = now - timedelta(minutes=workstream.fall_back_minutes or 0)
        yield from ids_by("state_changed_at", held.filter(workstream=workstream, state_changed_at__lte=since))
