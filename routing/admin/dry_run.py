"""The dry run's page: somebody who might write, and what would come of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext

from routing import why
from routing.admin.dry_run_form import DryRunForm
from routing.dry_run import Answer, dry_run
from routing.everybody import everybody_in
from workstreams.models import Widget

MAY_TRY = ("routing.view_offer", "chat.view_customer")  # it names customers
OTHER_WIDGET = "other_widget"  # another one was chosen: its fields are asked for, no answer yet


def page(request: HttpRequest) -> TemplateResponse:
    """A form by GET, with ``widget`` chosen; the answer below it by POST: what is typed stands in no log."""
    if not request.user.has_perms(MAY_TRY):
        raise PermissionDenied
    form = _form(request)
    answer = None
    if form.is_valid():
        answer = dry_run(session=form.session(), answers=form.answers(), now=timezone.now())
    shown = {**admin.site.each_context(request), "title": gettext("Dry run"), "form": form}
    return TemplateResponse(request, "admin/routing/dry_run.html", {**shown, **_in_rows(answer)})


def _form(request: HttpRequest) -> DryRunForm:
    typed = request.POST
    chosen = _widget(typed.get("widget") or request.GET.get("widget") or "")
    if not typed or OTHER_WIDGET in typed:
        return DryRunForm(
            chosen=chosen, initial={key: typed[key] for key in DryRunForm.base_fields if key in typed}
        )
    return DryRunForm(typed, chosen=chosen)


def _widget(pk: str) -> Widget | None:
    """Else the first, so that there are fields to fill in."""
    widgets = Widget.objects.order_by("name")
    found = widgets.filter(pk=pk).first() if pk.isdecimal() else None
    return found or widgets.first()


def _in_rows(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {}
    lead = why.in_words({**answer.told, "eligible": [], "others": []})
    return {"answer": answer, "lead": lead, "everybody": everybody_in(answer.told)}
