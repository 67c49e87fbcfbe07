from __future__ import annotations

from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from workstreams.models.queue import Queue
from workstreams.models.skill import SkillMatching
from workstreams.modes import Mode, ModeRules, rules_for

DAY_MINUTES = 24 * 60
SHORTENING_GRACE = timedelta(hours=24)


class Distribution(models.TextChoices):
    PUSH = "push", _("Push: conversations are offered to agents")
    PICK = "pick", _("Pick: agents take conversations from Open work")


class WrapUpBlock(models.TextChoices):
    ALWAYS = "always", _("Always: until the conversation is closed")
    NEVER = "never", _("Never: places are freed at End")
    TIMED = "timed", _("For a fixed time after End")


def default_allowed_presences() -> list[str]:
    return ["available", "busy"]


class Workstream(models.Model):
    """How a channel is run. Its mode and distribution never change; conversations copy mode and units."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    mode = models.CharField(_("mode"), max_length=10, choices=[(mode.value, mode.value) for mode in Mode])
    distribution = models.CharField(
        _("work distribution"), max_length=4, choices=Distribution, default=Distribution.PUSH
    )
    keep_same_agent = models.BooleanField(
        _("keep same agent for entire conversation"),
        default=True,
        help_text=_(
            "A returning customer meets the agent who had the conversation. Required for persistent chat."
        ),
    )
    queue = models.ForeignKey(
        Queue,
        on_delete=models.PROTECT,
        related_name="workstreams",
        verbose_name=_("fallback queue"),
        help_text=_("Takes every conversation that no rule sends elsewhere."),
    )
    units = models.PositiveIntegerField(
        _("units"),
        default=25,
        validators=[MinValueValidator(1)],
        help_text=_("What one conversation costs of an agent's capacity."),
    )
    auto_close_minutes = models.PositiveIntegerField(
        _("auto-close after inactivity (minutes)"),
        default=28 * DAY_MINUTES,
        validators=[MinValueValidator(1)],
        help_text=_(
            "A waiting conversation that neither side touches for this long is closed. 40320 is 28 days."
        ),
    )
    reminder_minutes = models.PositiveIntegerField(
        _("reminder before auto-close (minutes)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "The customer of a waiting conversation is reminded this long before it is closed; it is never closed "
            "sooner than that after the reminder. Empty: no reminder."
        ),
    )
    auto_park_hours = models.PositiveIntegerField(
        _("park quiet conversations after (hours)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Persistent chat: an active conversation with nothing unanswered, whose customer has not written for "
            "this long, waits. Empty: only agents park."
        ),
    )
    auto_close_shortened_at = models.DateTimeField(null=True, blank=True, editable=False)
    offer_seconds = models.PositiveIntegerField(
        _("offer time (seconds)"), default=120, validators=[MinValueValidator(5), MaxValueValidator(3600)]
    )
    auto_assign = models.BooleanField(
        _("assign without asking"),
        default=False,
        help_text=_("Connected agents are given work instead of offered it."),
    )
    inactive_after_missed = models.BooleanField(
        _("inactive after a missed offer"),
        default=True,
        help_text=_("An agent who lets an offer run out gets no more work until they set their presence."),
    )
    do_not_disturb_after_decline = models.BooleanField(
        _("do not disturb after a declined offer"), default=False
    )
    wrap_up_block = models.CharField(
        _("block capacity for wrap-up"), max_length=6, choices=WrapUpBlock, default=WrapUpBlock.ALWAYS
    )
    wrap_up_block_seconds = models.PositiveIntegerField(
        _("wrap-up block (seconds)"),
        default=300,
        validators=[MinValueValidator(30), MaxValueValidator(3600)],
        help_text=_("Used with “for a fixed time”. 30 seconds to 60 minutes."),
    )
    skill_matching = models.CharField(
        _("skill matching"), max_length=7, choices=SkillMatching, default=SkillMatching.NONE
    )
    allowed_presences = models.JSONField(_("allowed presences"), default=default_allowed_presences)
    fall_back_minutes = models.PositiveIntegerField(
        _("fall back to the queue after (minutes)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "A returning customer whose agent does not answer is offered to the queue after this many minutes of "
            "opening time. Empty: the conversation is held for the agent. A time is recommended."
        ),
    )
    show_queue_position = models.BooleanField(
        _("show the queue position"),
        default=True,
        help_text=_("Live chat: customers who wait see how many are ahead of them."),
    )
    show_average_wait = models.BooleanField(
        _("show the average wait"),
        default=True,
        help_text=_("Live chat: customers are told how long others waited, once twenty have."),
    )
    pick_from_push = models.BooleanField(_("agents may pick from push"), default=False)
    pick_over_capacity = models.BooleanField(_("picks may exceed capacity"), default=False)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("workstream")
        verbose_name_plural = _("workstreams")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(mode=Mode.PERSISTENT) | models.Q(keep_same_agent=True),
                name="persistent_keeps_same_agent",
                violation_error_message=_(
                    "Persistent chat needs the same agent on every visit. Switch on “Keep same agent for entire conversation”."
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(mode__in=[mode.value for mode in Mode]), name="workstream_mode_is_known"
            ),
            models.CheckConstraint(condition=models.Q(units__gte=1), name="workstream_costs_units"),
            models.CheckConstraint(
                condition=models.Q(mode=Mode.PERSISTENT)
                | models.Q(reminder_minutes__isnull=True, auto_park_hours__isnull=True),
                name="live_never_waits_for_its_customer",
            ),
            models.CheckConstraint(
                condition=models.Q(reminder_minutes__isnull=True)
                | models.Q(reminder_minutes__lt=models.F("auto_close_minutes")),
                name="reminded_before_closed",
                violation_error_message=_("The reminder must come before the close."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rules(self) -> ModeRules:
        return rules_for(Mode(self.mode))

    @property
    def tells_position(self) -> bool:
        return self.show_queue_position and self.rules.shows_wait_messages

    @property
    def tells_wait(self) -> bool:
        return self.show_average_wait and self.rules.shows_wait_messages

    def capacity_freed_at(self, *, ended_at: datetime) -> datetime | None:
        """When a conversation that ends now stops using its agent's places; None: not before it is closed."""
        if self.wrap_up_block == WrapUpBlock.ALWAYS:
            return None
        if self.wrap_up_block == WrapUpBlock.NEVER:
            return ended_at
        return ended_at + timedelta(seconds=self.wrap_up_block_seconds)
