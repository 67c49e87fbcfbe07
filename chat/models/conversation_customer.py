from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models

from chat import events
from chat.models.concern import Concern
from chat.models.lines import add_line, add_note, say_closing
from chat.states import Actor, State
from workstreams.automated import Trigger


class CustomersSide(Concern):
    """What its customer does and is told without a word being written: coming, going, being reminded and asked."""

    customer_back_at = models.DateTimeField(null=True, blank=True)
    customer_back_notified_at = models.DateTimeField(null=True, blank=True)
    # Live: since when its customer is not connected, told in its agents' log.
    customer_lost_at = models.DateTimeField(null=True, blank=True)
    # Live: its customer may not be there. The sweep that looks after absent customers goes by it until they are.
    to_attend = models.BooleanField(default=False)
    # Waiting: when its customer was told that auto-close is near. A message or another state takes it back.
    reminded_at = models.DateTimeField(null=True, blank=True)
    # The turn in which its customer was told that nobody could be found.
    untaken_turn = models.PositiveIntegerField(default=0)
    out_of_hours_until = models.DateTimeField(null=True, blank=True)
    # It has ended in a way that asks what its customer thinks, and they have not said so yet.
    survey_due = models.BooleanField(default=False)
    context = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    @property
    def owes_return_notice(self) -> bool:
        """Its customer is back and its agent has not been told of this return."""
        told_at, back_at = self.customer_back_notified_at, self.customer_back_at
        is_parked = self.state == State.WAITING and self.whole.agent_id is not None
        return is_parked and back_at is not None and (told_at is None or told_at < back_at)

    def is_rated_after(self, ended_by: Actor) -> bool:
        """Whether this end is followed by the survey: an agent's is; the mode tells of the customer's own."""
        by_customer = ended_by is Actor.CUSTOMER and self.whole.rules.survey_after_customer_end
        return self.whole.widget.asks_for_rating and (ended_by is Actor.AGENT or by_customer)

    def is_rated_once_closed(self, closed_by: Actor) -> bool:
        """What was decided when it ended stays."""
        return self.whole.survey_due if self.whole.is_ended else self.is_rated_after(closed_by)

    def learn(self, context: dict[str, Any]) -> None:
        """A later visit's values replace the earlier ones; where it is, and with whom, stays (spec section 5)."""
        learnt = self.context | context
        if learnt != self.context:
            self.context = learnt
            self.save_changed("context")

    def customer_came_back(self, *, now: datetime) -> None:
        self.customer_back_at = now
        self.version += 1
        self.save(update_fields=["customer_back_at", "version"])
        events.publish(events.CustomerCameBack(conversation=self.whole))

    def customer_lost(self, *, now: datetime) -> None:
        """Its agents' log says that nobody is at the other end."""
        self.customer_lost_at, self.to_attend = now, True
        self.save(update_fields=["customer_lost_at", "to_attend"])
        add_note(self.whole, Trigger.CUSTOMER_DISCONNECTED, now=now, customer=self._customers_name)

    def customer_here(self, *, now: datetime) -> None:
        """Nobody need look after them any more, until they leave."""
        if self.customer_lost_at is not None:
            self.customer_reconnected(now=now)
        else:
            self.to_attend = False
            self.save(update_fields=["to_attend"])

    def customer_reconnected(self, *, now: datetime) -> None:
        self.customer_lost_at, self.to_attend = None, False
        self.save(update_fields=["customer_lost_at", "to_attend"])
        add_note(self.whole, Trigger.CUSTOMER_RECONNECTED, now=now, customer=self._customers_name)

    def tell_no_agent(self, *, now: datetime) -> None:
        """Once in a stay in a queue: that is a turn."""
        self.untaken_turn = self.whole.turn
        self.save(update_fields=["untaken_turn"])
        add_line(self.whole, Trigger.NO_AGENT, now=now)

    def remind(self, *, closes_at: datetime, now: datetime) -> None:
        """Tell its customer when time will close it. That is no activity: it is as idle as before."""
        self.reminded_at = now
        self.save(update_fields=["reminded_at"])
        say_closing(self.whole, closes_at=closes_at, now=now)

    def survey_settled(self) -> None:
        """Answered or turned down: nobody is asked any more."""
        self.survey_due = False
        self.save_changed("survey_due")

    @property
    def _customers_name(self) -> str:
        return self.whole.customer.display_name
