"""Members of queues, edited on the page of the queue or of the agent. Routing follows once it is committed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chat import events
from routing.events import MembershipChanged
from routing.models import Membership


class MembershipInline(admin.TabularInline[Any, Any]):
    model = Membership
    extra = 1
    autocomplete_fields = ("agent", "queue")


class QueuesInline(MembershipInline):
    """The same rows, as the agent's page calls them."""

    verbose_name, verbose_name_plural = _("queue"), _("queues")


class TellsOfMembers(admin.ModelAdmin[Any]):
    """Tells routing who joined and who left: joining brings what waits, leaving hands back what was held."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is not Membership:
            super().save_formset(request, form, formset, change)
            return
        before = {row.pk: (row.queue_id, row.agent_id) for row in formset.queryset}
        super().save_formset(request, form, formset, change)
        touched = [
            *formset.new_objects,
            *(row for row, _fields in formset.changed_objects),
            *formset.deleted_objects,
        ]
        after = {(row.queue_id, row.agent_id) for row in touched}
        exchanged = {before[row.pk] for row, _fields in formset.changed_objects if row.pk in before}
        for queue_id, user_id in after | exchanged:
            events.publish(MembershipChanged(user_id=user_id, queue_id=queue_id))
