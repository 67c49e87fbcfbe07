from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

LOWEST, HIGHEST = 1, 5


class SkillMatching(models.TextChoices):
    NONE = "none", _("None: skills do not matter")
    EXACT = "exact", _("Exact: only agents who have every skill at the level asked for")
    CLOSEST = "closest", _("Closest: whoever comes nearest to the skills asked for, even without all of them")


class Skill(models.Model):
    """Something that some agents are good at: a language, a product."""

    name = models.CharField(_("name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")

    def __str__(self) -> str:
        return self.name


def level_field() -> models.PositiveSmallIntegerField[int, int]:
    """How good somebody is, or must be: 1 to 5."""
    return models.PositiveSmallIntegerField(
        _("level"),
        default=LOWEST,
        validators=[MinValueValidator(LOWEST), MaxValueValidator(HIGHEST)],
        help_text=_("1 (basic) to 5 (expert)."),
    )
