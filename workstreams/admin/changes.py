"""The history of a row says from what to what: which fields were changed is not enough to take it back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

LONGEST = 60


class TellsChanges(ModelAdmin):
    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = super().construct_change_message(request, form, formsets, add)
        own = next(
            (part["changed"] for part in told if "changed" in part and "object" not in part["changed"]), None
        )
        if own and not add:
            own["fields"] = [_in_words(form, name) for name in form.changed_data]
        return told


def _in_words(form: Any, name: str) -> str:
    """``Priority (100 → 50)``."""
    field = form.fields[name]
    before, after = (_text(field, value) for value in (form.initial.get(name), form.cleaned_data.get(name)))
    return f"{field.label or name} ({before} → {after})"


def _text(field: Any, value: Any) -> str:
    """A row by its name, whether it is at hand or only its key."""
    if value in (None, "", [], ()):
        return "-"
    if value is True or value is False:
        return "✓" if value else "✗"
    queryset = getattr(field, "queryset", None)
    if queryset is not None and not hasattr(value, "_meta"):
        value = queryset.model._default_manager.filter(pk=value).first() or value
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    return f"{text[:LONGEST]}…" if len(text) > LONGEST else text
