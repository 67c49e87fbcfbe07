from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chat import events
from chat.models.lines import add_line, agent_name
from workstreams.automated import Trigger

if TYPE_CHECKING:
    from chat.models.conversation import Conversation


class ParticipantRole(models.TextChoices):
    CONSULTANT = "consultant", _("Consultant")  # asked for advice by the conversation's agent
    SUPERVISOR = "supervisor", _("Supervisor")  # has joined


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def present(self) -> Self:
        return self.filter(left_at=None)

    def of(self, user: User) -> Self:
        return self.filter(user=user)

    def leave(self, *, now: datetime) -> tuple[int, ...]:
        """These take part no longer; their user ids."""
        user_ids = tuple(self.values_list("user", flat=True))
        self.update(left_at=now)
        return user_ids


class Participant(models.Model):
    """Somebody beside the agent in an active conversation. Uses no capacity; leaves when it leaves active.

    Callers hold the conversation's lock. What ends a conversation's being active ends this too (``_move``), without
    a word to the customer: there the move speaks for itself.
    """

    conversation = models.ForeignKey(
        "chat.Conversation", on_delete=models.CASCADE, related_name="participants"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=10, choices=ParticipantRole)
    # A consultant writes internally until the conversation's agent adds them.
    may_answer = models.BooleanField(_("may write to the customer"), default=False)
    invited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    joined_at = models.DateTimeField(_("joined at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "user"], condition=Q(left_at=None), name="present_once"
            )
        ]
        indexes = [
            models.Index(fields=["user"], condition=Q(left_at=None), name="taking_part"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    @classmethod
    def consult(cls, *, conversation: Conversation, user: User, by: User, now: datetime) -> Participant:
        """``by``, its agent, asks ``user`` for advice. The customer learns nothing of it."""
        participant = conversation.participants.create(
            user=user, role=ParticipantRole.CONSULTANT, invited_by=by, joined_at=now
        )
        conversation.company_changed()
        events.publish(events.ColleagueConsulted(conversation=conversation, participant=participant))
        return participant

    @classmethod
    def join(cls, *, conversation: Conversation, user: User, now: datetime) -> Participant:
        """A supervisor takes part and may write to the customer; one who was asked for advice until now, too."""
        participant, _is_new = conversation.participants.get_or_create(
            user=user, left_at=None, defaults={"role": ParticipantRole.SUPERVISOR, "joined_at": now}
        )
        participant.role = ParticipantRole.SUPERVISOR
        participant.let_answer(now=now)
        return participant

    def let_answer(self, *, now: datetime) -> None:
        """From now on they may write to the customer, who is told that they have joined."""
        if not self.may_answer:
            self._say(Trigger.COLLEAGUE_JOINED, now)
        self.may_answer = True
        self.save(update_fields=["role", "may_answer"])
        self.conversation.company_changed()

    def leave(self, *, now: datetime) -> None:
        """The customer is told when it was somebody who could write to them."""
        self.left_at = now
        self.save(update_fields=["left_at"])
        if self.may_answer:
            self._say(Trigger.COLLEAGUE_LEFT, now)
        self.conversation.company_changed()
        events.publish(events.ParticipantsLeft(conversation=self.conversation, user_ids=(self.user_id,)))

    def _say(self, trigger: Trigger, now: datetime) -> None:
        add_line(self.conversation, trigger, now=now, agent=agent_name(self.conversation, self.user))
