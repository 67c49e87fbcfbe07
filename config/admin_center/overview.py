"""What is set up, and what is missing: the first thing an administrator sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Count, Model, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authsettings.models import AuthSetting
from chat.models import Conversation
from routing import checks
from routing.models import Agent
from workstreams.models import OperatingHours, Queue, Widget
from workstreams.modes import Mode
from workstreams.opening import hours_in_words


@dataclass(frozen=True)
class Step:
    """Something that a working channel needs, or may have."""

    label: str
    done: str
    missing: str
    count: int
    address: str
    is_optional: bool = False

    @property
    def is_done(self) -> bool:
        return self.count > 0

    @property
    def told(self) -> str:
        return self.done % {"count": self.count} if self.is_done else self.missing


@dataclass(frozen=True)
class Channel:
    """A widget in service, as it stands."""

    widget: Widget
    mode: str
    queue: str
    hours: str
    agents: int
    is_used: bool
    problems: list[str]


@dataclass(frozen=True)
class Overview:
    steps: list[Step]
    channels: list[Channel]
    beware: list[tuple[str, str]]
    """What is wrong elsewhere: a sentence, and where to change it."""


def overview_for(user: AbstractBaseUser | AnonymousUser, *, now: datetime) -> Overview | None:
    """None for somebody who may not see how things are set up."""
    if not user.has_perms(("workstreams.view_widget", "workstreams.view_queue", "routing.view_agent")):  # type: ignore[union-attr]
        return None
    channels = list(_channels(now))
    return Overview(steps=list(_steps(channels)), channels=channels, beware=list(_beware()))


def _steps(channels: list[Channel]) -> Iterator[Step]:
    agents = Agent.objects.active().count()
    staffed = Queue.objects.filter(retired_at=None, memberships__isnull=False).distinct().count()
    settings, hours = AuthSetting.objects.count(), OperatingHours.objects.count()
    used = sum(each.is_used for each in channels)
    all_live = bool(channels) and all(not each.widget.rules.requires_identity for each in channels)
    yield Step(
        _("People"),
        ngettext(
            "%(count)d person may take conversations.", "%(count)d people may take conversations.", agents
        ),
        _("Nobody takes conversations yet. Make a user, then an agent of them."),
        agents,
        _list_of(Agent),
    )
    yield Step(
        _("Queues"),
        ngettext("%(count)d queue has members.", "%(count)d queues have members.", staffed),
        _("No queue has members: conversations would wait for nobody."),
        staffed,
        _list_of(Queue),
    )
    yield Step(
        _("Sign-in of customers"),
        ngettext("%(count)d authentication setting.", "%(count)d authentication settings.", settings),
        _("Persistent chat needs an authentication setting."),
        settings,
        _list_of(AuthSetting),
        is_optional=all_live,
    )
    yield Step(
        _("Operating hours"),
        ngettext("%(count)d calendar.", "%(count)d calendars.", hours),
        _("None: everything is always open."),
        hours,
        _list_of(OperatingHours),
        is_optional=True,
    )
    yield Step(
        _("Chat channels"),
        _("%(count)d in service; customers have written in %(used)d.")
        % {"count": len(channels), "used": used},
        _("None yet. The guide makes one from beginning to end."),
        len(channels),
        _list_of(Widget),
    )


def _channels(now: datetime) -> Iterator[Channel]:
    serving = Q(workstream__queue__agents__user__is_active=True)
    members = Count("workstream__queue__agents", filter=serving, distinct=True)
    found = Widget.objects.filter(retired_at=None, workstream__retired_at=None)
    found = found.select_related("workstream__queue__operating_hours", "operating_hours")
    for widget in found.annotate(agents=members).order_by("name"):
        stream = widget.workstream
        yield Channel(
            widget=widget,
            mode=str(Mode(widget.mode).label),
            queue=stream.queue.name,
            hours=hours_in_words(stream.queue, at=now),
            agents=widget.agents,
            # Asked one by one: for all at once the database would read every conversation.
            is_used=Conversation.objects.filter(widget=widget).exists(),
            problems=[*checks.of_workstream(stream, now=now), *_of_domains(widget)],
        )


def _of_domains(widget: Widget) -> Iterator[str]:
    if widget.rules.requires_identity and not widget.allowed_domains:
        yield _("Any site may show this widget. List the domains of your own sites under “Allowed domains”.")


def _beware() -> Iterator[tuple[str, str]]:
    """Agents to whom nothing can come; what is wrong with queues is said with the channels that lead there."""
    idle = Agent.objects.active().select_related("user").order_by("user__username")
    for agent in idle.filter(memberships__isnull=True):
        yield from ((sentence, _page_of(agent)) for sentence in checks.of_agent(agent))


def _list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def _page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
