from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from workstreams.classification import Condition, Subject, VariableKind
from workstreams.forms.base import InlineFormSet, InServiceForm, NamedForm
from workstreams.models import RuleCondition, RuleQueue, Workstream
from workstreams.placing import condition_of, kinds_in
from workstreams.rule_checks import contradiction, contradiction_in_words, mistake_in


class RuleForm(NamedForm):
    """Of one workstream: its list, and what is said of a rule, name them."""

    within = "workstream"


class RuleQueueForm(InServiceForm):
    in_service = ("queue",)

    class Meta:
        model = RuleQueue
        fields = ("queue", "position")


class ConditionFormSet(InlineFormSet):
    """Refuses conditions that make no sense by themselves, and those that nobody can meet together."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors) or self.instance.workstream_id is None:
            return
        workstream: Workstream = self.instance.workstream
        kinds = kinds_in(workstream.pk)
        conditions = [self._judged(form, kinds) for form in self._kept()]
        if not any(self.errors):
            _require_possible(conditions, workstream)

    def _kept(self) -> Iterator[Any]:
        return (form for form in self.forms if form.cleaned_data and form not in self.deleted_forms)

    @staticmethod
    def _judged(form: Any, kinds: dict[str, VariableKind]) -> Condition:
        condition = condition_of(form.instance, kinds)
        if mistake := mistake_in(condition=condition, variables=kinds):
            form.add_error(mistake.field, mistake.sentence)
        return condition


class VariableFormSet(InlineFormSet):
    """Keeps what rules ask for as it is: under another name, or another kind, they would decide otherwise."""

    def clean(self) -> None:
        super().clean()
        for form in self.initial_forms:
            if form in self.deleted_forms or {"name", "kind"} & set(form.changed_data):
                _require_unused(self.instance, form.initial["name"])


def _require_possible(conditions: list[Condition], workstream: Workstream) -> None:
    found = contradiction(conditions=conditions, always_signed_in=workstream.rules.requires_identity)
    if found:
        raise ValidationError(contradiction_in_words(found))


def _require_unused(workstream: Workstream, name: str) -> None:
    asked = RuleCondition.objects.filter(rule__workstream=workstream, subject=Subject.CONTEXT, name=name)
    rules = asked.order_by("rule__name").values_list("rule__name", flat=True).distinct()
    if rules:
        told = _("“%(name)s” must stay as it is, because rules ask for it: %(rules)s. Change those first.")
        raise ValidationError(told % {"name": name, "rules": ", ".join(rules)})
