"""Asks before something is done that cannot be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.template.response import TemplateResponse

AT_MOST = 500


def acting(request: HttpRequest) -> User:
    """Who does it."""
    if not isinstance(request.user, User):
        raise TypeError("The admin lets nobody anonymous in.")
    return request.user


def is_confirmed(request: HttpRequest) -> bool:
    return "confirmed" in request.POST


def confirmation(
    site_of: admin.ModelAdmin[Any],
    request: HttpRequest,
    rows: Iterable[Any],
    *,
    action: str,
    title: Any,
    told: Iterable[Any],
    button: Any,
    form: forms.Form | None = None,
) -> TemplateResponse:
    """The page between choosing and doing. ``told``: what will come of it, a sentence each."""
    context = {
        **site_of.admin_site.each_context(request),
        "opts": site_of.opts,
        "title": title,
        "told": told,
        "rows": rows,
        "action": action,
        "button": button,
        "form": form,
        "checkbox": ACTION_CHECKBOX_NAME,
        "changelist": f"admin:{site_of.opts.app_label}_{site_of.opts.model_name}_changelist",
    }
    return TemplateResponse(request, "admin/confirmation.html", context)


def note(request: HttpRequest, row: Any, message: str, *, known_as: str) -> None:
    """In the history of the row. ``known_as`` stays when everything else about it is erased."""
    LogEntry.objects.create(
        user=acting(request),
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        object_repr=known_as,
        action_flag=CHANGE,
        change_message=message,
    )
