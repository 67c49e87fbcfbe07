from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import models

from chat import events
from chat.models.concern import Concern
from chat.states import State


class Company(Concern):
    """Who takes part beside its agent."""

    # Whether anybody does: whoever delivers a message need not ask.
    has_participants = models.BooleanField(default=False)

    class Meta:
        abstract = True

    def is_shared_with(self, user: User) -> bool:
        """Whether ``user`` may write to the customer beside its agent: has joined, or was added by its agent."""
        company = self.whole.participants.present().of(user).filter(may_answer=True)
        return self.has_participants and company.exists()

    def company_changed(self) -> None:
        """Somebody beside its agent came, went, or may write to the customer now."""
        self.has_participants = self.whole.participants.present().exists()
        self.save_changed("has_participants")

    def _part_company(self, *, now: datetime) -> None:
        """Who takes part leaves when it leaves active; who becomes its agent is no guest any more."""
        present = self.whole.participants.present()
        leaving = present.filter(user=self.whole.agent_id) if self.state == State.ACTIVE else present
        if user_ids := leaving.leave(now=now):
            self.has_participants = self.whole.participants.present().exists()
            events.publish(events.ParticipantsLeft(conversation=self.whole, user_ids=user_ids))
