"""Agents: what they can hold, what they may do, which queues they serve."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from chat.errors import Refusal
from chat.models import AgentProfile
from routing import checks
from routing.actions import deactivate_agent
from routing.admin.members import QueuesInline, TellsOfMembers
from routing.admin.skills import SkillsInline, TellsOfSkills
from routing.admin.warnings import Warns
from routing.floor import as_candidate
from routing.models import Agent
from workstreams.admin.changes import TellsChanges


class AgentForm(forms.ModelForm[Agent]):
    nickname = forms.CharField(
        label=_("Nickname"),
        max_length=100,
        required=False,
        help_text=_("What customers see where the widget shows nicknames."),
    )

    class Meta:
        model = Agent
        fields = ("user", "role", "capacity", "default_presence")
        error_messages: ClassVar = {
            "user": {"unique": _("This user is an agent already. Open them from the list of agents.")}
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profile = AgentProfile.objects.filter(user=self.instance.pk).first() if self.instance.pk else None
        self.fields["nickname"].initial = profile.nickname if profile else ""


@admin.register(Agent)
class AgentAdmin(TellsChanges, Warns, TellsOfSkills, TellsOfMembers):
    form = AgentForm
    inlines = (QueuesInline, SkillsInline)
    fields = ("user", "role", "capacity", "default_presence", "nickname", "standing")
    readonly_fields = ("standing",)
    autocomplete_fields = ("user",)
    list_display = ("name", "role", "standing", "queue_names", "is_active")
    list_filter = ("role", "queues", "user__is_active")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__first_name", "user__last_name")
    ordering = ("user__username",)
    actions = ("deactivate",)

    class Media:
        css: ClassVar = {"all": ("admin_extra/admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        now = timezone.now()
        # A manager's method: the annotations are what the columns show.
        return Agent.objects.with_load(now=now).with_connection(now=now).prefetch_related("queues")

    def warn(self, row: Agent) -> list[str]:
        return checks.of_agent(row)

    def get_readonly_fields(self, request: HttpRequest, obj: Agent | None = None) -> tuple[str, ...]:
        """An agent is one user for ever."""
        return ("standing", "user") if obj else ("standing",)

    def save_model(self, request: HttpRequest, obj: Agent, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        AgentProfile.objects.update_or_create(
            user_id=obj.pk, defaults={"nickname": form.cleaned_data["nickname"]}
        )

    def has_delete_permission(self, request: HttpRequest, obj: Agent | None = None) -> bool:
        """Whoever has had work stays on record: deactivate them instead."""
        return super().has_delete_permission(request, obj) and (obj is None or not obj.has_worked)

    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> dict[str, Any]:
        found = super().get_actions(request, action_location)
        return {name: each for name, each in found.items() if name != "delete_selected"}

    @admin.display(description=_("now"))
    def standing(self, agent: Agent) -> str:
        if not hasattr(agent, "used_units"):
            return "-"
        now = as_candidate(agent)
        return _("%(status)s, %(used)d of %(capacity)d units") % {
            "status": now.status.label,
            "used": now.used,
            "capacity": now.capacity,
        }

    @admin.display(description=_("queues"))
    def queue_names(self, agent: Agent) -> str:
        return ", ".join(sorted(queue.name for queue in agent.queues.all()))

    @admin.display(description=_("may sign in"), boolean=True)
    def is_active(self, agent: Agent) -> bool:
        return agent.user.is_active

    @admin.action(description=_("Deactivate: close the account and hand on the work"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Agent]) -> None:
        done = sum(self._deactivated(request, agent) for agent in queryset)
        told = ngettext("%(count)d agent was deactivated.", "%(count)d agents were deactivated.", done)
        self.message_user(request, told % {"count": done}, messages.SUCCESS)

    def _deactivated(self, request: HttpRequest, agent: Agent) -> bool:
        if agent.pk == request.user.pk:
            self.message_user(request, _("You cannot deactivate yourself."), messages.ERROR)
            return False
        try:
            deactivate_agent(user_id=agent.pk, now=timezone.now(), by=request.user)  # type: ignore[arg-type]
        except Refusal as refusal:
            self.message_user(request, f"{agent}: {refusal.message}", messages.ERROR)
            return False
        return True
