from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat.models.conversation_affinity import Affinity
from chat.models.conversation_customer import CustomersSide
from chat.models.conversation_integrity import CONSTRAINTS, INDEXES
from chat.models.conversation_log import COUNTERS, Log
from chat.models.conversation_queries import ConversationQuerySet
from chat.models.conversation_steps import Steps
from chat.models.customer import Customer
from chat.models.endings import closing_trigger
from chat.models.lines import add_line, agent_name
from chat.models.together import update_each
from chat.models.transition import Transition
from chat.states import Actor, State, Verb, target_of
from workstreams.automated import Trigger
from workstreams.models import Queue, Widget, Workstream
from workstreams.modes import Mode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chat.models.session import CustomerSession
    from workstreams.placing import Placement


class Conversation(Steps, Affinity, Log, CustomersSide):
    """From the customer's first message until an agent (or time) ends it.

    The verbs below are the only way its state changes: each looks its target up in the table, writes a
    Transition in the same breath and publishes what happened. Callers hold the row's lock (see ``actions``).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="conversations")
    widget = models.ForeignKey(Widget, on_delete=models.PROTECT, related_name="conversations")
    workstream = models.ForeignKey(Workstream, on_delete=models.PROTECT, related_name="conversations")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="conversations")
    units = models.PositiveIntegerField(_("units"))  # copied at the start, as the mode is
    agent = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="conversations"
    )
    previous = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    priority = models.PositiveIntegerField(default=100)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    # In wrap-up: until when it uses its agent's places. None: until it is closed.
    capacity_freed_at = models.DateTimeField(null=True, blank=True)
    # Answers given before the first start, by question.
    prechat = models.JSONField(default=dict, blank=True)
    # What classification asks of whoever takes it: level by skill id, as text.
    skills = models.JSONField(default=dict, blank=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        permissions = [("see_hidden_context", "Can see context that is hidden from agents")]
        constraints = CONSTRAINTS
        indexes = INDEXES

    def __str__(self) -> str:
        return str(self.id)

    @property
    def queue_in_service(self) -> Queue:
        """Where it is queued next: a retired queue gets no new work, the workstream's fallback queue does."""
        return self.queue if self.queue.retired_at is None else self.workstream.queue

    # -- the verbs

    @classmethod
    def start(
        cls,
        *,
        session: CustomerSession,
        placement: Placement,
        now: datetime,
        prechat: Mapping[str, str | bool] | None = None,
    ) -> Conversation:
        """A new conversation where classification places it; its first message follows in the same transaction."""
        conversation = cls.begun(session=session, placement=placement, now=now, prechat=prechat)
        conversation.save(force_insert=True)
        started = conversation._record(
            verb=Verb.START,
            source=None,
            actor=Actor.CUSTOMER,
            user=None,
            reason=placement.reason,
            now=now,
        )
        started.save(force_insert=True)
        return conversation

    @classmethod
    def begun(
        cls,
        *,
        session: CustomerSession,
        placement: Placement,
        now: datetime,
        prechat: Mapping[str, str | bool] | None = None,
    ) -> Conversation:
        """What ``start`` writes, not written."""
        widget = session.widget
        return cls(
            customer=session.customer,
            widget=widget,
            workstream=widget.workstream,
            queue=placement.queue,
            mode=widget.workstream.mode,
            units=widget.workstream.units,
            state=target_of(state=None, verb=Verb.START, mode=Mode(widget.mode), actor=Actor.CUSTOMER),
            previous=cls.objects.of(session).ended().latest_first().first(),
            queued_at=now,
            started_at=now,
            state_changed_at=now,
            last_message_at=now,
            idle_since=now,
            to_attend=widget.rules.ends_without_customer,
            priority=placement.priority,
            context=session.context,
            prechat=dict(prechat or {}),
            skills={str(skill): level for skill, level in placement.skills.items()},
            turn=1,
        )

    def assign(
        self, *, agent: User, actor: Actor, user: User | None, now: datetime, reason: str = ""
    ) -> None:
        """``agent``'s from now on. The customer is told only when it is another one than before."""
        self.assign_each([(self, agent, reason)], actor=actor, user=user, now=now)

    @classmethod
    def assign_each(
        cls,
        assigned: Sequence[tuple[Conversation, User, str]],
        *,
        actor: Actor,
        user: User | None,
        now: datetime,
    ) -> None:
        """Each conversation to its agent, for its reason. Many take as few statements as one: three."""
        changed: list[str] = []
        steps, lines = [], []
        for conversation, agent, reason in assigned:
            had = conversation.agent or conversation.preferred_agent
            trigger = Trigger.AGENT_ASSIGNED if actor is Actor.SYSTEM else Trigger.AGENT_JOINED
            trigger = Trigger.TRANSFERRED if conversation.agent else trigger
            given = {"agent": agent, "preferred_agent": None, "customer_back_at": None}
            changed, step = conversation._step(
                Verb.ASSIGN, actor=actor, user=user, now=now, reason=reason, **given
            )
            steps.append(step)
            if had != agent:
                lines += conversation._line(trigger, now=now, agent=agent_name(conversation, agent))
        fields = [*changed, *(["latest_seq", "last_message_at"] if lines else [])]
        update_each([conversation for conversation, _agent, _reason in assigned], fields=fields)
        Transition.objects.bulk_create(steps)
        cls._write(lines)

    def park(self, *, actor: Actor, user: User | None, now: datetime, reason: str = "") -> None:
        self._move(Verb.PARK, actor=actor, user=user, now=now, reason=reason, customer_back_at=None)

    def wake(self, *, now: datetime) -> None:
        """The customer has written: open again, and held for the agent who had it when the workstream says so."""
        keeper = self.agent if self.workstream.keep_same_agent else None
        self._move(
            Verb.WAKE,
            actor=Actor.CUSTOMER,
            user=None,
            now=now,
            agent=None,
            preferred_agent=keeper,
            queue=self.queue_in_service,
            queued_at=now,
            customer_back_at=None,
        )

    def release(self, *, user: User, now: datetime, reason: str = "") -> None:
        """From its agent: it goes on waiting, nobody's. That is no activity: auto-close counts on as before."""
        self._move(
            Verb.RELEASE,
            actor=Actor.SUPERVISOR,
            user=user,
            now=now,
            reason=reason,
            agent=None,
            customer_back_at=None,
            state_changed_at=self.state_changed_at,
            idle_since=self.idle_since,
            reminded_at=self.reminded_at,
        )

    def requeue(
        self,
        *,
        actor: Actor,
        user: User | None,
        now: datetime,
        queue: Queue | None = None,
        keep_affinity: bool = False,
        reason: str = "",
    ) -> None:
        """Back to a queue. The place in it counts from the oldest unanswered message; overflow moves keep theirs."""
        keeps_place = self.state == State.OPEN
        moved_by_hand = queue is not None and queue != self.queue and actor in (Actor.AGENT, Actor.SUPERVISOR)
        self._move(
            Verb.REQUEUE,
            actor=actor,
            user=user,
            now=now,
            reason=reason,
            agent=None,
            preferred_agent=(self.agent or self.preferred_agent) if keep_affinity else None,
            queue=queue or self.queue_in_service,
            queued_at=self.queued_at if keeps_place else self.unanswered_since() or now,
        )
        if moved_by_hand:
            add_line(self, Trigger.TRANSFERRED, now=now)

    def end(self, *, actor: Actor, user: User | None, now: datetime, reason: str = "") -> None:
        """Into wrap-up. The closing line is written first: an ended conversation takes no more messages."""
        trigger = Trigger.AGENT_ENDED if actor is Actor.AGENT else Trigger.SESSION_ENDED
        self._write(self._last_words(trigger, actor=actor, user=user, now=now, reason=reason))
        self._move(
            Verb.END,
            *COUNTERS,
            actor=actor,
            user=user,
            now=now,
            reason=reason,
            ended_at=now,
            survey_due=self.is_rated_after(actor),
            capacity_freed_at=self.workstream.capacity_freed_at(ended_at=now),
        )

    def close(
        self,
        *,
        actor: Actor,
        user: User | None,
        now: datetime,
        reason: str = "",
        trigger: Trigger | None = None,
    ) -> None:
        """Final. ``trigger``: the closing line, where it is not the one that actor and state tell."""
        self.close_each([(self, reason)], actor=actor, user=user, now=now, trigger=trigger)

    @classmethod
    def close_each(
        cls,
        closed: Sequence[tuple[Conversation, str]],
        *,
        actor: Actor,
        user: User | None,
        now: datetime,
        trigger: Trigger | None = None,
    ) -> None:
        """Each conversation for its reason. The closing lines come first; many take as few statements as one: three."""
        cls._write(
            line
            for conversation, reason in closed
            if conversation.is_unfinished
            for line in conversation._last_words(
                trigger or closing_trigger(actor, was_waiting=conversation.state == State.WAITING),
                actor=actor,
                user=user,
                now=now,
                reason=reason,
            )
        )
        changed: list[str] = []
        steps = []
        for conversation, reason in closed:
            final = {
                "preferred_agent": None,
                "ended_at": conversation.ended_at or now,
                "closed_at": now,
                "survey_due": conversation.is_rated_once_closed(actor),
            }
            changed, step = conversation._step(
                Verb.CLOSE, actor=actor, user=user, now=now, reason=reason, **final
            )
            steps.append(step)
        update_each([conversation for conversation, _reason in closed], fields=[*changed, *COUNTERS])
        Transition.objects.bulk_create(steps)

    def tags_changed(self) -> None:
        self.save_changed()
