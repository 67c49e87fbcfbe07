"""Can a customer be answered now? Asked by widgets before a conversation begins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.access import widget_for_public_id
from chat.api.serializers import AvailabilitySerializer
from chat.models import Conversation
from chat.models.queue_wait import average_wait
from chat.shapes import iso
from routing.models import Agent, ReplyTime
from workstreams import hours
from workstreams.classification import Facts
from workstreams.models import Queue, Widget
from workstreams.placing import place


def availability(*, widget: Widget, now: datetime) -> dict[str, Any]:
    """``open``: widget and queue are in their hours; ``position`` and ``wait_s`` only where the mode shows them."""
    queue = _queue_of_strangers(widget, now)
    calendars = [
        widget.operating_hours.calendar() if widget.operating_hours else None,
        queue.calendar(),
    ]
    is_open = all(hours.is_open(calendar=calendar, at=now) for calendar in calendars)
    opens_at = None if is_open else _both_open_at(calendars, now)
    return {
        "open": is_open,
        "opens_at": iso(opens_at) if opens_at else None,
        "agents_available": is_open and _somebody_is_free(widget, queue, now),
        "position": _next_position(queue) if widget.workstream.tells_position else None,
        "wait_s": average_wait(queue.pk) if widget.workstream.tells_wait else None,
        "reply_s": _reply_seconds(widget, queue),
    }


class AvailabilityView(APIView):
    authentication_classes = ()
    permission_classes = ()

    @extend_schema(responses=AvailabilitySerializer, auth=[])
    def get(self, request: Request, public_id: str) -> Response:
        return Response(availability(widget=widget_for_public_id(public_id), now=timezone.now()))


def _both_open_at(calendars: list[hours.Calendar | None], now: datetime) -> datetime | None:
    """The first moment at which every calendar is open: go to each one's opening until they agree."""
    moment = now
    for _ in range(100):
        openings = [hours.opens_at(calendar=calendar, after=moment) for calendar in calendars]
        latest = max((opening for opening in openings if opening is not None), default=None)
        if latest is None or None in openings:
            return None
        if latest == moment:
            return moment
        moment = latest
    return None


def _queue_of_strangers(widget: Widget, now: datetime) -> Queue:
    """Where classification sends somebody of whom nothing is known but what the widget itself says."""
    facts = Facts(is_authenticated=widget.rules.requires_identity, language=widget.locale)
    return place(workstream=widget.workstream, facts=facts, now=now).queue


def _somebody_is_free(widget: Widget, queue: Queue, now: datetime) -> bool:
    agents = Agent.objects.active().members_of(queue)
    here = agents.connected(now=now).filter(missed=False).with_load(now=now)
    allowed = here.filter(presence__in=widget.workstream.allowed_presences)
    return any(agent.used_units + widget.workstream.units <= agent.capacity for agent in allowed)


def _reply_seconds(widget: Widget, queue: Queue) -> int | None:
    """How soon that queue usually answers, in opening time; None: not to be said, or not known."""
    if not (widget.show_reply_time and widget.rules.shows_reply_time):
        return None
    return ReplyTime.objects.filter(queue=queue).values_list("seconds", flat=True).first()


def _next_position(queue: Queue) -> int:
    return Conversation.objects.open().filter(queue=queue).count() + 1
