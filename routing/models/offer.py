from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import User
from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chat import events
from chat.models import Conversation, Transition
from routing.events import OfferEnded, OfferMade
from workstreams.models import Queue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from routing.models.agent import Agent


class OfferReason(models.TextChoices):
    NEW = "new", _("New")
    RETURNING = "returning", _("Returning")
    TRANSFER = "transfer", _("Transfer")
    ASSIGNED = "assigned", _("Assigned")
    PICKED = "picked", _("Picked")
    RESUMED = "resumed", _("Resumed")


class OfferState(models.TextChoices):
    PENDING = "pending", _("Pending")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    MISSED = "missed", _("Missed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


REFUSED = (OfferState.DECLINED, OfferState.MISSED)


# From pair to pair along the index of what is pending.
_PAIRS = """
    WITH RECURSIVE pairs AS (
        (SELECT agent_id, queue_id FROM routing_offer WHERE state = 'pending'
         ORDER BY agent_id, queue_id LIMIT 1)
        UNION ALL
        SELECT next.* FROM pairs, LATERAL (
            SELECT agent_id, queue_id FROM routing_offer
            WHERE state = 'pending' AND (agent_id, queue_id) > (pairs.agent_id, pairs.queue_id)
            ORDER BY agent_id, queue_id LIMIT 1
        ) AS next
    )
    SELECT agent_id, queue_id FROM pairs
"""


class OfferQuerySet(models.QuerySet["Offer"]):
    def of_present_turn(self) -> Self:
        """Made for the stay in which the conversation is now."""
        return self.filter(conversation__turn=F("turn"))

    def pending(self) -> Self:
        """Held out, and made for the present turn of the conversation: one of another turn is void."""
        return self.of_present_turn().filter(state=OfferState.PENDING)

    def void(self) -> Self:
        """Still called pending, though the conversation has moved on."""
        return self.filter(state=OfferState.PENDING).exclude(conversation__turn=F("turn"))

    def void_since(self, since: datetime) -> Self:
        """Of conversations that have moved since then: in a statement that looks at what has changed, not at all."""
        moved = Transition.objects.filter(at__gte=since)
        return self.void().filter(conversation__in=moved.values("conversation"))

    def askers(self) -> list[tuple[int, int]]:
        """(user id, queue id) of whoever is asked by a queue, void offers too. Many offers of one pair cost no more
        than one."""
        with connection.cursor() as cursor:
            cursor.execute(_PAIRS)
            return [(user_id, queue_id) for user_id, queue_id in cursor.fetchall()]

    def with_deadline(self) -> Self:
        return self.filter(expires_at__isnull=False)

    def overdue(self, *, now: datetime) -> Self:
        return self.filter(state=OfferState.PENDING, expires_at__lte=now)

    def refused(self) -> Self:
        """Declined or missed."""
        return self.filter(state__in=REFUSED)

    def locked(self) -> Self:
        return self.select_for_update(no_key=True, of=("self",))

    def with_people(self) -> Self:
        return self.select_related(
            "agent__user",
            "made_by",
            "conversation__customer",
            "conversation__widget",
            "conversation__workstream",
            "conversation__queue",
            "conversation__agent",
            "conversation__preferred_agent",
        )


class Offer(models.Model):
    """A conversation held out to an agent, to accept or decline. It is only valid in the turn it was made for.

    An assignment without a question leaves one too, accepted as it was made: its ``why`` is the record.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="offers", verbose_name=_("conversation")
    )
    agent = models.ForeignKey(
        "routing.Agent", on_delete=models.CASCADE, related_name="offers", verbose_name=_("agent")
    )
    turn = models.PositiveIntegerField(_("turn"))
    # The conversation's in that turn.
    queue = models.ForeignKey(
        Queue, on_delete=models.PROTECT, db_index=False, related_name="+", verbose_name=_("queue")
    )
    reason = models.CharField(_("reason"), max_length=9, choices=OfferReason)
    state = models.CharField(_("state"), max_length=9, choices=OfferState, default=OfferState.PENDING)
    made_at = models.DateTimeField(_("made at"))
    # None: no deadline, and no place in the agent's capacity.
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # Who handed it over: a transfer's initiator, or the supervisor who assigned it.
    made_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    why = models.JSONField(default=dict, blank=True)  # see routing.why

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "turn"],
                condition=Q(state=OfferState.PENDING),
                name="one_pending_offer_per_turn",
            ),
            models.CheckConstraint(
                condition=Q(state=OfferState.PENDING, ended_at__isnull=True)
                | (~Q(state=OfferState.PENDING) & Q(ended_at__isnull=False)),
                name="ended_offers_have_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["agent", "queue"],
                condition=Q(state=OfferState.PENDING),
                name="pending_offers_of_agent",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(state=OfferState.PENDING, expires_at__isnull=False),
                name="offers_to_expire",
            ),
            models.Index(fields=["conversation", "-made_at"], name="offers_of_conversation"),
            models.Index(
                fields=["ended_at"],
                condition=Q(state__in=[state.value for state in REFUSED]),
                name="refused_offers",
            ),
            models.Index(fields=["-made_at", "-id"], name="latest_offers"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.get_state_display()}"

    @classmethod
    def hold_out(
        cls,
        *,
        conversation: Conversation,
        agent: Agent,
        reason: OfferReason,
        now: datetime,
        expires_at: datetime | None,
        why: dict[str, Any],
        made_by: User | None = None,
    ) -> Offer:
        """A pending offer in the conversation's present turn. Callers hold the locks of agent and conversation."""
        offer = cls(
            agent=agent,
            **cls.place_of(conversation),
            reason=reason,
            made_at=now,
            expires_at=expires_at,
            why=why,
            made_by=made_by,
        )
        cls.make_each([offer])
        return offer

    @classmethod
    def record(
        cls,
        *,
        conversation: Conversation,
        agent: Agent,
        reason: OfferReason,
        now: datetime,
        why: dict[str, Any],
        made_by: User | None = None,
    ) -> Offer:
        """The record of an assignment that asked nobody. Call it before the conversation moves."""
        return cls.objects.create(
            agent=agent,
            **cls.place_of(conversation),
            reason=reason,
            state=OfferState.ACCEPTED,
            made_at=now,
            ended_at=now,
            why=why,
            made_by=made_by,
        )

    @staticmethod
    def place_of(conversation: Conversation) -> dict[str, Any]:
        return {
            "conversation": conversation,
            "turn": conversation.turn,
            "queue_id": conversation.queue_id,
        }

    @classmethod
    def make_each(cls, offers: Sequence[Offer]) -> None:
        """Write offers and records that were only built so far; many take one statement, as one does."""
        for offer in Offer.objects.bulk_create(offers):
            if offer.state == OfferState.PENDING:
                events.publish(OfferMade(offer=offer))

    @property
    def is_void(self) -> bool:
        """The conversation has moved on since."""
        return self.turn != self.conversation.turn

    @property
    def is_pending(self) -> bool:
        return self.state == OfferState.PENDING and not self.is_void

    def end(self, state: OfferState, *, now: datetime) -> None:
        """The row decides which answer came first: callers hold its lock and have looked at ``is_pending``."""
        self.state, self.ended_at = state, now
        self.save(update_fields=["state", "ended_at"])
        events.publish(OfferEnded(offer=self))
