"""Who has which skill, edited on the page of the skill or of the agent. Routing follows once it is committed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat import events
from chat.models import Conversation
from routing.events import PresenceChanged
from routing.models import AgentSkill
from workstreams.admin import SkillAdmin
from workstreams.models import Skill

admin.site.unregister(Skill)


class AgentSkillInline(admin.TabularInline[Any, Any]):
    model = AgentSkill
    extra = 1
    autocomplete_fields = ("agent", "skill")
    verbose_name, verbose_name_plural = _("agent"), _("agents who have it")


class SkillsInline(AgentSkillInline):
    """The same rows, as the agent's page calls them."""

    verbose_name, verbose_name_plural = _("skill"), _("skills")


class TellsOfSkills(admin.ModelAdmin[Any]):
    """Tells routing who learnt something: what waits for a skill goes to them."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is not AgentSkill:
            return
        touched = [*formset.new_objects, *(row for row, _fields in formset.changed_objects)]
        for user_id in {row.agent_id for row in touched}:
            events.publish(PresenceChanged(user_id=user_id))


@admin.register(Skill)
class StaffedSkillAdmin(TellsOfSkills, SkillAdmin):
    inlines = (AgentSkillInline,)

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        return (*super().get_list_display(request), "agents")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Skill]:
        return super().get_queryset(request).annotate(agent_count=Count("agents", distinct=True))

    @admin.display(description=_("agents who have it"), ordering="agent_count")
    def agents(self, skill: Skill) -> int:
        return skill.agent_count  # type: ignore[attr-defined, no-any-return]

    def users(self, row: Model) -> list[str]:
        """Without the skill that it asks for, an unfinished conversation would wait for ever."""
        asking = Conversation.objects.unfinished().filter(skills__has_key=str(row.pk))
        users = super().users(row)
        return [*users, gettext("Unfinished conversations")] if asking.exists() else users
