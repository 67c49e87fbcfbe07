"""The checks, said when something is saved, and shown in the lists."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _


class Warns(admin.ModelAdmin[Any]):
    """Subclasses say what there is to ``warn`` of."""

    def warn(self, row: Any) -> list[str]:
        raise NotImplementedError

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        first, *others = super().get_list_display(request)
        return (first, "beware", *others)  # where it is seen without scrolling

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for sentence in self.warn(self.model._default_manager.get(pk=form.instance.pk)):
            self.message_user(request, sentence, messages.WARNING)

    @admin.display(description=_("beware"))
    def beware(self, row: Any) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((sentence,) for sentence in self.warn(row)))
