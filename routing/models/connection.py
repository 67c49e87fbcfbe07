from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import DateTimeField, ExpressionWrapper, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Least

from chat.models import ServerProcess
from chat.models.presence import ALIVE_FOR, PresenceRow
from routing.presence import offline_after

if TYPE_CHECKING:
    from routing.models.agent import Agent


LOST_FOR = timedelta(days=1)
KEEP = timedelta(days=30)


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def here(self, *, now: datetime) -> Self:
        """Held by a living process, or left so short a time ago that it may be a page change."""
        moment = _last_known(now)
        living = ServerProcess.objects.filter(seen_at__gt=_before(moment, ALIVE_FOR))
        return self.filter(
            Q(left_at=None, process_id__in=living.values("id"))
            | Q(left_at__gt=_before(moment, offline_after()))
        )

    def offline_at(self) -> datetime | None:
        """The moment from which these connections keep their agent online no longer; None: they say nothing."""
        left_at = self.aggregate(latest=Max("left_at"))["latest"]
        held_by = self.filter(left_at=None).values("process_id")
        seen_at = ServerProcess.objects.filter(pk__in=held_by).aggregate(latest=Max("seen_at"))["latest"]
        ends = [left_at and left_at + offline_after(), seen_at and seen_at + ALIVE_FOR]
        return max((end for end in ends if end is not None), default=None)

    def left_between(self, *, since: datetime, until: datetime) -> Self:
        return self.filter(left_at__gt=since, left_at__lte=until)

    def forget(self, *, now: datetime) -> None:
        """End the consoles of processes that were lost long ago, then drop what is older than a month.

        Not sooner: a process that was only paused would find its agents gone though their sockets are open.
        """
        lost = ServerProcess.objects.filter(seen_at__lt=now - LOST_FOR)
        last_seen = lost.filter(pk=OuterRef("process_id")).values("seen_at")
        self.filter(left_at=None, process_id__in=lost.values("pk")).update(left_at=Subquery(last_seen))
        self.filter(left_at__lt=now - KEEP).delete()

    def join(self, *, agent: Agent, process_id: uuid.UUID, now: datetime) -> Connection:
        return self.create(agent=agent, process_id=process_id, joined_at=now)


class Connection(PresenceRow):
    """One console of an agent, on one socket."""

    agent = models.ForeignKey("routing.Agent", on_delete=models.CASCADE, related_name="connections")

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["agent"], condition=models.Q(left_at__isnull=True), name="consoles_of_agent"
            ),
            models.Index(fields=["agent", "-left_at"], name="consoles_left_by_agent"),
            models.Index(fields=["left_at"], name="consoles_left"),
        ]

    def __str__(self) -> str:
        return f"console {self.pk}"


def _last_known(now: datetime) -> Any:
    """``now``, but never later than the newest beat of any process.

    Absence is judged by what could be seen: neither an outage of every process, nor a clock that runs ahead,
    nor a sweep that is asked to judge a later moment, makes anybody absent.
    """
    newest = ServerProcess.objects.order_by("-seen_at").values("seen_at")[:1]
    return Least(Value(now, output_field=DateTimeField()), Subquery(newest))


def _before(moment: Any, span: Any) -> Any:
    return ExpressionWrapper(moment - Value(span), output_field=DateTimeField())
