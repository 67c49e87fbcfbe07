"""Classification as an administrator enters it; what it decides is in ``workstreams.classification``."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.classification import Operator, Subject, VariableKind
from workstreams.models.queue import Queue
from workstreams.models.skill import Skill, level_field
from workstreams.models.workstream import Workstream


class ContextVariable(models.Model):
    """A context variable that rules may ask for. Names are exact; others are shown to agents, and decide nothing."""

    workstream = models.ForeignKey(
        Workstream, on_delete=models.CASCADE, related_name="variables", verbose_name=_("workstream")
    )
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=6, choices=VariableKind, default=VariableKind.TEXT)

    class Meta:
        verbose_name = _("context variable")
        verbose_name_plural = _("context variables")
        constraints = [
            models.UniqueConstraint(fields=["workstream", "name"], name="one_variable_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ClassificationRule(models.Model):
    """Of a workstream's rules the first whose conditions all hold decides where a new conversation goes."""

    workstream = models.ForeignKey(
        Workstream, on_delete=models.CASCADE, related_name="rules_in_order", verbose_name=_("workstream")
    )
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveIntegerField(
        _("position"), default=10, help_text=_("Smaller positions are looked at first.")
    )
    # None: the usual one.
    conversation_priority = models.PositiveIntegerField(
        _("conversation priority"),
        null=True,
        blank=True,
        help_text=_("Smaller numbers are served first within a queue. Empty: 100, as usual."),
    )

    class Meta:
        verbose_name = _("classification rule")
        verbose_name_plural = _("classification rules")

    def __str__(self) -> str:
        return self.name


class RuleCondition(models.Model):
    """One condition; all of a rule's must hold."""

    rule = models.ForeignKey(
        ClassificationRule, on_delete=models.CASCADE, related_name="conditions", verbose_name=_("rule")
    )
    subject = models.CharField(_("subject"), max_length=13, choices=Subject)
    name = models.CharField(
        _("name"),
        max_length=100,
        blank=True,
        help_text=_("Of the context variable, or of the pre-chat question. Otherwise empty."),
    )
    operator = models.CharField(_("operator"), max_length=9, choices=Operator, default=Operator.IS)
    value = models.CharField(
        _("value"),
        max_length=500,
        blank=True,
        help_text=_(
            "For “Signed in”: yes or no. For a language: de, which covers de-AT, or de-AT alone. Upper and lower case "
            "are alike. “Is not” also holds for what is not given."
        ),
    )

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")

    def __str__(self) -> str:
        return " ".join(part for part in (self.name or self.subject, self.operator, self.value) if part)


class RuleQueue(models.Model):
    """A queue that a rule sends to: the first that is in its hours, else the one that opens first."""

    part_of = "rule"

    rule = models.ForeignKey(
        ClassificationRule, on_delete=models.CASCADE, related_name="queues_in_order", verbose_name=_("rule")
    )
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="rules", verbose_name=_("queue"))
    position = models.PositiveIntegerField(_("position"), default=10)

    class Meta:
        verbose_name = _("queue of the rule")
        verbose_name_plural = _("queues of the rule")
        constraints = [models.UniqueConstraint(fields=["rule", "queue"], name="one_queue_once_per_rule")]

    def __str__(self) -> str:
        return str(self.queue)


class RuleSkill(models.Model):
    """A skill that a rule asks of whoever takes the conversation."""

    part_of = "rule"

    rule = models.ForeignKey(
        ClassificationRule, on_delete=models.CASCADE, related_name="skills_asked", verbose_name=_("rule")
    )
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="rules", verbose_name=_("skill"))
    level = level_field()

    class Meta:
        verbose_name = _("skill asked for")
        verbose_name_plural = _("skills asked for")
        constraints = [models.UniqueConstraint(fields=["rule", "skill"], name="one_skill_once_per_rule")]

    def __str__(self) -> str:
        return f"{self.skill} ≥ {self.level}"
