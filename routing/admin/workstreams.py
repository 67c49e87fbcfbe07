"""Workstreams, judged by who there is to serve them."""

from __future__ import annotations

from django.contrib import admin
from django.utils import timezone

from chat.admin.channels import WorkstreamInUseAdmin
from routing import checks
from routing.admin.warnings import Warns
from workstreams.models import Workstream

admin.site.unregister(Workstream)


@admin.register(Workstream)
class StaffedWorkstreamAdmin(Warns, WorkstreamInUseAdmin):
    def warn(self, row: Workstream) -> list[str]:
        return [] if row.retired_at else checks.of_workstream(row, now=timezone.now())
