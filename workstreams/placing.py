"""Classification of a real start: reads a workstream's rows into rules, and its decision back into rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from workstreams.classification import (
    Condition,
    Destination,
    Facts,
    Operator,
    Rule,
    Subject,
    VariableKind,
    classify,
)
from workstreams.models import (
    ClassificationRule,
    ContextVariable,
    Queue,
    RuleCondition,
    RuleQueue,
    RuleSkill,
    Workstream,
)

USUAL_PRIORITY = 100


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where a new conversation goes, what it asks of whoever takes it (level by skill), and why."""

    queue: Queue
    skills: Mapping[int, int]
    priority: int
    reason: str


def place(*, workstream: Workstream, facts: Facts, now: datetime) -> Placement:
    """One query for a workstream without rules, at most seven for one with, however many."""
    rows = rows_in_order(workstream)
    decision = classify(rules=rules_of(rows), facts=facts, now=now)
    rule = decision.rule
    return Placement(
        queue=workstream.queue if decision.queue is None else _queues(rows)[decision.queue],
        skills=rule.skills if rule else {},
        priority=rule.priority if rule and rule.priority is not None else USUAL_PRIORITY,
        reason=decision.reason,
    )


def rows_in_order(workstream: Workstream) -> list[ClassificationRule]:
    """A workstream's rules as they are looked at, with all that ``rules_of`` reads."""
    hours = "queues_in_order__queue__operating_hours"
    queues = RuleQueue.objects.select_related("queue__operating_hours").order_by("position", "pk")
    rows = ClassificationRule.objects.filter(workstream=workstream).order_by("position", "pk")
    return list(
        rows.prefetch_related(
            Prefetch("conditions", RuleCondition.objects.order_by("pk")),
            Prefetch("queues_in_order", queues),
            f"{hours}__intervals",
            f"{hours}__holidays",
            Prefetch("skills_asked", RuleSkill.objects.select_related("skill").order_by("skill__name")),
        )
    )


def rules_of(rows: list[ClassificationRule]) -> list[Rule]:
    """The rules behind the rows of one workstream."""
    kinds = _kinds(rows)
    return [_rule(row, kinds) for row in rows]


def condition_of(row: RuleCondition, kinds: Mapping[str, VariableKind]) -> Condition:
    """``kinds`` are the workstream's context variables."""
    subject = Subject(row.subject)
    return Condition(
        subject=subject,
        operator=Operator(row.operator),
        name=row.name,
        value=row.value,
        kind=kinds.get(row.name) if subject is Subject.CONTEXT else VariableKind.TEXT,
    )


def kinds_in(workstream_id: int) -> dict[str, VariableKind]:
    """The workstream's context variables: kind by name."""
    defined = ContextVariable.objects.filter(workstream=workstream_id).values_list("name", "kind")
    return {name: VariableKind(kind) for name, kind in defined}


def _kinds(rows: Iterable[ClassificationRule]) -> dict[str, VariableKind]:
    asked = [row for row in rows for each in row.conditions.all() if each.subject == Subject.CONTEXT]
    return kinds_in(asked[0].workstream_id) if asked else {}


def _rule(row: ClassificationRule, kinds: Mapping[str, VariableKind]) -> Rule:
    return Rule(
        name=row.name,
        conditions=tuple(condition_of(each, kinds) for each in row.conditions.all()),
        queues=tuple(_destination(each.queue) for each in row.queues_in_order.all()),
        skills={each.skill_id: each.level for each in row.skills_asked.all()},
        priority=row.conversation_priority,
    )


def _destination(queue: Queue) -> Destination:
    return Destination(queue=queue.pk, calendar=queue.calendar(), is_retired=queue.retired_at is not None)


def _queues(rows: Iterable[ClassificationRule]) -> dict[int, Queue]:
    return {each.queue_id: each.queue for row in rows for each in row.queues_in_order.all()}
