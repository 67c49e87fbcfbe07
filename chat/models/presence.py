"""Who is here: rows that name the process which holds the socket."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models.functions import Coalesce

from chat.models.customer import Customer
from workstreams.models import Widget

BEAT_EVERY = timedelta(seconds=5)
ALIVE_FOR = timedelta(seconds=20)


class ProcessKind(models.TextChoices):
    WEB = "web"
    WORKER = "worker"


class ServerProcessQuerySet(models.QuerySet["ServerProcess"]):
    def alive(self, *, now: datetime) -> Self:
        return self.filter(seen_at__gt=now - ALIVE_FOR)

    def lost(self, *, now: datetime) -> Self:
        """Gone without a word, or doing nothing; those that said goodbye long ago, too."""
        return self.filter(seen_at__lte=now - ALIVE_FOR)

    def beat(self, *, process_id: uuid.UUID, kind: str, now: datetime) -> None:
        self.bulk_create(
            [ServerProcess(id=process_id, kind=kind, started_at=now, seen_at=now)],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["seen_at"],
        )


class ServerProcess(models.Model):
    """One running web process or worker. It beats every 5 s and counts as alive for 20 s."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=6, choices=ProcessKind)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    objects = ServerProcessQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PresenceRow(models.Model):
    """A socket's row: from joined to left, held by a process. It lives while it is not left and its process beats."""

    objects: models.Manager[Any]

    # No foreign key: a process that was forgotten by a clean-up must not cost a customer the connection.
    process_id = models.UUIDField()
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class VisitQuerySet(models.QuerySet["Visit"]):
    def here(self, *, now: datetime) -> Self:
        """Visits whose socket is held by a living process."""
        return self.filter(left_at=None, process_id__in=ServerProcess.objects.alive(now=now).values("id"))

    def since(self, moment: datetime) -> Self:
        """Visits that were here at some time after ``moment``."""
        return self.filter(
            models.Q(left_at__gt=moment)
            | models.Q(left_at=None, process_id__in=ServerProcess.objects.alive(now=moment).values("id"))
        )

    def left_at(self) -> datetime | None:
        """When the last of these was left, or its process last seen."""
        lost = ServerProcess.objects.filter(pk=models.OuterRef("process_id")).values("seen_at")
        ends = self.annotate(end=Coalesce("left_at", models.Subquery(lost)))
        last: datetime | None = ends.aggregate(models.Max("end"))["end__max"]
        return last


class Visit(PresenceRow):
    """One stay of a customer in the widget, on one socket."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="visits")
    widget = models.ForeignKey(Widget, on_delete=models.CASCADE, related_name="+")

    objects = VisitQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["customer", "widget", "-joined_at"], name="visit_of_customer"),
            models.Index(
                fields=["process_id"], condition=models.Q(left_at__isnull=True), name="visits_of_process"
            ),
        ]

    def __str__(self) -> str:
        return f"visit {self.pk}"
