"""The queue's page, with its members."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.tasks import each
from routing import actions, checks, line
from routing.admin.members import MembershipInline, TellsOfMembers
from routing.admin.warnings import Warns
from workstreams.admin import QueueAdmin
from workstreams.models import Queue

admin.site.unregister(Queue)


@admin.register(Queue)
class StaffedQueueAdmin(Warns, TellsOfMembers, QueueAdmin):
    inlines = (MembershipInline, *QueueAdmin.inlines)

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        return (*super().get_list_display(request), "members")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        return super().get_queryset(request).annotate(member_count=Count("memberships"))

    @admin.display(description=_("members"), ordering="member_count")
    def members(self, queue: Queue) -> int:
        return queue.member_count  # type: ignore[attr-defined, no-any-return]

    def retire_row(self, row: Queue, *, now: datetime) -> None:
        """What is open there goes elsewhere at once; what is locked just now, or too much, the sweep moves."""
        super().retire_row(row, now=now)
        each(line.left_in_retired(), lambda pk: actions.leave_retired_queue(conversation_id=pk, now=now))

    def warn(self, row: Queue) -> list[str]:
        return [] if row.retired_at else checks.of_queue(row, now=timezone.now())
