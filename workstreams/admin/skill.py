from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from workstreams.admin.base import KeptAdmin
from workstreams.forms.base import NamedForm
from workstreams.models import Skill


@admin.register(Skill)
class SkillAdmin(KeptAdmin):
    """The skill itself. Who has it is added by the app that knows agents."""

    form = NamedForm
    list_display = ("name", "rules")
    search_fields = ("name",)
    fields = ("name", "used_by")
    readonly_fields = ("used_by",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Skill]:
        asked = Count("rules", distinct=True)
        found: QuerySet[Skill] = super().get_queryset(request).order_by("name").annotate(rule_count=asked)
        return found

    @admin.display(description=_("rules that ask for it"), ordering="rule_count")
    def rules(self, skill: Skill) -> int:
        return skill.rule_count  # type: ignore[attr-defined, no-any-return]
