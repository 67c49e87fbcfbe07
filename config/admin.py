"""What was changed in the admin center, by whom: for reading."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chat.admin.reading import ReadOnly, full_name


class VerbFilter(admin.SimpleListFilter):
    title = _("what was done")
    parameter_name = "action_flag__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(ADDITION), _("Added")), (str(CHANGE), _("Changed")), (str(DELETION), _("Deleted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        chosen = self.value()
        known = {str(flag) for flag in (ADDITION, CHANGE, DELETION)}
        return queryset.filter(action_flag=chosen) if chosen in known else queryset


@admin.register(LogEntry)
class ChangeAdmin(ReadOnly):
    list_display = ("moment", "who", "kind", "what", "changes")
    list_display_links = None
    list_filter = (VerbFilter, ("user", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "object_id__exact")
    ordering = ("-action_time", "-id")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"title": _("Changes"), **(extra_context or {})})

    @admin.display(description=_("when"))
    def moment(self, entry: LogEntry) -> datetime:
        return entry.action_time

    @admin.display(description=_("who"))
    def who(self, entry: LogEntry) -> str:
        return full_name(entry.user)

    @admin.display(description=_("kind"))
    def kind(self, entry: LogEntry) -> str:
        return str(entry.content_type.name).capitalize() if entry.content_type else ""

    @admin.display(description=_("what"))
    def what(self, entry: LogEntry) -> str | SafeString:
        try:
            address = None if entry.is_deletion() else entry.get_admin_url()
        except NoReverseMatch:
            address = None
        return (
            format_html('<a href="{}">{}</a>', address, entry.object_repr) if address else entry.object_repr
        )

    @admin.display(description=_("what changed"))
    def changes(self, entry: LogEntry) -> str:
        return entry.get_change_message()
