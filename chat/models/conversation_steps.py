from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _

from chat import events
from chat.models.conversation_company import Company
from chat.models.transition import Transition
from chat.states import ENDED, UNFINISHED, Actor, State, Verb, target_of
from workstreams.modes import Mode, ModeRules, rules_for


class Steps(Company):
    """From state to state. Nothing else writes ``state``."""

    mode = models.CharField(_("mode"), max_length=10)  # copied at the start: a running one keeps its rules
    turn = models.PositiveIntegerField(default=0)  # counts transitions; an offer is only valid in its turn
    state_changed_at = models.DateTimeField()
    # What auto-close judges by. Posts move it in open and waiting only: an active one is never closed by time,
    # and its row's hot path touches no index.
    idle_since = models.DateTimeField()

    class Meta:
        abstract = True

    @property
    def rules(self) -> ModeRules:
        return rules_for(Mode(self.mode))

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

    def note_activity(self, *, at: datetime) -> list[str]:
        """Somebody has written; not saved yet: which fields have changed."""
        if self.state not in (State.OPEN, State.WAITING):
            return []
        self.idle_since, self.whole.reminded_at = at, None
        return ["idle_since", "reminded_at"]

    def _move(self, verb: Verb, *written: str, **how: Any) -> None:
        """``written``: fields that were changed before it."""
        changed, step = self._step(verb, **how)
        self.save(update_fields=[*changed, *written])
        step.save(force_insert=True)

    def _step(
        self, verb: Verb, *, actor: Actor, user: User | None, now: datetime, reason: str = "", **changes: Any
    ) -> tuple[list[str], Transition]:
        """Take the step, not written yet: which fields have changed, and the row that records it."""
        source, agent_before = State(self.state), self.whole.agent_id
        moved = {
            "state": target_of(state=source, verb=verb, mode=Mode(self.mode), actor=actor),
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
                conversation=self.whole, verb=verb, source=source, actor=actor, agent_before=agent_before
            )
        )
        return Transition(
            conversation=self.whole,
            turn=self.turn,
            verb=verb,
            source=source or "",
            target=self.state,
            actor=actor,
            user=user,
            agent_id=self.whole.agent_id,
            queue_id=self.whole.queue_id,
            reason=reason,
            at=now,
        )
