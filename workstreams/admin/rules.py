"""Classification rules: a page for each, and a list that reads like what happens at a start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from workstreams.admin.base import TabularInline
from workstreams.admin.changes import TellsChanges
from workstreams.classification import Rule
from workstreams.forms.rules import ConditionFormSet, RuleForm, RuleQueueForm, VariableFormSet
from workstreams.models import (
    ClassificationRule,
    ContextVariable,
    RuleCondition,
    RuleQueue,
    RuleSkill,
    SkillMatching,
    Workstream,
)
from workstreams.placing import rows_in_order, rules_of
from workstreams.rule_checks import hidden_by, in_words, never_reached, warnings_of

# A condition fits in one row.
NARROW: dict[Any, dict[str, Any]] = {models.CharField: {"widget": forms.TextInput(attrs={"size": 18})}}


class VariableInline(TabularInline):
    """On the workstream's page."""

    model = ContextVariable
    formset = VariableFormSet
    extra = 1
    ordering = ("name",)


class ConditionInline(TabularInline):
    model = RuleCondition
    formset = ConditionFormSet
    formfield_overrides = NARROW
    extra = 1
    ordering = ("pk",)


class RuleQueueInline(TabularInline):
    model = RuleQueue
    form = RuleQueueForm
    extra = 1
    ordering = ("position", "pk")


class RuleSkillInline(TabularInline):
    model = RuleSkill
    extra = 1
    autocomplete_fields = ("skill",)
    ordering = ("skill__name",)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A rule among the others of its workstream."""

    row: ClassificationRule
    rule: Rule
    warnings: list[str]


@admin.register(ClassificationRule)
class ClassificationRuleAdmin(TellsChanges):
    class Media:
        css: ClassVar = {"all": ("admin_extra/admin.css",)}

    form = RuleForm
    inlines = (ConditionInline, RuleQueueInline, RuleSkillInline)
    fields = ("name", "workstream", "position", "conversation_priority")
    list_display = ("name", "workstream", "position", "conditions", "outcome", "beware")
    list_display_links = ("name",)
    list_filter = ("workstream",)
    list_select_related = ("workstream__queue",)
    search_fields = ("name",)
    ordering = ("workstream__name", "position", "pk")

    def get_readonly_fields(
        self, request: HttpRequest, obj: ClassificationRule | None = None
    ) -> tuple[str, ...]:
        """A rule's conditions are about its workstream's variables: it stays there."""
        return ("workstream",) if obj else ()

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Each row is judged among the others of its workstream: once for each workstream, not for each row."""
        changelist = super().get_changelist_instance(request)
        workstreams = {row.workstream for row in changelist.result_list}
        judged = {each.row.pk: each for stream in workstreams for each in self.judge(stream)}
        for row in changelist.result_list:
            row.judged = judged[row.pk]
        return changelist

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        saved: ClassificationRule = form.instance
        for sentence in self._worth_knowing(saved):
            self.message_user(request, sentence, messages.WARNING)
        if not saved.queues_in_order.exists():
            self.message_user(request, _keeps_fallback(saved), messages.INFO)

    def judge(self, workstream: Workstream) -> list[Judged]:
        """The rules of a workstream, in their order, each with what is to be known of it."""
        rows = rows_in_order(workstream)
        rules = rules_of(rows)
        return [
            Judged(row=row, rule=rule, warnings=self.warnings(workstream, row, rule, rules[:place]))
            for place, (row, rule) in enumerate(zip(rows, rules, strict=True))
        ]

    def warnings(
        self, workstream: Workstream, row: ClassificationRule, rule: Rule, earlier: list[Rule]
    ) -> list[str]:
        return warnings_of(
            rule=rule,
            earlier=earlier,
            always_signed_in=workstream.rules.requires_identity,
            matches_skills=workstream.skill_matching != SkillMatching.NONE,
        )

    @admin.display(description=_("conditions"))
    def conditions(self, row: Any) -> str | SafeString:
        lines = [(in_words(each),) for each in row.judged.rule.conditions]
        return format_html_join("", "<div>{}</div>", lines) or gettext("none: matches everybody")

    @admin.display(description=_("outcome"))
    def outcome(self, row: Any) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((line,) for line in _outcome(row.judged.row)))

    @admin.display(description=_("beware"))
    def beware(self, row: Any) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((sentence,) for sentence in row.judged.warnings))

    def _worth_knowing(self, saved: ClassificationRule) -> Iterator[str]:
        """What there is to know of this rule, and of those behind it that it hides."""
        judged = self.judge(saved.workstream)
        mine = next(each.rule for each in judged if each.row == saved)
        always_signed_in = saved.workstream.rules.requires_identity
        for each in judged:
            before = [other.rule for other in judged[: judged.index(each)]]
            if each.row == saved:
                yield from each.warnings
            elif hidden_by(rule=each.rule, earlier=before, always_signed_in=always_signed_in) is mine:
                yield never_reached(each.rule, mine)


def _outcome(row: ClassificationRule) -> list[str]:
    queues = ", ".join(str(each) for each in row.queues_in_order.all())
    skills = ", ".join(str(each) for each in row.skills_asked.all())
    lines = [queues or gettext("fallback queue")]
    if skills:
        lines.append(gettext("skills: %(skills)s") % {"skills": skills})
    if row.conversation_priority is not None:
        lines.append(gettext("priority %(priority)d") % {"priority": row.conversation_priority})
    return lines


def _keeps_fallback(row: ClassificationRule) -> str:
    told = gettext(
        "“%(rule)s” names no queue: what it matches goes to the fallback queue, “%(queue)s”, with the skills and the "
        "priority given here."
    )
    return told % {"rule": row, "queue": row.workstream.queue}
