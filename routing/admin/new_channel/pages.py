"""The guide's pages. What was said on earlier steps travels in the form: nothing is kept, and two tabs do not meet."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from routing.actions import make_channel
from routing.actions.channels import Plan
from routing.admin.new_channel.steps import Draft, Step
from routing.roles import MAKES_CHANNELS
from workstreams.admin.widget import snippet_of, what_the_page_needs
from workstreams.mail_checks import mailing_problems
from workstreams.models import Widget
from workstreams.modes import Mode


@dataclass(frozen=True)
class Part:
    """A line of what there will be. ``more``: what its name does not say."""

    kind: Any
    name: str
    is_new: bool = False
    more: str = ""


def new_channel(request: HttpRequest) -> HttpResponse:
    """The first step that is not complete, or the one asked for; after the last a look at everything."""
    if not request.user.has_perms(MAKES_CHANNELS):
        raise PermissionDenied
    draft = Draft(request.POST if request.method == "POST" else None)
    end = draft.incomplete()
    if end == len(draft.steps) and "make" in request.POST:
        return _made(request, draft)
    return _shown(request, draft, _wanted(request, end), end)


def channel_ready(request: HttpRequest, pk: int) -> HttpResponse:
    """The snippet to paste, and where to try it."""
    widget = Widget.objects.select_related("workstream__queue", "auth_setting").filter(pk=pk).first()
    if widget is None:
        raise Http404
    if not request.user.has_perm("workstreams.view_widget"):
        raise PermissionDenied
    served_at = settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
    context = {
        **admin.site.each_context(request),
        "title": _("“%(name)s” is ready") % {"name": widget.name},
        "widget": widget,
        "snippet": snippet_of(widget, served_at=served_at),
        "needs": what_the_page_needs(widget),
        "any_site": not widget.allowed_domains,
    }
    return TemplateResponse(request, "admin/new_channel/ready.html", context)


def _wanted(request: HttpRequest, end: int) -> int:
    """Back to a step that was complete already, else onwards."""
    with suppress(KeyError, ValueError):
        return min(max(int(request.POST["to"]), 0), end)
    return end


def _shown(request: HttpRequest, draft: Draft, place: int, end: int) -> TemplateResponse:
    step = draft.steps[place] if place < len(draft.steps) else None
    context = {
        **admin.site.each_context(request),
        "title": _("New chat channel"),
        "steps": [
            {
                "title": each.title,
                "place": number,
                "is_current": number == place,
                "is_complete": number < end,
            }
            for number, each in enumerate(draft.steps)
        ],
        "step": step,
        "place": place,
        "told": [answer for each in draft.steps if each is not step for answer in _carried(each)],
        "summary": _summary(draft) if step is None else [],
    }
    return TemplateResponse(request, "admin/new_channel/step.html", context)


def _carried(step: Step) -> list[tuple[str, str]]:
    return [(f"{step.key}-seen", "1"), *step.answers()] if step.is_seen else []


def _made(request: HttpRequest, draft: Draft) -> HttpResponse:
    plan = draft.plan()
    try:
        made = make_channel(plan=plan)
    except IntegrityError:
        told = _("Somebody has just made something of the same name. Look through the steps once more.")
        messages.error(request, told)
        return _shown(request, Draft(request.POST), 0, len(draft.steps))
    for row in made:
        log = admin.site.get_model_admin(type(row))
        log.log_addition(request, row, [{"added": {}}])
    for sentence in mailing_problems(plan.widget):
        messages.warning(request, sentence)
    return HttpResponseRedirect(reverse("admin:channel_ready", args=[plan.widget.pk]))


def _summary(draft: Draft) -> list[Part]:
    """What will be, and whether it is new."""
    plan = draft.plan()
    rows: tuple[tuple[Any, str], ...] = (
        *((plan.workstream, _mode(plan)), (plan.setting, ""), (plan.hours, _times(plan))),
        *((plan.queue, ""), (plan.widget, _sites(plan))),
    )
    parts = [
        Part(kind=row._meta.verbose_name, name=str(row), is_new=row._state.adding, more=more)
        for row, more in rows
        if row is not None
    ]
    who = ", ".join(agent.name for agent in plan.members)
    return [*parts, Part(kind=_("people who join the queue"), name=who)] if who else parts


def _mode(plan: Plan) -> str:
    return str(Mode(plan.workstream.mode).label)


def _times(plan: Plan) -> str:
    """Those of new hours: those that are there have a page of their own."""
    if plan.hours is None or not plan.intervals:
        return ""
    return f"{', '.join(map(str, plan.intervals))} ({plan.hours.time_zone})"


def _sites(plan: Plan) -> str:
    domains = ", ".join(plan.widget.allowed_domains) or _("any site may show it")
    return f"{plan.widget.public_id} · {domains}"
