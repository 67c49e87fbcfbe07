from __future__ import annotations

import logging
from collections.abc import Iterable
from time import monotonic
from typing import Any, NamedTuple, Self

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from workstreams.masking import LONGEST_PATTERN, BadPattern, Kind, Mask, Rule

logger = logging.getLogger(__name__)

MAX_ACTIVE = 10  # each looks through every text that is shown
MAX_LABEL = 40
KNOWN_FOR = 5.0  # seconds, in each process


class MaskingRuleQuerySet(models.QuerySet["MaskingRule"]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class MaskingRule(models.Model):
    """Something that is hidden wherever texts of customers and agents are shown; what is stored stays as it was written."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("hides"), max_length=8, choices=Kind.choices(), default=Kind.PATTERN)
    pattern = models.CharField(
        _("pattern"),
        max_length=LONGEST_PATTERN,
        blank=True,
        help_text=_(
            r"Own pattern: a regular expression, such as \bAB-\d{6}\b. (?i) at its beginning: capitals do not count. "
            "Not known here: look-around, and references to what was found."
        ),
    )
    label = models.CharField(
        _("shown instead"),
        max_length=MAX_LABEL,
        blank=True,
        help_text=_("Such as [card]. Empty: # for each character."),
    )
    of_customers = models.BooleanField(_("in what customers write"), default=True)
    of_agents = models.BooleanField(
        _("in what agents write"), default=True, help_text=_("Off: agents can give out what it hides.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = MaskingRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("masking rule")
        verbose_name_plural = _("masking rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=Kind.PATTERN) & ~Q(pattern="") | ~Q(kind=Kind.PATTERN) & Q(pattern=""),
                name="own_patterns_have_one",
                violation_error_message=_("An own pattern has a pattern, and nothing else does."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        _look_again()

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        gone = super().delete(*args, **kwargs)
        _look_again()
        return gone

    def clean(self) -> None:
        if self.kind == Kind.PATTERN:
            self._require_usable()
        elif self.pattern:
            raise ValidationError({"pattern": _("Only an own pattern has one.")})
        others = MaskingRule.objects.active().exclude(pk=self.pk)
        if self.is_active and others.count() >= MAX_ACTIVE:
            told = _("At most %(most)d rules can be active.")
            raise ValidationError({"is_active": ValidationError(told, params={"most": MAX_ACTIVE})})

    def rule(self) -> Rule:
        """Raises BadPattern."""
        return Rule.of(self.kind, pattern=self.pattern, label=self.label)

    def _require_usable(self) -> None:
        try:
            self.rule()
        except BadPattern as problem:
            raise ValidationError({"pattern": ValidationError(str(problem), code="bad_pattern")}) from problem


class Masks(NamedTuple):
    """What hides in the texts of customers, and what in those of agents."""

    customers: Mask = Mask()
    agents: Mask = Mask()

    @classmethod
    def of(cls, rows: Iterable[MaskingRule]) -> Masks:
        made = [(row, rule) for row in rows if (rule := _usable(row))]
        return cls(
            Mask([rule for row, rule in made if row.of_customers]),
            Mask([rule for row, rule in made if row.of_agents]),
        )


def _usable(row: MaskingRule) -> Rule | None:
    """Forms refuse what cannot be used. Should it be there all the same, people must be able to talk."""
    try:
        return row.rule()
    except BadPattern:
        logger.exception("masking.unusable", extra={"rule": row.pk})
        return None


class MasksInForce:
    """The masks of the active rules, read anew when they have been known for 5 s: messages must not ask for them one by
    one, and no process must be told. Asks the database, so never from an event loop."""

    def __init__(self) -> None:
        self.keep(Masks())
        self.forget()

    def __call__(self) -> Masks:
        if monotonic() >= self._until:
            self.keep(Masks.of(MaskingRule.objects.active().order_by("pk")))
        return self._masks

    def keep(self, masks: Masks) -> None:
        self._masks, self._until = masks, monotonic() + KNOWN_FOR

    def forget(self) -> None:
        """This process reads them when they are next asked for. Until then the old ones hide: a thread that has looked at
        the clock already must not be given none."""
        self._until = 0.0


masks = MasksInForce()


def _look_again() -> None:
    """Now, for whoever has changed a rule, and again when others can read it."""
    masks.forget()
    transaction.on_commit(masks.forget)
