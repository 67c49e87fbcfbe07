"""Classification rules, judged by who there is to serve them."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext

from routing.models import Agent
from workstreams.admin import ClassificationRuleAdmin
from workstreams.classification import Rule
from workstreams.models import ClassificationRule, SkillMatching, Workstream

admin.site.unregister(ClassificationRule)


@admin.register(ClassificationRule)
class StaffedRuleAdmin(ClassificationRuleAdmin):
    def warnings(
        self, workstream: Workstream, row: ClassificationRule, rule: Rule, earlier: list[Rule]
    ) -> list[str]:
        found = super().warnings(workstream, row, rule, earlier)
        if workstream.skill_matching == SkillMatching.EXACT and rule.skills and not _has_somebody(rule):
            found.append(_waits_for_nobody(row))
        return found


def _has_somebody(rule: Rule) -> bool:
    able = Agent.objects.active()
    for skill, level in rule.skills.items():
        able = able.filter(skills__skill=skill, skills__level__gte=level)
    return able.exists()


def _waits_for_nobody(row: ClassificationRule) -> str:
    told = gettext(
        "No agent has what “%(rule)s” asks for (%(skills)s): its conversations are offered to nobody. Give an agent "
        "these skills, or choose “Closest” as the workstream's skill matching."
    )
    return told % {"rule": row, "skills": ", ".join(str(each) for each in row.skills_asked.all())}
