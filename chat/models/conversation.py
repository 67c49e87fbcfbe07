from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat import events
from chat.models.attachment import Attachment, attach
from chat.models.author import Author
from chat.models.conversation_integrity import CONSTRAINTS, INDEXES
from chat.models.conversation_queries import ConversationQuerySet
from chat.models.customer import Customer
from chat.models.endings import UNTOLD, closing_trigger, ended_by
from chat.models.letter import owe_unseen
from chat.models.lines import add_line, add_note, agent_name, line_for, say_closed, say_closing, say_wait
from chat.models.mention import mention
from chat.models.message import AuthorKind, Message
from chat.models.together import update_each
from chat.models.transition import Transition
from chat.states import ENDED, UNFINISHED, Actor, State, Verb, target_of
from workstreams.automated import Trigger
from workstreams.models import Queue, Widget, Workstream
from workstreams.modes import Mode, ModeRules, rules_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chat.models.session import CustomerSession
    from workstreams.placing import Placement

COUNTERS = ("latest_seq", "latest_note_seq", "last_message_at")  # what lines move


class Conversation(models.Model):
    """From the customer's first message until an agent (or time) ends it.

    The verbs below are the only way its state changes: each looks its target up in the table, writes a
    Transition in the same breath and publishes what happened. Callers hold the row's lock (see ``actions``).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="conversations")
    widget = models.ForeignKey(Widget, on_delete=models.PROTECT, related_name="conversations")
    workstream = models.ForeignKey(Workstream, on_delete=models.PROTECT, related_name="conversations")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="conversations")
    # Copied at the start: a running conversation keeps its rules.
    mode = models.CharField(_("mode"), max_length=10)
    units = models.PositiveIntegerField(_("units"))

    state = models.CharField(
        _("state"), max_length=8, choices=[(state.value, state.value) for state in State]
    )
    agent = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="conversations"
    )
    # Affinity: set by wake, only in open; whoever it names is offered the conversation before the queue is.
    preferred_agent = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # The turn in which that agent was asked last: a sweep finds by it who was not, among many who were.
    held_out_turn = models.PositiveIntegerField(default=0)
    previous = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    version = models.PositiveIntegerField(default=1)  # age of the snapshot; messages do not move it
    turn = models.PositiveIntegerField(default=0)  # counts transitions; an offer is only valid in its turn
    latest_seq = models.PositiveIntegerField(default=0)
    latest_note_seq = models.PositiveIntegerField(default=0)
    last_customer_seq = models.PositiveIntegerField(default=0)
    last_agent_seq = models.PositiveIntegerField(default=0)

    priority = models.PositiveIntegerField(default=100)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(_("started at"))
    state_changed_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    # What auto-close judges by. Posts move it in open and waiting only: an active one is never closed by time,
    # and its row's hot path touches no index.
    idle_since = models.DateTimeField()
    # Waiting: when its customer was told that auto-close is near. A message or another state takes it back.
    reminded_at = models.DateTimeField(null=True, blank=True)
    # The turn in which its customer was told that nobody could be found.
    untaken_turn = models.PositiveIntegerField(default=0)
    out_of_hours_until = models.DateTimeField(null=True, blank=True)
    customer_back_at = models.DateTimeField(null=True, blank=True)
    customer_back_notified_at = models.DateTimeField(null=True, blank=True)
    # Live: since when its customer is not connected, told in its agents' log.
    customer_lost_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    # Whether anybody takes part beside its agent: whoever delivers a message need not ask.
    has_participants = models.BooleanField(default=False)
    # It has ended in a way that asks what its customer thinks, and they have not said so yet.
    survey_due = models.BooleanField(default=False)
    # In wrap-up: until when it uses its agent's places. None: until it is closed.
    capacity_freed_at = models.DateTimeField(null=True, blank=True)
    context = models.JSONField(default=dict, blank=True)
    # Answers given before the first start, by question.
    prechat = models.JSONField(default=dict, blank=True)
    # What classification asks of whoever takes it: level by skill id, as text.
    skills = models.JSONField(default=dict, blank=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = CONSTRAINTS
        indexes = INDEXES

    def __str__(self) -> str:
        return str(self.id)

    # -- questions

    @property
    def rules(self) -> ModeRules:
        return rules_for(Mode(self.mode))

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

    @property
    def is_unanswered(self) -> bool:
        """The last public message is the customer's."""
        return self.last_customer_seq > self.last_agent_seq

    def unanswered_since(self) -> datetime | None:
        """When the oldest customer message that no agent has answered was sent."""
        waiting = self.messages.filter(author_kind=AuthorKind.CUSTOMER, seq__gt=self.last_agent_seq)
        return waiting.order_by("seq").values_list("sent_at", flat=True).first()

    @property
    def owes_return_notice(self) -> bool:
        """Its customer is back and its agent has not been told of this return."""
        told_at, back_at = self.customer_back_notified_at, self.customer_back_at
        is_parked = self.state == State.WAITING and self.agent_id is not None
        return is_parked and back_at is not None and (told_at is None or told_at < back_at)

    def is_shared_with(self, user: User) -> bool:
        """Whether ``user`` may write to the customer beside its agent: has joined, or was added by its agent."""
        company = self.participants.present().of(user).filter(may_answer=True)
        return self.has_participants and company.exists()

    @property
    def queue_in_service(self) -> Queue:
        """Where it is queued next: a retired queue gets no new work, the workstream's fallback queue does."""
        return self.queue if self.queue.retired_at is None else self.workstream.queue

    def is_rated_after(self, ended_by: Actor) -> bool:
        """Whether this end is followed by the survey: an agent's is; the mode tells of the customer's own."""
        by_customer = ended_by is Actor.CUSTOMER and self.rules.survey_after_customer_end
        return self.widget.asks_for_rating and (ended_by is Actor.AGENT or by_customer)

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
                "survey_due": conversation.survey_due
                if conversation.is_ended
                else conversation.is_rated_after(actor),
            }
            changed, step = conversation._step(
                Verb.CLOSE, actor=actor, user=user, now=now, reason=reason, **final
            )
            steps.append(step)
        update_each([conversation for conversation, _reason in closed], fields=[*changed, *COUNTERS])
        Transition.objects.bulk_create(steps)

    def remind(self, *, closes_at: datetime, now: datetime) -> None:
        """Tell its customer when time will close it. That is no activity: it is as idle as before."""
        self.reminded_at = now
        self.save(update_fields=["reminded_at"])
        say_closing(self, closes_at=closes_at, now=now)

    def customer_came_back(self, *, now: datetime) -> None:
        self.customer_back_at = now
        self.version += 1
        self.save(update_fields=["customer_back_at", "version"])
        events.publish(events.CustomerCameBack(conversation=self))

    def learn(self, context: dict[str, Any]) -> None:
        """A later visit's values replace the earlier ones; where it is, and with whom, stays (spec section 5)."""
        learnt = self.context | context
        if learnt == self.context:
            return
        self.context = learnt
        self.version += 1
        self.save(update_fields=["context", "version"])
        events.publish(events.ConversationChanged(conversation=self))

    def tell_no_agent(self, *, now: datetime) -> None:
        """Once in a stay in a queue: that is a turn."""
        self.untaken_turn = self.turn
        self.save(update_fields=["untaken_turn"])
        add_line(self, Trigger.NO_AGENT, now=now)

    def customer_lost(self, *, now: datetime) -> None:
        """Its agents' log says that nobody is at the other end."""
        self.customer_lost_at = now
        self.save(update_fields=["customer_lost_at"])
        add_note(self, Trigger.CUSTOMER_DISCONNECTED, now=now, customer=self.customer.display_name)

    def customer_reconnected(self, *, now: datetime) -> None:
        self.customer_lost_at = None
        self.save(update_fields=["customer_lost_at"])
        add_note(self, Trigger.CUSTOMER_RECONNECTED, now=now, customer=self.customer.display_name)

    def company_changed(self) -> None:
        """Somebody beside its agent came, went, or may write to the customer now."""
        self.has_participants = self.participants.present().exists()
        self.version += 1
        self.save(update_fields=["has_participants", "version"])
        events.publish(events.ConversationChanged(conversation=self))

    def survey_answered(self) -> None:
        self.survey_due = False
        self.version += 1
        self.save(update_fields=["survey_due", "version"])
        events.publish(events.ConversationChanged(conversation=self))

    def tags_changed(self) -> None:
        self.version += 1
        self.save(update_fields=["version"])
        events.publish(events.ConversationChanged(conversation=self))

    def note_held_out(self) -> None:
        """Whom it is kept for is being asked; that holds for this turn."""
        self.held_out_turn = self.turn
        self.save(update_fields=["held_out_turn"])

    def end_affinity(self) -> None:
        """Its agent declined, left or did not answer in time: from now on it is the queue's."""
        self.preferred_agent = None
        self.version += 1
        self.save(update_fields=["preferred_agent", "version"])
        events.publish(events.ConversationChanged(conversation=self))

    # -- the log

    def receive(
        self, *, body: str, client_id: uuid.UUID, now: datetime, uploads: Sequence[Attachment] = ()
    ) -> Message:
        """The customer's next message. It wakes a waiting conversation in the same breath."""
        author = Author.of_customer(self.customer)
        message = self.append(author=author, body=body, client_id=client_id, now=now, uploads=uploads)
        if self.state == State.WAITING:
            self.wake(now=now)
        if self.state == State.OPEN:
            say_closed(self, now=now)
            if message.seq == 1:
                say_wait(self, now=now)
        return message

    def append(
        self,
        *,
        author: Author,
        body: str,
        now: datetime,
        client_id: uuid.UUID | None = None,
        uploads: Sequence[Attachment] = (),
    ) -> Message:
        """The next public message. Numbers have no gaps, times never run backwards."""
        self.latest_seq += 1
        self.last_message_at = max(now, self.last_message_at)
        changed = ["latest_seq", "last_message_at"]
        if author.kind == AuthorKind.CUSTOMER:
            self.last_customer_seq = self.latest_seq
            changed.append("last_customer_seq")
        elif author.kind == AuthorKind.AGENT:
            self.last_agent_seq = self.latest_seq
            changed.append("last_agent_seq")
        if author.kind != AuthorKind.SYSTEM and self.state in (State.OPEN, State.WAITING):
            self.idle_since, self.reminded_at = self.last_message_at, None
            changed += ["idle_since", "reminded_at"]
        self.save(update_fields=changed)
        if author.kind == AuthorKind.AGENT:
            owe_unseen(self)
        return self._store(
            author,
            uploads,
            seq=self.latest_seq,
            body=body,
            client_id=client_id,
            sent_at=self.last_message_at,
        )

    def append_note(
        self,
        *,
        author: Author,
        body: str,
        now: datetime,
        client_id: uuid.UUID | None = None,
        uploads: Sequence[Attachment] = (),
        mentioned: Sequence[User] = (),
    ) -> Message:
        """The next internal message: a log of its own, so that the customer's numbering has no hole."""
        self.latest_note_seq += 1
        self.save(update_fields=["latest_note_seq"])
        note = self._store(
            author, uploads, note_seq=self.latest_note_seq, body=body, client_id=client_id, sent_at=now
        )
        mention(mentioned, message=note)
        return note

    # -- helpers

    def _store(self, author: Author, uploads: Sequence[Attachment], **fields: Any) -> Message:
        message = Message.objects.create(
            conversation=self,
            author_kind=author.kind,
            author_customer=author.customer,
            author_user=author.user,
            author_name=author.name,
            attachment_count=len(uploads),
            **fields,
        )
        if uploads:
            attach(message, uploads)
        events.publish(events.MessagePosted(conversation=self, message=message))
        return message

    def _line(self, trigger: Trigger, *, now: datetime, **values: str) -> list[Message]:
        """What the system says at ``trigger``, as the next message; nothing where it is switched off. Not written yet."""
        body = line_for(self, trigger, **values)
        if body is None:
            return []
        self.latest_seq += 1
        self.last_message_at = max(now, self.last_message_at)
        said: dict[str, Any] = {"author_kind": AuthorKind.SYSTEM, "sent_at": self.last_message_at}
        return [Message(conversation=self, seq=self.latest_seq, body=body, **said)]

    def _last_words(
        self, trigger: Trigger, *, actor: Actor, user: User | None, now: datetime, reason: str
    ) -> list[Message]:
        """What its customer is told; and its agents, unless that tells them who ended it. Not written yet."""
        lines = self._line(trigger, now=now, agent=agent_name(self, self.agent))
        if lines and trigger not in UNTOLD:
            return lines
        self.latest_note_seq += 1
        said: dict[str, Any] = {"author_kind": AuthorKind.SYSTEM, "sent_at": now}
        body = ended_by(self, actor=actor, user=user, reason=reason)
        return [*lines, Message(conversation=self, note_seq=self.latest_note_seq, body=body, **said)]

    @staticmethod
    def _write(lines: Iterable[Message]) -> None:
        for line in Message.objects.bulk_create(lines):
            events.publish(events.MessagePosted(conversation=line.conversation, message=line))

    def _move(self, verb: Verb, *written: str, **how: Any) -> None:
        """``written``: fields that were changed before it."""
        changed, step = self._step(verb, **how)
        self.save(update_fields=[*changed, *written])
        step.save(force_insert=True)

    def _step(
        self, verb: Verb, *, actor: Actor, user: User | None, now: datetime, reason: str = "", **changes: Any
    ) -> tuple[list[str], Transition]:
        """Take the step, not written yet: which fields have changed, and the row that records it."""
        source = State(self.state)
        target = target_of(state=source, verb=verb, mode=Mode(self.mode), actor=actor)
        agent_before = self.agent_id
        moved = {
            "state": target,
            "state_changed_at": now,
            "idle_since": now,
            "reminded_at": None,
            "turn": self.turn + 1,
            "version": self.version + 1,
        } | changes
        for name, value in moved.items():
            setattr(self, name, value)
        if self.has_participants:
            self._part_company(now=now)
        step = self._record(
            verb=verb,
            source=source,
            actor=actor,
            user=user,
            reason=reason,
            now=now,
            agent_before=agent_before,
        )
        return [*moved, "has_participants"], step

    def _part_company(self, *, now: datetime) -> None:
        """Who takes part leaves when it leaves active; who becomes its agent is no guest any more."""
        present = self.participants.present()
        leaving = present.filter(user=self.agent_id) if self.state == State.ACTIVE else present
        if user_ids := leaving.leave(now=now):
            self.has_participants = self.participants.present().exists()
            events.publish(events.ParticipantsLeft(conversation=self, user_ids=user_ids))

    def _record(
        self,
        *,
        verb: Verb,
        source: State | None,
        actor: Actor,
        user: User | None,
        reason: str,
        now: datetime,
        agent_before: int | None = None,
    ) -> Transition:
        events.publish(
            events.ConversationMoved(
                conversation=self, verb=verb, source=source, actor=actor, agent_before=agent_before
            )
        )
        return Transition(
            conversation=self,
            turn=self.turn,
            verb=verb,
            source=source or "",
            target=self.state,
            actor=actor,
            user=user,
            agent_id=self.agent_id,
            queue_id=self.queue_id,
            reason=reason,
            at=now,
        )
