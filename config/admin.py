"""What was changed in the admin center, by whom: for reading."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chat.admin.reading import ReadOnly


@admin.register(LogEntry)
class ChangeAdmin(ReadOnly):
    list_display = ("action_time", "user", "kind", "what", "action_flag", "changes")
    list_display_links = None
    list_filter = ("action_flag", ("user", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "object_id__exact")
    ordering = ("-action_time", "-id")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"title": _("Changes"), **(extra_context or {})})

    @admin.display(description=_("kind"), ordering="content_type")
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
