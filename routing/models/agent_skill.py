from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.models import Skill
from workstreams.models.skill import level_field


class AgentSkill(models.Model):
    """An agent has a skill."""

    part_of = "agent"

    agent = models.ForeignKey(
        "routing.Agent", on_delete=models.CASCADE, related_name="skills", verbose_name=_("agent")
    )
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="agents", verbose_name=_("skill"))
    level = level_field()

    class Meta:
        verbose_name = _("skill of the agent")
        verbose_name_plural = _("skills of the agent")
        constraints = [models.UniqueConstraint(fields=["agent", "skill"], name="one_skill_once_per_agent")]

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"
