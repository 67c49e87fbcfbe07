from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation
from chat.states import State
from workstreams.models import Queue, Widget, Workstream

if TYPE_CHECKING:
    from collections.abc import Iterable

# Of an end after which the customer soon began anew.
SOON_BACK = Q(back_at__lte=F("ended_at") + timedelta(hours=72))
MARGIN = 10_000


class FactsQuerySet(models.QuerySet["Facts"]):
    def begun(self, start: datetime, end: datetime) -> Self:
        return self.filter(started_at__gte=start, started_at__lt=end)

    def ended(self, start: datetime, end: datetime) -> Self:
        return self.filter(ended_at__gte=start, ended_at__lt=end)

    def answered_unnoticed(self) -> Self:
        """An agent has written for the first time, which is no transition: the facts do not know it yet."""
        unanswered = self.filter(answered_at=None, state__in=[State.ACTIVE, State.WAITING])
        return unanswered.filter(conversation__last_agent_seq__gt=0)

    def keep(self, rows: Iterable[Facts]) -> None:
        """Write them, over what was known of the same conversations."""
        fields = [
            field for field in Facts._meta.concrete_fields if not (field.primary_key or field.generated)
        ]
        names = [field.name for field in fields]
        self.bulk_create(rows, update_conflicts=True, unique_fields=["conversation"], update_fields=names)


class Facts(models.Model):
    """What the reports need to know of a conversation, in one narrow row. Derived, and never what anything is decided by.

    See ``routing.reports.deriving`` for what each figure counts. Durations are in seconds.
    """

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="facts"
    )
    workstream = models.ForeignKey(Workstream, on_delete=models.PROTECT, db_index=False, related_name="+")
    widget = models.ForeignKey(Widget, on_delete=models.PROTECT, db_index=False, related_name="+")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, db_index=False, related_name="+")
    agent = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, db_index=False, related_name="+")

    # The transition up to which it has been counted.
    turn = models.PositiveIntegerField()
    state = models.CharField(max_length=8)
    began_in_hours = models.BooleanField()
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    back_at = models.DateTimeField(null=True)

    wait_s = models.FloatField(null=True)
    response_s = models.FloatField(null=True)
    response_open_s = models.FloatField(null=True)
    elapsed_s = models.FloatField(null=True)
    elapsed_open_s = models.FloatField(null=True)
    queued_s = models.FloatField()
    active_s = models.FloatField()
    waiting_s = models.FloatField()
    transfers = models.PositiveIntegerField()
    rating = models.PositiveSmallIntegerField(null=True)

    # The classes of these durations, by which they are counted.
    wait_class = models.PositiveSmallIntegerField(null=True)
    response_class = models.PositiveSmallIntegerField(null=True)
    response_open_class = models.PositiveSmallIntegerField(null=True)
    elapsed_class = models.PositiveSmallIntegerField(null=True)
    elapsed_open_class = models.PositiveSmallIntegerField(null=True)
    active_class = models.PositiveSmallIntegerField(null=True)

    objects = FactsQuerySet.as_manager()

    class Meta:
        verbose_name = _("facts of a conversation")
        verbose_name_plural = _("facts of conversations")
        indexes = [
            models.Index(fields=["started_at"], name="facts_started_at"),
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="facts_ended_at"),
            models.Index(
                fields=["conversation"],
                condition=Q(answered_at=None, state__in=[State.ACTIVE.value, State.WAITING.value]),
                name="facts_unanswered",
            ),
        ]

    def __str__(self) -> str:
        return str(self.conversation_id)


class Progress(models.Model):
    """How far the transitions have been counted. There is one row, if any."""

    settled = models.BigIntegerField(default=0)  # up to this transition none is still to come
    looked_at = models.DateTimeField(null=True)  # when everything was counted that was there

    def __str__(self) -> str:
        return f"{self.settled} at {self.looked_at}"

    @classmethod
    def so_far(cls) -> Progress:
        return cls.objects.first() or cls()

    def note(self, *, upto: int, looked_at: datetime | None = None) -> None:
        """Counted up to this transition; ``looked_at``: and there were no more at that time.

        A transition gets its number before others can see it, so some may turn up below one that was counted. None
        takes its time until so many others have come.
        """
        self.settled = max(self.settled, upto - MARGIN)
        self.looked_at = looked_at or self.looked_at
        self.save()
